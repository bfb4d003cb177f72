/**
 * The CRM's table, as a rehearsal sees it: read from the database, written over in the scratch database. Keys of rows
 * that would be made are not taken from the CRM's sequence: the rehearsal gives names of its own.
 */
import type { CrmKey } from '../engine/model.ts';
import type { Value } from '../engine/value.ts';
import type { ColumnRaw, CrmCommand, CrmOutcome, CrmReplica, CrmRow } from '../ports/crm.ts';
import type { Scratch } from './scratch.ts';

/** What may be asked of the real CRM. */
export type CrmSource = Pick<CrmReplica, 'identify' | 'walk' | 'read' | 'findByMatch'>;

export const CRM_SCHEMA = [
  'create table written (key text primary key, match text, json text)',
  'create index written_match on written (match) where match is not null',
];

export interface ScratchCrm {
  readonly replica: CrmReplica;
  /** As the database has them. What was read for this page is kept until the next. */
  original(keys: readonly CrmKey[]): Promise<ReadonlyMap<CrmKey, CrmRow>>;
  nextPage(): void;
  /** Rows the rehearsal wrote. */
  readonly writes: { rows: number };
}

export interface ScratchCrmOptions {
  readonly scratch: Scratch;
  readonly source: CrmSource;
  /** All columns a sync reads. */
  readonly columns: readonly string[];
  readonly matchColumn: string;
}

const MADE = '(new) ';
/** A row that the rehearsal would make, until the CRM gives it a key. */
export const isProvisional = (key: CrmKey): boolean => key.startsWith(MADE);

export function createScratchCrm(options: ScratchCrmOptions): ScratchCrm {
  const { scratch, source } = options;
  const writes = { rows: 0 };
  let made = 0;
  let page = new Map<CrmKey, CrmRow | null>();
  const original = async (keys: readonly CrmKey[]): Promise<ReadonlyMap<CrmKey, CrmRow>> => {
    const unread = keys.filter((key) => !page.has(key) && !isProvisional(key));
    const rows = unread.length === 0 ? null : await source.read(unread);
    for (const key of unread) page.set(key, rows?.get(key) ?? null);
    return new Map(
      keys.flatMap((key) => {
        const row = page.get(key) ?? null;
        return row === null ? [] : [[key, row] as const];
      }),
    );
  };
  const read = async (keys: readonly CrmKey[]): Promise<ReadonlyMap<CrmKey, CrmRow>> => {
    const rows = new Map(await original(keys));
    for (const key of keys) {
      const ours = writtenRow(scratch, key);
      if (ours === null) rows.delete(key);
      else if (ours !== undefined) rows.set(key, ours);
    }
    return rows;
  };
  const table: Table = { ...options, read, findByMatch: (values) => findByMatch(options, values) };
  const stop = (name: string) => (): Promise<never> =>
    Promise.reject(new Error(`a rehearsal of the lanes calls the CRM’s ${name}`));
  return {
    writes,
    original,
    nextPage: () => {
      page = new Map();
    },
    replica: {
      identify: () => source.identify(),
      walk: (after, limit) => source.walk(after, limit),
      read,
      findByMatch: table.findByMatch,
      // A rehearsal meets what is there: nobody changes a row in between.
      touchedLately: () => Promise.resolve([]),
      allocate: (count) =>
        Promise.resolve(Array.from({ length: count }, () => `${MADE}${(made += 1)}` as CrmKey)),
      write: async (commands) => {
        const outcomes: CrmOutcome[] = [];
        for (const command of commands) outcomes.push(await write(table, command));
        writes.rows += outcomes.filter(({ kind }) => kind === 'applied').length;
        return outcomes;
      },
      currentCheckpoint: stop('currentCheckpoint'),
      readChanges: stop('readChanges'),
      horizonHolder: stop('horizonHolder'),
      release: stop('release'),
      purge: stop('purge'),
    },
  };
}

/** Null: taken away; undefined: as it is in the database. */
function writtenRow(scratch: Scratch, key: CrmKey): CrmRow | null | undefined {
  const row = scratch.first<{ json: string | null }>('select json from written where key = ?', key);
  if (row === undefined) return undefined;
  return row.json === null ? null : (JSON.parse(row.json) as CrmRow);
}

/** As the CRM compares match values: blanks around them and case do not tell persons apart. */
const matchForm = (text: string): string => text.trim().toLowerCase();

async function findByMatch(
  { scratch, source }: ScratchCrmOptions,
  values: readonly string[],
): Promise<ReadonlyMap<string, readonly CrmKey[]>> {
  const found = new Map(values.length === 0 ? [] : await source.findByMatch(values));
  for (const value of values) {
    const real = (found.get(value) ?? []).filter(
      (key) => scratch.first('select key from written where key = ?', key) === undefined,
    );
    const ours = scratch.all<{ key: CrmKey }>(
      'select key from written where match = ?',
      matchForm(value),
    );
    found.set(value, [...real, ...ours.map(({ key }) => key)]);
  }
  return found;
}

interface Table extends ScratchCrmOptions {
  readonly read: CrmReplica['read'];
  readonly findByMatch: CrmReplica['findByMatch'];
}

async function write(table: Table, command: CrmCommand): Promise<CrmOutcome> {
  const { key } = command;
  const row = (await table.read([key])).get(key) ?? null;
  if (command.kind === 'insert') {
    if (row !== null) return { kind: 'moved', row };
    const keys =
      command.unlessMatch === null ? [] : await holders(table, command.unlessMatch.value);
    if (keys.length > 0) return { kind: 'taken', keys };
    const empty = Object.fromEntries(table.columns.map((column) => [column, cellOf(null)]));
    return put(table, { key, columns: { ...empty, ...cellsOf(command.set) } });
  }
  const isAsExpected = Object.entries(command.expect).every(
    ([column, text]) => row?.columns[column]?.text === text,
  );
  if (row === null || !isAsExpected) return { kind: 'moved', row };
  if (command.kind === 'delete') {
    table.scratch.run('insert or replace into written values (?, null, null)', key);
    return { kind: 'applied', row: null };
  }
  return put(table, { key, columns: { ...row.columns, ...cellsOf(command.set) } });
}

const holders = async (table: Table, value: string): Promise<readonly CrmKey[]> =>
  (await table.findByMatch([value])).get(value) ?? [];

function put({ scratch, matchColumn }: Table, row: CrmRow): CrmOutcome {
  const match = row.columns[matchColumn]?.text ?? null;
  scratch.run(
    'insert or replace into written values (?, ?, ?)',
    row.key,
    match === null ? null : matchForm(match),
    JSON.stringify(row),
  );
  return { kind: 'applied', row };
}

const cellsOf = (set: Readonly<Record<string, Value>>): Record<string, ColumnRaw> =>
  Object.fromEntries(Object.entries(set).map(([column, value]) => [column, cellOf(value)]));

/** Read again by the same type, and compared with nothing but itself. */
function cellOf(value: Value): ColumnRaw {
  if (typeof value === 'string' || value === null) return { text: value, json: value };
  return { text: JSON.stringify(value), json: typeof value === 'boolean' ? String(value) : value };
}
