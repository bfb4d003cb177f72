/** Tries clauses, each on a stage of its own, so that none sees what another left behind. */
import { createBench } from './bench.ts';
import { CLAUSES } from './clauses.ts';
import { Broken, type Clause } from './clause.ts';
import type { Harness } from './harness.ts';
import { withTeller } from './teller.ts';

export type Verdict =
  | { readonly kind: 'passed'; readonly tookMs: number }
  | { readonly kind: 'not-applicable'; readonly because: string }
  /** A promise was not kept, or the connector threw, which it promised not to. */
  | { readonly kind: 'failed'; readonly because: string };

export interface Row {
  readonly id: string;
  readonly promise: string;
  readonly verdict: Verdict;
}

export interface Report {
  readonly connector: string;
  readonly rows: readonly Row[];
}

/** Throws when the promise is not kept. */
export async function proveClause(harness: Harness, clause: Clause): Promise<void> {
  const stage = withTeller(await harness.open());
  try {
    await clause.prove(createBench(harness, stage));
  } finally {
    await stage.stop();
  }
}

/** Clauses spend much of their time waiting for calls that are never answered. */
const AT_ONCE = 4;

export async function runConformance(
  harness: Harness,
  clauses: readonly Clause[] = CLAUSES,
): Promise<Report> {
  const rows: Row[] = [];
  const waiting = clauses.entries();
  const work = async (): Promise<void> => {
    for (const [at, clause] of waiting) {
      const { id, promise } = clause;
      rows[at] = { id, promise, verdict: await judge(harness, clause) };
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { connector: harness.name, rows };
}

async function judge(harness: Harness, clause: Clause): Promise<Verdict> {
  const because = clause.whyNot(harness);
  if (because !== null) return { kind: 'not-applicable', because };
  const beganAt = performance.now();
  try {
    await proveClause(harness, clause);
    return { kind: 'passed', tookMs: Math.round(performance.now() - beganAt) };
  } catch (error) {
    return { kind: 'failed', because: reasonOf(error) };
  }
}

/** Of a broken promise the sentence; of anything else where it was thrown, too. */
function reasonOf(error: unknown): string {
  if (error instanceof Broken) return error.message;
  return error instanceof Error ? `threw ${error.stack ?? error.message}` : String(error);
}
