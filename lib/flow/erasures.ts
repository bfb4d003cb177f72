/**
 * Orders to erase a person, kept with the sync's health until they are done, so that a crash, a pause or a busy app
 * only delays them: every round sends those that are open to the lane of their record. Carried out in erase.ts.
 */
import { laneOf } from '../engine/hash.ts';
import type { CrmKey } from '../engine/model.ts';
import type { LaneMessage } from '../ports/messages.ts';
import type { Erasure, ErasureStep, Health } from '../ports/state.ts';
import type { SyncContext } from './context.ts';
import { changeHealth } from './health.ts';

type Context = Pick<SyncContext, 'sync' | 'state' | 'clock' | 'queue'>;

/** Done ones stay this long for whoever ordered them; they name nobody any more. */
const KEPT_MS = 30 * 24 * 3_600_000;
/** A health document is one item, and every page reads it. */
export const OPEN_MAX = 100;

/** Stores the orders, then rings. False: too many are open; nothing was stored. */
export async function orderErasures(
  context: Context,
  erasures: readonly Erasure[],
): Promise<boolean> {
  const { erasing } = await changeHealth(context, (health, now) => {
    const kept = health.erasing.filter(({ doneAt }) => doneAt === null || doneAt > now - KEPT_MS);
    return kept.filter(isOpen).length + erasures.length > OPEN_MAX
      ? health
      : { ...health, erasing: [...kept, ...erasures], erasedAt: health.erasedAt ?? now };
  });
  const stored = new Set(erasing.map(({ id }) => id));
  if (!erasures.every(({ id }) => stored.has(id))) return false;
  await context.queue.sendPull([{ kind: 'ring', sync: context.sync.spec.name, source: 'erase' }]);
  return true;
}

const isOpen = ({ doneAt }: Erasure): boolean => doneAt === null;

/** An order that is not done, for whoever asks how the sync stands. */
export interface OpenErasure extends Pick<Erasure, 'id' | 'by' | 'at' | 'key' | 'problem'> {
  readonly order: string | null;
  /** In the order in which they are taken. */
  readonly missing: readonly (keyof Erasure['steps'])[];
}

/** Oldest first. A law may set a term for each of them, so none is left out. */
export const openErasures = ({ erasing }: Health): readonly OpenErasure[] =>
  erasing
    .filter(isOpen)
    .toSorted((a, b) => a.at - b.at)
    .map(({ id, order = null, by, at, key, problem, crmRow, steps }) => ({
      id,
      order,
      by,
      at,
      key,
      problem,
      missing: STEPS.filter((step) => (step !== 'crm' || crmRow) && !isTaken(steps[step])),
    }));

const STEPS = ['app', 'crm', 'memory'] as const;

const isTaken = (step: ErasureStep | undefined): boolean =>
  step !== undefined && step.state !== 'going';

/** One message to an order: each is worked alone. A message that is sent twice finds nothing left to do. */
export async function routeErasures(context: Context, { erasing }: Health): Promise<void> {
  const { spec, lanes } = context.sync;
  const messages: LaneMessage[] = erasing.filter(isOpen).map(({ id, key, remoteId }) => ({
    sync: spec.name,
    // A person without a row shares no lane with anybody but themselves.
    lane: laneOf(key ?? ((remoteId ?? id) as string as CrmKey), lanes),
    refs: [],
    position: {},
    erase: [id],
  }));
  if (messages.length > 0) await context.queue.sendLane(messages);
}

/** Changes one order; one that is gone or done meanwhile stays so. */
export async function changeErasure(
  context: Context,
  id: string,
  change: (erasure: Erasure, now: number) => Erasure,
): Promise<void> {
  await changeHealth(context, (health, now) => {
    const order = health.erasing.find((each) => each.id === id && isOpen(each));
    const changed = order === undefined ? order : change(order, now);
    if (changed === undefined || changed === order) return health;
    const erasing = health.erasing.map((each) => (each === order ? changed : each));
    return { ...health, erasing };
  });
}
