/**
 * What one invocation learns about Mailchimp as a whole, so that single failures are read rightly: a 404
 * is a missing member only while its audience is there, and a 5xx or a silence is one record's trouble
 * only while others are served. Were each silence everybody's, a page of many records would never be
 * finished while one call in ten is lost.
 */
import type { Budget } from '../../ports/clock.ts';
import type { Failure, Halted, Retry } from '../../ports/outcome.ts';
import type { Audience } from './audience.ts';
import { isFailure } from './failures.ts';

export interface Triage {
  /** Some record was served. */
  noteServed(): void;
  /** Null: the audience is there, so the member is not. */
  whyMissing(): Promise<Failure | null>;
  /** The scope of a 5xx, a silence or a broken connection. */
  narrow(retry: Retry): Promise<Failure>;
}

/** So many records troubled and none served in between: it is not the records. */
const TROUBLES_IN_A_ROW_MAX = 5;

export function createTriage(audience: Audience, budget: Budget): Triage {
  let isServed = false;
  let troublesInARow = 0;
  let asked: Promise<Failure | null> | null = null;
  const ask = (): Promise<Failure | null> => (asked ??= audience.whyMissing(budget));
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
  if (outcome === null || !isFailure(outcome)) return null;
  if (outcome.kind === 'halted') return outcome;
  const isForAll = outcome.kind === 'retry' && outcome.scope !== 'record';
  return isForAll ? { ...outcome, ambiguous: false } : null;
}
