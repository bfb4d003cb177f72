/**
 * What a person says to a sync as a whole. Noted in its health, where pull and apply look before anything
 * else; nothing of it is carried out here, and a page under way is finished.
 */
import { compareMaps, describeChange, mapCode, mapOf } from '../engine/sync-map.ts';
import type { Health } from '../ports/state.ts';
import type { SyncContext } from './context.ts';
import { changeHealth } from './health.ts';

export type SteerContext = Pick<SyncContext, 'sync' | 'state' | 'clock' | 'queue'>;

export interface PauseOrder {
  /** Who says so; shown to whoever finds the sync paused. */
  readonly by: string;
  readonly reason: string | null;
}

export interface Paused {
  readonly paused: NonNullable<Health['paused']>;
  /** Somebody had paused it before; their word stands. */
  readonly wasPaused: boolean;
}

export async function pauseSync(context: SteerContext, order: PauseOrder): Promise<Paused> {
  let wasPaused = false;
  const health = await changeHealth(context, (latest, now) => {
    wasPaused = latest.paused !== null;
    return wasPaused ? latest : { ...latest, paused: { since: now, ...order } };
  });
  if (health.paused === null) throw new Error('a pause was stored without being one');
  return { paused: health.paused, wasPaused };
}

export interface Resumed {
  /** The pause that is over, or null when there was none. */
  readonly paused: Health['paused'];
  /** Its place in the CRM's log was given up: a backfill comes first. */
  readonly hasLostPlace: boolean;
  /** What still keeps it from working. */
  readonly halted: Health['halted'];
}

export type Accepted =
  | { readonly kind: 'accepted'; readonly change: string }
  /** The map in use is this one. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'wrong-code'; readonly change: string };

/**
 * A person has seen what another map would do. Noted for the next round, which takes the map over if the
 * code is that of the map deployed there; `context.sync` is the map of whoever asks.
 */
export async function acceptMap(
  context: SteerContext,
  { code, by }: { readonly code: string; readonly by: string },
): Promise<Accepted> {
  const { state, sync } = context;
  const checkpoint = await state.loadCheckpoint(sync.spec.name);
  const map = mapOf(sync.spec, sync.functions);
  const found = checkpoint === null ? null : compareMaps(checkpoint.map, map);
  if (found === null) return { kind: 'nothing' };
  const change = describeChange(found);
  if (code !== mapCode(map)) return { kind: 'wrong-code', change };
  await changeHealth(context, (latest, at) => ({ ...latest, accepted: { code, by, at } }));
  return { kind: 'accepted', change };
}

/**
 * A person wants everything compared; `adopts`: both ends are taken as they are, and met anew. The answer is a proof under the time of this order. Rings, for
 * the round begins it.
 */
export async function askSweep(
  context: SteerContext,
  by: string,
  { adopts = false }: { readonly adopts?: boolean } = {},
): Promise<number> {
  const { sweep } = await changeHealth(context, (latest, now) => ({
    ...latest,
    // Never the time of an older order: that one may be answered already.
    sweep: {
      by,
      at: Math.max(now, (latest.sweep?.at ?? 0) + 1),
      ...(adopts ? { adopts } : {}),
    },
  }));
  if (sweep === null) throw new Error('an order was stored without being one');
  await context.queue.sendPull([{ kind: 'ring', sync: context.sync.spec.name, source: 'sweep' }]);
  return sweep.at;
}

/** Ends a pause and rings. A sync that was not paused is only rung for. */
export async function resumeSync(context: SteerContext): Promise<Resumed> {
  let was: Pick<Health, 'paused' | 'releasedAt'> = { paused: null, releasedAt: null };
  const { halted } = await changeHealth(context, (latest) => {
    was = latest;
    return latest.paused === null ? latest : { ...latest, paused: null, releasedAt: null };
  });
  await context.queue.sendPull([{ kind: 'ring', sync: context.sync.spec.name, source: 'resume' }]);
  return { paused: was.paused, hasLostPlace: was.releasedAt !== null, halted };
}
