/** What `trivet plan` does: the rehearsal of one sync with its progress, its answer, and the file that keeps it. */
import { randomUUID } from 'node:crypto';
import type { SyncConfig } from '../config/model.ts';
import { withDefaultCaps, type Caps } from '../engine/caps.ts';
import { createPlanFile, type PlanWriter } from '../plan/plan-file.ts';
import { plannedRecordOf, type PlannedRecord } from '../plan/planned-record.ts';
import { planSync, type SyncPlan } from '../plan/plan-sync.ts';
import type { RehearsalProgress } from '../plan/rehearse.ts';
import { endsOf } from '../flow/open-sync.ts';
import { mapCode, mapOf } from '../engine/sync-map.ts';
import { formatPlan } from './print/plan.ts';
import { formatStep } from './print/plan-progress.ts';
import { createInk } from './print/ink.ts';
import { createLiveLines } from './print/live-lines.ts';
import { createPacemeter } from './print/progress.ts';
import { stopAtSignal } from './stop-signal.ts';
import { openSetup } from './setup.ts';
import { requireSync } from './target.ts';
import { openUnstarted, type PlanEnds } from './unstarted.ts';
import { answerOn, type Answer, type Spot, type TargetOptions } from './with-target.ts';

export interface PlanCommand extends TargetOptions {
  readonly out?: string;
  readonly samples: number;
}

export async function runPlan(name: string, options: PlanCommand): Promise<void> {
  const { signal } = stopAtSignal();
  await answerOn(
    options,
    () => openSetup(options),
    async (setup) => {
      const sync = requireSync(setup, name);
      // Of a stack that was never started both ends can be read all the same.
      if (setup.target !== null)
        return makePlan(setup, await setup.target.open(sync), { options, signal });
      const { ends, close } = await openUnstarted(setup, sync);
      try {
        return await makePlan(setup, ends, { options, signal });
      } finally {
        await close();
      }
    },
  );
}

interface Wish {
  readonly options: PlanCommand;
  readonly signal: AbortSignal;
}

async function makePlan(spot: Spot, ends: PlanEnds, { options, signal }: Wish): Promise<Answer> {
  const { sync } = ends;
  const file = options.out === undefined ? null : await openFile(spot, ends, options.out);
  const show = createBoard(options, sync.spec.name, await sizes(ends));
  try {
    const plan = await planSync(ends, {
      caps: capsOf(spot, sync),
      samplesMax: options.samples,
      signal,
      onProgress: show.step,
      ...(file === null
        ? {}
        : { onRecord: (outcome) => keep(file, plannedRecordOf(sync.spec, outcome)) }),
    });
    file?.finish();
    show.clear();
    return answerOf(sync.app, plan, options.out ?? null);
  } catch (error) {
    show.clear();
    file?.discard();
    throw signal.aborted ? new Error('Stopped: there is no plan, and nothing was written.') : error;
  }
}

/** What holds where the functions run: the sandbox knows no brakes but those of its configuration. */
const capsOf = ({ mode }: Spot, { brakes }: SyncConfig): Caps =>
  mode === 'sandbox' ? brakes : withDefaultCaps(brakes);

async function openFile(spot: Spot, ends: PlanEnds, path: string): Promise<PlanWriter> {
  const { sync, clock } = ends;
  return createPlanFile(path, {
    id: randomUUID(),
    target: { mode: spot.mode, name: spot.name },
    sync: sync.spec.name,
    ends: await endsOf(ends),
    code: mapCode(mapOf(sync.spec, sync.functions)),
    madeAt: clock.now(),
  });
}

function keep(file: PlanWriter, record: PlannedRecord | null): void {
  if (record !== null) file.add(record);
}

interface Sizes {
  readonly rows: number | null;
  readonly members: number | null;
}

/** About how many both ends hold; null where an end cannot say. Only the progress needs it. */
async function sizes({ crm, app, budget }: PlanEnds): Promise<Sizes> {
  const [rows, members] = await Promise.all([
    crm.size?.().catch(() => null),
    app.size?.(budget).catch(() => null),
  ]);
  return { rows: rows ?? null, members: members?.kind === 'ok' ? members.value : null };
}

/** The line that shows how far it is: on a terminal, and not for programs. */
function createBoard(
  { json }: PlanCommand,
  name: string,
  { rows, members }: Sizes,
): { step: (progress: RehearsalProgress) => void; clear: () => void } {
  const ink = createInk(process.stderr);
  const live = createLiveLines(ink, process.stderr);
  if (json === true || !ink.isTerminal) return { step: () => undefined, clear: () => undefined };
  let stage = '';
  let measure = createPacemeter();
  return {
    clear: () => live.clear(),
    step: (progress) => {
      if (progress.stage !== stage) measure = createPacemeter();
      ({ stage } = progress);
      const known = { listing: members, app: members, crm: rows, again: null }[progress.stage];
      const total = progress.total ?? known;
      const pace = measure(progress.done, total, Date.now());
      live.show([formatStep(ink, name, { ...progress, total }, pace)]);
    },
  };
}

const answerOf = (app: string, plan: SyncPlan, file: string | null): Answer => ({
  json: { plan, file },
  lines: (ink) => formatPlan(ink, plan, { app, file }),
});
