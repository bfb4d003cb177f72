/** Seeded randomness: one seed is one run, so a failure can be run again. */

export interface Chance {
  /** 0 ≤ x < 1 */
  next(): number;
  /** 0 ≤ n < below */
  below(limit: number): number;
  pick<T>(from: readonly T[]): T;
  isTrue(probability: number): boolean;
  /** Goes on from another seed: what comes then does not depend on what was asked before. */
  reseed(seed: number): void;
}

/** Mulberry32: small, and good enough to shuffle interleavings. */
export function createChance(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    pick: (from) => {
      const picked = from[below(from.length)];
      if (picked === undefined) throw new Error('There is nothing to pick from.');
      return picked;
    },
    isTrue: (probability) => next() < probability,
    reseed: (again) => {
      state = again >>> 0;
    },
  };
}
