/**
 * Whether a sync may work now, and from which checkpoint. Asked in this order: did a person stop it, is the
 * map in use the one deployed, are both ends willing again. Nobody is called for a sync that a person stopped.
 */
import { compareMaps, describeChange, mapCode, mapOf } from '../engine/sync-map.ts';
import { retire } from '../engine/retirement.ts';
import type { SyncConfig } from '../config/model.ts';
import { CrmUnavailable } from '../ports/crm.ts';
import type { Checkpoint, Health } from '../ports/state.ts';
import { orderToAdopt } from './adopt.ts';
import { startBackfill } from './backfill.ts';
import { saveCheckpoint } from './checkpoint.ts';
import type { SyncContext } from './context.ts';
import { changeHealth, isResting } from './health.ts';
import { endsOf } from './open-sync.ts';
import { giveUpPlace } from './standstill.ts';

export interface Admission {
  readonly isAdmitted: boolean;
  readonly health: Health;
  /** Null before the first round. */
  readonly checkpoint: Checkpoint | null;
}

export async function admit(context: SyncContext): Promise<Admission> {
  const { state, sync, clock } = context;
  const [stored, found] = await Promise.all([
    state.loadHealth(sync.spec.name),
    state.loadCheckpoint(sync.spec.name),
  ]);
  let admission = { health: stored, checkpoint: found };
  if (stored.paused === null) {
    admission = await meetMap(context, admission);
    const { health, checkpoint } = admission;
    admission = { checkpoint, health: await wake(context, health, checkpoint) };
  }
  await giveUpPlace(context, admission.health);
  return { ...admission, isAdmitted: !isResting(admission.health, clock.now()) };
}

type Known = Pick<Admission, 'health' | 'checkpoint'>;

const mapIn = ({ spec, functions }: SyncConfig) => mapOf(spec, functions);

/**
 * A page may reach a new configuration before its first round does. It is not worked by another map; nor
 * only looked at as long as no round has noted that, for nobody would then make up for it.
 */
export const isAheadOfRound = (sync: SyncConfig, checkpoint: Checkpoint | null): boolean =>
  checkpoint !== null &&
  (compareMaps(checkpoint.map, mapIn(sync)) !== null || (!sync.write && checkpoint.writes));

/** Another map than the one in use is not worked with before a person has seen what it would do. */
async function meetMap(context: SyncContext, { health, checkpoint }: Known): Promise<Known> {
  if (checkpoint === null) return { health, checkpoint };
  const map = mapIn(context.sync);
  const change = compareMaps(checkpoint.map, map);
  if (change === null) {
    const next = { ...checkpoint, map };
    return { checkpoint: next, health: await letGo(context, health) };
  }
  const { accepted } = health;
  if (accepted?.code !== mapCode(map)) {
    const reason = whyHalted(context.sync, describeChange(change), accepted);
    return { checkpoint, health: await haltForMap(context, reason) };
  }
  const now = context.clock.now();
  const why = `another map, accepted by ${accepted.by}: ${describeChange(change)}`;
  const taken = await saveCheckpoint(context, {
    ...checkpoint,
    map,
    retirement: retire(checkpoint.retirement, { old: checkpoint.map, next: map }, now),
    backfill: startBackfill(context, why, checkpoint.backfill),
  });
  context.log.info('another map is in use', { change: describeChange(change), by: accepted.by });
  return { checkpoint: taken, health: await letGo(context, health) };
}

function whyHalted(
  { spec: { name } }: SyncConfig,
  change: string,
  accepted: Health['accepted'],
): string {
  const mistaken =
    accepted === null
      ? ''
      : ` (“${accepted.code}”, accepted by ${accepted.by}, is the code of another map than the one deployed)`;
  return (
    `the map is another one than before: ${change}${mistaken}. Nothing is written until its plan was seen: ` +
    `npx trivet plan ${name}, then npx trivet resume ${name} --accept <the code it prints>`
  );
}

const haltForMap = (context: SyncContext, reason: string): Promise<Health> =>
  changeHealth(context, (latest, since) => {
    const isKnown = latest.halted?.cause === 'map' && latest.halted.reason === reason;
    return isKnown ? latest : { ...latest, halted: { since, reason, cause: 'map' } };
  });

/** The map in use is the one deployed: nothing is left to be accepted. */
async function letGo(context: SyncContext, health: Health): Promise<Health> {
  if (health.halted?.cause !== 'map' && health.accepted === null) return health;
  return changeHealth(context, (latest) => ({
    ...latest,
    accepted: null,
    ...(latest.halted?.cause === 'map' ? { halted: null, releasedAt: null } : {}),
  }));
}

/**
 * A halted sync asks both ends, at every ring, whether they would let it in again: a rotated key or a
 * restored grant needs no further word from a person. Other ends than before do not count.
 */
async function wake(
  context: SyncContext,
  health: Health,
  checkpoint: Checkpoint | null,
): Promise<Health> {
  if (health.halted === null || health.halted.cause === 'map') return health;
  const order = orderToAdopt(health, checkpoint);
  const isEmptied = health.halted.cause === 'emptied';
  if (isEmptied && order === null) return health;
  const app = await context.app.identify(context.budget);
  if (app.kind !== 'ok') return health;
  const ends = await endsOf(context).catch(unlessUnavailable);
  if (ends === null) return health;
  const known = checkpoint?.ends ?? ends;
  const isOther = known.crm !== ends.crm || known.app !== ends.app;
  if (isOther && order === null) return health;
  context.log.info('both ends let the sync in again', { was: health.halted.reason });
  const awake = { halted: null, cooling: null, releasedAt: null };
  // Whom we knew there is looked for by match value, not by an id that is gone.
  const adopted =
    isEmptied && order !== null ? { sweep: { ...order, forgets: 'partner' as const } } : {};
  return changeHealth(context, (latest) => ({ ...latest, ...awake, ...adopted }));
}

function unlessUnavailable(error: unknown): null {
  if (error instanceof CrmUnavailable) return null;
  throw error;
}
