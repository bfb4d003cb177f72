/**
 * A database of our own for the length of one plan: what a table in memory would hold if tables of a million
 * people fitted there. SQLite keeps it in an unnamed file that nobody else can open and that is gone with the process,
 * however it ends: https://www.sqlite.org/inmemorydb.html#temp_db
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';

/** Kept in memory at most, whatever the file grows to. */
const CACHE_KIB = 64 * 1024;

export type Cell = string | number | null;

export interface Scratch {
  /** Runs a statement once; they are prepared once for all. */
  run(sql: string, ...values: readonly Cell[]): void;
  first<R extends object>(sql: string, ...values: readonly Cell[]): R | undefined;
  all<R extends object>(sql: string, ...values: readonly Cell[]): readonly R[];
  /** Row by row, for results that may be as long as the table. */
  each<R extends object>(sql: string, ...values: readonly Cell[]): Iterable<R>;
  close(): void;
}

export function openScratch(schema: readonly string[]): Scratch {
  const database = new DatabaseSync('');
  // Nothing is ever gone back to, and nothing outlives the process.
  database.exec(
    `pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -${CACHE_KIB}`,
  );
  for (const statement of schema) database.exec(statement);
  // One transaction for all: a commit would write the pages out each time, thirty times the work.
  database.exec('begin');
  const prepared = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    const known = prepared.get(sql) ?? database.prepare(sql);
    prepared.set(sql, known);
    return known;
  };
  return {
    run: (sql, ...values) => void prepare(sql).run(...values),
    first: <R extends object>(sql: string, ...values: readonly Cell[]) =>
      prepare(sql).get(...values) as R | undefined,
    all: <R extends object>(sql: string, ...values: readonly Cell[]) =>
      prepare(sql).all(...values) as unknown as readonly R[],
    // A statement of its own: another use of the same text would begin its walk anew.
    each: <R extends object>(sql: string, ...values: readonly Cell[]) =>
      database.prepare(sql).iterate(...values) as unknown as Iterable<R>,
    close: () => database.close(),
  };
}
