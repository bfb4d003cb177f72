/** Seeded randomness (mulberry32), so that a run with duplicated and reordered webhooks can be repeated. */
import { createHash } from 'node:crypto';

/** A source of numbers in [0, 1). */
export type Random = () => number;

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** An id that follows from what it names: the same after a restart, never the same for two things. */
export function deriveId(parts: readonly (string | number)[], length: number): string {
  return createHash('sha256').update(parts.join('\u0000')).digest('hex').slice(0, length);
}

/** Such an id as a number of so many digits. Some are too long for readers of JSON; so they travel as text. */
export function numberId(parts: readonly (string | number)[], digits: number): string {
  const lowest = 10n ** BigInt(digits - 1);
  return String(lowest + (BigInt(`0x${deriveId(parts, 24)}`) % (9n * lowest)));
}
