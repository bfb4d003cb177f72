/**
 * Orders of a plan that a person has accepted. Each names the three legs it was decided on: a record of which any has
 * moved since is left alone and said so, never guessed. Whose judgement wants nothing any more needs no order.
 */
import { deedsOf } from '../engine/deeds.ts';
import type { Deed } from '../engine/model.ts';
import type { PlannedOrder } from '../ports/messages.ts';
import type { SyncContext } from './context.ts';
import { appLeg, crmLeg, describeMove, stateLeg } from './legs.ts';
import { settleHeld } from './held-orders.ts';
import { reopen, settleQuarantined } from './quarantine-orders.ts';
import { appSideOf, type Work } from './work.ts';

export function takeOrders(works: readonly Work[], orders: readonly PlannedOrder[]): void {
  const byKey = new Map(orders.map((order) => [order.ref.key, order]));
  for (const work of works) {
    const order = byKey.get(work.key);
    if (order === undefined) continue;
    work.planned = { order, excuse: null, isChecked: false };
    reopen(work);
    if (order.undo !== undefined) {
      work.undo = order.undo;
      work.mustLook = true;
    }
  }
}

/** Records that go on: all but those whose order does not fit them any more. */
export function leaveMoved(context: SyncContext, works: readonly Work[]): readonly Work[] {
  for (const work of works) {
    if (work.progress !== 'open') continue;
    const { held, quarantined } = work.planned?.order ?? {};
    if (held !== undefined) settleHeld(context, work);
    else if (quarantined !== undefined) settleQuarantined(context, work);
    else check(context, work);
  }
  return works.filter(({ progress }) => progress === 'open');
}

/** Once, on what both ends showed before anything was written: from there on what moves is our own doing. */
function check(context: SyncContext, work: Work): void {
  const { planned, verdict } = work;
  // A write that is under way is finished, whoever began it.
  if (planned === undefined || planned.isChecked || work.opened.intent !== null) return;
  planned.isChecked = true;
  if (verdict === null) return;
  const shown = { crm: work.crm, app: appSideOf(context.sync, work) };
  const deeds = deedsOf(context.sync.spec.fields, verdict, shown);
  if (deeds.length === 0) return;
  planned.excuse = whyNot(context, work, planned.order, deeds);
  if (planned.excuse === null) return;
  work.state = work.stored.state;
  work.isDirty = false;
  work.decisions = [];
  work.progress = 'done';
}

function whyNot(
  { sync }: SyncContext,
  work: Work,
  order: PlannedOrder,
  deeds: readonly Deed[],
): string | null {
  // Nobody looked at whom the plan knew nothing of at the app: should there be somebody, the app will say so.
  const isUnseen = work.observation === null && work.proof === 'assumed';
  const move = describeMove(order.legs, {
    crm: crmLeg(work.crm),
    state: stateLeg(work.opened),
    app: isUnseen ? order.legs.app : appLeg(appSideOf(sync, work)),
  });
  if (move !== null) return move;
  const other = deeds.find((deed) => !isIn(order, deed));
  return other === undefined
    ? null
    : `it would be done otherwise now: ${other.kind}${other.column === null ? '' : ` ${other.column}`}`;
}

const isIn = ({ deeds }: PlannedOrder, { kind, column }: Deed): boolean =>
  deeds.some((deed) => deed.kind === kind && deed.column === column);

/**
 * What a brake holds of an undo is not noted in its record: the order is gone with this call, and nothing would ever
 * want the deeds again. Whoever sent it is told.
 */
export function whyUndoHeld({ planned, state }: Work): string | null {
  if (planned?.order.undo === undefined || state.withheld?.by !== 'brake') return null;
  return `${state.withheld.reason.replace(/;.*/, '')}; give the same command again for the next ones`;
}

/** A person has seen exactly these deeds of this record: no brake counts them. Of an undo of many they saw the number. */
export const isAccepted = ({ planned }: Work, deeds: readonly Deed[]): boolean =>
  planned !== undefined &&
  planned.isChecked &&
  planned.excuse === null &&
  planned.order.held === undefined &&
  planned.order.quarantined === undefined &&
  planned.order.undo?.braked !== true &&
  deeds.every((deed) => isIn(planned.order, deed));
