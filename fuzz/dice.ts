/** One input's chances. They follow from the run's seed and the input's number, so that one input can be had alone. */
import { createRandom } from '../lib/local/simulation/random.ts';

export interface Dice {
  /** A whole number from 0 to below `end`. */
  below(end: number): number;
  /** One time in `times`. */
  oneIn(times: number): boolean;
  pick<T>(choices: readonly T[]): T;
  /** Bytes, each as a character below 256. */
  noise(length: number): string;
}

export function createDice(seed: number, index: number): Dice {
  const random = createRandom(Math.imul(seed, 0x9e3779b1) ^ index);
  const below = (end: number): number => Math.floor(random() * end);
  return {
    below,
    oneIn: (times) => below(times) === 0,
    // Undefined may be one of them.
    pick: <T>(choices: readonly T[]) => choices[below(choices.length)] as T,
    noise: (length) => Array.from({ length }, () => String.fromCharCode(below(256))).join(''),
  };
}
