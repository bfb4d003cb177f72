/**
 * The connection to the CRM's database: one, opened when first needed, replaced when it broke.
 *
 * A Lambda that was frozen finds its connection dead. That shows at `begin`, before anything
 * happened, so `begin` alone is tried once more on a fresh connection; nothing else ever is.
 */
import { Client, Pool, type PoolClient, type PoolConfig } from 'pg';
import { explainFailure, isLostConnection, type CrmTarget } from './failures.ts';
import type { Queryable } from './statement.ts';
import { CrmUnavailable } from '../ports/crm.ts';

export interface ConnectOptions {
  /** `postgres://user:password@host:port/database`; `?sslmode=disable` for a server without TLS. */
  readonly url: string;
  /** PEM of the authority that signed the server's certificate, when it is not a public one (Amazon RDS). */
  readonly ca?: string;
  /** @default 10000 */
  readonly connectTimeoutMs?: number;
  /** How long to wait for any answer before the connection counts as dead. @default 60000 */
  readonly answerTimeoutMs?: number;
}

export interface CrmConnection {
  readonly target: CrmTarget;
  /**
   * Runs `begin` (which may set local settings), the work and `commit`; rolls back when the work
   * throws. Failures of the database as a whole are thrown as `CrmUnavailable`. Not from within
   * another transaction of the same connection: that would wait for itself.
   */
  transaction<T>(begin: string, work: (client: Queryable) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export function createConnection(options: ConnectOptions): CrmConnection {
  const config = parseConnection(options);
  const { host, port, database, user } = config;
  const target: CrmTarget = { host, port, database, user };
  const inTurn = createTurns();
  let pool: Pool | null = null;
  const open = (): Pool => {
    if (pool !== null) return pool;
    pool = new Pool(config);
    // An idle connection that breaks is replaced by the next transaction; unheard, it would end the process.
    pool.on('error', () => undefined);
    return pool;
  };
  return {
    target,
    transaction: async (begin, work) => {
      try {
        return await inTurn(() => runTransaction(open(), begin, work));
      } catch (error) {
        throw explainFailure(error, target);
      }
    },
    close: async () => {
      const closing = pool;
      pool = null;
      await closing?.end();
    },
  };
}

/** One session that a person's command holds from its beginning to its end. */
export interface CrmSession {
  readonly target: CrmTarget;
  readonly client: Queryable;
  /** The process id the server's greeting named: a pooler between invents its own. */
  readonly greetedPid: number | null;
  readonly isEncrypted: boolean;
  close(): Promise<void>;
}

/** Fails with `CrmUnavailable` when the database cannot be reached. */
export async function openSession(options: ConnectOptions): Promise<CrmSession> {
  const { host, port, database, user, ...config } = parseConnection(options);
  const target: CrmTarget = { host, port, database, user };
  const client = new Client({ host, port, database, user, ...config });
  // A connection that breaks between two statements is told by the next; unheard, it would end the process.
  client.on('error', ignore);
  try {
    await client.connect();
  } catch (error) {
    throw explainFailure(error, target);
  }
  const { processID } = client as Client & { readonly processID?: number };
  return {
    target,
    client,
    greetedPid: processID ?? null,
    isEncrypted: config.ssl !== false,
    close: () => client.end().catch(ignore),
  };
}

/**
 * One after the other. The pool would queue them too, but counts the wait for its one connection as
 * a failure to connect.
 */
function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}

async function runTransaction<T>(
  pool: Pool,
  begin: string,
  work: (client: Queryable) => Promise<T>,
): Promise<T> {
  const client = await beginOnLive(pool, begin);
  let isBroken = false;
  try {
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    isBroken = await rollBack(client, error);
    throw error;
  } finally {
    client.off('error', ignore);
    client.release(isBroken);
  }
}

async function beginOnLive(pool: Pool, begin: string): Promise<PoolClient> {
  for (let attempt = 1; ; attempt += 1) {
    const client = await pool.connect();
    // Between two statements a broken connection speaks only through this event.
    client.on('error', ignore);
    try {
      await client.query(begin);
      return client;
    } catch (error) {
      client.off('error', ignore);
      client.release(true);
      if (attempt > 1 || !isLostConnection(error)) throw error;
    }
  }
}

/** Whether the connection is to be thrown away. */
async function rollBack(client: PoolClient, cause: unknown): Promise<boolean> {
  if (isLostConnection(cause)) return true;
  try {
    await client.query('rollback');
    return false;
  } catch {
    return true;
  }
}

const ignore = (): void => undefined;

type ParsedConnection = PoolConfig & CrmTarget;

/** Parsed here and not by the driver, whose `sslmode=require` and `prefer` have meant different things over time. */
function parseConnection(options: ConnectOptions): ParsedConnection {
  const url = readAddress(options.url);
  const host = decodeURIComponent(url.hostname).replace(/^\[|\]$/g, '');
  const user = decodeURIComponent(url.username);
  return {
    host,
    port: Number(url.port || 5432),
    database: decodeURIComponent(url.pathname.slice(1)) || user,
    user,
    password: decodeURIComponent(url.password),
    application_name: 'trivet',
    max: 1,
    keepAlive: true,
    // A pool that waits for its idle connection would keep a finished process alive.
    allowExitOnIdle: true,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
    query_timeout: options.answerTimeoutMs ?? 60_000,
    ssl: tlsFor(host, url.searchParams.get('sslmode'), options.ca),
  };
}

/** The errors of URL and of decodeURIComponent would carry the whole address, with its password, into a log. */
function readAddress(text: string): URL {
  try {
    const url = new URL(text);
    for (const part of [url.hostname, url.username, url.password, url.pathname])
      decodeURIComponent(part);
    return url;
  } catch {
    throw new CrmUnavailable(
      'The CRM’s address in its secret cannot be read. It is postgres://user:password@host:port/database, and what of user and password is no letter or digit is written as %XX.',
      'halted',
    );
  }
}

const loopback = new Set(['localhost', '127.0.0.1', '::1']);

/** Verified unless the address says otherwise; on this machine itself there is nothing to verify. */
function tlsFor(host: string, mode: string | null, ca: string | undefined): PoolConfig['ssl'] {
  if (mode === 'disable' || (mode === null && loopback.has(host))) return false;
  return { rejectUnauthorized: mode !== 'no-verify', ...(ca === undefined ? {} : { ca }) };
}
