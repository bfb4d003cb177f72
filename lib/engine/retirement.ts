/**
 * What becomes of the shadow of a field that is not mapped any more. Its pairs stay where they are for a
 * month, so that a field that comes back finds its base again; later it is a first meeting. No record is
 * written for the sake of that: what is over is left out at the record's next save.
 */
import type { SyncMap } from './sync-map.ts';
import type { RecordState } from './model.ts';

export const RETIRED_MAX_MS = 30 * 24 * 60 * 60 * 1000;

export interface Retirement {
  /** When each fingerprint left the map, epoch ms. */
  readonly retired: Readonly<Record<string, number>>;
  /** Fingerprints that came back too late, each with the number of that return: older pairs are none. */
  readonly renewed: Readonly<Record<string, number>>;
}

export const NO_RETIREMENT: Retirement = { retired: {}, renewed: {} };

/** The memory of retirements when another map is taken. */
export function retire(
  { retired, renewed }: Retirement,
  maps: { readonly old: SyncMap; readonly next: SyncMap },
  now: number,
): Retirement {
  const left = { ...retired };
  const again = { ...renewed };
  const before = new Set(Object.keys(maps.old.fields));
  const after = new Set(Object.keys(maps.next.fields));
  const returns = lastReturn(renewed) + 1;
  for (const name of after) {
    const at = left[name];
    if (at !== undefined && isOver(at, now)) again[name] = returns;
    delete left[name];
  }
  for (const name of before) if (!after.has(name)) left[name] = now;
  return { retired: left, renewed: again };
}

/** The record without pairs of fields that are over. The very same object when there is nothing to forget. */
export function forgetRetired(
  state: RecordState,
  { retired, renewed }: Retirement,
  now: number,
): RecordState {
  const { shadow } = state;
  const renewal = lastReturn(renewed);
  if (shadow === null) return state.renewal === renewal ? state : { ...state, renewal };
  const isKept = (name: string): boolean => {
    const at = retired[name];
    return (at === undefined || !isOver(at, now)) && (renewed[name] ?? 0) <= state.renewal;
  };
  const entries = Object.entries(shadow.pairs);
  const kept = entries.filter(([name]) => isKept(name));
  if (kept.length === entries.length && state.renewal === renewal) return state;
  return { ...state, renewal, shadow: { ...shadow, pairs: Object.fromEntries(kept) } };
}

const isOver = (retiredAt: number, now: number): boolean => now - retiredAt > RETIRED_MAX_MS;
const lastReturn = (renewed: Retirement['renewed']): number =>
  Math.max(0, ...Object.values(renewed));
