/**
 * A sync that has lost its place: new positions first, then everybody is met anew (lib/engine/adoption.ts), and a
 * sweep afterwards proves how all stand. Nobody is archived, deleted or unsubscribed by it before a person says so.
 */
import { nextAdoption, settleDoubt, type Adoption } from '../engine/adoption.ts';
import type { Checkpoint, Health } from '../ports/state.ts';
import type { SweepOrder } from '../ports/sweep.ts';
import { startBackfill } from './backfill.ts';
import type { SyncContext } from './context.ts';
import { appSideOf, type Work } from './work.ts';

/** What is changed in a checkpoint whose positions are new. */
export function adopt(
  context: SyncContext,
  before: Checkpoint,
  cause: Pick<Adoption, 'reason' | 'forgets' | 'order'>,
): Checkpoint {
  const at = context.clock.now();
  const adoption = nextAdoption(before.adoption, { ...cause, at });
  context.log.warn('the sync lost its place: everybody is met anew', { reason: cause.reason });
  return {
    ...before,
    adoption,
    backfill: startBackfill(context, cause.reason, before.backfill),
    // A sweep follows at once.
    sweep: { lastAt: 0, walk: null, proof: before.sweep?.proof ?? null },
  };
}

/** A person said `adopt`, and no round has taken that up yet. */
export function orderToAdopt(
  { sweep }: Pick<Health, 'sweep'>,
  checkpoint: Checkpoint | null,
): SweepOrder | null {
  if (sweep?.adopts !== true || sweep.at <= (checkpoint?.adoption?.order ?? 0)) return null;
  return sweep;
}

/** Judged to the end, and nothing of it waits for anybody: the record stands on its own again. */
export function settleDoubts({ sync }: SyncContext, works: readonly Work[]): void {
  for (const work of works) {
    const { state, verdict, progress, crm } = work;
    const isWaiting = state.withheld !== null || state.parking !== null || state.intent !== null;
    if (progress !== 'done' || verdict === null || verdict.look !== null || isWaiting) continue;
    work.state = settleDoubt(sync.spec.fields, state, { crm, app: appSideOf(sync, work) });
  }
}
