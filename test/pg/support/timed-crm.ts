/** A CRM that allows no triggers of ours: a table with a timestamp, and replicas that read by it. */
import type { Client } from 'pg';
import type { CaptureTable } from '../../../lib/crm/capture-plan.ts';
import { createConnection, type CrmConnection } from '../../../lib/crm/connect.ts';
import type { ModifiedWanted } from '../../../lib/crm/modified-column.ts';
import { createPostgresReplica, type PostgresReplicaOptions } from '../../../lib/crm/replica.ts';
import type { CrmReplica } from '../../../lib/ports/crm.ts';
import type { TestDatabase, TestPostgres } from '../../support/postgres.ts';
import { contacts, deterministic } from './crm.ts';

export const UPDATED: ModifiedWanted = {
  column: 'updated_at',
  clock: 'database',
  overlapMs: 5_000,
  timeZone: null,
};

/** The database's own trigger sets the time. */
export const touchedSql = (table = 'contacts', value = 'now()'): string => `
  create function touch_${table}() returns trigger language plpgsql as
    $$ begin new.updated_at = ${value}; return new; end $$;
  create trigger touch before update on ${table} for each row execute function touch_${table}();`;

export const timedSql = (type = 'timestamptz', key = 'id bigint primary key'): string => `
  create table contacts (${key} , email text, first_name varchar(20), tags text[], notes text,
    updated_at ${type} default now());
  create index on contacts (updated_at, id);`;

export interface TimedCrm {
  readonly database: TestDatabase;
  readonly owner: Client;
  readonly replica: (options?: Partial<PostgresReplicaOptions>) => CrmReplica;
}

/** Registers the closing of connections; call once in a `describe`. */
export function useTimedCrm(postgres: TestPostgres) {
  const connections: CrmConnection[] = [];
  afterEach(async () => {
    await Promise.all(connections.splice(0).map((connection) => connection.close()));
  });
  const connect = (url: string): CrmConnection => {
    const connection = createConnection({ url });
    connections.push(connection);
    return connection;
  };
  const create = async (
    sql = timedSql() + touchedSql(),
    modified: Partial<ModifiedWanted> = {},
    table: CaptureTable = contacts,
  ): Promise<TimedCrm> => {
    const database = await postgres.createDatabase();
    const owner = await database.connect();
    await owner.query(sql);
    const connection = connect(database.url);
    return {
      database,
      owner,
      replica: (options) =>
        createPostgresReplica({
          connection,
          sync: 'contacts-news',
          match: table.columns[0] ?? '',
          ...table,
          modified: { ...UPDATED, ...modified },
          ...deterministic(),
          ...options,
        }),
    };
  };
  return { create, connect };
}
