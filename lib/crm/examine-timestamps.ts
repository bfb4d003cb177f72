/** What reading by timestamp cannot do in this database, as the doctor's findings: `crm.timestamp-index` and the like. */
import type { Finding, Remedy } from '../ports/finding.ts';
import type { ExaminedTable } from './examine-table.ts';
import { tableLabel } from './identifiers.ts';
import type { Queryable } from './statement.ts';
import { inspectTimestamps, type TimestampLimit } from './timestamp-limits.ts';

/** Expects a transaction whose search_path is pg_catalog. */
export async function examineTimestamps(
  client: Queryable,
  tables: readonly ExaminedTable[],
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const wanted of tables) {
    const limits = await inspectTimestamps(client, wanted);
    findings.push(...limits.map((limit) => toFinding(wanted, limit)));
  }
  return findings;
}

const toFinding = (
  { sync, table, modified }: ExaminedTable,
  { code, severity, text, remedy }: TimestampLimit,
): Finding => ({
  severity,
  code: `crm.timestamp-${code}`,
  sync,
  where: modified == null ? tableLabel(table) : `${tableLabel(table)}.${modified.column}`,
  found: text,
  remedy: remedy === null ? null : remedyOf(code, remedy),
});

const remedyOf = (code: TimestampLimit['code'], text: string): Remedy =>
  code === 'index' ? { kind: 'sql', as: 'owner', text } : { kind: 'advice', text };
