/** What the ends' answers mean for one record: what landed, what was refused, who stands in the way. */
import { hasDelta } from '../engine/delta.ts';
import type { Decision, FieldSpec, Intent } from '../engine/model.ts';
import type { Value } from '../engine/value.ts';
import type { AppObservation, AppOutcome } from '../ports/app.ts';
import { planCrm, type PlannedAppCommand } from './commands.ts';
import type { SyncContext } from './context.ts';
import type { Trouble } from './health.ts';
import { intentOf, type Writing } from './apply-write.ts';
import { repairDuplicate } from './duplicates.ts';
import { existsAtApp, takenInCrm } from './identity-conflicts.ts';
import { linkMade } from './planted.ts';
import { parkField, quarantine, tellParked, wait } from './park.ts';
import { settleWrites, type Written } from './settle.ts';
import { appSide } from './sides.ts';
import { appSideOf, showRow, tookBack, type Work } from './work.ts';

interface WrittenDraft {
  app: Map<FieldSpec, Value | undefined>;
  crm: Map<FieldSpec, Value | undefined>;
  refused: Map<FieldSpec, string>;
  existence: { c?: 'present' | 'absent'; r?: 'present' | 'archived' | 'absent' };
  isAmbiguous: boolean;
}

/** Takes one record's outcomes in; returns the trouble when the app as a whole is in trouble. */
export async function takeOutcomes(
  context: SyncContext,
  writing: Writing,
): Promise<Trouble | null> {
  const { work, verdict } = writing;
  const draft: WrittenDraft = {
    app: new Map(),
    crm: new Map(),
    refused: new Map(),
    existence: {},
    isAmbiguous: false,
  };
  const crmBefore = work.crm;
  const appBefore = appSideOf(context.sync, work);
  if (!(await takeCrm(context, writing, draft))) return null;
  let trouble: Trouble | null = null;
  let after: (() => Promise<void>) | null = null;
  let seen: AppObservation | null = null;
  for (const [index, planned] of writing.app.entries()) {
    const outcome = writing.appOutcomes[index];
    if (outcome === undefined) continue;
    if (outcome.kind === 'applied') {
      seen = outcome.observed ?? seen;
      landed(context, draft, planned, outcome.observed);
      // Also when it went back to what was agreed: the address it had is free now.
      work.movedAway ||= planned.command.kind === 'rename';
    } else if (!waitsBehindRefusal(draft, outcome)) {
      const taken = takeFailure(context, { writing, draft, planned, outcome });
      trouble ??= taken.trouble;
      after ??= taken.after;
    }
  }
  const written: Written = draft;
  work.state = settleWrites({
    fields: context.sync.spec.fields,
    fightsBefore: work.opened.fights,
    parkedBefore: work.opened.parked,
    verdict: {
      ...verdict,
      state: { ...verdict.state, intent: openIntent(context, writing, draft) },
    },
    crm: work.crm,
    crmJudged: crmBefore,
    app: appBefore,
    written,
    now: context.clock.now(),
  });
  if (!writing.isTold) work.decisions.push(...happened(context, writing, draft));
  for (const field of draft.refused.keys()) {
    const parked = work.state.parked[field.fingerprint];
    if (parked !== undefined)
      tellParked(work, field, parked, work.opened.parked[field.fingerprint]);
  }
  work.isDirty = true;
  work.observation = mergeSeen(work.observation, seen, draft);
  if (work.observation === null) work.proof = 'assumed';
  else if (seen !== null) work.proof = 'fresh';
  work.mustLook = false;
  work.commands = [];
  tookBack(work, verdict.decisions);
  if (seen !== null && isHearsay(context, work, seen)) lookAgain(work);
  if (draft.existence.r === 'present') await linkMade(context, work, seen);
  if (after !== null) await after();
  return trouble;
}

/**
 * A batch is addressed by what the app showed last, which may be another's by now, and its answer names
 * nobody: what it tells besides the fields sent is a reason to look at ours, and never news of ours.
 */
function isHearsay({ sync }: SyncContext, { state }: Work, seen: AppObservation): boolean {
  if (seen.remoteId !== null || state.remoteId === null) return false;
  const shown = appSide(sync.spec, seen, state.shadow);
  return hasDelta(sync.spec.fields, state.shadow, 'app', shown);
}

/**
 * Not tried, because an earlier command of the record was refused: it goes in the next round, without what was
 * refused. Taken for want of time, the record would come back at once, be refused again, and so without end.
 */
const waitsBehindRefusal = ({ refused }: WrittenDraft, outcome: AppOutcome): boolean =>
  refused.size > 0 && outcome.kind === 'retry' && outcome.scope === 'budget';

/** What was sent without a note and lost its answer is noted now: the next look settles it. */
function openIntent(
  context: SyncContext,
  { work, verdict }: Writing,
  draft: WrittenDraft,
): Intent | null {
  if (work.state.intent !== null || !draft.isAmbiguous) return work.state.intent;
  return intentOf(context, work, verdict, context.clock.now());
}

/** False when the CRM did not take it: the record is merged again with the row as it is now. */
async function takeCrm(
  context: SyncContext,
  writing: Writing,
  draft: WrittenDraft,
): Promise<boolean> {
  const { work, verdict, crm, crmOutcome } = writing;
  if (crm === null || crmOutcome === null) return true;
  switch (crmOutcome.kind) {
    case 'applied': {
      showRow(context, work, crmOutcome.row ?? undefined);
      if (verdict.action === 'create-crm') draft.existence = { c: 'present', r: 'present' };
      if (verdict.action === 'delete-crm') draft.existence = existenceAfterDelete(work);
      if (verdict.action === 'mark-crm') draft.existence = existenceAfterMark(work);
      for (const field of context.sync.spec.fields) {
        if (verdict.toCrm[field.fingerprint] === undefined) continue;
        const riddle = work.crm.broken[field.fingerprint];
        if (riddle === undefined) draft.crm.set(field, work.crm.fields[field.fingerprint]);
        // A trigger has made of it what cannot be read; of the same value it would make the same again.
        else
          draft.refused.set(
            field,
            `the CRM stored something else, which cannot be used: ${riddle}`,
          );
      }
      return true;
    }
    case 'moved':
      showRow(context, work, crmOutcome.row ?? undefined);
      return false;
    case 'locked':
      wait(context, work, 'the row is locked by a user’s open transaction');
      return false;
    case 'taken':
      await takenInCrm(context, work, crmOutcome.keys);
      return false;
    case 'rejected':
      await refuseRow(context, writing, crmOutcome.reason);
      return false;
  }
}

const existenceAfterDelete = (work: Work): WrittenDraft['existence'] => ({
  c: 'absent',
  r: work.observation?.existence ?? 'absent',
});

const existenceAfterMark = (work: Work): WrittenDraft['existence'] => ({
  c: 'present',
  r: work.observation?.existence ?? 'absent',
});

/**
 * The database refuses this row. It does not say which value is to blame, so each is tried alone; those
 * refused are parked with its words, and the record's other fields go on.
 */
async function refuseRow(
  context: SyncContext,
  { work, verdict }: Writing,
  reason: string,
): Promise<void> {
  const sent = context.sync.spec.fields.filter(
    (field) => verdict.toCrm[field.fingerprint] !== undefined,
  );
  if (verdict.action !== 'merge' || sent.length === 0) {
    quarantine(context, work, `the CRM refused the row: ${reason}`);
    return;
  }
  const [only, second] = sent;
  if (only !== undefined && second === undefined) {
    refuseField(context, work, only, reason);
    return;
  }
  for (const field of sent) {
    const set = { [field.fingerprint]: verdict.toCrm[field.fingerprint] ?? null };
    const command = planCrm(context.sync, { ...verdict, toCrm: set }, work.row);
    if (command === null) continue;
    const [outcome] = await context.crm.write([command]);
    if (outcome?.kind === 'applied') showRow(context, work, outcome.row ?? undefined);
    if (outcome?.kind === 'rejected') refuseField(context, work, field, outcome.reason);
  }
}

function refuseField(context: SyncContext, work: Work, field: FieldSpec, reason: string): void {
  const app = appSideOf(context.sync, work);
  parkField(work, field, {
    kind: 'rejected',
    crm: work.crm.fields[field.fingerprint] ?? null,
    app: app?.fields[field.fingerprint] ?? null,
    base: work.state.shadow?.pairs[field.fingerprint] ?? null,
    reason: `the CRM refused the value: ${reason}`,
    at: context.clock.now(),
  });
}

function landed(
  context: SyncContext,
  draft: WrittenDraft,
  { command, fields }: PlannedAppCommand,
  observed: AppObservation | null,
): void {
  const shown = observed === null ? null : appSide(context.sync.spec, observed);
  for (const field of fields) draft.app.set(field, shown?.fields[field.fingerprint]);
  if (command.kind === 'create' || command.kind === 'revive')
    draft.existence = { c: 'present', r: 'present' };
  if (command.kind === 'archive') draft.existence.r = 'archived';
  if (command.kind === 'delete') draft.existence.r = 'absent';
}

interface Failed {
  readonly writing: Writing;
  readonly draft: WrittenDraft;
  readonly planned: PlannedAppCommand;
  readonly outcome: Exclude<AppOutcome, { kind: 'applied' }>;
}

interface Taken {
  readonly trouble: Trouble | null;
  readonly after: (() => Promise<void>) | null;
}

const NOTHING: Taken = { trouble: null, after: null };

function takeFailure(context: SyncContext, failed: Failed): Taken {
  const { writing, draft, planned, outcome } = failed;
  const { work } = writing;
  const shown = appSideOf(context.sync, work);
  switch (outcome.kind) {
    case 'retry':
      draft.isAmbiguous ||= outcome.ambiguous;
      if (outcome.scope === 'app') return { trouble: outcome, after: null };
      if (outcome.scope === 'budget')
        return { trouble: null, after: () => later(() => (work.progress = 'again')) };
      return { trouble: null, after: () => later(() => wait(context, work, outcome.reason)) };
    case 'halted':
      return { trouble: outcome, after: null };
    case 'rejected':
      return rejected(context, failed, outcome.path, outcome.reason);
    case 'gone':
      // The record vanished between our look and our write: look again and judge its existence.
      return { trouble: null, after: () => later(() => lookAgain(work)) };
    case 'exists':
      return { trouble: null, after: () => existsAtApp(context, work, planned, shown) };
    case 'duplicated':
      return { trouble: null, after: () => repairDuplicate(context, work, outcome) };
  }
}

const later = (change: () => void): Promise<void> => Promise.resolve(change());

function lookAgain(work: Work): void {
  work.observation = null;
  work.proof = 'assumed';
  work.mustLook = true;
}

/** One field to blame: it is parked and the rest is sent again. None to blame: all that this command carried. */
function rejected(
  context: SyncContext,
  failed: Failed,
  path: string | null,
  reason: string,
): Taken {
  const { writing, draft, planned } = failed;
  const isWhole = planned.command.kind === 'create' || planned.command.kind === 'revive';
  const blamed = planned.fields.filter((field) => field.path === path);
  // A record cannot be made or brought back with another consent than the merged one.
  const isVital = isWhole && blamed.some(({ role }) => role === 'consent');
  if (isVital || (blamed.length === 0 && (isWhole || planned.fields.length === 0))) {
    return { trouble: null, after: () => later(() => quarantine(context, writing.work, reason)) };
  }
  for (const field of blamed.length > 0 ? blamed : planned.fields) draft.refused.set(field, reason);
  return NOTHING;
}

const APP_MOVES = new Set(['create-app', 'revive-app', 'archive-app', 'delete-app']);

/** A decision whose write did not land did not happen; the field's parking, or the next look, says the rest. */
function happened(
  context: SyncContext,
  { verdict }: Writing,
  { app, existence, isAmbiguous }: WrittenDraft,
): readonly Decision[] {
  const isMoved = existence.r !== undefined || isAmbiguous;
  const unsent = context.sync.spec.fields.filter(
    (field) => verdict.toApp[field.fingerprint] !== undefined && !app.has(field) && !isAmbiguous,
  );
  const columns = new Set<string | null>(unsent.map(({ column }) => column));
  return verdict.decisions.filter(({ action, field }) => {
    if (action === 'write-app') return !columns.has(field);
    return isMoved || !APP_MOVES.has(action);
  });
}

/** The app's answer to our write is the newest thing seen; a bulk answer names no id, so ours stays. */
function mergeSeen(
  before: AppObservation | null,
  seen: AppObservation | null,
  draft: WrittenDraft,
): AppObservation | null {
  if (seen !== null) return { ...seen, remoteId: seen.remoteId ?? before?.remoteId ?? null };
  if (before === null || draft.app.size > 0 || draft.existence.r !== undefined) return null;
  return before;
}
