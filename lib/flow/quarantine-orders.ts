/**
 * A person's word about a quarantined record. *Retry*: it is judged and offered once more, refused values included.
 * *Drop*: what it would have done is given up, and what both ends show counts as agreed. Both travel in the record's
 * own lane, and brakes stand before a retry as before anything else.
 */
import { dropDeeds, isDroppable } from '../engine/drop.ts';
import type { RecordState } from '../engine/model.ts';
import type { SyncContext } from './context.ts';
import { deedsIn } from './deeds-in.ts';
import { untold } from './held-orders.ts';
import { appSideOf, type Work } from './work.ts';

/** Refused and blocked values are offered again: said before the record is judged. */
export function reopen(work: Work): void {
  if (work.planned?.order.quarantined === undefined) return;
  const { parked } = work.state;
  const kept = Object.entries(parked).filter(
    ([, { kind }]) => kind !== 'rejected' && kind !== 'blocked',
  );
  if (kept.length === Object.keys(parked).length) return;
  work.state = { ...work.state, parked: Object.fromEntries(kept) };
  work.isDirty = true;
}

/** Once, before anything of it is restrained or written. */
export function settleQuarantined(context: SyncContext, work: Work): void {
  const { planned, verdict } = work;
  const word = planned?.order.quarantined;
  if (planned === undefined || word === undefined || planned.isChecked || verdict === null) return;
  planned.isChecked = true;
  if (word.verb === 'retry') return;
  const deeds = deedsIn(context, work);
  if (deeds.length === 0) return;
  if (!deeds.every(isDroppable)) {
    planned.excuse = 'it is about consent, which cannot be dropped';
    return;
  }
  const plain = deeds.map(({ kind, column }) => ({ kind, column }));
  const dropping = { deeds: plain, by: word.by, at: context.clock.now() };
  const shown = { crm: work.crm, app: appSideOf(context.sync, work) };
  const { fields } = context.sync.spec;
  const dropped = dropDeeds(fields, verdict, dropping, { shown, before: work.state });
  work.verdict = untold(verdict, dropped);
  work.isDirty = true;
  planned.isDropped = true;
}

/** Still out of traffic after all: why. */
export function whyStillOut({ parking, parked }: RecordState): string | null {
  if (parking !== null) return parking.reason;
  const refused = Object.values(parked).find(
    ({ kind }) => kind === 'rejected' || kind === 'unreadable' || kind === 'blocked',
  );
  return refused?.reason ?? null;
}
