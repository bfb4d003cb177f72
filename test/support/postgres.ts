/**
 * Postgres for tests: one server per test file and major version, one database per test. All majors
 * that come as packages are tested; `TRIVET_TEST_PG=13,18` chooses some, and a path is a directory of
 * Postgres programs.
 */
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { startPostgres, type PostgresServer } from '../../lib/local/services/postgres.ts';
import type { PostgresMajor } from '../../lib/local/services/postgres-binaries.ts';

export interface TestDatabase {
  readonly url: string;
  readonly name: string;
  /** Opens one more session; all are closed after the test. */
  connect(): Promise<Client>;
}

export type Programs = { readonly major: PostgresMajor } | { readonly binDir: string };

export interface TestPostgres {
  /** A new, empty database, dropped after the test that asked for it. */
  createDatabase(): Promise<TestDatabase>;
  server(): PostgresServer;
}

/** Like `describe`, once per Postgres version under test. */
export function describePostgres(
  name: string,
  body: (postgres: TestPostgres, programs: Programs) => void,
): void {
  const versions = (process.env['TRIVET_TEST_PG'] ?? '13,15,18').split(',');
  describe.each(versions)(`${name} (Postgres %s)`, (version) =>
    body(usePostgres(version), parseVersion(version)),
  );
}

/** Registers the hooks of one server in the surrounding `describe`. */
export function usePostgres(version = '18'): TestPostgres {
  let server: PostgresServer | undefined;
  const clients: Client[] = [];
  const databases: string[] = [];
  const running = (): PostgresServer => {
    if (server === undefined) throw new Error('Postgres runs only inside tests and hooks.');
    return server;
  };
  beforeAll(async () => {
    server = await startPostgres(parseVersion(version));
  }, 60_000);
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.end().catch(() => undefined)));
    await dropDatabases(running(), databases.splice(0));
  });
  afterAll(async () => {
    await server?.stop();
  });
  return {
    server: running,
    createDatabase: async () => {
      const name = `test_${randomBytes(6).toString('hex')}`;
      await runOnce(running().url, `CREATE DATABASE ${name}`);
      databases.push(name);
      const url = running().url.replace(/\/postgres$/, `/${name}`);
      return { url, name, connect: () => openClient(url, clients) };
    },
  };
}

function parseVersion(version: string): Programs {
  if (version.includes('/')) return { binDir: version };
  const major = Number(version);
  if (major === 13 || major === 15 || major === 18) return { major };
  throw new Error(`TRIVET_TEST_PG names ${version}; there are 13, 15 and 18, or a directory.`);
}

async function openClient(url: string, clients: Client[]): Promise<Client> {
  const client = new Client({ connectionString: url });
  // Dropping the database ends sessions that a test has left behind.
  client.on('error', () => undefined);
  await client.connect();
  clients.push(client);
  return client;
}

async function runOnce(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function dropDatabases(server: PostgresServer, names: readonly string[]): Promise<void> {
  for (const name of names)
    await runOnce(server.url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
}
