/** The seeds that every `npm test` runs: consecutive ones of all kinds, and those that once found a bug. */

/** About half a minute of one core. */
export const FIXED_COUNT = 1_600;

/** Enough to see a blunder within seconds. */
export const SAMPLE_COUNT = 160;
