/**
 * The clauses as tests of whatever runner there is: Jest, node:test, Vitest. One named test each; one that says
 * nothing about the connector is a skipped test that carries its reason in its name.
 */
import { CLAUSES } from './clauses.ts';
import type { Harness } from './harness.ts';
import { proveClause } from './run.ts';

/** What those runners have in common. */
export interface TestFunction {
  (name: string, body: () => Promise<void>): unknown;
  readonly skip: (name: string, body: () => void) => unknown;
}

export function registerConformance(harness: Harness, test: TestFunction): void {
  for (const clause of CLAUSES) {
    const because = clause.whyNot(harness);
    const name = `${harness.name}, ${clause.id}: ${clause.promise}`;
    if (because === null) void test(name, () => proveClause(harness, clause));
    else void test.skip(`${name} (not applicable: ${because})`, () => undefined);
  }
}
