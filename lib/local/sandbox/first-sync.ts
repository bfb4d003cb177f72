/** The first sync as it can be watched: how many records are decided about, of how many there are. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bystander } from './bystander.ts';
import type { FirstSync, HistoryTable } from './history-tally.ts';
import type { Sandbox } from './sandbox.ts';
import type { Stage } from './stage.ts';

const POLL_MS = 300;
/** Without progress for this long the last rounds are asked for, whatever the count says. */
const STALL_MS = 10_000;
const SETTLE_MS = 10 * 60_000;
const SETTLE_SLICE_MS = 15_000;
const ADDRESSES_PAGE = 1_000;

export interface WatchedSync {
  readonly sandbox: Sandbox;
  readonly people: Bystander;
  readonly history: HistoryTable;
  readonly stage: Stage;
  readonly signal: AbortSignal;
}

/** Null when it was stopped, or did not come to rest in time. */
export async function watchFirstSync(watched: WatchedSync): Promise<FirstSync | null> {
  const { sandbox, people, history, stage, signal } = watched;
  const beganAt = performance.now();
  const before = await people.stats();
  const total = await countPeople(people);
  await watchCount(watched, total, beganAt);
  if (signal.aborted) return null;
  stage.finishing('last rounds, until nothing is left to do');
  if (!(await settleUntil(sandbox, signal))) return null;
  const tookMs = performance.now() - beganAt;
  const after = await people.stats();
  const { syncs } = await sandbox.control.status();
  const statuses = Object.values(syncs);
  return {
    tally: await history.tally(),
    parked: Object.assign({}, ...statuses.map(({ parked }) => parked)) as Record<string, number>,
    unmatched: statuses.reduce((sum, { unmatched }) => sum + unmatched, 0),
    tookMs,
    apps: statuses.length,
    apiCalls: callsOf(after) - callsOf(before) - Math.ceil(total / ADDRESSES_PAGE),
    peakConnections: after.peakConnections,
  };
}

/** In slices, because what was asked for once everything stops is not answered any more. */
async function settleUntil(sandbox: Sandbox, signal: AbortSignal): Promise<boolean> {
  const stopped = new Promise<false>((resolve) => {
    signal.addEventListener('abort', () => resolve(false), { once: true });
  });
  const endsAt = performance.now() + SETTLE_MS;
  while (!signal.aborted && performance.now() < endsAt) {
    const settling = sandbox.control.settle(SETTLE_SLICE_MS);
    settling.catch(() => undefined);
    if (await Promise.race([settling, stopped])) return !signal.aborted;
  }
  return false;
}

async function watchCount(
  { history, stage, signal }: WatchedSync,
  total: number,
  beganAt: number,
): Promise<void> {
  let done = -1;
  let movedAt = performance.now();
  while (!signal.aborted) {
    const count = Math.min(await history.count(), total);
    const now = performance.now();
    if (count !== done) movedAt = now;
    done = count;
    stage.progress({ done, total, elapsedMs: now - beganAt });
    if (done >= total || now - movedAt > STALL_MS) return;
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** People on either side, each counted once: the addresses tell them apart. */
async function countPeople(people: Bystander): Promise<number> {
  const rows = await people.sql<{ email: string }>(
    'select lower(email) as email from contacts where email is not null',
  );
  const known = new Set(rows.map(({ email }) => email));
  for (let offset = 0; ; offset += ADDRESSES_PAGE) {
    const page = await people.addresses(offset, ADDRESSES_PAGE);
    for (const address of page) known.add(address.toLowerCase());
    if (page.length < ADDRESSES_PAGE) return known.size;
  }
}

const callsOf = ({ routes }: Awaited<ReturnType<Bystander['stats']>>): number =>
  Object.values(routes)
    .flatMap((counts) => Object.values(counts))
    .reduce((sum, count) => sum + count, 0);
