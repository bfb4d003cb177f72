/**
 * Writing: intent → CRM → app. The shadow follows in apply.ts. A crash between any two is healed by
 * redoing: the intent names what may have landed, optimistic conditions and idempotent calls do the rest.
 */
import type { Verdict } from '../engine/judge.ts';
import type { Intent } from '../engine/model.ts';
import { isEmpty, isEquivalent, type Value } from '../engine/value.ts';
import type { AppOutcome } from '../ports/app.ts';
import type { CrmCommand, CrmOutcome } from '../ports/crm.ts';
import { entryOf } from './apply-close.ts';
import { planApp, planCrm, type PlannedAppCommand } from './commands.ts';
import type { SyncContext } from './context.ts';
import { appSideOf, loseTo, type Work } from './work.ts';

/** One record's writes of this round and what became of them. */
export interface Writing {
  readonly work: Work;
  readonly verdict: Verdict;
  readonly crm: CrmCommand | null;
  readonly app: readonly PlannedAppCommand[];
  crmOutcome: CrmOutcome | null;
  appOutcomes: readonly AppOutcome[];
  /** Its decisions are in the history already. */
  isTold: boolean;
}

export function planWriting(context: SyncContext, work: Work): Writing {
  const verdict = work.verdict as Verdict;
  return {
    work,
    verdict,
    crm: planCrm(context.sync, verdict, work.row),
    app: planApp(context.sync, verdict, appSideOf(context.sync, work), archives(context)),
    crmOutcome: null,
    appOutcomes: [],
    isTold: false,
  };
}

/**
 * Tells the history of edits that are about to be overwritten while they can still be seen: after the
 * write a crash would leave nobody who knows them.
 */
export async function tellOverwrites(
  context: SyncContext,
  writings: readonly Writing[],
  cause: string,
): Promise<void> {
  const told = writings.filter((writing) => overwritesEdit(context, writing));
  if (told.length === 0) return;
  const at = context.clock.now();
  await context.state.append(
    context.sync.spec.name,
    told.map(({ work, verdict: { decisions } }) => entryOf(work, { at, decisions, cause })),
  );
  for (const writing of told) writing.isTold = true;
}

/** Whether an end that is about to be written shows something nobody agreed on. */
function overwritesEdit({ sync }: SyncContext, { work, verdict }: Writing): boolean {
  const app = appSideOf(sync, work);
  return sync.spec.fields.some((field) => {
    const name = field.fingerprint;
    const pair = verdict.state.shadow?.pairs[name];
    const isEdit = (shown: Value | undefined, agreed: Value | undefined): boolean =>
      shown !== undefined &&
      !isEmpty(shown) &&
      (agreed === undefined || !isEquivalent(field.type, shown, agreed));
    return (
      (verdict.toApp[name] !== undefined && isEdit(app?.fields[name], pair?.r)) ||
      (verdict.toCrm[name] !== undefined && isEdit(work.crm.fields[name], pair?.c))
    );
  });
}

/** Notes what is about to be sent, conditional on the version read. Records another holder wrote meanwhile are left. */
export async function noteIntents(
  context: SyncContext,
  writings: readonly Writing[],
): Promise<Writing[]> {
  const noted = writings.filter(({ verdict }) => verdict.needsIntent);
  const at = context.clock.now();
  const records = noted.map(({ work, verdict }) => ({
    ...work.stored,
    state: { ...verdict.state, intent: intentOf(context, work, verdict, at), wroteAt: at },
  }));
  const outcomes = await context.state.save(context.sync.spec.name, records);
  const lost = new Set<Work>();
  for (const [index, { work }] of noted.entries()) {
    const record = records[index];
    if (record === undefined || outcomes[index] !== 'saved') {
      loseTo(work);
      lost.add(work);
      continue;
    }
    work.stored = { ...record, version: record.version + 1 };
    work.state = record.state;
  }
  return writings.filter(({ work }) => !lost.has(work));
}

export const archives = ({ app }: Pick<SyncContext, 'app'>): boolean =>
  app.capabilities.archives !== false;

export function intentOf(context: SyncContext, work: Work, verdict: Verdict, at: number): Intent {
  const { toApp, toCrm } = verdict;
  return { at, toApp, toCrm, existence: existenceIntent(context, work, verdict) };
}

function existenceIntent(
  context: SyncContext,
  { crm, observation }: Work,
  { action }: Verdict,
): Intent['existence'] {
  switch (action) {
    case 'create-app':
    case 'revive-app':
      return { end: 'app', to: { c: 'present', r: 'present' } };
    case 'create-crm':
      return { end: 'crm', to: { c: 'present', r: 'present' } };
    case 'archive-app':
      return { end: 'app', to: { c: crm.existence, r: archives(context) ? 'archived' : 'absent' } };
    case 'delete-app':
      return { end: 'app', to: { c: crm.existence, r: 'absent' } };
    case 'delete-crm':
      return { end: 'crm', to: { c: 'absent', r: observation?.existence ?? 'absent' } };
    case 'merge':
    case 'mark-crm':
    case 'settle':
      return null;
  }
}

export async function writeCrm(context: SyncContext, writings: readonly Writing[]): Promise<void> {
  const planned = writings.filter(({ crm }) => crm !== null);
  if (planned.length === 0) return;
  const outcomes = await context.crm.write(planned.map(({ crm }) => crm as CrmCommand));
  for (const [index, writing] of planned.entries()) writing.crmOutcome = outcomes[index] ?? null;
}

/** Only records whose CRM write landed (or needed none) go on to the app: a row that moved is merged again. */
export async function writeApp(context: SyncContext, writings: readonly Writing[]): Promise<void> {
  const planned = writings.filter(
    ({ app, crmOutcome }) =>
      app.length > 0 && (crmOutcome === null || crmOutcome.kind === 'applied'),
  );
  const commands = planned.flatMap(({ app }) => app.map(({ command }) => command));
  if (commands.length === 0) return;
  const outcomes = await context.app.push(commands, context.budget);
  let next = 0;
  for (const writing of planned) {
    writing.appOutcomes = outcomes.slice(next, next + writing.app.length);
    next += writing.app.length;
  }
}
