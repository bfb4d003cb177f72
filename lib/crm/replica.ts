/**
 * One table of the CRM, for one sync, as the port describes it. Each method is one short
 * transaction; what they say to the database is in sql/, one statement per file.
 */
import type { CrmKey } from '../engine/model.ts';
import { CrmUnavailable, type CrmReplica, type CrmRow } from '../ports/crm.ts';
import type { CrmConnection } from './connect.ts';
import { codeOf } from './failures.ts';
import { quoteTable, tableLabel, type TableName } from './identifiers.ts';
import { allocateKeys } from './allocate.ts';
import { purgeLog } from './purge.ts';
import {
  hasMark,
  primaryOf,
  readChanges,
  startReading,
  whyLost,
  type LogReader,
} from './read-changes.ts';
import type { ModifiedWanted } from './modified-column.ts';
import { holderOfTime, readByTime, startByTime, type TimeReading } from './read-modified.ts';
import { parseRow, type RowAnswer } from './row-form.ts';
import { createSession, type Session } from './session.ts';
import { countRows, estimateRows, type EstimateAnswer } from './sql/estimate-rows.ts';
import { findByMatch, type MatchAnswer } from './sql/find-by-match.ts';
import { horizonHolder, type HolderAnswer } from './sql/horizon-holder.ts';
import { identifyTable, type TableIdentity } from './sql/identify-table.ts';
import { releaseReader } from './sql/release-reader.ts';
import { readRows } from './sql/read-rows.ts';
import { listTouched, type TouchedRow } from './sql/list-touched.ts';
import { walkKeys } from './sql/walk-keys.ts';
import { runStatement, type Queryable } from './statement.ts';
import { loadTableShape, type TableShape, type TableWanted } from './table-shape.ts';
import { writeCommands } from './write.ts';

export interface PostgresReplicaOptions extends TableWanted {
  readonly connection: CrmConnection;
  /** Null: changes are read from the log. */
  readonly modified: ModifiedWanted | null;
  /** The sync's name: its row in `trivet.reader`. */
  readonly sync: string;
  readonly randomId: () => string;
  readonly sleep: (ms: number) => Promise<void>;
  /** @default 10000 */
  readonly statementTimeoutMs?: number;
  /** How long a write waits for somebody's lock it could not skip. @default 1000 */
  readonly lockTimeoutMs?: number;
}

/** What a sync says of its table. */
export interface SyncedTable
  extends Pick<PostgresReplicaOptions, 'table' | 'key' | 'columns' | 'modified'> {
  readonly spec: { readonly name: string };
  readonly match: { readonly column: string };
}

/** The replica of a sync as it is configured. */
export const createSyncReplica = (
  { spec, table, key, columns, match, modified }: SyncedTable,
  around: Pick<PostgresReplicaOptions, 'connection' | 'randomId' | 'sleep'>,
): CrmReplica =>
  createPostgresReplica({
    ...around,
    sync: spec.name,
    table,
    key,
    columns,
    match: match.column,
    modified,
  });

export function createPostgresReplica(options: PostgresReplicaOptions): CrmReplica {
  const session = createSession(options.connection, {
    statementTimeoutMs: options.statementTimeoutMs ?? 10_000,
    lockTimeoutMs: options.lockTimeoutMs ?? 1_000,
  });
  const { sync, columns, randomId } = options;
  const label = tableLabel(options.table);
  const reader: LogReader = { session, sync, table: label, columns, randomId };
  const { withShape, noticed } = createShapeCache(session, options);
  const changes =
    options.modified === null
      ? logChanges(options, reader)
      : timeChanges(session, withShape, options.modified);
  return {
    ...changes,
    identify: async () => {
      const [found] = await query<TableIdentity>(session, identifyTable(options.table));
      noticed(found?.columns ?? null);
      return { ...primaryOf(found), table: label };
    },
    walk: (after, limit) =>
      withShape(async (shape) => {
        const rows = await query<{ key: CrmKey }>(session, walkKeys(shape, after, limit));
        return rows.map((row) => row.key);
      }),
    size: () => session.read((client) => estimateSize(client, options.table)),
    read: (keys) => withShape((shape) => readByKey(session, shape, keys)),
    findByMatch: (values) =>
      withShape(async (shape) => {
        const rows = await query<MatchAnswer>(session, findByMatch(shape, values));
        const none = values.map((value) => [value, []] as const);
        return new Map([...none, ...rows.map((row) => [row.value, row.keys] as const)]);
      }),
    allocate: (count) => withShape((shape) => allocateKeys(session, shape, count)),
    write: (commands) =>
      withShape((shape) => writeCommands({ session, shape, sleep: options.sleep }, commands)),
  };
}

type Changes = Pick<
  CrmReplica,
  | 'currentCheckpoint'
  | 'hasMark'
  | 'whyLost'
  | 'readChanges'
  | 'touchedLately'
  | 'horizonHolder'
  | 'release'
  | 'purge'
>;

/** By the log our triggers write. */
function logChanges({ connection, table }: PostgresReplicaOptions, reader: LogReader): Changes {
  const { session, sync, table: label } = reader;
  return {
    currentCheckpoint: (options) => startReading(reader, options),
    hasMark: () => session.read((client) => hasMark(client, reader)),
    whyLost: (place) => whyLost(reader, place),
    readChanges: (after, limit) => readChanges(reader, after, limit),
    touchedLately: async (limit) => {
      const rows = await query<TouchedRow>(session, listTouched(label, limit));
      return [...new Set(rows.map(({ key }) => key))];
    },
    horizonHolder: () => session.read((client) => findHolder(client, label)),
    release: async () => {
      await session.write((client) => runStatement(client, releaseReader(sync, label)));
    },
    purge: async (restarts) => {
      await purgeLog(connection, { table, restarts });
    },
  };
}

/** By the rows' own timestamps; nothing of ours is in the database. */
function timeChanges(
  session: Session,
  withShape: <T>(work: (shape: TableShape) => Promise<T>) => Promise<T>,
  wanted: ModifiedWanted,
): Changes {
  const withColumn = <T>(work: (reading: TimeReading) => Promise<T>): Promise<T> =>
    withShape((shape) => {
      if (shape.modified === null) throw new Error(`No shape was made of "${wanted.column}".`);
      return work({ session, shape, modified: shape.modified });
    });
  return {
    currentCheckpoint: () => withColumn(() => startByTime(session)),
    readChanges: (after, limit) => withColumn((reading) => readByTime(reading, after, limit)),
    touchedLately: () => Promise.resolve([]),
    horizonHolder: () => holderOfTime(session),
    release: () => Promise.resolve(),
    purge: () => Promise.resolve(),
  };
}

async function estimateSize(client: Queryable, table: TableName): Promise<number> {
  const [estimate] = await runStatement<EstimateAnswer>(client, estimateRows(table));
  if (estimate !== undefined && estimate.rows !== null) return Number(estimate.rows);
  const [counted] = await runStatement<EstimateAnswer>(client, countRows(quoteTable(table)));
  return Number(counted?.rows ?? 0);
}

const query = <R extends object>(
  session: Session,
  statement: Parameters<typeof runStatement>[1],
): Promise<readonly R[]> => session.read((client) => runStatement<R>(client, statement));

/** Loaded once, and again after the table was found changed under us. */
function createShapeCache(session: Session, wanted: TableWanted) {
  let cached: Promise<TableShape> | null = null;
  let columns: string | null = null;
  return {
    withShape: async <T>(work: (shape: TableShape) => Promise<T>): Promise<T> => {
      cached ??= session.inspect((client) => loadTableShape(client, wanted));
      try {
        return await work(await cached);
      } catch (error) {
        if (error instanceof CrmUnavailable) cached = null;
        throw error;
      }
    },
    /** What the columns are now. Read as what they were, a value would be taken for another. */
    noticed: (now: string | null): void => {
      if (now !== columns) cached = null;
      columns = now;
    },
  };
}

async function readByKey(
  session: Session,
  shape: TableShape,
  keys: readonly CrmKey[],
): Promise<ReadonlyMap<CrmKey, CrmRow>> {
  if (keys.length === 0) return new Map();
  try {
    const rows = await query<RowAnswer>(session, readRows(shape, keys, 'none'));
    return new Map(rows.map((row) => [row.key, parseRow(shape, row)]));
  } catch (error) {
    // Class 22: one of the texts is no value of the key's type, so it is nobody's key. The others are.
    if (!codeOf(error).startsWith('22')) throw error;
    if (keys.length === 1) return new Map();
    const middle = Math.ceil(keys.length / 2);
    const halves = [keys.slice(0, middle), keys.slice(middle)];
    const maps: ReadonlyMap<CrmKey, CrmRow>[] = [];
    for (const half of halves) maps.push(await readByKey(session, shape, half));
    return new Map(maps.flatMap((map) => [...map]));
  }
}

async function findHolder(client: Queryable, table: string) {
  const [holder] = await runStatement<HolderAnswer>(client, horizonHolder(table));
  if (holder === undefined) return null;
  const { pid, database, gid, age_ms } = holder;
  return { pid, database, gid, ageMs: Number(age_ms) };
}
