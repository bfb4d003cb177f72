/**
 * The least a role needs to be the one Trivet connects as, right by right: what it lacks is granted and
 * noted, and what was noted is taken back again.
 *
 * The role needs nothing else, except: `bypassrls` when a table has row-level security, and membership
 * in `pg_read_all_stats` to know the exact age of whoever holds back the horizon. Where tables are read by
 * timestamp that membership is needed, and one of the rights; of schema `trivet` there is nothing then.
 * https://www.postgresql.org/docs/current/ddl-priv.html
 */
import type { ModifiedWanted } from './modified-column.ts';
import type { CaptureTable } from './capture-plan.ts';
import { quoteIdentifier, quoteLiteral, quoteTable, tableLabel } from './identifiers.ts';
import { describeTable, type ColumnDescription } from './sql/describe-table.ts';
import { listSequences, type SequenceRow } from './sql/list-sequences.ts';
import { runStatement, type Queryable } from './statement.ts';

export interface GrantedTable extends CaptureTable {
  /** The sync makes rows here. @default true */
  readonly inserts?: boolean;
  /** The sync deletes rows here. @default true */
  readonly deletes?: boolean;
  /** The columns it writes. @default all of them */
  readonly writes?: readonly string[];
  /** The column by which changes are found, where the capture is `timestamp`. */
  readonly modified?: ModifiedWanted | null;
}

export const isByTime = ({ modified }: GrantedTable): boolean => modified != null;

export type RightKind = 'database' | 'schema' | 'table' | 'column' | 'sequence' | 'role';

/** One privilege on one thing. What a kind does not have is the empty text. */
export interface Right {
  readonly kind: RightKind;
  readonly schema: string;
  readonly name: string;
  readonly column: string;
  readonly privilege: string;
}

/** All rights, whether the role has them or not. */
export async function rightsFor(
  client: Queryable,
  tables: readonly GrantedTable[],
): Promise<readonly Right[]> {
  const [database] = (await client.query<{ name: string }>('select current_database() as name'))
    .rows;
  const rights = [
    connectRight(database?.name ?? ''),
    ...(tables.every(isByTime) ? [] : ownRights()),
    ...(tables.some(isByTime) ? [SEES_ALL] : []),
  ];
  for (const wanted of tables) {
    rights.push(...tableRights(wanted));
    if (isByTime(wanted)) rights.push(...(await timeRights(client, wanted)));
    if (wanted.inserts === false) continue;
    const sequences = await runStatement<SequenceRow>(
      client,
      listSequences(wanted.table, wanted.key),
    );
    rights.push(
      ...sequences.map((row) => ({
        kind: 'sequence' as const,
        ...row,
        column: '',
        privilege: 'usage',
      })),
    );
  }
  return unique(rights);
}

/** Statements for the owner of the tables to run: everything, also what the role has already. */
export async function grantsFor(
  client: Queryable,
  role: string,
  tables: readonly GrantedTable[],
): Promise<readonly string[]> {
  return grantStatements(await rightsFor(client, tables), role);
}

export const grantStatements = (rights: readonly Right[], role: string): readonly string[] =>
  group(rights).map(({ what, on }) => `grant ${what}${on} to ${quoteIdentifier(role)}`);

export const revokeStatements = (rights: readonly Right[], role: string): readonly string[] =>
  group(rights).map(({ what, on }) => `revoke ${what}${on} from ${quoteIdentifier(role)}`);

/** Notes what is granted now, for the uninstallation. */
export const noteGranted = (rights: readonly Right[], role: string): string => {
  const rows = rights.map(({ kind, schema, name, column, privilege }) =>
    [role, kind, schema, name, column, privilege].map(quoteLiteral).join(', '),
  );
  return `
insert into trivet.granted (role_name, kind, schema_name, object_name, column_name, privilege)
values
${rows.map((row) => `  (${row})`).join(',\n')}
on conflict do nothing`;
};

const connectRight = (name: string): Right => ({
  kind: 'database',
  schema: '',
  name,
  column: '',
  privilege: 'connect',
});

/** When transactions of other roles began. */
const SEES_ALL: Right = {
  kind: 'role',
  schema: '',
  name: 'pg_read_all_stats',
  column: '',
  privilege: 'usage',
};

function ownRights(): readonly Right[] {
  const on = (name: string, ...privileges: string[]): readonly Right[] =>
    privileges.map((privilege) => ({
      kind: 'table',
      schema: 'trivet',
      name,
      column: '',
      privilege,
    }));
  return [
    { kind: 'schema', schema: 'trivet', name: '', column: '', privilege: 'usage' },
    ...on('migrations', 'select'),
    ...on('capture', 'select'),
    ...on('change_log', 'select', 'delete'),
    ...on('reader', 'select', 'insert', 'update', 'delete'),
    ...on('floor', 'select', 'insert', 'update'),
  ];
}

/** Column by column: what is not mapped can neither be read nor written. */
function tableRights(wanted: GrantedTable): readonly Right[] {
  const { table, key, columns, inserts, deletes, writes = columns } = wanted;
  const { schema, name } = table;
  const all = [...new Set([...key, ...columns])];
  const on = (names: readonly string[], privilege: string): readonly Right[] =>
    names.map((column) => ({ kind: 'column', schema, name, column, privilege }));
  return [
    { kind: 'schema', schema, name: '', column: '', privilege: 'usage' },
    ...on(all, 'select'),
    ...(inserts === false ? [] : on([...new Set([...key, ...writes])], 'insert')),
    ...on(
      writes.filter((column) => !key.includes(column)),
      'update',
    ),
    ...(deletes === false
      ? []
      : [{ kind: 'table' as const, schema, name, column: '', privilege: 'delete' }]),
  ];
}

/** The timestamp is read, and set by our own writes; `xmin` tells rows handed on from rows that are news. */
async function timeRights(
  client: Queryable,
  { table, modified, inserts }: GrantedTable,
): Promise<readonly Right[]> {
  const columns = await runStatement<ColumnDescription>(client, describeTable(table));
  const column = columns.find(({ name }) => name === modified?.column);
  if (column === undefined) {
    throw new Error(`${tableLabel(table)} has no column "${modified?.column ?? ''}".`);
  }
  const on = (name: string, privilege: string): Right => ({
    kind: 'column',
    ...table,
    column: name,
    privilege,
  });
  return [
    on(column.name, 'select'),
    ...(column.relkind === 'v' ? [] : [on('xmin', 'select')]),
    ...(column.generated ? [] : [on(column.name, 'update')]),
    ...(column.generated || inserts === false ? [] : [on(column.name, 'insert')]),
  ];
}

const keyOf = ({ kind, schema, name, column, privilege }: Right): string =>
  JSON.stringify([kind, schema, name, column, privilege]);

const unique = (rights: readonly Right[]): readonly Right[] => [
  ...new Map(rights.map((right) => [keyOf(right), right])).values(),
];

/** One statement per thing: `select ("a", "b"), update ("b")` on the table. */
function group(
  rights: readonly Right[],
): readonly { readonly what: string; readonly on: string }[] {
  const things = Map.groupBy(rights, ({ kind, schema, name }) =>
    JSON.stringify([kind, schema, name]),
  );
  return [...things.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    if (first.kind === 'role') return [{ what: first.name, on: '' }];
    const byPrivilege = Map.groupBy(same, ({ privilege }) => privilege);
    const what = [...byPrivilege].map(([privilege, of]) => {
      const columns = of.map(({ column }) => column).filter((column) => column !== '');
      return columns.length === 0
        ? privilege
        : `${privilege} (${columns.map(quoteIdentifier).join(', ')})`;
    });
    return [{ what: what.join(', '), on: ` on ${thingOf(first)}` }];
  });
}

function thingOf({ kind, schema, name }: Right): string {
  switch (kind) {
    case 'database':
      return `database ${quoteIdentifier(name)}`;
    case 'schema':
      return `schema ${quoteIdentifier(schema)}`;
    case 'sequence':
      return `sequence ${quoteTable({ schema, name })}`;
    case 'table':
    case 'column':
      return quoteTable({ schema, name });
    case 'role':
      return name;
  }
}
