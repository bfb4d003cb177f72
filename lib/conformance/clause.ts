/** A clause: one promise of the port, for whom it holds, and how it is tried. */
import type { Bench } from './bench.ts';
import type { Harness } from './harness.ts';

export interface Clause {
  /** Stands in reports and in tests of the suite; never changes. */
  readonly id: string;
  /** What is promised, as a sentence. */
  readonly promise: string;
  /** Null, or why the promise says nothing about this connector. */
  whyNot(harness: Harness): string | null;
  /** Throws `Broken` when the promise is not kept. */
  prove(bench: Bench): Promise<void>;
}

/** A promise that was not kept. */
export class Broken extends Error {
  constructor(sentence: string) {
    super(sentence);
    this.name = 'Broken';
  }
}

export function claim(isKept: boolean, sentence: string): asserts isKept {
  if (!isKept) throw new Broken(sentence);
}

export function claimEqual(actual: unknown, expected: unknown, what: string): void {
  const [shown, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  claim(shown === wanted, `${what}: ${shown}, and not ${wanted}`);
}

export const always = (): null => null;

/** The first reason not to, of several. */
export const anyOf =
  (...reasons: readonly Clause['whyNot'][]): Clause['whyNot'] =>
  (harness) => {
    for (const reason of reasons) {
      const why = reason(harness);
      if (why !== null) return why;
    }
    return null;
  };
