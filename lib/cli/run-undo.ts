/** What `trivet undo` does: the decisions found, the inverse planned and shown, a person's yes, its orders sent and seen through. */
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type { PlannedRecord } from '../plan/planned-record.ts';
import { whyNoUndo, type UndoPlan, type UndoRefusal } from '../plan/plan-undo.ts';
import {
  lastWrite,
  planUndos,
  recordsOfRun,
  sendUndo,
  TOLD_MAX,
  type Undone,
  type UndoSource,
} from '../plan/undo-orders.ts';
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
      const plans = plansOf(context, asked);
      const seen = await seeFirst(plans);
      if ((seen.records.length === 0 && seen.isWhole) || options.print === true)
        return planAnswer(asked, seen, context.sync.app);
      showBefore(target, options, formatUndo(createInk(process.stderr), seen, context.sync.app));
      await confirm(seen.isWhole ? 'Take it back?' : 'Take back these and all others of the run?', {
        ...options,
        otherwise: ', or --print to see it',
      });
      return carry(target, context, { asked, seen, plans, signal });
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

/** What of an undo was planned before a person is asked; `isWhole`: there is nothing more of it. */
export interface SeenUndo {
  readonly records: readonly PlannedRecord[];
  readonly refused: readonly UndoRefusal[];
  readonly already: number;
  readonly isWhole: boolean;
}

function plansOf(context: TargetContext, asked: Asked): AsyncGenerator<UndoPlan> {
  // Each look takes its time-out from what is left, and a run may have written to a million.
  const patient = { ...context, budget: { remainingMs: () => 60_000 } };
  const by = { by: userInfo().username, braked: asked.run !== null, field: asked.field };
  return planUndos(patient, concerned(patient, asked), by);
}

/** As much as a person can be shown, and memory can hold; the rest is planned when it is sent. */
async function seeFirst(plans: AsyncGenerator<UndoPlan>): Promise<SeenUndo> {
  const records: PlannedRecord[] = [];
  const refused: UndoRefusal[] = [];
  let already = 0;
  while (records.length + refused.length < TOLD_MAX) {
    const next = await plans.next();
    if (next.done === true) return { records, refused, already, isWhole: true };
    already += next.value.already;
    if (next.value.record !== null) records.push(next.value.record);
    refused.push(...next.value.refused);
  }
  return { records, refused, already, isWhole: false };
}

async function* concerned(
  context: TargetContext,
  { key, field, run }: Asked,
): AsyncGenerator<UndoSource> {
  if (run !== null) yield* recordsOfRun(context, run);
  else if (key !== null)
    yield* [
      await withTypedKey(key, async (typed) => ({
        key: typed,
        entries: await lastWrite(context, typed, field),
      })),
    ];
}

function planAnswer(asked: Asked, seen: SeenUndo, app: string): Answer {
  const { records, refused, already, isWhole } = seen;
  const isDone = already > 0 && refused.length === 0;
  return {
    json: { ...asked, planned: records.map(told), refused, already, isWhole, undone: null },
    lines: (ink) => formatUndo(ink, seen, app),
    exitCode: records.length === 0 && !isDone ? EXIT.failed : EXIT.ok,
  };
}

const told = ({ key, deeds }: PlannedRecord) => ({ key, deeds });

interface Carrying {
  readonly asked: Asked;
  readonly seen: SeenUndo;
  /** Those nobody has seen yet. */
  readonly plans: AsyncGenerator<UndoPlan>;
  readonly signal: AbortSignal;
}

async function carry(
  target: Target,
  context: TargetContext,
  { asked, seen, plans, signal }: Carrying,
): Promise<Answer> {
  const refused = [...seen.refused];
  const records = async function* (): AsyncGenerator<PlannedRecord> {
    yield* seen.records;
    if (seen.isWhole) return;
    for await (const plan of plans) {
      refused.push(...plan.refused.slice(0, TOLD_MAX - refused.length));
      if (plan.record !== null) yield plan.record;
    }
  };
  const undone = await sendUndo(forLong(context), records(), {
    id: randomUUID().slice(0, 8),
    ...waitingFor(target, signal),
  });
  return {
    json: { ...asked, planned: seen.records.map(told), refused, isWhole: seen.isWhole, undone },
    lines: (ink) => formatUndone(ink, asked.sync, refused, undone),
    exitCode: exitOf(refused, undone),
  };
}

const exitOf = (refused: readonly UndoRefusal[], { moved, failed, stopped }: Undone): number =>
  stopped === null && refused.length + moved.length + failed.length === 0 ? EXIT.ok : EXIT.failed;
