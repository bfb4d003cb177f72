import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { startPostgres } from '../../lib/local/services/postgres.ts';
import { publicTempDir } from '../../lib/local/services/public-temp-dir.ts';
import { describePostgres } from '../support/postgres.ts';

jest.setTimeout(60_000);

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const result = await client.query<{ answer: unknown }>(sql);
    return result.rows[0]?.answer;
  } finally {
    await client.end();
  }
}

describePostgres('the embedded Postgres', (postgres) => {
  test('gives each test its own empty database', async () => {
    const first = await postgres.createDatabase();
    const second = await postgres.createDatabase();
    const client = await first.connect();
    await client.query('create table contacts (id bigint primary key)');
    expect(await ask(second.url, "select to_regclass('contacts') as answer")).toBeNull();
  });

  test('lets two sessions hold transactions at the same time', async () => {
    const database = await postgres.createDatabase();
    const [one, two] = [await database.connect(), await database.connect()];
    await one.query('begin; select pg_current_xact_id()');
    const { rows } = await two.query<{ held: boolean }>(
      'select pg_snapshot_xmin(pg_current_snapshot()) < pg_current_xact_id() as held',
    );
    expect(rows[0]?.held).toBe(true);
  });
});

describe('a data directory', () => {
  test('below a directory that others cannot read keeps its rows over a restart', async () => {
    const home = await mkdtemp(join(tmpdir(), 'trivet-private-'));
    const dataDir = join(home, 'data');
    const before = await startPostgres({ dataDir, durable: true });
    await ask(before.url, "create table kept as select 'yes' as answer");
    await before.stop();
    const after = await startPostgres({ dataDir, durable: true });
    const answer = await ask(after.url, 'select answer from kept');
    await after.stop();
    await rm(home, { recursive: true });
    expect(answer).toBe('yes');
  });

  test('whose first start was killed while its cluster was made is used by the next start', async () => {
    const home = await mkdtemp(join(tmpdir(), 'trivet-killed-'));
    const dataDir = join(home, 'data');
    const child = spawn(process.execPath, ['--input-type=module', '-e', startIn(dataDir)]);
    while (!(await hasBegunCluster(home))) await sleep(5);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const server = await startPostgres({ dataDir });
    const answer = await ask(server.url, 'select 1 as answer');
    await server.stop();
    const left = await readdir(home);
    await rm(home, { recursive: true });
    expect({ answer, left }).toEqual({ answer: 1, left: ['data'] });
  });

  test('that was not given goes when the server stops', async () => {
    const server = await startPostgres();
    const path = await ask(server.url, "select pg_read_file('postmaster.pid') as answer");
    await server.stop();
    expect(String(path)).toContain(String(server.pid));
    expect(existsSync(`/proc/${server.pid}`)).toBe(false);
  });

  test('that was not given goes when the server cannot be set up', async () => {
    const binDir = await mkdtemp(join(publicTempDir(), 'trivet-bin-'));
    const noted = join(binDir, 'dataDir');
    // As root it is another user who notes it.
    await chmod(binDir, 0o777);
    await writeFile(join(binDir, 'initdb'), `#!/bin/sh\npwd -P > ${noted}\nexit 1\n`, {
      mode: 0o755,
    });
    await expect(startPostgres({ binDir })).rejects.toThrow('initdb failed');
    const dataDir = (await readFile(noted, 'utf8')).trim();
    await rm(binDir, { recursive: true });
    expect(dataDir).toContain('trivet-pg-');
    expect(existsSync(dataDir)).toBe(false);
  });

  test('that was not given goes also when the server cannot start', async () => {
    const server = await startPostgres();
    const failure = await startPostgres({ port: server.port }).catch((error: unknown) => error);
    await server.stop();
    const [, path = ''] = /did not start in (\S+):/.exec(String(failure)) ?? [];
    expect(path).not.toBe('');
    expect(existsSync(path)).toBe(false);
  });
});

/** A program that starts Postgres there and stays. */
function startIn(dataDir: string): string {
  const module = JSON.stringify(join(import.meta.dirname, '../../lib/local/services/postgres.ts'));
  return `const { startPostgres } = await import(${module});
    await startPostgres({ dataDir: ${JSON.stringify(dataDir)} });`;
}

/** `initdb` writes its version first. */
async function hasBegunCluster(home: string): Promise<boolean> {
  return (await readdir(home, { recursive: true }).catch(() => [])).some((name) =>
    name.endsWith('PG_VERSION'),
  );
}
