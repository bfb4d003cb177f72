/**
 * A sync as a whole at rest: paused (a person said so), cooling (the app or the database needs a rest)
 * or halted (a person is needed). Either way the page's positions are handed back and nobody is called, so a queue holds
 * minutes of work, never an outage.
 */
import { lowerPosition, type CrmCheckpoint, type CrmUnavailable } from '../ports/crm.ts';
import type { SourcePosition } from '../ports/messages.ts';
import type { Halted, Retry } from '../ports/outcome.ts';
import type { Health } from '../ports/state.ts';
import type { SyncContext } from './context.ts';

const FIRST_REST_MS = 1_000;
const LONGEST_REST_MS = 60_000;

export type Trouble = Retry | Halted;

export const crmTrouble = ({ kind, message: reason }: CrmUnavailable): Trouble =>
  kind === 'halted'
    ? { kind, reason }
    : { kind, scope: 'app', afterMs: null, reason, ambiguous: false };

export const isResting = ({ paused, halted, cooling }: Health, now: number): boolean =>
  paused !== null || halted !== null || (cooling !== null && cooling.until > now);

/** Notes the trouble and where to start again. Written with a condition, for several lanes may say it at once. */
export async function reportTrouble(
  context: SyncContext,
  trouble: Trouble,
  positions: readonly SourcePosition[],
  hasBackfill: boolean,
): Promise<void> {
  await changeHealth(context, (health, now) => ({
    ...health,
    ...restOf(health, trouble, now),
    resumeFrom: lowerResume(context, health.resumeFrom, positions, hasBackfill),
  }));
  const { kind, reason } = trouble;
  context.log.warn(`sync ${kind === 'halted' ? 'halted' : 'cooling'}`, { reason });
}

/** Hands positions back without adding to the trouble: the sync is resting already. */
export async function handBack(
  context: SyncContext,
  positions: readonly SourcePosition[],
  hasBackfill: boolean,
): Promise<void> {
  await changeHealth(context, (health) => ({
    ...health,
    resumeFrom: lowerResume(context, health.resumeFrom, positions, hasBackfill),
  }));
}

const haltOf = ({
  reason,
  cause,
}: Halted): Pick<NonNullable<Health['halted']>, 'reason' | 'cause'> =>
  cause === undefined ? { reason } : { reason, cause };

function restOf(health: Health, trouble: Trouble, now: number): Pick<Health, 'cooling' | 'halted'> {
  if (trouble.kind === 'halted') {
    return {
      cooling: health.cooling,
      halted: health.halted ?? { since: now, ...haltOf(trouble) },
    };
  }
  // Lanes report the same trouble together; only the first of them lengthens the rest.
  if (health.cooling !== null && health.cooling.until > now) {
    return { cooling: health.cooling, halted: health.halted };
  }
  const attempts = (health.cooling?.attempts ?? 0) + 1;
  const restMs = trouble.afterMs ?? Math.min(FIRST_REST_MS * 2 ** (attempts - 1), LONGEST_REST_MS);
  return {
    cooling: { until: now + restMs, attempts, reason: trouble.reason },
    halted: health.halted,
  };
}

export function lowerResume(
  { app: replica }: Pick<SyncContext, 'app'>,
  resume: Health['resumeFrom'],
  positions: readonly SourcePosition[],
  hasBackfill: boolean,
): Health['resumeFrom'] {
  let crm = resume?.crm;
  let app = resume?.app;
  for (const position of positions) {
    if (position.crm !== undefined) crm = lowerCrm(crm, position.crm);
    if (position.app === undefined) continue;
    if (app === undefined || replica.orderOf(position.app) < replica.orderOf(app))
      app = position.app;
  }
  const backfill = hasBackfill || resume?.backfill === true;
  if (crm === undefined && app === undefined && !backfill) return resume;
  return {
    ...(crm === undefined ? {} : { crm }),
    ...(app === undefined ? {} : { app }),
    ...(backfill ? { backfill } : {}),
  };
}

function lowerCrm(a: CrmCheckpoint | undefined, b: CrmCheckpoint): CrmCheckpoint {
  return a === undefined ? b : { ...a, position: lowerPosition(a.position, b.position) };
}

/** Returns what was stored. A change that answers with what it was given stores nothing. */
export async function changeHealth(
  { state, sync, clock }: Pick<SyncContext, 'state' | 'sync' | 'clock'>,
  change: (health: Health, now: number) => Health,
): Promise<Health> {
  for (;;) {
    const health = await state.loadHealth(sync.spec.name);
    const changed = change(health, clock.now());
    if (changed === health) return health;
    const outcome = await state.saveHealth(sync.spec.name, changed);
    if (outcome === 'saved') return { ...changed, version: changed.version + 1 };
  }
}
