/** What `trivet undo` does: the decisions found, the inverse planned and shown, a person's yes, its orders sent and seen through. */
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type { CrmKey } from '../engine/model.ts';
import type { PlannedRecord } from '../plan/planned-record.ts';
import { planUndo, whyNoUndo, type UndoRefusal } from '../plan/plan-undo.ts';
import { lastWrite, recordsOfRun, sendUndo, type Undone } from '../plan/undo-orders.ts';
import { wishOf } from '../plan/undo-wish.ts';
import type { HistoryEntry } from '../ports/state.ts';
import { confirm } from './confirm.ts';
import { CommandFailure, EXIT, wrongUsage } from './failure.ts';
import { formatUndo, formatUndone } from './print/undo.ts';
import { createInk } from './print/ink.ts';
import { forLong, waitingFor } from './long-errand.ts';
import { stopAtSignal } from './stop-signal.ts';
import { requireSync, type Target, type TargetContext } from './target.ts';
import {
  answerFrom,
  showBefore,
  withTypedKey,
  type Answer,
  type TargetOptions,
} from './with-target.ts';

export interface UndoCommand extends TargetOptions {
  readonly run?: string;
  readonly print?: boolean;
  readonly yes?: boolean;
}

interface Asked {
  readonly sync: string;
  readonly key: string | null;
  readonly field: string | null;
  readonly run: string | null;
}

export async function runUndo(
  sync: string,
  key: string | undefined,
  field: string | undefined,
  options: UndoCommand,
): Promise<void> {
  const { signal } = stopAtSignal();
  const asked = { sync, key: key ?? null, field: field ?? null, run: options.run ?? null };
  if (asked.key === null && asked.run === null)
    throw wrongUsage('Say which record (its key), or which run: --run RUN.');
  if (asked.key !== null && asked.run !== null)
    throw wrongUsage('Say either the record or the run: a run is undone as a whole.');
  await answerFrom(
    options,
    async (target) => {
      const context = await target.open(requireSync(target, sync));
      requireField(context, asked);
      const why = whyNoUndo(context);
      if (why !== null) throw new CommandFailure(why);
      const plan = await planAll(context, asked);
      if (plan.records.length === 0 || options.print === true)
        return planAnswer(asked, plan, context.sync.app);
      showBefore(target, options, formatUndo(createInk(process.stderr), plan, context.sync.app));
      await confirm('Take it back?', { ...options, otherwise: ', or --print to see it' });
      return carry(target, context, { asked, plan, signal });
    },
    { works: true },
  );
}

function requireField({ sync }: TargetContext, { field }: Asked): void {
  const known = sync.spec.fields.map(({ column }) => column);
  if (field !== null && !known.includes(field))
    throw wrongUsage(
      `There is no field “${field}” in ${sync.spec.name}; there is ${known.join(', ')}.`,
    );
}

export interface WholeUndo {
  readonly records: readonly PlannedRecord[];
  readonly refused: readonly UndoRefusal[];
}

/** More is no undo any more but a plan of its own: it would not fit in memory for ever. */
const RECORDS_MAX = 20_000;

async function planAll(context: TargetContext, asked: Asked): Promise<WholeUndo> {
  const { sync } = context;
  const records: PlannedRecord[] = [];
  const refused: UndoRefusal[] = [];
  // Each look takes its time-out from what is left, and a run may have written to thousands.
  const patient = { ...context, budget: { remainingMs: () => 60_000 } };
  const by = { by: userInfo().username, braked: asked.run !== null };
  for await (const { key, entries } of concerned(patient, asked)) {
    const wish = wishOf(sync.spec.fields, entries, asked.field);
    if (wish === null) continue;
    const plan = await planUndo(patient, key, wish, by);
    if (plan.record !== null) records.push(plan.record);
    refused.push(...plan.refused);
    if (records.length + refused.length > RECORDS_MAX)
      throw new CommandFailure(
        `The run wrote to more than ${RECORDS_MAX} records; undo them by record, or correct the CRM and let it sync.`,
      );
  }
  return { records, refused };
}

async function* concerned(
  context: TargetContext,
  { key, field, run }: Asked,
): AsyncGenerator<{ readonly key: CrmKey; readonly entries: readonly HistoryEntry[] }> {
  if (run !== null) yield* recordsOfRun(context, run);
  else if (key !== null)
    yield* [
      await withTypedKey(key, async (typed) => ({
        key: typed,
        entries: await lastWrite(context, typed, field),
      })),
    ];
}

function planAnswer(asked: Asked, plan: WholeUndo, app: string): Answer {
  const { records, refused } = plan;
  return {
    json: { ...asked, planned: records.map(told), refused, undone: null },
    lines: (ink) => formatUndo(ink, plan, app),
    exitCode: records.length === 0 ? EXIT.failed : EXIT.ok,
  };
}

const told = ({ key, deeds }: PlannedRecord) => ({ key, deeds });

async function carry(
  target: Target,
  context: TargetContext,
  {
    asked,
    plan,
    signal,
  }: { readonly asked: Asked; readonly plan: WholeUndo; readonly signal: AbortSignal },
): Promise<Answer> {
  const undone = await sendUndo(forLong(context), plan.records, {
    id: randomUUID().slice(0, 8),
    ...waitingFor(target, signal),
  });
  return {
    json: { ...asked, planned: plan.records.map(told), refused: plan.refused, undone },
    lines: (ink) => formatUndone(ink, asked.sync, plan, undone),
    exitCode: exitOf(plan, undone),
  };
}

const exitOf = ({ refused }: WholeUndo, { moved, failed, stopped }: Undone): number =>
  stopped === null && refused.length + moved.length + failed.length === 0 ? EXIT.ok : EXIT.failed;
