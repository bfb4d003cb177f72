/**
 * One lane's page, from references to shadows. Read this after engine/judge.ts: it is the judgement
 * carried out.
 *
 *   open (states, rows) → judge ⇄ look → intents → CRM → app → settle → judge again … → close
 *
 * The order is always intent → targets → shadow → delete message; a crash between any two is healed
 * by redoing. A lane succeeds or fails whole.
 */
import type { LaneMessage, Reference } from '../ports/messages.ts';
import { CrmUnavailable } from '../ports/crm.ts';
import { closePage } from './apply-close.ts';
import { judgeOpen } from './apply-look.ts';
import { gatherPage, openWorks, type Delivered, type Gathered } from './apply-open.ts';
import { takeOutcomes } from './apply-outcome.ts';
import {
  noteIntents,
  planWriting,
  tellOverwrites,
  writeApp,
  writeCrm,
  type Writing,
} from './apply-write.ts';
import { isTimeUp, type SyncContext } from './context.ts';
import { crmTrouble, handBack, isResting, reportTrouble, type Trouble } from './health.ts';
import { wait } from './park.ts';
import { nextPortion } from './poison.ts';
import { route } from './route.ts';
import { joinInsteadOfDelete, moveInherited } from './succession.ts';
import { withoutBuried } from './tombstones.ts';
import { newState, type Work } from './work.ts';
import type { CrmKey, Parking, RecordState } from '../engine/model.ts';
import { UNDATED_MAX_MS } from '../engine/judge-fields.ts';

/** A record that has not come to rest after this many rounds is set aside for a moment. */
const ROUNDS_MAX = 5;

/** Works the waiting messages of one lane as one page. Throws only on bugs and on an unreachable state store. */
export async function applyPage(
  context: SyncContext,
  delivered: readonly Delivered[],
): Promise<void> {
  const messages = delivered.map(({ message }) => message);
  const health = await context.state.loadHealth(context.sync.spec.name);
  if (isResting(health, context.clock.now())) {
    await giveBack(context, delivered);
    return;
  }
  try {
    const gathered = await gatherPage(context, delivered);
    const worked = await workInPortions(context, delivered, gathered);
    if (worked.trouble !== null) {
      await giveBack(context, delivered, worked.trouble);
      return;
    }
    await keepCommands(context, delivered, worked.done);
  } catch (error) {
    if (!(error instanceof CrmUnavailable)) throw error;
    await giveBack(context, delivered, crmTrouble(error));
    return;
  }
  await reportPages(context, messages);
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
): Promise<Worked> {
  const receiveCount = Math.max(...delivered.map((each) => each.receiveCount));
  let rest = gathered;
  const again: Reference[] = [];
  const done = new Set<CrmKey>();
  let trouble: Trouble | null = null;
  while (rest.length > 0 && trouble === null) {
    if (isTimeUp(context.budget)) {
      again.push(...rest.map(({ ref }) => ref));
      break;
    }
    const portion = await nextPortion(context, rest, receiveCount);
    const works = await openWorks(context, portion.works);
    trouble = await workPortion(context, works, causeOf(delivered));
    const closed = await closePage(context, works, causeOf(delivered));
    again.push(...portion.again, ...closed.again);
    for (const work of works) if (isAtRest(work)) done.add(work.key);
    for (const { key } of again) done.delete(key);
    // With no position: no source would name these again.
    await route(context, { refs: closed.follow, position: {} });
    rest = portion.rest;
  }
  if (trouble === null) await sendAgain(context, delivered, again);
  return { trouble, done };
}

const isAtRest = ({ progress, state }: Work): boolean =>
  progress === 'done' && state.parking?.kind !== 'waiting';

/** Rounds of judging and writing until every record of the portion has come to rest. */
async function workPortion(
  context: SyncContext,
  works: readonly Work[],
  cause: string,
): Promise<Trouble | null> {
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const open = works.filter(({ progress }) => progress === 'open');
    if (open.length === 0) return null;
    if (isTimeUp(context.budget)) {
      for (const work of open) work.progress = 'again';
      return null;
    }
    const trouble = (await judgeOpen(context, open)) ?? (await writeJudged(context, open, cause));
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
  cause: string,
): Promise<Trouble | null> {
  const judged = open.filter(({ progress }) => progress === 'open');
  const buried = await withoutBuried(context, judged);
  const writings: Writing[] = [];
  for (const work of judged) {
    if (buried.has(work)) {
      leaveBuried(context, work);
      continue;
    }
    if (leavesPartner(work) && (await joinInsteadOfDelete(context, work))) continue;
    const writing = planWriting(context, work);
    if (writing.crm === null && writing.app.length === 0) rest(work);
    else writings.push(writing);
  }
  const noted = await moveInherited(context, await noteIntents(context, writings));
  await tellOverwrites(context, noted, cause);
  await writeCrm(context, noted);
  await writeApp(context, noted);
  let trouble: Trouble | null = null;
  for (const writing of noted) trouble = (await takeOutcomes(context, writing)) ?? trouble;
  return trouble;
}

/** A create that a tombstone stops: the record takes the deletion over, and nothing that began before it passes. */
function leaveBuried(context: SyncContext, work: Work): void {
  const text = 'the person was deleted after this was true; nothing revives them';
  work.decisions.push({
    field: null,
    action: 'leave',
    reason: { rule: 'existence/tombstone', text },
  });
  work.state = { ...work.state, deletedAt: work.state.deletedAt ?? context.clock.now() };
  work.isDirty = true;
  work.progress = 'done';
}

/** The row is gone and the app's record is there: it is to be removed, or left without a row. */
function leavesPartner({ crm, observation, verdict }: Work): boolean {
  const action = verdict?.action;
  const isRemoval = action === 'archive-app' || action === 'delete-app';
  const isLeft = action === 'settle' && observation?.existence === 'present';
  return crm.existence === 'absent' && (isRemoval || isLeft);
}

/** Nothing to write: what the judgement agreed on is the record's state now, and no intent stays open. */
function rest(work: Work): void {
  const { verdict } = work;
  work.progress = 'done';
  if (verdict === null) return;
  const judged = verdict.state;
  const isSame = isUnchanged(work, verdict.decisions.length);
  const version = newestVersion(work);
  if (isSame) return;
  work.decisions.push(...verdict.decisions);
  const parked = stillParked(judged);
  const parking = undated(parked);
  work.state = { ...judged, parked, intent: null, parking, appVersion: version };
  work.isDirty = true;
}

/** Nobody has to decide about a row that is gone, and nothing waits for its time while it is not merged. */
function stillParked({ parked, shadow }: RecordState): RecordState['parked'] {
  if (shadow?.existence.c === 'absent') return {};
  if (shadow?.existence.c === 'present' && shadow.existence.r === 'present') return parked;
  return Object.fromEntries(Object.entries(parked).filter(([, { kind }]) => kind !== 'waiting'));
}

/** A change whose time is not known yet is looked at once more when it need not be waited for any longer. */
function undated(parked: RecordState['parked']): Parking | null {
  const waiting = Object.values(parked).filter(({ kind }) => kind === 'waiting');
  const [first] = waiting;
  if (first === undefined) return null;
  const until = Math.max(...waiting.map(({ at }) => at)) + UNDATED_MAX_MS + 1;
  return { kind: 'waiting', until, attempts: 1, reason: first.reason };
}

function isUnchanged(work: Work, decisions: number): boolean {
  const judged = work.verdict?.state;
  if (judged === undefined || work.isDirty || decisions > 0) return false;
  const before = work.state;
  return (
    before.intent === null &&
    sameWait(undated(stillParked(judged)), before.parking) &&
    judged.withdrawnAt === before.withdrawnAt &&
    judged.deletedAt === before.deletedAt &&
    judged.link === before.link &&
    sameKeys(stillParked(judged), before.parked) &&
    sameExistence(judged.shadow?.existence, before.shadow?.existence)
  );
}

const sameKeys = (a: object, b: object): boolean => Object.keys(a).length === Object.keys(b).length;

const sameWait = (a: Parking | null, b: Parking | null): boolean =>
  a === b || (a?.kind === 'waiting' && b?.kind === 'waiting' && a.until === b.until);

const sameExistence = (
  a: { c: string; r: string } | undefined,
  b: { c: string; r: string } | undefined,
): boolean => a?.c === b?.c && a?.r === b?.r;

function newestVersion({ state, observation }: Work): number | null {
  const seen = observation?.version ?? null;
  return seen === null ? state.appVersion : Math.max(seen, state.appVersion ?? 0);
}

/** Unfinished references go to the tail of their lanes with the page's own positions, so that nothing is passed by. */
async function sendAgain(
  context: SyncContext,
  delivered: readonly Delivered[],
  again: readonly Reference[],
): Promise<void> {
  if (again.length === 0) return;
  // Messages of a lane come in order, so the first one's position is the lowest.
  const position = delivered[0]?.message.position ?? {};
  await route(context, { refs: again, position });
}

/**
 * The sync rests: positions are handed back and nobody is called. What has no position (a look a
 * webhook asked for, a due record) is stored as waiting; a person's command goes back to the queue.
 */
async function giveBack(
  context: SyncContext,
  delivered: readonly Delivered[],
  trouble?: Trouble,
): Promise<void> {
  const messages = delivered.map(({ message }) => message);
  const positions = messages.map(({ position }) => position);
  const hasBackfill = messages.some(({ backfill }) => backfill !== undefined);
  if (trouble === undefined) await handBack(context, positions, hasBackfill);
  else await reportTrouble(context, trouble, positions, hasBackfill);
  await keepWaiting(context, messages);
  await keepCommands(context, delivered, new Set());
}

/** So many failed receives, and the queue would give the message up. One less, and it is sent anew. */
const RECEIVES_MAX = 4;

/**
 * A person’s command is in its message only, so the message is kept until the command was carried out.
 * Coming back by itself a message waits its time; a new one would be here again at once.
 */
async function keepCommands(
  context: SyncContext,
  delivered: readonly Delivered[],
  done: ReadonlySet<CrmKey>,
): Promise<void> {
  const kept = delivered.flatMap(({ message, receiveCount }) => {
    const commands = (message.commands ?? []).filter(({ key }) => !done.has(key));
    const { sync, lane } = message;
    return commands.length === 0
      ? []
      : [{ receiveCount, message: { sync, lane, refs: [], commands, position: {} } }];
  });
  if (kept.length === 0) return;
  if (kept.every(({ receiveCount }) => receiveCount < RECEIVES_MAX))
    throw new Error(
      'a person’s command goes back to the queue: its record, or the sync, must wait',
    );
  await context.queue.sendLane(kept.map(({ message }) => message));
}

async function keepWaiting(context: SyncContext, messages: readonly LaneMessage[]): Promise<void> {
  const keys = [...new Set(messages.flatMap(looseRefs).map(({ key }) => key))];
  if (keys.length === 0) return;
  const known = await context.state.load(context.sync.spec.name, keys);
  const reason = 'the sync was resting when this record was to be looked at';
  const parking = { kind: 'waiting', until: context.clock.now(), attempts: 1, reason } as const;
  const waiting = keys.map((key) => {
    const stored = known.get(key) ?? { state: newState(key), version: 0, marks: 0 };
    return { ...stored, state: { ...stored.state, parking } };
  });
  await context.state.save(context.sync.spec.name, waiting);
}

/** References that no source would name again when it is read from the message's position. */
function looseRefs({ refs, position, backfill }: LaneMessage): readonly Reference[] {
  const isPlaced = position.crm !== undefined || position.app !== undefined;
  return isPlaced || backfill !== undefined ? refs.filter(({ look }) => look === true) : refs;
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
