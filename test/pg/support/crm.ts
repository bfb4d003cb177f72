/** A CRM for one test: a database with tables, the capture on them, and replicas that read and write it. */
import type { Client } from 'pg';
import type { CrmKey } from '../../../lib/engine/model.ts';
import type { ChangePage, CrmCheckpoint, CrmReplica } from '../../../lib/ports/crm.ts';
import type { CaptureTable } from '../../../lib/crm/capture-plan.ts';
import { createConnection, type CrmConnection } from '../../../lib/crm/connect.ts';
import { installCapture } from '../../../lib/crm/install.ts';
import { createPostgresReplica, type PostgresReplicaOptions } from '../../../lib/crm/replica.ts';
import type { TestDatabase, TestPostgres } from '../../support/postgres.ts';

export interface TestCrm {
  readonly database: TestDatabase;
  /** A session of the CRM's owner. */
  readonly owner: Client;
  readonly replica: (options?: Partial<PostgresReplicaOptions>) => CrmReplica;
}

export const contacts: CaptureTable = {
  table: { schema: 'public', name: 'contacts' },
  key: ['id'],
  columns: ['email', 'first_name', 'tags'],
};

export const contactsSql = `
  create table contacts (
    id bigint primary key generated always as identity,
    email text, first_name varchar(20), tags text[], notes text
  )`;

export const key = (text: string | number): CrmKey => String(text) as CrmKey;

/** Registers the closing of connections; call once in a `describe`. */
export function useCrm(postgres: TestPostgres) {
  const connections: CrmConnection[] = [];
  afterEach(async () => {
    await Promise.all(connections.splice(0).map((connection) => connection.close()));
  });
  const connect = (url: string): CrmConnection => {
    const connection = createConnection({ url });
    connections.push(connection);
    return connection;
  };
  const create = async (sql = contactsSql, table: CaptureTable = contacts): Promise<TestCrm> => {
    const database = await postgres.createDatabase();
    const owner = await database.connect();
    await owner.query(sql);
    await installCapture(owner, [table]);
    const connection = connect(database.url);
    return {
      database,
      owner,
      replica: (options) =>
        createPostgresReplica({
          connection,
          sync: 'contacts-news',
          match: table.columns[0] ?? '',
          modified: null,
          ...table,
          ...deterministic(),
          ...options,
        }),
    };
  };
  return { create, connect };
}

export function deterministic() {
  let count = 0;
  return { randomId: () => `mark-${(count += 1)}`, sleep: () => Promise.resolve() };
}

export interface Read {
  readonly keys: readonly string[];
  readonly resweep: boolean;
  readonly checkpoint: CrmCheckpoint;
}

/** Pages until the log is read up to the horizon. */
export async function readAll(
  replica: CrmReplica,
  from: CrmCheckpoint,
  limit = 500,
): Promise<Read> {
  let checkpoint = from;
  let resweep = false;
  const keys: string[] = [];
  for (;;) {
    const page = requirePage(await replica.readChanges(checkpoint, limit));
    keys.push(...page.changes.map((change) => change.key));
    resweep ||= page.resweep;
    checkpoint = page.checkpoint;
    if (!page.more) return { keys, resweep, checkpoint };
  }
}

export function requirePage(page: ChangePage): Extract<ChangePage, { kind: 'page' }> {
  if (page.kind === 'page') return page;
  throw new Error(`The place in the log is lost: ${page.reason}`);
}

export interface LogEntry {
  readonly table_name: string;
  readonly op: string;
  readonly keys: string[] | null;
  readonly note: string | null;
}

export async function logEntries(client: Client): Promise<readonly LogEntry[]> {
  const result = await client.query<LogEntry>(
    'select table_name, op, keys, note from trivet.change_log order by xid, seq',
  );
  return result.rows;
}

/** The server's major version. */
export async function majorOf(postgres: TestPostgres): Promise<number> {
  const client = await (await postgres.createDatabase()).connect();
  const { rows } = await client.query<{ version: string }>(
    "select current_setting('server_version_num') as version",
  );
  return Math.trunc(Number(rows[0]?.version) / 10_000);
}
