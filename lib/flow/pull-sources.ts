/** Where a round finds references: the app's delta, the CRM's log, records whose time has come or whom a person let go. */
import type { Checkpoint, Health } from '../ports/state.ts';
import { adopt } from './adopt.ts';
import { startBackfill } from './backfill.ts';
import { saveCheckpoint } from './checkpoint.ts';
import { isTimeUp, type SyncContext } from './context.ts';
import { carryGrant } from './grant.ts';
import type { Trouble } from './health.ts';
import { identify } from './identify.ts';
import { route } from './route.ts';
import { STANDSTILL_MAX_MS } from './standstill.ts';

const CHANGES_PAGE = 5_000;
const DUE_PAGE = 500;

/** A round under way. */
export interface Round {
  checkpoint: Checkpoint;
  /** What brakes count together. */
  readonly run: string;
  grant: Health['grant'];
  routed: number;
  /** A source has more to give than this slice of time allowed. */
  hasMore: boolean;
  readonly endsAt: number;
}

export async function pullApp(context: SyncContext, round: Round): Promise<Trouble | null> {
  if (context.app.capabilities.delta !== 'time') return null;
  const { run } = round;
  for (;;) {
    const cursor = round.checkpoint.app;
    const outcome = await context.app.pull(cursor, context.budget);
    if (outcome.kind !== 'ok') {
      round.hasMore ||= outcome.kind === 'retry' && outcome.scope === 'budget';
      return outcome.kind === 'retry' && outcome.scope === 'budget' ? null : outcome;
    }
    const page = outcome.value;
    const refs = await identify(context, page.observations);
    round.routed += await route(context, { refs, position: { app: cursor }, run });
    round.checkpoint = { ...round.checkpoint, app: page.cursor };
    if (page.done) return null;
    round.checkpoint = await saveCheckpoint(context, round.checkpoint);
    if (isOver(context, round)) {
      round.hasMore = true;
      return null;
    }
  }
}

export async function pullCrm(context: SyncContext, round: Round): Promise<void> {
  const { run } = round;
  for (;;) {
    const from = round.checkpoint.crm;
    const page = await context.crm.readChanges(from, CHANGES_PAGE);
    if (page.kind === 'lost') {
      context.log.warn('lost position in the CRM', { reason: page.reason });
      const isGap = page.isGap === true || stoodStill(context, round);
      const crm = await context.crm.currentCheckpoint({ afterLoss: !isGap });
      if (isGap) walkAgain(context, round, page.reason);
      else {
        const cause = { reason: page.reason, forgets: 'values', order: null } as const;
        round.checkpoint = adopt(context, round.checkpoint, cause);
      }
      round.checkpoint = { ...round.checkpoint, crm };
      return;
    }
    const refs = page.changes.map(({ at, ...change }) => ({ ...change, crmAt: at }));
    round.routed += await route(context, { refs, position: { crm: from }, run });
    round.checkpoint = { ...round.checkpoint, crm: page.checkpoint };
    if (page.resweep) walkAgain(context, round, 'the log asks for a look at the whole table');
    if (!page.more) return;
    round.checkpoint = await saveCheckpoint(context, round.checkpoint);
    if (isOver(context, round)) {
      round.hasMore = true;
      return;
    }
  }
}

/** It gave its place up itself, or a purge took it for forgotten: nothing says that the database went back. */
const stoodStill = ({ clock }: SyncContext, { checkpoint }: Round): boolean =>
  clock.now() - checkpoint.round.beganAt > STANDSTILL_MAX_MS;

function walkAgain(context: SyncContext, round: Round, reason: string): void {
  const backfill = startBackfill(context, reason, round.checkpoint.backfill);
  round.checkpoint = { ...round.checkpoint, backfill };
}

/**
 * Queues forget what is older than fourteen days. Nobody rang for more than a week (schedules off, an account
 * suspended): what waited in the lanes may be gone, and no source would name it again.
 */
export function walkAfterSilence(context: SyncContext, round: Round): void {
  const { round: last, backfill } = round.checkpoint;
  const { endedAt } = last;
  if (endedAt === null || context.clock.now() - endedAt <= STANDSTILL_MAX_MS) return;
  // A walk that begins in this round, for whatever reason, finds it all.
  if (backfill !== null && backfill.startedAt > endedAt) return;
  walkAgain(context, round, 'no round came for more than a week');
}

export async function pullDue(context: SyncContext, round: Round): Promise<void> {
  const keys = await context.state.due(context.sync.spec.name, context.clock.now(), DUE_PAGE);
  const refs = keys.map((key) => ({ key, look: true }));
  round.routed += await route(context, { refs, position: {}, run: round.run });
}

/** Records that brakes hold, when a person allowed this run some of them. */
export async function pullGranted(context: SyncContext, round: Round): Promise<void> {
  if (round.grant === null) return;
  const carried = await carryGrant(context, round.run, round.grant, () => isOver(context, round));
  round.grant = carried.grant;
  round.routed += carried.routed;
  round.hasMore ||= carried.grant !== null;
}

export const isOver = (context: SyncContext, round: Round): boolean =>
  context.clock.now() >= round.endsAt || isTimeUp(context.budget);
