/**
 * What one piece of work learns about an app as a whole, so that single failures are read rightly: a record is missing
 * only while what it would be in is there, and a 5xx or a silence is one record's trouble only while others are served.
 * Were each silence everybody's, a page of many records would never be finished while one call in ten is lost.
 */
import type { Failure, Halted, Retry } from '../ports/outcome.ts';

export interface Triage {
  /** Some record was served. */
  noteServed(): void;
  /** Asked once. Null: the app is well, so the record is not there. */
  whyMissing(): Promise<Failure | null>;
  /** The scope of a 5xx, a silence or a broken connection. */
  narrow(retry: Retry): Promise<Failure>;
}

/** So many records troubled and none served in between: it is not the records. */
const TROUBLES_IN_A_ROW_MAX = 5;

export function createTriage(whyMissing: () => Promise<Failure | null>): Triage {
  let isServed = false;
  let troublesInARow = 0;
  let asked: Promise<Failure | null> | null = null;
  const ask = (): Promise<Failure | null> => (asked ??= whyMissing());
  return {
    noteServed() {
      isServed = true;
      troublesInARow = 0;
    },
    whyMissing: ask,
    async narrow(retry) {
      troublesInARow += 1;
      if (troublesInARow > TROUBLES_IN_A_ROW_MAX) return retry;
      const isAppWell = isServed || (await ask()) === null;
      return { ...retry, scope: isAppWell ? 'record' : 'app' };
    },
  };
}

/** A failure that speaks for every further call, as the ones not made get it: surely not executed. */
export function skipRest(outcome: { readonly kind: string } | null): Halted | Retry | null {
  if (outcome === null) return null;
  const failure = outcome as Failure;
  if (failure.kind === 'halted') return failure;
  const isForAll = failure.kind === 'retry' && failure.scope !== 'record';
  return isForAll ? { ...failure, ambiguous: false } : null;
}
