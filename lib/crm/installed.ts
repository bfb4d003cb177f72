/** What of ours is in the CRM's database now, as its catalog says. */
import type { CaptureFunction } from './sql/capture-function.ts';
import {
  findSchema,
  listFunctions,
  listMigrations,
  listWatched,
  type FunctionRow,
  type MigrationRow,
  type SchemaAnswer,
  type WatchedRow,
} from './sql/describe-schema.ts';
import { runStatement, type Queryable } from './statement.ts';

export interface Installed {
  readonly hasSchema: boolean;
  readonly migrations: readonly number[];
  /** Tables with a capture, by their labels. */
  readonly captured: readonly string[];
  hasFunction(name: string): boolean;
  /** It is there exactly as this version writes it. */
  isCurrent(wanted: CaptureFunction): boolean;
  /** The capture of a table is noted with exactly these columns. */
  watches(label: string, columns: readonly string[]): boolean;
}

export async function readInstalled(client: Queryable): Promise<Installed> {
  const [schema] = await runStatement<SchemaAnswer>(client, findSchema());
  const isThere = schema?.has_migrations === true;
  const migrations = isThere ? await runStatement<MigrationRow>(client, listMigrations()) : [];
  const watched = isThere ? await runStatement<WatchedRow>(client, listWatched()) : [];
  const functions = await runStatement<FunctionRow>(client, listFunctions());
  const byName = new Map(functions.map((row) => [row.name, row]));
  const columnsOf = new Map(watched.map((row) => [row.table_name, row.columns]));
  return {
    hasSchema: schema?.is_there === true,
    migrations: migrations.map(({ number }) => number),
    captured: [...columnsOf.keys()],
    hasFunction: (name) => byName.has(name),
    isCurrent: (wanted) => isCurrent(byName.get(wanted.name), wanted),
    watches: (label, columns) => isSameSet(columnsOf.get(label) ?? [], columns),
  };
}

function isCurrent(stored: FunctionRow | undefined, wanted: CaptureFunction): boolean {
  if (stored === undefined || stored.body !== wanted.body) return false;
  const settings = Object.entries(wanted.settings).map(
    ([name, value]) => `${name}=${value.replaceAll("'", '')}`,
  );
  return (
    stored.is_definer &&
    !stored.is_public &&
    isSameSet(
      stored.settings.map((setting) => setting.toLowerCase()),
      settings.map((setting) => setting.toLowerCase()),
    )
  );
}

const isSameSet = (some: readonly string[], others: readonly string[]): boolean => {
  const [left, right] = [new Set(some), new Set(others)];
  return left.size === right.size && [...left].every((each) => right.has(each));
};
