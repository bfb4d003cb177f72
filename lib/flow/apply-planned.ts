/**
 * A page of an accepted plan, worked in the record's own lane by the same steps as any page. What differs: nothing of it
 * is given back to a source, for whoever sent it keeps the plan and waits for the result; and a record that has moved is left.
 */
import type { CrmKey } from '../engine/model.ts';
import { mapCode, mapOf } from '../engine/sync-map.ts';
import { CrmUnavailable } from '../ports/crm.ts';
import type { PlanPage } from '../ports/messages.ts';
import type { Checkpoint, Health, PlanExcuse, PlanResult } from '../ports/state.ts';
import { isAheadOfRound } from './admission.ts';
import { closePage } from './apply-close.ts';
import { gatherPage, openWorks, type Delivered } from './apply-open.ts';
import { applyErasures } from './erase.ts';
import { applyPage, workPortion } from './apply.ts';
import { isTimeUp, type SyncContext } from './context.ts';
import { crmTrouble, isResting, reportTrouble, type Trouble } from './health.ts';
import { workOrdered } from './ledger-apply.ts';
import { quarantineLost } from './last-delivery.ts';
import { checkEnds } from './open-sync.ts';
import { takeOrders, whyUndoHeld } from './planned-orders.ts';
import { nextPortion, withoutMarks } from './poison.ts';
import { whyStillOut } from './quarantine-orders.ts';
import { routeEach } from './route.ts';
import type { Work } from './work.ts';

/** Everything a lane was handed: ordinary messages as one page, each page of a plan by itself. */
export async function applyLane(
  context: SyncContext,
  delivered: readonly Delivered[],
): Promise<void> {
  const ordinary = delivered.filter(
    ({ message }) => message.plan === undefined && message.erase === undefined,
  );
  if (ordinary.length > 0) await applyOrdinary(context, ordinary);
  for (const each of delivered) {
    const { plan, erase } = each.message;
    if (erase !== undefined) await applyErasures(context, erase);
    if (plan === undefined) continue;
    const refs = plan.orders.map(({ ref }) => ref);
    const page = { ...each, message: { ...each.message, refs } };
    const result = await applyPlanPage(context, page, plan);
    await context.state.putPlanResult(context.sync.spec.name, plan.name, result);
  }
}

async function applyOrdinary(context: SyncContext, delivered: readonly Delivered[]): Promise<void> {
  try {
    await applyPage(context, delivered);
  } catch (error) {
    // What ended the page is told to whoever runs it, whether its records could be noted or not.
    await quarantineLost(context, delivered, error).catch(() => undefined);
    throw error;
  }
}

async function applyPlanPage(
  context: SyncContext,
  delivered: Delivered,
  plan: PlanPage,
): Promise<PlanResult> {
  const { state, sync, clock } = context;
  const [health, checkpoint] = await Promise.all([
    state.loadHealth(sync.spec.name),
    state.loadCheckpoint(sync.spec.name),
  ]);
  const refusal = whyRefused(context, plan, { health, checkpoint, now: clock.now() });
  if (refusal !== null) return refusal;
  try {
    const other = await checkEnds(context, checkpoint);
    if (other !== null) return refused(other.reason, false);
    const gathered = await gatherPage(context, [delivered], checkpoint);
    const hasErased = health.erasedAt !== null;
    return await withoutMarks(context, gathered, () =>
      workPlanned(context, delivered, { plan, gathered, hasErased }),
    );
  } catch (error) {
    if (!(error instanceof CrmUnavailable)) throw error;
    return inTrouble(context, crmTrouble(error));
  }
}

const refused = (reason: string, mayRetry: boolean): PlanResult => ({
  kind: 'refused',
  reason,
  mayRetry,
});

interface Standing {
  readonly health: Health;
  readonly checkpoint: Checkpoint | null;
  readonly now: number;
}

function whyRefused(
  { sync, app }: SyncContext,
  { code, orders }: PlanPage,
  { health, checkpoint, now }: Standing,
): PlanResult | null {
  const { paused, halted, cooling } = health;
  if (paused !== null) return refused(`the sync is paused by ${paused.by}`, false);
  if (halted !== null) return refused(`the sync is halted: ${halted.reason}`, false);
  if (isResting(health, now)) return refused(`the sync rests: ${cooling?.reason ?? ''}`, true);
  if (!sync.write) return refused('the sync only looks (write: false)', false);
  const isOfPeople =
    orders.length > 0 &&
    orders.every(({ held, quarantined }) => held !== undefined || quarantined !== undefined);
  if (app.ledger !== undefined && !isOfPeople)
    return refused('an app that shows nobody is told by the rounds of its sync alone', false);
  if (mapCode(mapOf(sync.spec, sync.functions)) !== code || isAheadOfRound(sync, checkpoint))
    return refused('the sync works by another map than the plan was made by', false);
  return null;
}

async function inTrouble(context: SyncContext, trouble: Trouble): Promise<PlanResult> {
  await reportTrouble(context, trouble, [], false);
  return refused(trouble.reason, trouble.kind === 'retry');
}

interface Task {
  readonly plan: PlanPage;
  readonly hasErased: boolean;
  readonly gathered: Awaited<ReturnType<typeof gatherPage>>;
}

async function workPlanned(
  context: SyncContext,
  { receiveCount, message }: Delivered,
  { plan, gathered, hasErased }: Task,
): Promise<PlanResult> {
  const run = message.run ?? '';
  const cause = isUndo(run) ? run : `plan ${run}`.trim();
  const told: Told = { applied: 0, already: 0, moved: [], failed: [], unfinished: [] };
  let rest = gathered;
  let trouble: Trouble | null = null;
  while (rest.length > 0 && trouble === null && !isTimeUp(context.budget)) {
    const portion = await nextPortion(context, rest, receiveCount);
    const works = await openWorks(context, portion.works);
    takeOrders(works, plan.orders);
    const { ledger } = context.app;
    trouble =
      ledger === undefined
        ? // No walk follows that could take a write over.
          await workPortion(context, works, {
            cause,
            checkpoint: null,
            hasErased,
          })
        : await workOrdered(context, ledger, { works, hasErased });
    const held = new Map(works.map((work) => [work, whyUndoHeld(work)]));
    for (const [work, reason] of held) if (reason !== null) forgetHeld(work);
    const closed = await closePage(context, works, cause);
    const again = new Set(closed.again.map(({ ref }) => ref.key));
    for (const work of works)
      tell(told, work, { isAgain: again.has(work.key), held: held.get(work) ?? null });
    told.unfinished.push(...portion.again.map(({ ref }) => ref.key));
    // What was begun is finished by the sync itself, should nobody send the order again.
    await routeEach(context, [...closed.again, ...closed.follow], {});
    ({ rest } = portion);
  }
  told.unfinished.push(...rest.map(({ ref }) => ref.key));
  if (trouble !== null) await reportTrouble(context, trouble, [], false);
  return { kind: 'worked', ...told };
}

interface Told {
  applied: number;
  already: number;
  readonly moved: PlanExcuse[];
  readonly failed: PlanExcuse[];
  readonly unfinished: CrmKey[];
}

/** Runs of undos are named so. */
export const UNDO_RUN = 'undo-';

const isUndo = (run: string): boolean => run.startsWith(UNDO_RUN);

function forgetHeld(work: Work): void {
  work.state = { ...work.state, withheld: work.opened.withheld };
}

interface Came {
  readonly isAgain: boolean;
  /** A brake holds it. */
  readonly held: string | null;
}

function tell(told: Told, work: Work, { isAgain, held }: Came): void {
  const { key, state, planned, opened } = work;
  if (planned === undefined) return;
  const excuse = planned.excuse;
  if (excuse !== null) {
    told.moved.push({ key, reason: excuse });
    return;
  }
  if (isAgain) {
    told.unfinished.push(key);
    return;
  }
  const reason = held ?? whyFailed(work);
  const isWritten = state.wroteAt !== opened.wroteAt;
  const isDropped = planned.isDropped === true;
  const isTied = planned.order.deeds.length === 0 && state.remoteId !== opened.remoteId;
  const left = whatWasLeft(work);
  if (reason !== null) told.failed.push({ key, reason });
  else if (left !== null) told.moved.push({ key, reason: left });
  else if (isWritten || isTied || isDropped) told.applied += 1;
  else told.already += 1;
}

/** Of an undo: what somebody changed while it was on its way. */
function whatWasLeft({ planned, undone = [] }: Work): string | null {
  const undo = planned?.order.undo;
  if (undo === undefined) return null;
  const wanted = [
    ...undo.fields.map(({ field }) => field),
    ...(undo.existence === null ? [] : [null]),
  ];
  const left = wanted.filter((field) => !undone.includes(field));
  return left.length === 0
    ? null
    : `${left.map((field) => field ?? 'the record').join(', ')} changed meanwhile, or is undone already`;
}

/** Out of traffic for a reason the plan did not know of. */
function whyFailed({ state, opened, planned }: Work): string | null {
  const { parking, parked, withheld } = state;
  if (planned?.order.quarantined !== undefined) return whyStillOut(state);
  if (parking !== null) return parking.reason;
  const news = Object.entries(parked).find(
    ([name, { kind }]) => kind === 'rejected' && opened.parked[name]?.kind !== kind,
  );
  if (news !== undefined) return news[1].reason;
  // Whose word was about what is held has said nothing of what else is.
  const isOther = planned?.order.held !== undefined;
  return withheld?.by === 'brake' && !isOther ? withheld.reason : null;
}
