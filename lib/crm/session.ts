/**
 * Transactions with everything they need set inside them, and nothing left behind: the next
 * transaction may run on another server connection (poolers), or be somebody else's.
 *
 * The text form of a date, a float or an interval depends on session settings. What the capture
 * function writes, what we read and what an optimistic write compares must be the same text, so all
 * three run under `textForm`. The CRM's own triggers must not notice us, so while rows are changed
 * these settings go back to what the role and the database say.
 * https://www.postgresql.org/docs/current/runtime-config-client.html
 */
import type { CrmConnection } from './connect.ts';
import type { Queryable } from './statement.ts';

export const textForm: Readonly<Record<string, string>> = {
  datestyle: "'ISO, YMD'",
  timezone: "'UTC'",
  intervalstyle: "'postgres'",
  extra_float_digits: '1',
  bytea_output: "'hex'",
};

const setText = Object.entries(textForm)
  .map(([name, value]) => `set local ${name} = ${value};`)
  .join(' ');

/** Hidden rows would look deleted; with row_security off the database says so instead. */
export const asReader = `${setText} set local row_security = off;`;

export const asAnyClient = [...Object.keys(textForm), 'row_security']
  .map((name) => `set local ${name} to default;`)
  .join(' ');

export interface SessionLimits {
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
}

/** A frozen Lambda must not hold the CRM's row locks: the server ends a transaction that says nothing. */
const limits = (limit: SessionLimits): string =>
  `set local statement_timeout = ${Math.trunc(limit.statementTimeoutMs)};` +
  ` set local lock_timeout = ${Math.trunc(limit.lockTimeoutMs)};` +
  ` set local idle_in_transaction_session_timeout = ${Math.trunc(limit.statementTimeoutMs * 2)};`;

export interface Session {
  /** One snapshot for all its statements; changes nothing. */
  read<T>(work: (client: Queryable) => Promise<T>): Promise<T>;
  write<T>(work: (client: Queryable) => Promise<T>): Promise<T>;
  /** Sees qualified names: catalog look-ups. */
  inspect<T>(work: (client: Queryable) => Promise<T>): Promise<T>;
}

export function createSession(connection: CrmConnection, limit: SessionLimits): Session {
  const snapshot = 'begin isolation level repeatable read, read only;';
  // What we remember of a write must not be lost by a crash of the database that does not wait for its disk: the reader's
  // mark would be found missing, and a row of ours would look as if a person had put the old value back.
  const writing =
    'begin isolation level read committed, read write; set local synchronous_commit = on;';
  const run = <T>(begin: string, work: (client: Queryable) => Promise<T>): Promise<T> =>
    connection.transaction(`${begin} ${limits(limit)} ${asReader}`, work);
  return {
    read: (work) => run(snapshot, work),
    write: (work) => run(writing, work),
    inspect: (work) => run(`${snapshot} set local search_path = pg_catalog;`, work),
  };
}
