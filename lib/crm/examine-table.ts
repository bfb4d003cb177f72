/** Whether a sync fits its table: the columns, their types, the key, the match column, and who may see the rows. */
import type { FieldSpec } from '../engine/model.ts';
import type { Finding, Remedy } from '../ports/finding.ts';
import { planSource } from './capture-plan.ts';
import { fieldFindings, type ReportColumn } from './examine-fields.ts';
import type { GrantedTable } from './grants.ts';
import { canBeNamed, quoteIdentifier, quoteTable, tableLabel } from './identifiers.ts';
import {
  examineColumns,
  examineTable as askTable,
  explainMatch,
  type ColumnAnswer,
  type TableAnswer,
} from './sql/examine-table.ts';
import { matchForm, matchIndex } from './sql/find-by-match.ts';
import { runStatement, type Queryable } from './statement.ts';
import { loadTableShape } from './table-shape.ts';

export interface ExaminedTable extends GrantedTable {
  readonly sync: string;
  readonly match: string;
  readonly fields: readonly Pick<FieldSpec, 'column' | 'path' | 'type' | 'owner'>[];
}

export interface TableFindings {
  readonly findings: readonly Finding[];
  /** Its capture can be looked at. */
  readonly isThere: boolean;
}

/** Without an index a page of look-ups reads the whole table: about half a second per million rows. */
const ROWS_WITHOUT_INDEX = 10_000;

/** Expects a transaction whose search_path is pg_catalog. */
export async function examineTable(
  client: Queryable,
  wanted: ExaminedTable,
  role: string,
): Promise<TableFindings> {
  const label = tableLabel(wanted.table);
  const report = (
    severity: Finding['severity'],
    code: string,
    rest: Pick<Finding, 'found' | 'remedy'> & { readonly column?: string },
  ): Finding => {
    const { column, ...more } = rest;
    const where = column === undefined ? label : `${label}.${column}`;
    return { severity, code, sync: wanted.sync, where, ...more };
  };
  const [table] = canBeNamed(wanted.table)
    ? await runStatement<TableAnswer>(client, askTable(wanted.table))
    : [];
  const columns = await runStatement<ColumnAnswer>(client, examineColumns(wanted.table));
  const source = await planSource(client, wanted);
  if (source.kind === 'refused') {
    const code = whatIsWrong(table, columns, wanted);
    const remedy = code === 'crm.key' ? keyRemedy(wanted) : null;
    return { findings: [report('error', code, { found: source.reason, remedy })], isThere: false };
  }
  const byName = new Map(columns.map((column) => [column.name, column]));
  const onColumn: ReportColumn = (severity, code, rest) => report(severity, code, rest);
  const findings = [
    ...securityFindings(table, role, report),
    ...wanted.fields.flatMap((field) => fieldFindings(field, byName.get(field.column), onColumn)),
    ...matchFindings(byName.get(wanted.match), onColumn),
    ...(await indexFindings(client, { wanted, seen: table, onColumn })),
    ...(wanted.inserts === false ? [] : await insertFindings(client, wanted, columns, onColumn)),
  ];
  return { findings, isThere: true };
}

function whatIsWrong(
  table: TableAnswer | undefined,
  columns: readonly ColumnAnswer[],
  { key, columns: wanted }: GrantedTable,
): string {
  if (table === undefined) return 'crm.table';
  const names = new Set(columns.map(({ name }) => name));
  return [...key, ...wanted].every((name) => names.has(name)) ? 'crm.key' : 'crm.column';
}

const keyRemedy = ({ table, key }: GrantedTable): Remedy => ({
  kind: 'sql',
  as: 'owner',
  text: `alter table ${quoteTable(table)} add primary key (${key.map(quoteIdentifier).join(', ')})`,
});

type Report = (
  severity: Finding['severity'],
  code: string,
  rest: Pick<Finding, 'found' | 'remedy'>,
) => Finding;

function securityFindings(
  table: TableAnswer | undefined,
  role: string,
  report: Report,
): readonly Finding[] {
  if (table?.has_row_security !== true) return [];
  const found = `Row-level security hides rows from ${role}: they would look deleted, so the sync halts.`;
  const text = `alter role ${quoteIdentifier(role)} bypassrls`;
  return [
    report('error', 'crm.row-security', { found, remedy: { kind: 'sql', as: 'superuser', text } }),
  ];
}

function matchFindings(column: ColumnAnswer | undefined, report: ReportColumn): readonly Finding[] {
  if (column === undefined) return [];
  const findings: Finding[] = [];
  if (!column.is_unique) {
    const found =
      'It names a person, but nothing keeps two rows from the same value; such rows wait for a person.';
    findings.push(report('note', 'crm.match-unique', { column: column.name, found, remedy: null }));
  }
  if (!column.not_null) {
    const found = 'It may be empty: such rows stay out of the app until they have a value.';
    findings.push(
      report('note', 'crm.match-nullable', { column: column.name, found, remedy: null }),
    );
  }
  return findings;
}

async function indexFindings(
  client: Queryable,
  {
    wanted,
    seen,
    onColumn,
  }: {
    readonly wanted: ExaminedTable;
    readonly seen: TableAnswer | undefined;
    readonly onColumn: ReportColumn;
  },
): Promise<readonly Finding[]> {
  const { table, match } = wanted;
  // Where policies stand between, the planner's answer is about them.
  if (seen === undefined || seen.has_row_security || (await hasIndex(client, wanted))) return [];
  const found =
    'No index finds rows by it in the form in which values are compared: each page of look-ups reads the whole table.';
  const remedy: Remedy = { kind: 'sql', as: 'owner', text: matchIndex(table, match) };
  const severity = Number(seen.rows) > ROWS_WITHOUT_INDEX ? 'warning' : 'note';
  return [onColumn(severity, 'crm.match-index', { column: match, found, remedy })];
}

/** Asked of the planner, which knows what an index on an expression is good for. Without the right to read nothing is said. */
async function hasIndex(client: Queryable, { table, match }: ExaminedTable): Promise<boolean> {
  await client.query('savepoint match_index');
  try {
    await client.query('set local enable_seqscan = off');
    const expression = matchForm(`t.${quoteIdentifier(match)}`);
    const plan = await runStatement(client, explainMatch(quoteTable(table), expression));
    return /"Index Cond"/.test(JSON.stringify(plan));
  } catch {
    return true;
  } finally {
    await client.query('rollback to savepoint match_index');
  }
}

async function insertFindings(
  client: Queryable,
  wanted: ExaminedTable,
  columns: readonly ColumnAnswer[],
  report: ReportColumn,
): Promise<readonly Finding[]> {
  const shape = await loadTableShape(client, wanted);
  const given = new Set([...wanted.key, ...wanted.fields.map(({ column }) => column)]);
  const keyless = shape.key.filter(({ freshKey }) => freshKey === null);
  const bare = columns.filter(
    ({ name, not_null, has_default, is_generated }) =>
      not_null && !has_default && !is_generated && !given.has(name),
  );
  return [
    ...keyless.map(({ name }) => {
      const found = 'The sync makes rows, but the database cannot make a value of this key.';
      const text = `alter table ${quoteTable(wanted.table)} alter column ${quoteIdentifier(name)} add generated by default as identity`;
      return report('error', 'crm.key-default', {
        column: name,
        found,
        remedy: {
          kind: 'advice',
          text: `Give it a default (${text}), or set create: 'app' or 'none'.`,
        },
      });
    }),
    ...bare.map(({ name }) => {
      const found =
        'The sync makes rows, but this column must not be empty, has no default and is not mapped: every row would be refused.';
      return report('error', 'crm.column-required', {
        column: name,
        found,
        remedy: {
          kind: 'sql',
          as: 'owner',
          text: `alter table ${quoteTable(wanted.table)} alter column ${quoteIdentifier(name)} drop not null`,
        },
      });
    }),
  ];
}
