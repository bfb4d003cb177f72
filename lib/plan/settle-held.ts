/**
 * A person's word about what brakes hold, carried into the records' own lanes: exactly the records that are held at
 * this moment, each with what it would have written. Whoever has moved by the time it arrives is left and told of.
 */
import { isDroppable } from '../engine/drop.ts';
import type { BrakeClass } from '../engine/model.ts';
import type { SyncContext } from '../flow/context.ts';
import { walkHeld, type HeldRecord } from '../flow/held.ts';
import { createSender, type Dispatch } from './send-orders.ts';
import { NO_LEGS, sendPages, type Settled, type SettleOptions } from './send-pages.ts';

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

export const isOf = (batch: BatchName, held: HeldRecord): boolean =>
  (batch.class === null || batch.class === held.class) &&
  (batch.batch === null || batch.batch === held.batch);

export const settleHeldSet = (
  context: SyncContext,
  order: HeldOrder,
  options: SettleOptions,
): Promise<Settled> => sendPages(createSender(context, options), pagesOf(context, order), options);

async function* pagesOf(
  { state, sync }: SyncContext,
  order: HeldOrder,
): AsyncGenerator<readonly Dispatch[]> {
  for await (const page of walkHeld(state, sync.spec.name)) yield dispatchesOf(page, order);
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
