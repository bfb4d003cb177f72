/**
 * What is done in a walk, by number. Each act draws from a chance of its own, made of the walk's seed and its number:
 * an act that is left out does not change what the others do, so a failing walk can be cut down to the few that matter.
 */
import type { Chance } from './chance.ts';

export interface Script {
  /** The numbers of the acts, in order. */
  readonly acts: readonly number[];
  /** Those of them that are done without anything going wrong. */
  readonly calm: readonly number[];
}

export const wholeScript = (count: number): Script => ({
  acts: Array.from({ length: count }, (_, act) => act),
  calm: [],
});

/** Prime, so that seeds and acts do not meet. */
const SEED_STEP = 7_919;
const ACT_STEP = 104_729;

/** What is settled before the first act. */
export const settingSeed = (seed: number): number => seed * SEED_STEP + 1;

/** Everybody who draws begins anew with each act. */
export function beginAct(seed: number, act: number, chances: readonly Chance[]): void {
  for (const [index, chance] of chances.entries())
    chance.reseed(Math.imul(settingSeed(seed), 31) + (act + 1) * ACT_STEP + index);
}

/** After the last act: how everything comes to rest does not depend on which acts there were. */
export const END_OF_ACTS = -1;
