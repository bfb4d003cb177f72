/** Looking: fetching what the app shows now, for the records that must not be judged on memory. */
import { findMatchField } from '../engine/match-field.ts';
import { isInDoubt } from '../engine/adoption.ts';
import type { Verdict } from '../engine/judge.ts';
import type { CrmKey } from '../engine/model.ts';
import type { AppObservation, FetchTarget } from '../ports/app.ts';
import type { Budget } from '../ports/clock.ts';
import type { Outcome } from '../ports/outcome.ts';
import { matchShown, needsId } from './commands.ts';
import type { SyncContext } from './context.ts';
import type { Trouble } from './health.ts';
import { block, quarantine, setAside, wait } from './park.ts';
import { isPlantedFor, plantedTarget } from './planted.ts';
import { leaveRivals, madeByOthers } from './rivals.ts';
import { forgetChanged, recallStrangers } from './strangers.ts';
import { forgetTaken, inherit, isTakenOver, leaveJoined } from './succession.ts';
import { tie } from './tie.ts';
import { appSideOf, judgeWork, type Work } from './work.ts';

/** Judges every open record, looking at the app where the judgement asks for it. */
export async function judgeOpen(
  context: SyncContext,
  given: readonly Work[],
): Promise<Trouble | null> {
  const works = given.filter((work) => !isUndecided(context, work));
  const strangers = await recallStrangers(context, works);
  if (strangers.trouble !== null) return strangers.trouble;
  const recalled = new Set(strangers.works);
  const unsure = works.filter((work) => {
    if (work.progress !== 'open') return false;
    work.verdict = judgeWork(context.sync, work, context.clock.now());
    if (recalled.has(work)) return true;
    if (work.proof === 'fresh') return isNameless(work, work.verdict);
    return work.mustLook || work.verdict.look !== null;
  });
  if (unsure.length > 0) {
    const trouble = await lookAt(context, unsure);
    if (trouble !== null) return trouble;
    for (const work of unsure) {
      if (work.progress === 'open')
        work.verdict = judgeWork(context.sync, work, context.clock.now());
    }
  }
  leaveUnsure(context, works);
  return null;
}

/** The answer of a batch shows what it made and tells no id: there is more to write, and it must be found first. */
function isNameless(work: Work, verdict: Verdict): boolean {
  if (work.state.remoteId !== null || !needsId(verdict)) return false;
  work.proof = 'seen';
  return true;
}

/**
 * A restored database gives out keys a second time. A row that says another match value than its partner, after the
 * sync lost its place, may be the same person renamed or somebody else: neither is guessed.
 */
function leaveUnsure(context: SyncContext, works: readonly Work[]): void {
  const match = findMatchField(context.sync.spec.fields)?.fingerprint;
  for (const work of works) {
    const { progress, state, verdict } = work;
    if (match === undefined || verdict === null || progress !== 'open' || !isInDoubt(state))
      continue;
    const isRename = verdict.toApp[match] !== undefined || verdict.toCrm[match] !== undefined;
    if (verdict.look === null && verdict.action === 'merge' && isRename)
      quarantine(context, work, OTHER_PERSON);
  }
}

const OTHER_PERSON =
  'the row and the app’s record tied to it say different match values, and the sync lost its place since they agreed: they may be two people. Make the values equal if they are one';

/** A row its filter fails on is left as it is, at both ends. */
function isUndecided(context: SyncContext, work: Work): boolean {
  const { undecided } = work.crm;
  if (undecided !== undefined) quarantine(context, work, undecided);
  return undecided !== undefined;
}

async function lookAt(context: SyncContext, works: readonly Work[]): Promise<Trouble | null> {
  const early = await findOwnCreates(context, works.flatMap(renamedSince(context)));
  if (early !== null) return early;
  const findable = works.filter((work) => {
    if (work.progress !== 'open') return false;
    if (work.proof === 'fresh' && work.stranger == null) return false;
    const target = targetOf(context, work);
    if (target !== null) return true;
    // Neither an id nor a match value: there is nothing to find at the app.
    work.observation = null;
    work.proof = 'fresh';
    return false;
  });
  const targets = findable.map((work) => targetOf(context, work) as FetchTarget);
  const outcomes = await context.app.fetch(targets, halfOf(context.budget));
  let trouble: Trouble | null = null;
  for (const [index, work] of findable.entries()) {
    const outcome = outcomes[index];
    if (outcome !== undefined) trouble ??= takeLook(context, work, outcome);
  }
  trouble ??= await findOwnCreates(context, findable.flatMap(madeAgain(context)));
  await forgetChanged(context, findable);
  if (trouble === null) await adopt(context, findable);
  return trouble;
}

/**
 * Looking may take half of what is left: with a slow app a page that spent all its time on looking
 * would write nothing, and look at the same records again in the next invocation, for ever.
 */
function halfOf(budget: Budget): Budget {
  const kept = Math.floor(budget.remainingMs() / 2);
  return { ...budget, remainingMs: () => budget.remainingMs() - kept };
}

function takeLook(
  context: SyncContext,
  work: Work,
  outcome: Outcome<AppObservation>,
): Trouble | null {
  if (outcome.kind === 'ok') {
    work.observation = outcome.value;
    work.proof = 'fresh';
    if (isUnlisted(work, outcome.value)) awaitListing(context, work);
    return null;
  }
  return setAside(context, work, outcome);
}

/**
 * What a batch made has no id of ours until it is listed, and is looked for by its address. That it is
 * not there proves no deletion: somebody may have renamed it.
 */
const isUnlisted = ({ state, crm }: Work, { existence }: AppObservation): boolean =>
  existence === 'absent' &&
  state.remoteId === null &&
  state.shadow?.existence.r === 'present' &&
  crm.existence !== 'absent';

/** How often a record is looked for again, at growing intervals: about a minute. Then it is made anew. */
const LISTING_LOOKS_MAX = 5;

function awaitListing(context: SyncContext, work: Work): void {
  const { parking } = work.state;
  if (parking?.kind === 'waiting' && parking.attempts >= LISTING_LOOKS_MAX) forgetTaken(work);
  else wait(context, work, 'the app has not listed yet what a batch made');
}

/** A create of ours whose answer was lost, and the address it carried. */
interface OwnCreate {
  readonly work: Work;
  readonly match: string;
}

/**
 * The row shows another address than the create carried. What it made is looked for by that address before anything
 * else: whoever has the row's address now is another person, and a record of ours that is not looked for is made twice.
 */
const renamedSince =
  (context: SyncContext) =>
  (work: Work): readonly OwnCreate[] => {
    const match = work.state.remoteId === null ? addressSent(context, work) : null;
    return match === null || match === addressShown(context, work) ? [] : [{ work, match }];
  };

/**
 * Whoever is made anew has the id of the record that is gone until the answer comes. By that id nothing would be found,
 * and what was made would be met as a stranger whose values fill what the row has emptied since.
 */
const madeAgain =
  (context: SyncContext) =>
  (work: Work): readonly OwnCreate[] => {
    const { state, observation } = work;
    const isGone = state.remoteId !== null && observation?.existence === 'absent';
    const match = isGone ? addressSent(context, work) : null;
    return match === null ? [] : [{ work, match }];
  };

async function findOwnCreates(
  context: SyncContext,
  unsure: readonly OwnCreate[],
): Promise<Trouble | null> {
  if (unsure.length === 0) return null;
  const targets = unsure.map(({ work, match }) => ({
    remoteId: null,
    match,
    ...plantedTarget(context, work.key),
  }));
  const outcomes = await context.app.fetch(targets, halfOf(context.budget));
  const taken = await madeByOthers(
    context,
    unsure.map(({ work: { key }, match }) => ({ key, match })),
  );
  for (const [index, { work }] of unsure.entries()) {
    const outcome = outcomes[index];
    const id = outcome?.kind === 'ok' ? outcome.value.remoteId : null;
    if (outcome === undefined || (outcome.kind === 'ok' && id === null)) continue;
    if (taken.has(work.key)) continue;
    if (id !== null) {
      if ((await tie(context, work, id)) !== work.key) continue;
      work.isDirty = true;
    }
    const trouble = takeLook(context, work, outcome);
    if (trouble !== null) return trouble;
  }
  return null;
}

/** What an open create of ours carried. */
function addressSent({ sync }: SyncContext, { state }: Work): string | null {
  const field = findMatchField(sync.spec.fields);
  const existence = state.intent?.existence;
  const isCreate = existence?.end === 'app' && existence.to.r === 'present';
  const sent = field === undefined ? undefined : state.intent?.toApp[field.fingerprint];
  return isCreate && typeof sent === 'string' ? sent : null;
}

function addressShown({ sync }: SyncContext, { crm }: Work): string | null {
  const field = findMatchField(sync.spec.fields);
  const shown = field === undefined ? undefined : crm.fields[field.fingerprint];
  return typeof shown === 'string' ? shown : null;
}

/**
 * By the durable id when we have it; else by the match value the app last showed, else the CRM's, else
 * the one a create of ours may have carried before its row went away.
 */
export function targetOf(context: SyncContext, work: Work): FetchTarget | null {
  const { sync } = context;
  const { fields } = sync.spec;
  const remoteId = work.state.remoteId ?? work.stranger ?? null;
  if (remoteId !== null) return { remoteId, match: null };
  const shown = matchShown(fields, work.state, appSideOf(sync, work));
  const field = findMatchField(fields);
  const own = field === undefined ? undefined : work.crm.fields[field.fingerprint];
  const sent = field === undefined ? undefined : work.state.intent?.toApp[field.fingerprint];
  const match = shown ?? [own, sent].find((value) => typeof value === 'string') ?? null;
  const planted = plantedTarget(context, work.key);
  const isFindable = match !== null || planted.key !== undefined;
  return isFindable ? { remoteId: null, match, ...planted } : null;
}

/** A record found by its match value is ours to link only if no other row has that value, and nobody else holds it. */
async function adopt(context: SyncContext, works: readonly Work[]): Promise<void> {
  const all = works.flatMap((work) => {
    const id = work.observation?.remoteId ?? null;
    return work.progress === 'open' && work.state.remoteId === null && id !== null
      ? [{ work, id }]
      : [];
  });
  const isOurs = ({ work, id }: (typeof all)[number]): boolean =>
    isPlantedFor(context, id, work.key);
  const others = all.filter((each) => !isOurs(each));
  const free = others.length === 0 ? [] : await leaveRivals(context, others);
  const found = [...all.filter(isOurs), ...free];
  if (found.length === 0) return;
  const { state, sync } = context;
  const holders = await state.claimLinks(
    sync.spec.name,
    found.map(({ work, id }) => ({ id, key: work.key })),
  );
  for (const [index, { work, id }] of found.entries()) {
    const holder = holders[index] as CrmKey;
    if (holder === work.key) {
      work.state = { ...work.state, remoteId: id };
      work.isDirty = true;
    } else if (work.crm.existence === 'absent') {
      leaveJoined(context, work, holder);
    } else if (isTakenOver(context, work)) {
      forgetTaken(work);
    } else if (!(await inherit(context, work, holder))) {
      const reason = `the app’s record with this address belongs to the CRM row ${holder}`;
      await block(context, work, holder, reason);
    }
  }
}
