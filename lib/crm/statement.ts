/** One SQL statement with its parameters, and the little of a Postgres client that running it takes. */
import type { QueryResultRow } from 'pg';

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** A `pg` Client, PoolClient or Pool. */
export interface Queryable {
  query<R extends QueryResultRow>(
    text: string,
    values?: unknown[],
  ): Promise<{ rows: R[]; rowCount: number | null }>;
}

/** `R` is the interface that stands beside the statement. */
export async function runStatement<R extends object>(
  client: Queryable,
  statement: Statement,
): Promise<readonly R[]> {
  // An unnamed statement: a named one would outlive the transaction, and a transaction pooler hands
  // the next transaction another server connection.
  const result = await client.query(statement.text, [...statement.values]);
  return result.rows as R[];
}

/** Answers `$1`, `$2`, … in the order in which values are added. */
export function createParameters(): {
  readonly values: unknown[];
  add(value: unknown): string;
} {
  const values: unknown[] = [];
  return { values, add: (value) => `$${values.push(value)}` };
}
