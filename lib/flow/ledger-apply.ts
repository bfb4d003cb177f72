/**
 * One lane's page for an app that shows nobody. The order is that of apply.ts, with the ledger in the place of the
 * look: judge against what the app was told → restrain → enter in the ledger → send → leave in the ledger.
 *
 *   crash after entering   all of it is sent again: twice is as good as once
 *   crash after sending    likewise; nothing leaves the ledger before the app acknowledged
 *
 * A call costs the same however many rows it carries, so the whole page is sent together.
 */
import { noteLedger, settleLedger, type LedgerVerdict } from '../engine/ledger.ts';
import type { Ledger, LedgerOutcome } from '../ports/ledger.ts';
import { openWorks, type Gathered } from './apply-open.ts';
import { rest } from './apply-rest.ts';
import { isTimeUp, type SyncContext } from './context.ts';
import { judgeRow } from './judge-row.ts';
import type { Trouble } from './health.ts';
import {
  dropGivenUp,
  enterHolders,
  findSharers,
  sparePeople,
  type Telling as Told,
} from './ledger-holders.ts';
import { quarantine, setAside } from './park.ts';
import { nextPortion } from './poison.ts';
import { leaveMoved } from './planned-orders.ts';
import { restrain } from './restrain.ts';
import { route, type RunReference } from './route.ts';
import { leaveErased } from './tombstones.ts';
import { loseTo, type Work } from './work.ts';

/** A record of this page that the app is about to be told of. */
export interface Telling extends Told {
  readonly work: Work;
}

export interface Opened {
  readonly works: readonly Work[];
  /** Not begun. */
  readonly again: readonly RunReference[];
}

/** Records are opened and judged in portions, so that a poisonous one shows itself; they are sent together. */
export async function openLedger(
  context: SyncContext,
  ledger: Ledger,
  { gathered, receiveCount }: { gathered: readonly Gathered[]; receiveCount: number },
): Promise<Opened> {
  const works: Work[] = [];
  const again: RunReference[] = [];
  let left = gathered;
  while (left.length > 0) {
    if (isTimeUp(context.budget)) {
      again.push(...left);
      break;
    }
    const portion = await nextPortion(context, left, receiveCount);
    const opened = await openWorks(context, portion.works);
    for (const work of opened) judgeOne(context, ledger, work);
    works.push(...opened);
    again.push(...portion.again);
    left = portion.rest;
  }
  return { works, again };
}

/** Records a person has said something about: judged, and told like any others; no word of theirs brings in who was erased. */
export async function workOrdered(
  context: SyncContext,
  ledger: Ledger,
  { works, hasErased }: { readonly works: readonly Work[]; readonly hasErased: boolean },
): Promise<Trouble | null> {
  for (const work of works) judgeOne(context, ledger, work);
  if (hasErased) await leaveErased(context, works);
  return workLedger(context, ledger, works);
}

/** Tells the app what it does not know; the page's records are closed by the caller. */
export async function workLedger(
  context: SyncContext,
  ledger: Ledger,
  works: readonly Work[],
): Promise<Trouble | null> {
  const open = leaveMoved(
    context,
    works.filter(({ progress }) => progress === 'open'),
  );
  await restrain(context, open);
  const tellings: Telling[] = [];
  for (const work of open) {
    const plan = planOf(work);
    if (plan === null) restLedger(work);
    else tellings.push({ work, plan, take: plan.take });
  }
  const noted = await noteAll(context, tellings);
  if (noted.length === 0) return null;
  await enterHolders(context, noted);
  return tellSingly(context, ledger, noted);
}

/** Of records that are entered in the ledger. */
export async function tellSingly(
  context: SyncContext,
  ledger: Ledger,
  noted: readonly Telling[],
): Promise<Trouble | null> {
  if (noted.length === 0) return null;
  await sparePeople(context, noted);
  const commands = noted.map(({ work: { key }, plan, take }) => ({ ...plan, key, take }));
  const outcomes = await ledger.send(commands, context.budget);
  return takeOutcomes(context, noted, outcomes);
}

function judgeOne(context: SyncContext, ledger: Ledger, work: Work): void {
  if (work.progress !== 'open') return;
  const { sync, clock } = context;
  // An order decides about a field at two ends; here is one end.
  work.commands = [];
  work.verdict = judgeRow(sync, ledger, {
    state: work.state,
    crm: work.crm,
    again: sync.write && work.ref.look === true,
    now: clock.now(),
  });
  const { undecided } = work.crm;
  if (undecided !== undefined && planOf(work) === null) quarantine(context, work, undecided);
}

/** What restraint left of the judgement's plan. */
function planOf({ verdict }: Work): LedgerVerdict['plan'] {
  return verdict === null || verdict.action === 'settle' ? null : (verdict as LedgerVerdict).plan;
}

/** Nothing to tell: what was learned of the row is remembered. What was not done has no end. */
export function restLedger(work: Work): void {
  rest(work);
  // Whatever it waited for, the app knows all of it now.
  const { parking } = work.state;
  if (parking === null) return;
  work.state = { ...work.state, parking: null };
  work.isDirty = true;
}

/** Conditional on the version read: whoever loses is another holder's, and is worked again. */
export async function noteAll(
  context: SyncContext,
  tellings: readonly Telling[],
): Promise<Telling[]> {
  const at = context.clock.now();
  const records = tellings.map(({ work }) => ({
    ...work.stored,
    state: noteLedger(work.verdict as LedgerVerdict, at),
  }));
  const outcomes = await context.state.save(context.sync.spec.name, records);
  return tellings.filter(({ work }, index) => {
    const record = records[index];
    if (record === undefined || outcomes[index] !== 'saved') {
      loseTo(work);
      return false;
    }
    work.stored = { ...record, version: record.version + 1 };
    work.state = record.state;
    return true;
  });
}

async function takeOutcomes(
  context: SyncContext,
  noted: readonly Telling[],
  outcomes: readonly LedgerOutcome[],
): Promise<Trouble | null> {
  const told = noted.filter((_telling, index) => outcomes[index]?.kind === 'applied');
  await leaveHolders(context, told);
  settleAll(context, told);
  let trouble: Trouble | null = null;
  for (const [index, { work }] of noted.entries()) {
    const outcome = outcomes[index];
    if (outcome !== undefined && outcome.kind !== 'applied')
      trouble = takeFailure(context, work, outcome) ?? trouble;
  }
  return trouble;
}

/** Whoever is to be told once more is routed before our own records are saved: a redo routes them again. */
async function leaveHolders(context: SyncContext, told: readonly Telling[]): Promise<void> {
  await dropGivenUp(context, told);
  const sharers = await findSharers(context, told);
  if (sharers.length === 0) return;
  const refs = sharers.map((key) => ({ key, look: true }));
  const run = told.find(({ take }) => take.length > 0)?.work.run ?? null;
  await route(context, { refs, position: {}, run });
}

/** The app acknowledged these. */
export function settleAll({ clock }: SyncContext, told: readonly Telling[]): void {
  const at = clock.now();
  for (const { work, plan } of told) {
    work.state = settleLedger(work.state, plan, at);
    work.decisions.push(...(work.verdict?.decisions ?? []));
    work.isDirty = true;
    work.progress = 'done';
  }
}

/** What was entered stays entered: the app may hold it. */
function takeFailure(
  context: SyncContext,
  work: Work,
  outcome: Exclude<LedgerOutcome, { kind: 'applied' }>,
): Trouble | null {
  if (outcome.kind === 'rejected') {
    quarantine(context, work, outcome.reason);
    return null;
  }
  const trouble = setAside(context, work, outcome);
  // Its sources name it again: the page's positions are handed back.
  if (trouble !== null) work.progress = 'done';
  return trouble;
}
