/** The seeds that every `npm test` runs: consecutive ones, of all kinds. */

/** About fifteen seconds of one core. */
export const FIXED_COUNT = 500;

/** Enough to see a blunder within seconds. */
export const SAMPLE_COUNT = 160;
