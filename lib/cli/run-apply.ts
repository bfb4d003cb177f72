/** What `trivet apply` does: whether the plan fits, a person's yes, its orders sent and seen through, and what became of them. */
import { randomUUID } from 'node:crypto';
import type { DeedKind } from '../engine/model.ts';
import { endsOf } from '../flow/open-sync.ts';
import { whyNotAdmitted } from '../plan/admit-plan.ts';
import { carryOut, type Carried, type CarryProgress } from '../plan/carry-out.ts';
import { openPlanFile, type OpenedPlan } from '../plan/plan-file.ts';
import { confirm } from './confirm.ts';
import { CommandFailure, EXIT } from './failure.ts';
import { formatCarried, formatIntent, type PlanSum } from './print/carried.ts';
import { createInk } from './print/ink.ts';
import { createLiveLines } from './print/live-lines.ts';
import { formatAdvance } from './print/plan-progress.ts';
import { createPacemeter } from './print/progress.ts';
import { forLong, gatherExcuses, waitingFor } from './long-errand.ts';
import { stopAtSignal } from './stop-signal.ts';
import { requireSync, type Target, type TargetContext } from './target.ts';
import { answerFrom, showBefore, type Answer, type TargetOptions } from './with-target.ts';

export interface ApplyCommand extends TargetOptions {
  readonly yes?: boolean;
}

export async function runApply(file: string, options: ApplyCommand): Promise<void> {
  const { signal } = stopAtSignal();
  await answerFrom(
    options,
    async (target) => {
      const plan = await openPlanFile(file);
      const context = await target.open(requireSync(target, plan.head.sync));
      await requireAdmitted(target, context, plan);
      const sum = await sumUp(plan);
      if (sum.orders > 0) {
        showBefore(target, options, formatIntent(createInk(process.stderr), sum, context.sync.app));
        await confirm('Carry it out?', { ...options, otherwise: '' });
      }
      return carry(target, context, { plan, options, signal });
    },
    { works: true },
  );
}

async function requireAdmitted(
  target: Target,
  context: TargetContext,
  { head }: OpenedPlan,
): Promise<void> {
  const { state, sync, clock } = context;
  const { name } = sync.spec;
  const [ends, checkpoint, health] = await Promise.all([
    endsOf(context),
    state.loadCheckpoint(name),
    state.loadHealth(name),
  ]);
  const { mode, name: place } = target;
  const why = whyNotAdmitted(head, {
    target: { mode, name: place },
    sync,
    ends,
    checkpoint,
    health,
    hasLedger: context.app.ledger !== undefined,
    now: clock.now(),
  });
  if (why !== null) throw new CommandFailure(`Nothing was written. ${why}`, EXIT.needsPerson);
}

async function sumUp({ head, records }: OpenedPlan): Promise<PlanSum> {
  const deeds: Partial<Record<DeedKind, number>> = {};
  let [orders, links] = [0, 0];
  for await (const record of records()) {
    for (const kind of new Set(record.deeds.map((deed) => deed.kind)))
      deeds[kind] = (deeds[kind] ?? 0) + 1;
    if (record.link) links += 1;
    if (record.link || record.deeds.length > 0) orders += 1;
  }
  return { sync: head.sync, madeAt: head.madeAt, orders, links, deeds };
}

interface Task {
  readonly plan: OpenedPlan;
  readonly options: ApplyCommand;
  readonly signal: AbortSignal;
}

async function carry(
  target: Target,
  context: TargetContext,
  { plan, options, signal }: Task,
): Promise<Answer> {
  const { head } = plan;
  const { excuses, onExcuse } = gatherExcuses();
  const board = createBoard(options, head.sync);
  const carried = await carryOut(forLong(context), plan.records(), {
    ...waitingFor(target, signal),
    planId: head.id,
    attempt: randomUUID().slice(0, 8),
    code: head.code,
    onProgress: board.step,
    onExcuse,
  }).finally(board.clear);
  return {
    json: { sync: head.sync, plan: head.id, ...carried, excuses },
    lines: (ink) => formatCarried(ink, head.sync, carried, excuses),
    exitCode: exitOf(carried),
  };
}

const ignore = (): void => undefined;

function exitOf({ moved, failed, stopped }: Carried): number {
  return stopped === null && moved + failed === 0 ? EXIT.ok : EXIT.failed;
}

function createBoard(
  { json }: ApplyCommand,
  name: string,
): { step: (progress: CarryProgress) => void; clear: () => void } {
  const ink = createInk(process.stderr);
  const live = createLiveLines(ink, process.stderr);
  const measure = createPacemeter();
  if (json === true || !ink.isTerminal) return { step: ignore, clear: ignore };
  const head = `${ink.paint('bold', name)}  carrying out`;
  return {
    clear: () => live.clear(),
    step: ({ done, total }) => {
      const pace = measure(done, total, Date.now());
      live.show([formatAdvance(ink, head, { done, total }, pace)]);
    },
  };
}
