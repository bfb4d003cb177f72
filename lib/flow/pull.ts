/**
 * One round of one sync: what the app changed, then what the CRM changed, references into lanes, then
 * the checkpoint. Single flight, because the queue's group is the sync.
 *
 *   doorbells → app delta → CRM log → due records → backfill → checkpoint (→ continue)
 *
 * A position advances only when every message of its page was accepted by the queue.
 */
import { CrmUnavailable } from '../ports/crm.ts';
import type { PullMessage } from '../ports/messages.ts';
import type { Checkpoint, Health } from '../ports/state.ts';
import { rewind, startBackfill, stepBackfill, type PageDone } from './backfill.ts';
import { isTimeUp, type SyncContext } from './context.ts';
import {
  changeHealth,
  crmTrouble,
  handBack,
  isResting,
  reportTrouble,
  type Trouble,
} from './health.ts';
import { identify, identifyNamed } from './identify.ts';
import { route } from './route.ts';
import { openSync } from './open-sync.ts';
import { giveUpPlace } from './standstill.ts';

export interface RungBell {
  readonly message: PullMessage;
  /** When the queue took the message, epoch ms of its clock. */
  readonly sentAt: number;
}

/** Doorbells are coalesced with this much room for the clocks of two hosts. */
const CLOCK_ROOM_MS = 2_000;
export const SLICE_MS = 20_000;
const CHANGES_PAGE = 5_000;
const DUE_PAGE = 500;
/** The log is kept a day at least, so a purge once in a while is enough. */
const ROUNDS_BETWEEN_PURGES = 100;

/** Thrown when another holder wrote the checkpoint: the message goes back and is worked anew. */
export class CheckpointLost extends Error {
  constructor(sync: string) {
    super(`another pull of ${sync} wrote its checkpoint meanwhile; this round starts again`);
    this.name = 'CheckpointLost';
  }
}

interface Round {
  checkpoint: Checkpoint;
  routed: number;
  /** A source has more to give than this slice of time allowed. */
  hasMore: boolean;
  readonly endsAt: number;
}

export async function pullSync(context: SyncContext, bells: readonly RungBell[]): Promise<void> {
  const health = await admit(context);
  await routeNamed(context, bells);
  // A lane's report that is not taken in now must not be lost: its page is sent once more instead.
  const hasReports = bells.some(({ message }) => message.kind === 'page-done');
  if (isResting(health, context.clock.now())) {
    if (hasReports) await handBack(context, [], true);
    return;
  }
  const trouble = await pullRound(context, bells, health).catch(troubleOfCrm);
  if (trouble !== null) await reportTrouble(context, trouble, [], hasReports);
  else if (health.cooling !== null) await recover(context);
}

/** The CRM in trouble is the sync in trouble; anything else that is thrown is a bug. */
function troubleOfCrm(error: unknown): Trouble {
  if (error instanceof CrmUnavailable) return crmTrouble(error);
  throw error;
}

/** A sync that a person stopped asks nobody; one that is halted asks whether it may go on. */
async function admit(context: SyncContext): Promise<Health> {
  const health = await context.state.loadHealth(context.sync.spec.name);
  const awake = health.paused === null ? await wake(context, health) : health;
  await giveUpPlace(context, awake);
  return awake;
}

/**
 * A halted sync asks both ends, at every ring, whether they would let it in again: a rotated key or a
 * restored grant needs no further word from a person. Another pair of ends halts it anew.
 */
async function wake(context: SyncContext, health: Health): Promise<Health> {
  if (health.halted === null) return health;
  const app = await context.app.identify(context.budget);
  if (app.kind !== 'ok') return health;
  const crm = await context.crm.identify().catch(troubleOfCrm);
  if ('kind' in crm) return health;
  context.log.info('both ends let the sync in again', { was: health.halted.reason });
  const awake = { halted: null, cooling: null, releasedAt: null };
  return changeHealth(context, (latest) => ({ ...latest, ...awake }));
}

async function pullRound(
  context: SyncContext,
  bells: readonly RungBell[],
  health: Health,
): Promise<Trouble | null> {
  const beganAt = context.clock.now();
  const opened = await openSync(context);
  if ('trouble' in opened) return opened.trouble;
  const round: Round = {
    checkpoint: await resume(context, opened.checkpoint, health),
    routed: 0,
    hasMore: false,
    endsAt: beganAt + SLICE_MS,
  };
  const isWhole = isFull(round.checkpoint, bells);
  const trouble = await runRound(context, round, bells, isWhole);
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
  bells: readonly RungBell[],
  isWhole: boolean,
): Promise<Trouble | null> {
  if (isWhole) {
    const trouble = await pullApp(context, round);
    if (trouble !== null) return trouble;
    await pullCrm(context, round);
    await pullDue(context, round);
  }
  return advanceBackfill(context, round, bells);
}

/** Reports of lanes alone do not make a round: the backfill goes on without asking the app what is new. */
function isFull(checkpoint: Checkpoint, bells: readonly RungBell[]): boolean {
  const since = checkpoint.round.beganAt - CLOCK_ROOM_MS;
  return bells.some(({ message, sentAt }) => {
    if (message.kind === 'page-done') return false;
    return message.kind === 'continue' || sentAt >= since;
  });
}

async function routeNamed(context: SyncContext, bells: readonly RungBell[]): Promise<void> {
  const named = bells.flatMap(({ message }) => (message.kind === 'look' ? message.look : []));
  if (named.length === 0) return;
  await route(context, { refs: await identifyNamed(context, named), position: {} });
}

/** Positions handed back while the sync rested are where both sources start again. */
async function resume(
  context: SyncContext,
  checkpoint: Checkpoint,
  health: Health,
): Promise<Checkpoint> {
  const { resumeFrom } = health;
  if (resumeFrom === null) return checkpoint;
  const { crm, app, backfill } = resumeFrom;
  const resumed = await save(context, {
    ...checkpoint,
    crm: crm === undefined ? checkpoint.crm : { ...checkpoint.crm, position: crm.position },
    app: app === undefined ? checkpoint.app : app,
    backfill:
      backfill === true && checkpoint.backfill !== null
        ? rewind(checkpoint.backfill)
        : checkpoint.backfill,
  });
  // Cleared only if nobody handed back more meanwhile; otherwise the next round resumes once more.
  await context.state.saveHealth(context.sync.spec.name, { ...health, resumeFrom: null });
  return resumed;
}

async function pullApp(context: SyncContext, round: Round): Promise<Trouble | null> {
  if (context.app.capabilities.delta === 'none') return null;
  for (;;) {
    const cursor = round.checkpoint.app;
    const outcome = await context.app.pull(cursor, context.budget);
    if (outcome.kind !== 'ok') {
      round.hasMore ||= outcome.kind === 'retry' && outcome.scope === 'budget';
      return outcome.kind === 'retry' && outcome.scope === 'budget' ? null : outcome;
    }
    const page = outcome.value;
    const refs = await identify(context, page.observations);
    round.routed += await route(context, { refs, position: { app: cursor } });
    round.checkpoint = { ...round.checkpoint, app: page.cursor };
    if (page.done) return null;
    round.checkpoint = await save(context, round.checkpoint);
    if (isOver(context, round)) {
      round.hasMore = true;
      return null;
    }
  }
}

async function pullCrm(context: SyncContext, round: Round): Promise<void> {
  for (;;) {
    const from = round.checkpoint.crm;
    const page = await context.crm.readChanges(from, CHANGES_PAGE);
    if (page.kind === 'lost') {
      context.log.warn('lost position in the CRM’s log', { reason: page.reason });
      const crm = await context.crm.currentCheckpoint();
      round.checkpoint = {
        ...round.checkpoint,
        crm,
        backfill: startBackfill(context, page.reason),
      };
      return;
    }
    const refs = page.changes.map(({ key, at }) => ({ key, crmAt: at }));
    round.routed += await route(context, { refs, position: { crm: from } });
    round.checkpoint = { ...round.checkpoint, crm: page.checkpoint };
    if (page.resweep) {
      const reason = 'the log asks for a look at the whole table';
      round.checkpoint = { ...round.checkpoint, backfill: startBackfill(context, reason) };
    }
    if (!page.more) return;
    round.checkpoint = await save(context, round.checkpoint);
    if (isOver(context, round)) {
      round.hasMore = true;
      return;
    }
  }
}

async function pullDue(context: SyncContext, round: Round): Promise<void> {
  const keys = await context.state.due(context.sync.spec.name, context.clock.now(), DUE_PAGE);
  const refs = keys.map((key) => ({ key, look: true }));
  round.routed += await route(context, { refs, position: {} });
}

async function advanceBackfill(
  context: SyncContext,
  round: Round,
  bells: readonly RungBell[],
): Promise<Trouble | null> {
  const { backfill } = round.checkpoint;
  if (backfill === null) return null;
  const done = bells.flatMap(({ message }) => (message.kind === 'page-done' ? [message] : []));
  const step = await stepBackfill(context, backfill, done satisfies readonly PageDone[]);
  round.checkpoint = { ...round.checkpoint, backfill: step.backfill };
  round.routed += step.routed;
  return step.trouble;
}

const isOver = (context: SyncContext, round: Round): boolean =>
  context.clock.now() >= round.endsAt || isTimeUp(context.budget);

async function finishRound(
  context: SyncContext,
  round: Round,
  beganAt: number,
  isWhole: boolean,
): Promise<void> {
  const { checkpoint, routed, hasMore } = round;
  const progress = hasMore ? JSON.stringify([checkpoint.app, checkpoint.crm.position]) : null;
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
  round.checkpoint = await save(context, {
    ...checkpoint,
    horizon,
    progress,
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

async function save(context: SyncContext, checkpoint: Checkpoint): Promise<Checkpoint> {
  const { name } = context.sync.spec;
  const outcome = await context.state.saveCheckpoint(name, checkpoint);
  if (outcome === 'lost') throw new CheckpointLost(name);
  return { ...checkpoint, version: checkpoint.version + 1 };
}
