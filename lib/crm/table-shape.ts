/** What the catalog says of the synced table: enough to write every statement without guessing. */
import { CrmUnavailable } from '../ports/crm.ts';
import { canBeNamed, tableLabel, type TableName } from './identifiers.ts';
import { describeTable, type ColumnDescription } from './sql/describe-table.ts';
import { requireModified, type ModifiedColumn, type ModifiedWanted } from './modified-column.ts';
import { runStatement, type Queryable } from './statement.ts';

/** How a column's JSON form is made and how a value is written to it. */
export type ColumnKind = 'scalar' | 'boolean' | 'array' | 'structured-array' | 'json' | 'composite';

export interface ColumnShape {
  readonly name: string;
  /** Qualified, without length: a cast to `varchar(5)` would cut the text instead of refusing it. */
  readonly type: string;
  readonly kind: ColumnKind;
  /** False for generated columns and for identity columns that are not the key. */
  readonly writable: boolean;
  /** SQL that gives a key no row has, or null when the database cannot make one. */
  readonly freshKey: string | null;
}

export interface TableShape {
  readonly table: TableName;
  readonly label: string;
  readonly key: readonly ColumnShape[];
  readonly columns: readonly ColumnShape[];
  readonly match: ColumnShape;
  /** Null where changes are read from the log. */
  readonly modified: ModifiedColumn | null;
}

export interface TableWanted {
  readonly table: TableName;
  readonly key: readonly string[];
  /** The columns that are read and written. */
  readonly columns: readonly string[];
  /** The column that names the person. */
  readonly match: string;
  /** Capture `timestamp`: the column that says when a row was written. */
  readonly modified?: ModifiedWanted | null;
}

/** Expects a transaction whose search_path is pg_catalog, so that type names come qualified. */
export async function loadTableShape(client: Queryable, wanted: TableWanted): Promise<TableShape> {
  const rows = canBeNamed(wanted.table)
    ? await runStatement<ColumnDescription>(client, describeTable(wanted.table))
    : [];
  const label = tableLabel(wanted.table);
  if (rows.length === 0) {
    throw new CrmUnavailable(
      `The CRM has no table ${label}. Correct the table's name in the configuration.`,
      'halted',
    );
  }
  const find = (name: string): ColumnShape => {
    const row = rows.find((candidate) => candidate.name === name);
    if (row !== undefined) return toColumnShape(row, wanted.key.includes(name));
    throw new CrmUnavailable(
      `The CRM's table ${label} has no column "${name}". Was it renamed? Correct the configuration.`,
      'halted',
    );
  };
  return {
    table: wanted.table,
    label,
    key: wanted.key.map(find),
    columns: wanted.columns.map(find),
    match: find(wanted.match),
    modified: modifiedOf(wanted, label, rows),
  };

  function modifiedOf(
    { modified }: TableWanted,
    name: string,
    described: readonly ColumnDescription[],
  ): ModifiedColumn | null {
    if (modified == null) return null;
    const column = find(modified.column);
    const row = described.find((each) => each.name === modified.column);
    return requireModified(name, modified, column, row);
  }
}

function toColumnShape(row: ColumnDescription, isKey: boolean): ColumnShape {
  return {
    name: row.name,
    type: row.type,
    kind: row.kind,
    writable: !row.generated && (isKey || !row.identity),
    freshKey: freshKeyOf(row),
  };
}

/** An expression, not only a sequence: ULIDs, uuidv7() and the like come from the column's own default. */
function freshKeyOf(row: ColumnDescription): string | null {
  if (row.sequence !== null) return `nextval(${row.sequence})`;
  if (row.default_expression !== null && !row.generated) return `(${row.default_expression})`;
  return row.type === 'uuid' ? 'gen_random_uuid()' : null;
}
