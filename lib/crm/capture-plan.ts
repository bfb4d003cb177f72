/** What to capture of which table, checked against the catalog before anything is changed. */
import { createHash } from 'node:crypto';
import { canBeNamed, tableLabel, type TableName } from './identifiers.ts';
import type { CaptureSource } from './sql/capture-function.ts';
import { describeCapture, type CaptureColumn } from './sql/describe-capture.ts';
import { runStatement, type Queryable } from './statement.ts';

export interface CaptureTable {
  readonly table: TableName;
  readonly key: readonly string[];
  /** Mapped columns, and those that filters and consent read: a change of any is a change of the record. */
  readonly columns: readonly string[];
}

/** Several syncs of one table share one capture: all their columns, one key. */
export function uniteTables(tables: readonly CaptureTable[]): readonly CaptureTable[] {
  const united = new Map<string, CaptureTable>();
  for (const next of tables) {
    const label = tableLabel(next.table);
    const known = united.get(label) ?? next;
    if (JSON.stringify(known.key) !== JSON.stringify(next.key)) {
      throw new Error(
        `Two syncs read ${label} by different keys (${known.key.join(', ')} and ${next.key.join(', ')}). ` +
          'Give both the same `key`.',
      );
    }
    united.set(label, { ...known, columns: [...new Set([...known.columns, ...next.columns])] });
  }
  return [...united.values()];
}

export type PlannedSource =
  | { readonly kind: 'ok'; readonly source: CaptureSource }
  /** The configuration names what the database has not. */
  | { readonly kind: 'refused'; readonly reason: string };

export async function planSource(client: Queryable, wanted: CaptureTable): Promise<PlannedSource> {
  const statement = describeCapture(wanted.table);
  const found = canBeNamed(wanted.table)
    ? await runStatement<CaptureColumn>(client, statement)
    : [];
  const label = tableLabel(wanted.table);
  const byName = new Map(found.map((column) => [column.name, column]));
  const reason = whyRefused(wanted, label, byName);
  if (reason !== null) return { kind: 'refused', reason };
  const columns = wanted.columns.flatMap((name) => byName.get(name)?.made_of ?? [name]);
  const source = {
    functionName: functionNameFor(label),
    label,
    key: wanted.key,
    columns: [...new Set(columns)],
    hasOneText: wanted.key.every((name) => byName.get(name)?.has_one_text === true),
  };
  return { kind: 'ok', source };
}

function whyRefused(
  wanted: CaptureTable,
  label: string,
  columns: ReadonlyMap<string, CaptureColumn>,
): string | null {
  if (columns.size === 0) {
    return `${label} is no table of this database. Correct \`table\`, or connect to the right database.`;
  }
  const missing = [...wanted.key, ...wanted.columns].filter((name) => !columns.has(name));
  if (missing.length > 0) {
    const names = missing.map((name) => `"${name}"`).join(', ');
    return `${label} lacks the columns ${names}. Were they renamed? Correct the configuration.`;
  }
  const key = JSON.stringify([...wanted.key].sort());
  const sets = columns.get(wanted.key[0] ?? '')?.unique_sets ?? [];
  if (sets.some((set) => JSON.stringify([...set].sort()) === key)) return null;
  return (
    `The key (${wanted.key.join(', ')}) of ${label} does not name one row: ` +
    'it needs a primary key or a unique index on exactly these columns, all of them not null.'
  );
}

/** Readable, and different for different tables however long their names are. */
export function functionNameFor(label: string): string {
  const readable = label.replace(/[^A-Za-z0-9]+/g, '_').slice(0, 30);
  const digest = createHash('sha256').update(label).digest('hex').slice(0, 8);
  return `capture_${readable}_${digest}`;
}
