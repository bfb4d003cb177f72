/**
 * Giving a page back: to its sources by position, to the due records by name, to its queue by itself.
 * Nothing that was asked for may hang on this invocation alone.
 */
import type { CrmKey } from '../engine/model.ts';
import type { LaneMessage, Reference } from '../ports/messages.ts';
import type { Delivered } from './apply-open.ts';
import type { SyncContext } from './context.ts';
import { handBack, reportTrouble, type Trouble } from './health.ts';
import { newState } from './work.ts';

/**
 * The sync rests: positions are handed back and nobody is called. What has no position (a look a webhook
 * asked for, a due record, a write left open) is stored as waiting; a person's command goes back to the queue.
 */
export async function giveBack(
  context: SyncContext,
  delivered: readonly Delivered[],
  trouble?: Trouble,
): Promise<void> {
  const messages = delivered.map(({ message }) => message);
  const positions = messages.map(({ position }) => position);
  const hasBackfill = messages.some(({ backfill }) => backfill !== undefined);
  if (trouble === undefined) await handBack(context, positions, hasBackfill);
  else await reportTrouble(context, trouble, positions, hasBackfill);
  await keepWaiting(context, delivered);
  await keepCommands(context, delivered, new Set());
}

/** So many failed receives, and the queue would give the message up. One less, and it is sent anew. */
const RECEIVES_MAX = 4;

/**
 * A person’s command is in its message only, so the message is kept until the command was carried out.
 * Coming back by itself a message waits its time; a new one would be here again at once.
 */
export async function keepCommands(
  context: SyncContext,
  delivered: readonly Delivered[],
  done: ReadonlySet<CrmKey>,
): Promise<void> {
  const kept = delivered.flatMap(({ message, receiveCount }) => {
    const commands = (message.commands ?? []).filter(({ key }) => !done.has(key));
    const { sync, lane } = message;
    return commands.length === 0
      ? []
      : [{ receiveCount, message: { sync, lane, refs: [], commands, position: {} } }];
  });
  if (kept.length === 0) return;
  if (kept.every(({ receiveCount }) => receiveCount < RECEIVES_MAX))
    throw new Error(
      'a person’s command goes back to the queue: its record, or the sync, must wait',
    );
  await context.queue.sendLane(kept.map(({ message }) => message));
}

async function keepWaiting(context: SyncContext, delivered: readonly Delivered[]): Promise<void> {
  const loose = keysOf(delivered.flatMap(({ message }) => looseRefs(message)));
  // A delivery that died may have left a write open of somebody whom no source shows any more.
  const again = delivered.filter(({ receiveCount }) => receiveCount > 1);
  const keys = new Set([...loose, ...keysOf(again.flatMap(({ message }) => message.refs))]);
  if (keys.size === 0) return;
  const known = await context.state.load(context.sync.spec.name, [...keys]);
  const stored = [...keys].map(
    (key) => known.get(key) ?? { state: newState(key), version: 0, marks: 0 },
  );
  const reason = 'the sync was resting when this record was to be looked at';
  const parking = { kind: 'waiting', until: context.clock.now(), attempts: 1, reason } as const;
  const waiting = stored
    .filter(
      ({ state }) => loose.has(state.key) || (state.intent !== null && state.parking === null),
    )
    .map((record) => ({ ...record, state: { ...record.state, parking } }));
  await context.state.save(context.sync.spec.name, waiting);
}

const keysOf = (refs: readonly Reference[]): ReadonlySet<CrmKey> =>
  new Set(refs.map(({ key }) => key));

/** References that no source would name again when it is read from the message's position. */
function looseRefs({ refs, position, backfill }: LaneMessage): readonly Reference[] {
  const isPlaced = position.crm !== undefined || position.app !== undefined;
  return isPlaced || backfill !== undefined ? refs.filter(({ look }) => look === true) : refs;
}
