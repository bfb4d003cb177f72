/** Letting the world come to rest: rounds of pulling and applying until there is nothing left to do. */
import { isDrained, PULL_GROUP } from './queues.ts';
import { LIST_EVERY_MS } from './app-port.ts';
import { readCheckpoint, readHealth, readRecords } from './memory-state.ts';
import { deliver, ring } from './deliver.ts';
import { type World } from './world.ts';

const ROUNDS_MAX = 80;
const DELIVERIES_MAX = 400;
const ROUND_MS = 5_000;
/** A host whose clock is ahead may have dated a listing later than it began. */
const SKEW_MS = 5_000;

/** Works every waiting message, group after group as chance has it. */
export async function drain(world: World): Promise<void> {
  for (let count = 0; !isDrained(world.queues); count += 1) {
    if (count > DELIVERIES_MAX) throw new Error('the queues never drain');
    const groups = [...world.queues.groups].filter(([, messages]) => messages.length > 0);
    const [group] = world.chance.pick(groups);
    await deliver(world, group);
  }
}

/** Rounds until one finds nothing new, nobody waits and no backfill runs. */
export const settle = (world: World): Promise<number> => settleTogether([world]);

/**
 * The same for several apps of one CRM, a round of each in turn. `stir`: what the apps do by themselves after each
 * round; true: something changed. Says how many rounds it took.
 */
export async function settleTogether(
  worlds: readonly [World, ...World[]],
  stir: () => boolean = () => false,
): Promise<number> {
  const [{ clock }] = worlds;
  const since = clock.now();
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const before = worlds.map(activityOf);
    for (const world of worlds) {
      ring(world);
      await drain(world);
    }
    const isQuiet = !stir() && worlds.every((world, n) => activityOf(world) === before[n]);
    const listedMs = Math.max(...worlds.map((world) => untilListed(world, since)));
    if (isQuiet && !worlds.some(isBusy) && listedMs === 0) return round;
    const dueMs = Math.max(...worlds.map(untilDue));
    clock.advance(isQuiet ? Math.max(ROUND_MS, dueMs, listedMs) : ROUND_MS);
  }
  throw new Error('the world never comes to rest');
}

/** Writes, and messages to lanes, so far. */
const activityOf = ({ monitor, queues }: World): number =>
  monitor.writes.length + queues.sent.filter(({ group }) => group !== PULL_GROUP).length;

/** How long the next waiting record still waits. */
function untilDue({ memory, clock }: World): number {
  const due = readRecords(memory).flatMap(({ state: { parking } }) =>
    parking?.kind === 'waiting' ? [parking.until - clock.now()] : [],
  );
  return due.length === 0 ? 0 : Math.min(...due);
}

/** What people did at an app that tells no changes is known when a listing that began afterwards was compared. */
function untilListed({ options, memory, clock }: World, since: number): number {
  if (options.app !== 'listed') return 0;
  const listing = readCheckpoint(memory)?.listing ?? { lastAt: 0, walk: null };
  if (listing.lastAt > since + SKEW_MS && listing.walk === null) return 0;
  return Math.max(1, listing.lastAt + LIST_EVERY_MS - clock.now());
}

function isBusy({ memory, clock }: World): boolean {
  const health = readHealth(memory);
  const checkpoint = memory.documents.get('checkpoint');
  const backfill =
    checkpoint === undefined ? true : (JSON.parse(checkpoint) as { backfill: unknown }).backfill;
  const isWaiting = readRecords(memory).some(({ state }) => state.parking?.kind === 'waiting');
  return (
    isWaiting ||
    backfill !== null ||
    health.resumeFrom !== null ||
    health.rebuild !== null ||
    (health.cooling !== null && health.cooling.until > clock.now())
  );
}
