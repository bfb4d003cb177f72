import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import type { CrmCheckpoint } from '../../lib/ports/crm.ts';
import { createConnection } from '../../lib/crm/connect.ts';
import { installCapture } from '../../lib/crm/install.ts';
import { createPostgresReplica } from '../../lib/crm/replica.ts';
import { startPostgres, type PostgresServer } from '../../lib/local/services/postgres.ts';
import { publicTempDir } from '../../lib/local/services/public-temp-dir.ts';
import { describePostgres } from '../support/postgres.ts';
import {
  contacts,
  contactsSql,
  deterministic,
  readAll,
  requirePage,
  useCrm,
} from './support/crm.ts';

jest.setTimeout(120_000);

describePostgres('a database that is not where we left it', (postgres) => {
  const crm = useCrm(postgres);
  const readTwice = async () => {
    const made = await crm.create();
    const news = made.replica();
    const start = await news.currentCheckpoint();
    await made.owner.query("insert into contacts (email) values ('a')");
    const first = (await readAll(news, start)).checkpoint;
    await made.owner.query("insert into contacts (email) values ('b')");
    const second = (await readAll(news, first)).checkpoint;
    return { ...made, news, start, first, second };
  };

  test('the mark before the newest is accepted: we may have crashed before storing the newest', async () => {
    const { news, first } = await readTwice();
    expect((await readAll(news, first)).keys).toEqual(['2']);
  });

  test('the mark a checkpoint began with is accepted until two pages later', async () => {
    const { news, start } = await readTwice();
    expect(await news.readChanges(start, 10)).toMatchObject({ kind: 'lost' });
  });

  test('a mark that is not in the database means it went back', async () => {
    const { owner, news, second } = await readTwice();
    await owner.query("update trivet.reader set mark = 'older', previous_mark = 'oldest'");
    expect(await news.readChanges(second, 10)).toMatchObject({
      kind: 'lost',
      reason: expect.stringContaining('went back') as string,
    });
  });

  test('a new place after a restore is no reason to take the restore for another round', async () => {
    const { owner, news, second, first } = await readTwice();
    // The backup was taken between the two readings.
    await owner.query("update trivet.reader set mark = $1, previous_mark = 'the start'", [
      first.mark,
    ]);
    expect(await news.readChanges(second, 10)).toMatchObject({ kind: 'lost' });
    await news.currentCheckpoint({ afterLoss: true });
    expect(await news.whyLost?.(second)).toMatch(/went back/);
  });

  test('two rounds that went on from one mark at once are no restore', async () => {
    const { owner, news, second, first } = await readTwice();
    await owner.query("update trivet.reader set mark = 'the other round', previous_mark = $1", [
      first.mark,
    ]);
    expect(await news.readChanges(second, 10)).toMatchObject({ kind: 'lost', isGap: true });
  });

  test('a reader whose row is gone has lost its place', async () => {
    const { owner, news, second } = await readTwice();
    await owner.query('delete from trivet.reader');
    expect(await news.readChanges(second, 10)).toMatchObject({ kind: 'lost' });
    expect(await news.hasMark?.()).toBe(false);
  });

  test('whether a sync has read here before is known without its memory', async () => {
    const { owner, news } = await readTwice();
    expect(await news.hasMark?.()).toBe(true);
    await owner.query("update trivet.reader set sync = 'another'");
    expect(await news.hasMark?.()).toBe(false);
  });

  test.each<[string, (checkpoint: CrmCheckpoint) => CrmCheckpoint, RegExp]>([
    ['another system', (c) => ({ ...c, systemId: '42' }), /another database system/],
    ['another timeline', (c) => ({ ...c, timeline: '00000002' }), /failover or a restore/],
    ['a position ahead', (c) => ({ ...c, position: { xid: '99999999999', seq: '1' } }), /future/],
  ])('%s is a lost position', async (_, change, reason) => {
    const { news, second } = await readTwice();
    const page = await news.readChanges(change(second), 10);
    expect(page).toEqual({ kind: 'lost', reason: expect.stringMatching(reason) as string });
    expect(await news.whyLost?.(change(second))).toMatch(reason);
  });

  test('a lane may ask whether its place is still there, and leaves no trace', async () => {
    const { owner, news, second, first } = await readTwice();
    const before = await owner.query('select * from trivet.reader');
    expect(await news.whyLost?.(second)).toBeNull();
    expect((await owner.query('select * from trivet.reader')).rows).toEqual(before.rows);
    // The round went on meanwhile: nothing is wrong with the database.
    await owner.query("update trivet.reader set mark = 'the next', previous_mark = $1", [
      first.mark,
    ]);
    expect(await news.whyLost?.(second)).toBeNull();
    await owner.query("update trivet.reader set mark = 'an old one', previous_mark = 'older'");
    expect(await news.whyLost?.(second)).toMatch(/went back/);
  });

  test('a lost place leaves the reader as it was', async () => {
    const { owner, news, second } = await readTwice();
    const before = await owner.query('select * from trivet.reader');
    await news.readChanges({ ...second, mark: 'unknown' }, 10);
    expect((await owner.query('select * from trivet.reader')).rows).toEqual(before.rows);
  });

  test('two rounds of one sync at once: the second to finish is told so', async () => {
    const { owner, replica, news, second } = await readTwice();
    await owner.query("insert into contacts (email) values ('c')");
    let other: Promise<unknown> | undefined;
    const slow = replica({
      randomId: () => {
        other ??= news.readChanges(second, 10);
        return 'slow';
      },
    });
    const page = await slow.readChanges(second, 10);
    const kinds = [page, await other].map((result) => (result as { kind: string }).kind);
    expect(kinds).toContain('page');
    expect(requirePage(await news.readChanges(second, 10)).changes).toHaveLength(1);
  });

  test('the commit of the mark is flushed whatever the default', async () => {
    const { owner, replica } = await crm.create();
    await owner.query(`alter role current_user set synchronous_commit = off;
      create table seen (value text);
      create function look() returns trigger language plpgsql as $$
        begin insert into seen values (current_setting('synchronous_commit')); return null; end $$;
      create trigger look after insert or update on trivet.reader execute function look()`);
    const start = await replica().currentCheckpoint();
    await owner.query("insert into contacts (email) values ('a')");
    await replica().readChanges(start, 10);
    const { rows } = await owner.query('select value from seen');
    await owner.query('alter role current_user reset synchronous_commit');
    expect(new Set(rows.map((row: { value: string }) => row.value))).toEqual(new Set(['on']));
  });
});

describePostgres('a server started from files', (_postgres, programs) => {
  const dirs: string[] = [];
  const servers: PostgresServer[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop();
    for (const dir of dirs.splice(0)) await rm(dir, { recursive: true, force: true });
  });
  const start = async (dataDir: string, settings: Record<string, string> = {}) => {
    const server = await startPostgres({ ...programs, dataDir, settings });
    servers.push(server);
    return server;
  };
  const withSession = async <T>(
    server: PostgresServer,
    work: (owner: Client, news: ReturnType<typeof createPostgresReplica>) => Promise<T>,
  ): Promise<T> => {
    const owner = new Client({ connectionString: server.url });
    await owner.connect();
    const connection = createConnection({ url: server.url });
    const news = createPostgresReplica({
      modified: null,
      ...contacts,
      connection,
      sync: 's',
      match: 'email',
      ...deterministic(),
      randomId: () => `${server.pid} ${Math.random()}`,
    });
    try {
      return await work(owner, news);
    } finally {
      await connection.close();
      await owner.end();
    }
  };
  const prepare = async () => {
    const home = await mkdtemp(join(publicTempDir(), 'trivet-restore-'));
    dirs.push(home);
    await chmod(home, 0o755);
    const dataDir = join(home, 'data');
    const server = await start(dataDir);
    const checkpoint = await withSession(server, async (owner, news) => {
      await owner.query(contactsSql);
      await installCapture(owner, [contacts]);
      const begin = await news.currentCheckpoint();
      await owner.query("insert into contacts (email) values ('before the backup')");
      return (await readAll(news, begin)).checkpoint;
    });
    await server.stop();
    return { home, dataDir, checkpoint };
  };

  test('P6 a backup of the files put back is noticed, though identifier and timeline are the same', async () => {
    const { home, dataDir, checkpoint } = await prepare();
    execFileSync('cp', ['-a', dataDir, join(home, 'backup')]);
    const later = await start(dataDir);
    const after = await withSession(later, async (owner, news) => {
      await owner.query("insert into contacts (email) values ('after the backup')");
      return (await readAll(news, checkpoint)).checkpoint;
    });
    await later.stop();
    await rm(dataDir, { recursive: true });
    execFileSync('cp', ['-a', join(home, 'backup'), dataDir]);
    const restored = await start(dataDir);
    await withSession(restored, async (owner, news) => {
      // The id that our checkpoint has seen is given out a second time.
      await owner.query("insert into contacts (email) values ('another')");
      const page = await news.readChanges(after, 10);
      expect(page).toMatchObject({
        kind: 'lost',
        reason: expect.stringContaining('went back') as string,
      });
      expect((await news.identify()).timeline).toBe(after.timeline);
    });
  });

  test('a recovery that starts a new timeline is noticed', async () => {
    const { dataDir, checkpoint } = await prepare();
    execFileSync('touch', [join(dataDir, 'recovery.signal')]);
    const recovered = await start(dataDir, { restore_command: 'false' });
    await withSession(recovered, async (_, news) => {
      const page = await readWhenPrimary(() => news.readChanges(checkpoint, 10));
      expect(page).toMatchObject({
        reason: expect.stringContaining('timeline 00000002') as string,
      });
    });
  });
});

/** A server that recovers is a standby for a moment. */
async function readWhenPrimary<T>(read: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await read();
    } catch (error) {
      if (attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
