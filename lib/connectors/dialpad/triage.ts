/**
 * What one piece of work learns about the company as a whole, so that single failures are read rightly: a contact is
 * missing only while the key is good for its company, and a 5xx or a silence is one contact's trouble only while
 * others are served.
 */
import type { Failure, Halted, Retry } from '../../ports/outcome.ts';
import type { Turn } from './client.ts';
import type { Company } from './company.ts';

export interface Triage {
  /** Some contact was served. */
  noteServed(): void;
  /** Asked once. Null: the contact is not there. */
  whyMissing(): Promise<Failure | null>;
  /** The scope of a 5xx, a silence or a broken connection. */
  narrow(retry: Retry): Promise<Failure>;
}

/** So many troubled and none served in between: it is not the contacts. */
const TROUBLES_IN_A_ROW_MAX = 5;

export function createTriage(company: Company, turn: Turn): Triage {
  let isServed = false;
  let troublesInARow = 0;
  let asked: Promise<Failure | null> | null = null;
  const ask = (): Promise<Failure | null> => (asked ??= company.whyMissing(turn));
  return {
    noteServed() {
      isServed = true;
      troublesInARow = 0;
    },
    whyMissing: ask,
    async narrow(retry) {
      troublesInARow += 1;
      if (troublesInARow > TROUBLES_IN_A_ROW_MAX) return retry;
      const isWell = isServed || (await ask()) === null;
      return { ...retry, scope: isWell ? 'record' : 'app' };
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
