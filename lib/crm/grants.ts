/**
 * The least a role needs to be the one Trivet connects as, right by right: what it lacks is granted and
 * noted, and what was noted is taken back again.
 *
 * The role needs nothing else, except: `bypassrls` when a table has row-level security, and membership
 * in `pg_read_all_stats` (optional) to know the exact age of whoever holds back the horizon.
 * https://www.postgresql.org/docs/current/ddl-priv.html
 */
import type { CaptureTable } from './capture-plan.ts';
import { quoteIdentifier, quoteLiteral, quoteTable } from './identifiers.ts';
import { listSequences, type SequenceRow } from './sql/list-sequences.ts';
import { runStatement, type Queryable } from './statement.ts';

export interface GrantedTable extends CaptureTable {
  /** The sync makes rows here. @default true */
  readonly inserts?: boolean;
  /** The sync deletes rows here. @default true */
  readonly deletes?: boolean;
  /** The columns it writes. @default all of them */
  readonly writes?: readonly string[];
}

export type RightKind = 'database' | 'schema' | 'table' | 'column' | 'sequence';

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
  const rights = [...ownRights(database?.name ?? '')];
  for (const wanted of tables) {
    rights.push(...tableRights(wanted));
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
  group(rights).map(({ what, on }) => `grant ${what} on ${on} to ${quoteIdentifier(role)}`);

export const revokeStatements = (rights: readonly Right[], role: string): readonly string[] =>
  group(rights).map(({ what, on }) => `revoke ${what} on ${on} from ${quoteIdentifier(role)}`);

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

function ownRights(database: string): readonly Right[] {
  const on = (name: string, ...privileges: string[]): readonly Right[] =>
    privileges.map((privilege) => ({
      kind: 'table',
      schema: 'trivet',
      name,
      column: '',
      privilege,
    }));
  return [
    { kind: 'database', schema: '', name: database, column: '', privilege: 'connect' },
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
    const byPrivilege = Map.groupBy(same, ({ privilege }) => privilege);
    const what = [...byPrivilege].map(([privilege, of]) => {
      const columns = of.map(({ column }) => column).filter((column) => column !== '');
      return columns.length === 0
        ? privilege
        : `${privilege} (${columns.map(quoteIdentifier).join(', ')})`;
    });
    return [{ what: what.join(', '), on: thingOf(first) }];
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
  }
}
