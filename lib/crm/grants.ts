/** The least a role needs to be the one Trivet connects as. */
import type { CaptureTable } from './capture-plan.ts';
import { quoteIdentifier, quoteTable } from './identifiers.ts';
import { listSequences, type SequenceRow } from './sql/list-sequences.ts';
import { runStatement, type Queryable } from './statement.ts';

/**
 * Statements for the owner of the tables to run. The role needs nothing else, except: `bypassrls` when
 * a table has row-level security, and membership in `pg_read_all_stats` (optional) to know the exact
 * age of whoever holds back the horizon. https://www.postgresql.org/docs/current/sql-grant.html
 */
export async function grantsFor(
  client: Queryable,
  role: string,
  tables: readonly CaptureTable[],
): Promise<readonly string[]> {
  const to = `to ${quoteIdentifier(role)}`;
  const grants = [
    `grant usage on schema trivet ${to}`,
    `grant select on trivet.capture ${to}`,
    `grant select, delete on trivet.change_log ${to}`,
    `grant select, insert, update, delete on trivet.reader ${to}`,
    `grant select, insert, update on trivet.floor ${to}`,
  ];
  for (const wanted of tables) {
    const sequences = await runStatement<SequenceRow>(
      client,
      listSequences(wanted.table, wanted.key),
    );
    grants.push(...tableGrants(wanted, to));
    grants.push(...sequences.map((row) => `grant usage on sequence ${quoteTable(row)} ${to}`));
  }
  return [...new Set(grants)];
}

/** Column by column: what is not mapped can neither be read nor written. */
function tableGrants(wanted: CaptureTable, to: string): readonly string[] {
  const quote = (names: readonly string[]): string =>
    [...new Set(names)].map(quoteIdentifier).join(', ');
  const all = quote([...wanted.key, ...wanted.columns]);
  const table = quoteTable(wanted.table);
  return [
    `grant usage on schema ${quoteIdentifier(wanted.table.schema)} ${to}`,
    `grant select (${all}), insert (${all}), update (${quote(wanted.columns.filter((name) => !wanted.key.includes(name)))}) on ${table} ${to}`,
    `grant delete on ${table} ${to}`,
  ];
}
