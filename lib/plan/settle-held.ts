/**
 * A person's word about what brakes hold, carried into the records' own lanes: exactly the records that are held at
 * this moment, each with what it would have written. Whoever has moved by the time it arrives is left and told of.
 */
import { isDroppable } from '../engine/drop.ts';
import type { BrakeClass } from '../engine/model.ts';
import type { SyncContext } from '../flow/context.ts';
import { walkHeld, type HeldRecord } from '../flow/held.ts';
import type { CarryExcuse } from './carry-out.ts';
import { createSender, Stopped, type Dispatch, type SendOptions } from './send-orders.ts';

export interface HeldOrder {
  readonly verb: 'approve' | 'drop';
  /** Within the sync: all of it, a class of it, or one batch. */
  readonly batch: BatchName;
  readonly by: string;
  /** When the person saw it: what was held later is not meant. */
  readonly seenAt: number;
}

export interface BatchName {
  readonly class: BrakeClass | null;
  /** With its class. */
  readonly batch: string | null;
}

export interface HeldSettled {
  readonly orders: number;
  readonly applied: number;
  /** Nobody wanted it any more. */
  readonly already: number;
  readonly moved: number;
  readonly failed: number;
  readonly stopped: string | null;
}

export interface SettleOptions extends SendOptions {
  readonly onExcuse?: (excuse: CarryExcuse) => void;
  /** Records whose outcome is known. */
  readonly onProgress?: (done: number) => void;
}

/** Compared with what the record would really write; an empty leg fits nothing, for code that knows no such orders. */
const NO_LEGS = { crm: '', state: '', app: '' } as const;

export const isOf = (batch: BatchName, held: HeldRecord): boolean =>
  (batch.class === null || batch.class === held.class) &&
  (batch.batch === null || batch.batch === held.batch);

export async function settleHeldSet(
  context: SyncContext,
  order: HeldOrder,
  options: SettleOptions,
): Promise<HeldSettled> {
  const send = createSender(context, options);
  const counts = { orders: 0, applied: 0, already: 0, moved: 0, failed: 0 };
  try {
    for await (const page of walkHeld(context.state, context.sync.spec.name)) {
      if (options.signal?.aborted === true) throw new Stopped('stopped by you');
      const dispatches = dispatchesOf(page, order);
      if (dispatches.length === 0) continue;
      counts.orders += dispatches.length;
      const answered = await send(dispatches);
      counts.applied += answered.applied;
      counts.already += answered.already;
      counts.moved += answered.moved.length;
      counts.failed += answered.failed.length;
      for (const kind of ['moved', 'failed'] as const)
        for (const excuse of answered[kind]) options.onExcuse?.({ kind, ...excuse });
      options.onProgress?.(counts.orders);
    }
    return { ...counts, stopped: null };
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    return { ...counts, stopped: error.message };
  }
}

/** Of one record several classes may be held: one order for all that is meant of it. */
function dispatchesOf(
  page: readonly HeldRecord[],
  { verb, batch, by, seenAt }: HeldOrder,
): readonly Dispatch[] {
  const meant = page.filter(
    (held) => isOf(batch, held) && (held.state.withheld?.at ?? Infinity) <= seenAt,
  );
  return [...Map.groupBy(meant, ({ key }) => key)].flatMap(([key, parts], seq) => {
    const pairs = parts
      .flatMap(({ deeds, values }) =>
        deeds.map((deed, index) => ({ deed, value: values[index] ?? '' })),
      )
      .filter(({ deed }) => verb === 'approve' || isDroppable(deed));
    if (pairs.length === 0) return [];
    const deeds = pairs.map(({ deed }) => ({ ...deed, reason: '' }));
    const held = { verb, values: pairs.map(({ value }) => value), by };
    return [{ seq, ref: { key, look: true }, record: { key, legs: NO_LEGS, deeds, held } }];
  });
}
