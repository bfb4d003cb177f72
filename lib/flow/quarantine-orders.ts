/**
 * A person's word about a quarantined record. *Retry*: it is judged and offered once more, refused values included.
 * *Drop*: what it would have done is given up, and what both ends show counts as agreed. Both travel in the record's
 * own lane, and brakes stand before a retry as before anything else.
 */
import { isDroppable } from '../engine/drop.ts';
import type { ParkedField, RecordState } from '../engine/model.ts';
import type { SyncContext } from './context.ts';
import { deedsIn } from './deeds-in.ts';
import { giveUp } from './held-orders.ts';
import type { Work } from './work.ts';

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
  giveUp(context, work, { planned, verdict, deeds, by: word.by });
}

/** Still out of traffic after all: why. */
export function whyStillOut({ parking, parked }: RecordState): string | null {
  if (parking !== null) return parking.reason;
  return Object.values(parked).find(isRefusal)?.reason ?? null;
}

/** A field that an end refused, or whose value cannot be used. */
export const isRefusal = ({ kind }: Pick<ParkedField, 'kind'>): boolean =>
  kind === 'rejected' || kind === 'unreadable' || kind === 'blocked';
