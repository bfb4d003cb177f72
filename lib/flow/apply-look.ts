/** Looking: fetching what the app shows now, for the records that must not be judged on memory. */
import type { CrmKey } from '../engine/model.ts';
import type { AppObservation, FetchTarget } from '../ports/app.ts';
import type { Budget } from '../ports/clock.ts';
import type { Outcome } from '../ports/outcome.ts';
import { matchShown } from './commands.ts';
import type { SyncContext } from './context.ts';
import type { Trouble } from './health.ts';
import { block, wait } from './park.ts';
import { leaveRivals } from './rivals.ts';
import { forgetTaken, inherit, isTakenOver, leaveJoined } from './succession.ts';
import { appSideOf, judgeWork, type Work } from './work.ts';

/** Judges every open record, looking at the app where the judgement asks for it. */
export async function judgeOpen(
  context: SyncContext,
  works: readonly Work[],
): Promise<Trouble | null> {
  const unsure = works.filter((work) => {
    work.verdict = judgeWork(context.sync, work, context.clock.now());
    return work.proof !== 'fresh' && (work.mustLook || work.verdict.look !== null);
  });
  if (unsure.length === 0) return null;
  const trouble = await lookAt(context, unsure);
  if (trouble !== null) return trouble;
  for (const work of unsure) {
    if (work.progress === 'open') work.verdict = judgeWork(context.sync, work, context.clock.now());
  }
  return null;
}

async function lookAt(context: SyncContext, works: readonly Work[]): Promise<Trouble | null> {
  const findable = works.filter((work) => {
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
  if (trouble === null) await adopt(context, findable);
  return trouble;
}

/**
 * Looking may take half of what is left: with a slow app a page that spent all its time on looking
 * would write nothing, and look at the same records again in the next invocation, for ever.
 */
function halfOf(budget: Budget): Budget {
  const kept = Math.floor(budget.remainingMs() / 2);
  return { remainingMs: () => budget.remainingMs() - kept };
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
  if (outcome.kind === 'halted' || outcome.scope === 'app') return outcome;
  if (outcome.scope === 'budget') work.progress = 'again';
  else wait(context, work, outcome.reason);
  return null;
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

/**
 * By the durable id when we have it; else by the match value the app last showed, else the CRM's, else
 * the one a create of ours may have carried before its row went away.
 */
export function targetOf({ sync }: SyncContext, work: Work): FetchTarget | null {
  const { fields } = sync.spec;
  const { remoteId } = work.state;
  if (remoteId !== null) return { remoteId, match: null };
  const shown = matchShown(fields, work.state, appSideOf(sync, work));
  const field = fields.find((each) => each.role === 'match');
  const own = field === undefined ? undefined : work.crm.fields[field.fingerprint];
  const sent = field === undefined ? undefined : work.state.intent?.toApp[field.fingerprint];
  const match = shown ?? [own, sent].find((value) => typeof value === 'string') ?? null;
  return match === null ? null : { remoteId: null, match };
}

/** A record found by its match value is ours to link only if no other row has that value, and nobody else holds it. */
async function adopt(context: SyncContext, works: readonly Work[]): Promise<void> {
  const all = works.flatMap((work) => {
    const id = work.observation?.remoteId ?? null;
    return work.progress === 'open' && work.state.remoteId === null && id !== null
      ? [{ work, id }]
      : [];
  });
  const found = all.length === 0 ? all : await leaveRivals(context, all);
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
