/**
 * One lane's page, from references to shadows. Read this after engine/judge.ts: it is the judgement
 * carried out.
 *
 *   open (states, rows) → judge ⇄ look → postpone → restrain → intents → CRM → app → settle → judge again … → close
 *   (an app that shows nobody: ledger-apply.ts)
 *
 * The order is always intent → targets → shadow → delete message; a crash between any two is healed
 * by redoing. A lane succeeds or fails whole.
 */
import type { CrmKey } from '../engine/model.ts';
import type { Budget } from '../ports/clock.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { LaneMessage } from '../ports/messages.ts';
import { CrmUnavailable } from '../ports/crm.ts';
import type { Checkpoint } from '../ports/state.ts';
import { isAheadOfRound } from './admission.ts';
import { giveBack, keepCommands } from './apply-back.ts';
import { closePage } from './apply-close.ts';
import { judgeOpen } from './apply-look.ts';
import { gatherPage, openWorks, type Delivered, type Gathered } from './apply-open.ts';
import { takeOutcomes } from './apply-outcome.ts';
import { rest } from './apply-rest.ts';
import {
  noteIntents,
  planWriting,
  tellOverwrites,
  writeApp,
  writeCrm,
  type Writing,
} from './apply-write.ts';
import { isTimeUp, type SyncContext } from './context.ts';
import { crmTrouble, isResting, lowerResume, type Trouble } from './health.ts';
import { openLedger, workLedger } from './ledger-apply.ts';
import { checkEnds } from './open-sync.ts';
import { wait } from './park.ts';
import { leaveMoved } from './planned-orders.ts';
import { nextPortion, withoutMarks } from './poison.ts';
import { listingOf, postpone, withoutUnlisted } from './postpone.ts';
import { routeEach, type RunReference } from './route.ts';
import { splitRebuild, workRebuild, type RebuildPage } from './rebuild-apply.ts';
import { restrain } from './restrain.ts';
import { joinInsteadOfDelete, moveInherited } from './succession.ts';
import { leaveBuried, leaveErased, withoutBuried } from './tombstones.ts';
import { whyWentBack } from './went-back.ts';
import type { Work } from './work.ts';

/** A record that has not come to rest after this many rounds is set aside for a moment. */
const ROUNDS_MAX = 5;

/** Works the waiting messages of one lane as one page. Throws only on bugs and on an unreachable state store. */
export async function applyPage(given: SyncContext, received: readonly Delivered[]): Promise<void> {
  const context = { ...given, budget: rankOf(given.budget, received) };
  const { state, sync, clock } = context;
  const [health, checkpoint] = await Promise.all([
    state.loadHealth(sync.spec.name),
    state.loadCheckpoint(sync.spec.name),
  ]);
  if (isResting(health, clock.now()) || isAheadOfRound(sync, checkpoint)) {
    await giveBack(context, received);
    return;
  }
  // While everybody at the app is being replaced it takes nothing else.
  const rebuild = splitRebuild(context, health, received);
  const delivered = rebuild?.ours ?? received;
  if (rebuild !== null && rebuild.others.length > 0) await giveBack(context, rebuild.others);
  if (delivered.length === 0) return;
  try {
    const other = await checkEnds(context, checkpoint);
    if (other !== null) {
      await giveBack(context, delivered, other);
      return;
    }
    const gathered = await gatherPage(context, delivered, checkpoint);
    const { ledger } = context.app;
    const worked = await withoutMarks(context, gathered, () =>
      ledger === undefined
        ? workInPortions(context, delivered, gathered, {
            cause: causeOf(delivered),
            checkpoint,
            hasErased: health.erasedAt !== null,
          })
        : workTogether(context, ledger, {
            delivered,
            gathered,
            rebuild: rebuild?.page ?? null,
            checkpoint,
            hasErased: health.erasedAt !== null,
          }),
    );
    if (worked.trouble !== null) {
      await giveBack(context, delivered, worked.trouble);
      return;
    }
    // Whoever only looks carries no order out either.
    await keepCommands(context, delivered, sync.write ? worked.done : new Set());
  } catch (error) {
    if (!(error instanceof CrmUnavailable)) throw error;
    await giveBack(context, delivered, crmTrouble(error));
    return;
  }
  await reportPages(
    context,
    delivered.map(({ message }) => message),
  );
}

interface Page {
  readonly cause: string;
  /**
   * Where the sync stood when the page was opened. Null: no walk follows that could take a write over, and nobody asks
   * whether the database went back since.
   */
  readonly checkpoint: Checkpoint | null;
  /** People were erased from the sync: who is to be made may be one of them. */
  readonly hasErased: boolean;
}

/** A page of nothing but backfill lets live work go first wherever calls are rationed. */
function rankOf(budget: Budget, delivered: readonly Delivered[]): Budget {
  const isBackfill = delivered.every(({ message }) => message.backfill !== undefined);
  return {
    remainingMs: () => budget.remainingMs(),
    rank: isBackfill ? 'backfill' : 'live',
  };
}

interface Worked {
  readonly trouble: Trouble | null;
  /** Records that came to rest and wait for nothing. */
  readonly done: ReadonlySet<CrmKey>;
}

/** On the first delivery the page is one portion; later ones are cut so that a poisonous record shows itself. */
async function workInPortions(
  context: SyncContext,
  delivered: readonly Delivered[],
  gathered: readonly Gathered[],
  page: Page,
): Promise<Worked> {
  const receiveCount = receivesOf(delivered);
  let rest = gathered;
  const again: RunReference[] = [];
  const done = new Set<CrmKey>();
  let trouble: Trouble | null = null;
  while (rest.length > 0 && trouble === null) {
    if (isTimeUp(context.budget)) {
      again.push(...rest);
      break;
    }
    const portion = await nextPortion(context, rest, receiveCount);
    const works = await openWorks(context, portion.works);
    trouble = await workPortion(context, works, page);
    const closed = await closePage(context, works, page.cause);
    again.push(...portion.again, ...closed.again);
    for (const work of works) if (isAtRest(work)) done.add(work.key);
    for (const { ref } of again) done.delete(ref.key);
    // With no position: no source would name these again.
    await routeEach(context, closed.follow, {});
    rest = portion.rest;
    // Time was over in the middle of a portion: to note what is to be written next would be in vain.
    if (works.some(isOutOfTime)) {
      again.push(...rest);
      break;
    }
  }
  if (trouble === null) await sendAgain(context, delivered, again);
  return { trouble, done };
}

interface Together {
  readonly delivered: readonly Delivered[];
  readonly gathered: readonly Gathered[];
  readonly rebuild: RebuildPage | null;
  readonly checkpoint: Checkpoint | null;
  readonly hasErased: boolean;
}

/** An app that shows nobody is told of the whole page at once. */
async function workTogether(
  context: SyncContext,
  ledger: Ledger,
  { delivered, gathered, rebuild, checkpoint, hasErased }: Together,
): Promise<Worked> {
  const receiveCount = receivesOf(delivered);
  const { works, again } = await openLedger(context, ledger, { gathered, receiveCount });
  if (hasErased) await leaveErased(context, works);
  const trouble =
    (await leaveIfBack(context, works, checkpoint)) ??
    (rebuild === null
      ? await workLedger(context, ledger, works)
      : await workRebuild(context, { ledger, page: rebuild }, works));
  const closed = await closePage(context, works, causeOf(delivered));
  if (trouble === null) await sendAgain(context, delivered, [...again, ...closed.again]);
  return { trouble, done: new Set(works.filter(isAtRest).map(({ key }) => key)) };
}

const receivesOf = (delivered: readonly Delivered[]): number =>
  Math.max(...delivered.map(({ receiveCount }) => receiveCount));

const isOutOfTime = ({ progress, isLost }: Work): boolean => progress === 'again' && !isLost;

const isAtRest = ({ progress, state }: Work): boolean =>
  progress === 'done' && state.parking?.kind !== 'waiting';

/** Rounds of judging and writing until every record of the portion has come to rest. */
export async function workPortion(
  context: SyncContext,
  works: readonly Work[],
  page: Page,
): Promise<Trouble | null> {
  const wentBack = await leaveIfBack(context, works, page.checkpoint);
  if (wentBack !== null) return wentBack;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const open = works.filter(({ progress }) => progress === 'open');
    if (open.length === 0) return null;
    if (isTimeUp(context.budget)) {
      for (const work of open) work.progress = 'again';
      return null;
    }
    const trouble = (await judgeOpen(context, open)) ?? (await writeJudged(context, open, page));
    if (trouble !== null) {
      for (const work of open) if (work.progress === 'open') leave(context, work, trouble.reason);
      return trouble;
    }
  }
  for (const work of works) {
    if (work.progress === 'open')
      wait(context, work, 'the record keeps changing while we look at it');
  }
  return null;
}

/** On the word of a database that went back nothing is done. */
async function leaveIfBack(
  context: SyncContext,
  works: readonly Work[],
  checkpoint: Checkpoint | null,
): Promise<Trouble | null> {
  const wentBack = await whyWentBack(context, works, checkpoint);
  if (wentBack === null) return null;
  for (const work of works) if (work.progress === 'open') leave(context, work, wentBack.reason);
  return wentBack;
}

/**
 * The page’s positions are handed back, and its sources name its records again: all but one that our
 * write took out of the app without telling us so. Whose write is open waits by name.
 */
function leave(context: SyncContext, work: Work, reason: string): void {
  if (work.state.intent === null) work.progress = 'done';
  else wait(context, work, reason);
}

async function writeJudged(
  context: SyncContext,
  open: readonly Work[],
  page: Page,
): Promise<Trouble | null> {
  const judged = withoutUnlisted(context, leaveMoved(context, open), page.checkpoint);
  const buried = await withoutBuried(context, judged, page.hasErased);
  const remaining: Work[] = [];
  for (const work of judged) {
    // Whom nothing revives may have a new row: theirs is the partner then. Who was erased has none.
    if (
      (leavesPartner(work) || (!page.hasErased && isRowless(work, buried))) &&
      (await joinInsteadOfDelete(context, work))
    )
      continue;
    if (buried.has(work)) leaveBuried(context, work);
    else remaining.push(work);
  }
  postpone(context, remaining, listingOf(page.checkpoint));
  await restrain(context, remaining);
  const writings: Writing[] = [];
  for (const work of remaining) {
    const writing = planWriting(context, work);
    if (writing.crm === null && writing.app.length === 0) rest(work);
    else writings.push(writing);
  }
  const noted = await moveInherited(context, await noteIntents(context, writings));
  await tellOverwrites(context, noted, page.cause);
  await writeCrm(context, noted);
  await writeApp(context, noted);
  let trouble: Trouble | null = null;
  for (const writing of noted) trouble = (await takeOutcomes(context, writing)) ?? trouble;
  return trouble;
}

const isRowless = (work: Work, buried: ReadonlySet<Work>): boolean =>
  buried.has(work) && work.crm.existence === 'absent';

/** The row is gone and the app's record is there: it is to be removed, or left without a row. */
function leavesPartner({ crm, observation, verdict }: Work): boolean {
  const action = verdict?.action;
  const isRemoval = action === 'archive-app' || action === 'delete-app';
  const isLeft = action === 'settle' && observation?.existence === 'present';
  return crm.existence === 'absent' && (isRemoval || isLeft);
}

/** Unfinished references go to the tail of their lanes with the page's own positions, so that nothing is passed by. */
async function sendAgain(
  context: SyncContext,
  delivered: readonly Delivered[],
  again: readonly RunReference[],
): Promise<void> {
  if (again.length === 0) return;
  // One message was read in the app's delta, another in the CRM's log: each source starts again at its own lowest.
  const positions = delivered.map(({ message }) => message.position);
  const { crm, app } = lowerResume(context, null, positions, false) ?? {};
  const position = {
    ...(crm === undefined ? {} : { crm }),
    ...(app === undefined ? {} : { app }),
  };
  await routeEach(context, again, position);
}

/** Asks for the next backfill page of this lane. */
async function reportPages(context: SyncContext, messages: readonly LaneMessage[]): Promise<void> {
  const sync = context.sync.spec.name;
  const done = messages.flatMap(({ lane, backfill }) =>
    backfill === undefined || !backfill.last
      ? []
      : [{ kind: 'page-done' as const, sync, backfill: backfill.id, lane, page: backfill.page }],
  );
  if (done.length > 0) await context.queue.sendPull(done);
}

const causeOf = (delivered: readonly Delivered[]): string =>
  delivered.some(({ message }) => message.backfill !== undefined) ? 'backfill' : 'live';
