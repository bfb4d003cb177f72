/**
 * One round of one sync: what the app changed, then what the CRM changed, references into lanes, then
 * the checkpoint. Single flight, because the queue's group is the sync.
 *
 *   may it work? → doorbells → app delta → CRM log → due and granted records → backfill → checkpoint (→ continue)
 *
 * A position advances only when every message of its page was accepted by the queue.
 */
import { CrmUnavailable, progressOf, type CrmCheckpoint } from '../ports/crm.ts';
import type { NamedTarget, PullMessage } from '../ports/messages.ts';
import type { Checkpoint, Health } from '../ports/state.ts';
import { admit, type Admission } from './admission.ts';
import { takeCensus } from './census.ts';
import { rewind, stepBackfill, type PageDone } from './backfill.ts';
import { saveCheckpoint } from './checkpoint.ts';
import type { SyncContext } from './context.ts';
import { routeErasures } from './erasures.ts';
import {
  changeHealth,
  crmTrouble,
  handBack,
  lowerResume,
  reportTrouble,
  type Trouble,
} from './health.ts';
import { identifyNamed, meetNamed } from './identify-named.ts';
import { stepListing } from './listing.ts';
import { openSync } from './open-sync.ts';
import { carryRebuild } from './rebuild.ts';
import {
  isOver,
  pullApp,
  pullCrm,
  pullDue,
  pullGranted,
  walkAfterSilence,
  type Round,
} from './pull-sources.ts';
import { route } from './route.ts';
import { endSweep, stepSweep } from './sweep.ts';

export { CheckpointLost } from './checkpoint.ts';

export interface RungBell {
  readonly message: PullMessage;
  /** When the queue took the message, epoch ms of its clock. */
  readonly sentAt: number;
}

/** Doorbells are coalesced with this much room for the clocks of two hosts. */
const CLOCK_ROOM_MS = 2_000;
export const SLICE_MS = 20_000;
/** The log is kept a day at least, so a purge once in a while is enough. */
const ROUNDS_BETWEEN_PURGES = 100;

export async function pullSync(context: SyncContext, bells: readonly RungBell[]): Promise<void> {
  const admission = await admit(context);
  const named = bells.flatMap(({ message }) => (message.kind === 'look' ? message.look : []));
  await routeNamed(context, named, runOf(admission.checkpoint));
  // A lane's report that is not taken in now must not be lost: its page is sent once more instead.
  const hasReports = bells.some(({ message }) => message.kind === 'page-done');
  if (!admission.isAdmitted) {
    // Said at every ring, until a person has done what they must: an alarm hangs on it.
    if (admission.health.halted !== null) context.log.count('syncs.halted', 1);
    if (hasReports) await handBack(context, [], true);
    return;
  }
  await routeMet(context, named, runOf(admission.checkpoint));
  await routeErasures(context, admission.health);
  const trouble = await pullRound(context, bells, admission).catch(troubleOfCrm);
  if (trouble !== null) await reportTrouble(context, trouble, [], hasReports);
  else if (admission.health.cooling !== null) await recover(context);
}

/** The CRM in trouble is the sync in trouble; anything else that is thrown is a bug. */
function troubleOfCrm(error: unknown): Trouble {
  if (error instanceof CrmUnavailable) return crmTrouble(error);
  throw error;
}

/** Rounds that follow one another because there was more than one slice of time could read are one run. */
function runOf(checkpoint: Checkpoint | null): string {
  if (checkpoint === null) return '1';
  const { progress, run, round } = checkpoint;
  return progress === null ? String(round.number + 1) : run;
}

async function pullRound(
  context: SyncContext,
  bells: readonly RungBell[],
  { health, checkpoint }: Admission,
): Promise<Trouble | null> {
  const beganAt = context.clock.now();
  const opened = await openSync(context, checkpoint, health);
  if ('trouble' in opened) return opened.trouble;
  const resumed = await resume(context, opened.checkpoint, health);
  const round: Round = {
    checkpoint: await carryRebuild(context, resumed, health),
    run: runOf(opened.checkpoint),
    grant: health.grant,
    routed: 0,
    hasMore: false,
    endsAt: beganAt + SLICE_MS,
  };
  const isWhole = isFull(round.checkpoint, bells);
  const trouble = await runRound(context, round, { bells, isWhole, health });
  await finishRound(context, round, beganAt, isWhole);
  if (round.checkpoint.round.number % ROUNDS_BETWEEN_PURGES === 0) {
    const restart = health.resumeFrom?.crm?.position;
    await context.crm.purge(restart === undefined ? [] : [restart]);
  }
  return trouble;
}

async function runRound(
  context: SyncContext,
  round: Round,
  { bells, isWhole, health }: { bells: readonly RungBell[]; isWhole: boolean; health: Health },
): Promise<Trouble | null> {
  // While everybody at the app is being replaced it takes no changes; they wait in the log.
  const isRebuild = round.checkpoint.backfill?.rebuild !== undefined;
  if (isWhole && !isRebuild) {
    const trouble = isFirst(round) ? null : await pullApp(context, round);
    if (trouble !== null) return trouble;
    await pullCrm(context, round);
    walkAfterSilence(context, round);
    await pullDue(context, round);
    await pullGranted(context, round);
    // In the middle of a backfill nobody knows how many there will be.
    if (round.checkpoint.backfill === null) await takeCensus(context);
    const listed =
      (await pullSweep(context, round, health.sweep)) ?? (await pullListing(context, round));
    if (listed !== null) return listed;
  }
  return advanceBackfill(context, round, bells);
}

/** A moment ago the app said what its present is; what changes from there on is for the next round. */
const isFirst = ({ checkpoint }: Round): boolean =>
  checkpoint.round.number === 0 && checkpoint.backfill !== null;

/** Likewise: it reads both ends as a whole. */
async function pullSweep(
  context: SyncContext,
  round: Round,
  order: Health['sweep'],
): Promise<Trouble | null> {
  const step = await stepSweep(context, round.checkpoint, order, () => isOver(context, round));
  round.checkpoint = step.checkpoint;
  round.hasMore ||= step.hasMore;
  return step.trouble;
}

/** Last, so that what is live has gone before. */
async function pullListing(context: SyncContext, round: Round): Promise<Trouble | null> {
  const step = await stepListing(context, round.checkpoint, () => isOver(context, round));
  round.checkpoint = step.checkpoint;
  round.hasMore ||= step.hasMore;
  return step.trouble;
}

/** Reports of lanes alone do not make a round: the backfill goes on without asking the app what is new. */
function isFull(checkpoint: Checkpoint, bells: readonly RungBell[]): boolean {
  const since = checkpoint.round.beganAt - CLOCK_ROOM_MS;
  return bells.some(({ message, sentAt }) => {
    if (message.kind === 'page-done') return false;
    return message.kind === 'continue' || sentAt >= since;
  });
}

async function routeNamed(
  context: SyncContext,
  named: readonly NamedTarget[],
  run: string,
): Promise<void> {
  if (named.length === 0) return;
  await route(context, { refs: await identifyNamed(context, named), position: {}, run });
}

/** Who is new at an app that tells no changes is met now; what goes wrong with it is found by the next listing. */
async function routeMet(
  context: SyncContext,
  named: readonly NamedTarget[],
  run: string,
): Promise<void> {
  if (named.length === 0) return;
  await route(context, { refs: await meetNamed(context, named), position: {}, run });
}

/** Positions handed back while the sync rested are where both sources start again. */
async function resume(
  context: SyncContext,
  checkpoint: Checkpoint,
  health: Health,
): Promise<Checkpoint> {
  const { resumeFrom } = health;
  if (resumeFrom === null) return checkpoint;
  const { crm: handedBack, app, backfill } = resumeFrom;
  // What was read of another database, or of an earlier state of it, has no place in this one.
  const crm = isOfSame(checkpoint.crm, handedBack) ? handedBack : undefined;
  const handed = { ...(crm === undefined ? {} : { crm }), ...(app === undefined ? {} : { app }) };
  // Never forward: a round that died after it had gone back has not read again what lies between.
  const place = { crm: checkpoint.crm, app: checkpoint.app };
  const resumed = await saveCheckpoint(context, {
    ...checkpoint,
    ...lowerResume(context, place, [handed], false),
    backfill:
      backfill === true && checkpoint.backfill !== null
        ? rewind(checkpoint.backfill)
        : checkpoint.backfill,
  });
  // Cleared only if nobody handed back more meanwhile; otherwise the next round resumes once more.
  await context.state.saveHealth(context.sync.spec.name, { ...health, resumeFrom: null });
  return resumed;
}

const isOfSame = (now: CrmCheckpoint, then: CrmCheckpoint | undefined): boolean =>
  then?.systemId === now.systemId && then.timeline === now.timeline;

async function advanceBackfill(
  context: SyncContext,
  round: Round,
  bells: readonly RungBell[],
): Promise<Trouble | null> {
  const { backfill } = round.checkpoint;
  if (backfill === null) return null;
  const done = bells.flatMap(({ message }) => (message.kind === 'page-done' ? [message] : []));
  const reports = done satisfies readonly PageDone[];
  const step = await stepBackfill(context, backfill, reports, () => isOver(context, round));
  round.checkpoint = { ...round.checkpoint, backfill: step.backfill };
  if (step.ended !== undefined) {
    // A listing alone walks over the app, and over no row.
    const isSwept = step.ended.phase !== 'compare';
    const swept = isSwept ? { sweptAt: backfill.startedAt } : {};
    const now = context.clock.now();
    round.checkpoint = { ...endSweep(round.checkpoint, step.ended, now), ...swept };
  }
  round.routed += step.routed;
  round.hasMore ||= step.hasMore;
  return step.trouble;
}

async function finishRound(
  context: SyncContext,
  round: Round,
  beganAt: number,
  isWhole: boolean,
): Promise<void> {
  const { checkpoint, run, grant, routed, hasMore } = round;
  const listed = checkpoint.backfill?.listing.next ?? null;
  const walks = [checkpoint.listing?.walk ?? null, checkpoint.sweep?.walk ?? null] as const;
  const place = [
    checkpoint.app,
    progressOf(checkpoint.crm.position),
    grant?.cursor ?? null,
    listed,
    ...walks,
  ];
  const progress = hasMore ? JSON.stringify(place) : null;
  if (progress !== null && progress === checkpoint.progress) {
    throw new Error(
      `the pull of ${context.sync.spec.name} does not move: its cursor is where the last slice ended`,
    );
  }
  const ended = {
    number: checkpoint.round.number + 1,
    beganAt,
    endedAt: context.clock.now(),
    routed,
  };
  const horizon = isWhole ? await context.crm.horizonHolder() : checkpoint.horizon;
  round.checkpoint = await saveCheckpoint(context, {
    ...checkpoint,
    horizon,
    progress,
    run: isWhole ? run : checkpoint.run,
    round: isWhole ? ended : { ...checkpoint.round, routed: checkpoint.round.routed + routed },
  });
  if (progress !== null) {
    await context.queue.sendPull([{ kind: 'continue', sync: context.sync.spec.name, progress }]);
  }
}

async function recover(context: SyncContext): Promise<void> {
  await changeHealth(context, (health, now) =>
    health.cooling !== null && health.cooling.until <= now ? { ...health, cooling: null } : health,
  );
}
