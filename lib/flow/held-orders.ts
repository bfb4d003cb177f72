/**
 * A person's word about what a brake holds of one record. It is for these deeds and for the values they would have
 * written when the person saw them: the record is judged anew, and when that comes to anything else nothing passes
 * on the old word. What it comes to now asks the brakes like everything else, and stays held.
 */
import { isDeepStrictEqual } from 'node:util';
import { classOf } from '../engine/deeds.ts';
import { dropDeeds } from '../engine/drop.ts';
import type { Verdict } from '../engine/judge.ts';
import { leaveUntold, type LedgerVerdict } from '../engine/ledger.ts';
import type { BrakeClass, Deed } from '../engine/model.ts';
import type { PlannedOrder } from '../ports/messages.ts';
import type { SyncContext } from './context.ts';
import { deedsIn } from './deeds-in.ts';
import { stakesOf } from './stakes.ts';
import { appSideOf, type Planned, type Work } from './work.ts';

/** Once, on what both ends showed before anything was written: from there on what moves is our own doing. */
export function settleHeld(context: SyncContext, work: Work): void {
  const { planned, verdict } = work;
  const held = planned?.order.held;
  if (planned === undefined || held === undefined || planned.isChecked) return;
  // A write that is under way is finished, whoever began it.
  if (work.opened.intent !== null || verdict === null) return;
  planned.isChecked = true;
  const classes = classesOf(planned.order);
  const wanted = deedsIn(context, work).filter((deed) => classes.has(classOf(deed)));
  const open = wanted.filter((deed) => deed.class !== null);
  if (open.length === 0) return;
  const { fields } = context.sync.spec;
  const isSame =
    isDeepStrictEqual(plain(open), plain(planned.order.deeds)) &&
    isDeepStrictEqual(stakesOf(fields, verdict, open), held.values);
  if (!isSame) {
    planned.excuse = 'what it would write has changed since it was held; it was judged anew';
    return;
  }
  if (held.verb === 'approve') return;
  giveUp(context, work, { planned, verdict, deeds: planned.order.deeds, by: held.by });
}

interface Given {
  readonly planned: Planned;
  readonly verdict: Verdict;
  readonly deeds: readonly Deed[];
  readonly by: string;
}

/** These deeds are not done: what both ends show counts as agreed. */
export function giveUp(
  { sync, clock }: SyncContext,
  work: Work,
  { planned, verdict, deeds, by }: Given,
): void {
  const dropping = { deeds: plain(deeds), by, at: clock.now() };
  const shown = { crm: work.crm, app: appSideOf(sync, work) };
  const dropped = dropDeeds(sync.spec.fields, verdict, dropping, { shown, before: work.state });
  work.verdict = untold(verdict, dropped);
  work.isDirty = true;
  planned.isDropped = true;
}

/** An app that shows nobody is told whole rows. */
const isTelling = (verdict: Verdict): verdict is LedgerVerdict => 'plan' in verdict;

/** What was dropped, in the form of the judgement it was dropped from. */
function untold(verdict: Verdict, dropped: Verdict): Verdict {
  if (!isTelling(verdict)) return dropped;
  const { state, decisions } = dropped;
  const left = leaveUntold({ ...verdict, state });
  const silent = { action: 'settle', plan: null, deeds: [], decisions, state: left } as const;
  return { ...verdict, ...silent };
}

const plain = (deeds: readonly Deed[]): readonly Deed[] =>
  deeds.map(({ kind, column }) => ({ kind, column }));

const classesOf = ({ deeds }: PlannedOrder): ReadonlySet<BrakeClass> => new Set(deeds.map(classOf));

/** The brakes that a person’s word opens for this record. */
export function approvedOf({ planned }: Work): ReadonlySet<BrakeClass> {
  const isOpen =
    planned?.order.held?.verb === 'approve' && planned.isChecked && planned.excuse === null;
  return isOpen ? classesOf(planned.order) : new Set();
}
