import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { createConnection } from '../../lib/crm/connect.ts';
import { grantsFor } from '../../lib/crm/grants.ts';
import { purgeLog } from '../../lib/crm/purge.ts';
import { describePostgres } from '../support/postgres.ts';
import { contacts, key, readAll, useCrm, type TestCrm } from './support/crm.ts';

jest.setTimeout(60_000);

describePostgres('a role with nothing but our grants', (postgres) => {
  const crm = useCrm(postgres);
  const roles: string[] = [];
  const made: TestCrm[] = [];
  afterEach(async () => {
    for (const role of roles.splice(0)) {
      for (const one of made.splice(0)) {
        // The database's own sessions are closed before; only the role's rights stand in the way.
        const owner = new Client({ connectionString: postgres.server().url });
        await owner.connect();
        await owner.query(`drop database if exists ${one.database.name} with (force)`);
        await owner.query(`drop role if exists ${role}`);
        await owner.end();
      }
    }
  });
  const withRole = async () => {
    const one = await crm.create();
    const role = `trivet_${randomBytes(4).toString('hex')}`;
    roles.push(role);
    made.push(one);
    await one.owner.query(`create role ${role} login password 's3cret'`);
    for (const grant of await grantsFor(one.owner, role, [contacts])) await one.owner.query(grant);
    const url = new URL(one.database.url);
    url.username = role;
    url.password = 's3cret';
    const connection = crm.connect(url.href);
    return { ...one, role, connection, news: one.replica({ connection }), url };
  };

  test('does everything', async () => {
    const { owner, news, connection } = await withRole();
    const start = await news.currentCheckpoint();
    await owner.query("insert into contacts (email) values ('a'), ('b'), ('c')");
    const read = await readAll(news, start);
    const [id = key('')] = await news.allocate(1);
    const outcomes = await news.write([
      { kind: 'update', key: key(1), set: { email: 'A' }, expect: { email: 'a' } },
      { kind: 'delete', key: key(2), expect: { email: 'b' } },
      {
        kind: 'insert',
        key: id,
        set: { email: 'd' },
        unlessMatch: { column: 'email', value: 'd' },
      },
    ]);
    expect(read.keys).toEqual(['1', '2', '3']);
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['applied', 'applied', 'applied']);
    expect(await news.walk(null, 10)).toEqual(['1', '3', id]);
    expect((await news.findByMatch(['D'])).get('D')).toEqual([id]);
    expect((await news.identify()).timeline).toBe('00000001');
    const purged = await purgeLog(connection, { table: contacts.table, restarts: [], keepMs: 0 });
    expect(purged.dropped).toEqual([]);
    await news.release();
    expect(await news.readChanges(read.checkpoint, 10)).toMatchObject({ kind: 'lost' });
  });

  test('cannot read a column that is not mapped', async () => {
    const { url } = await withRole();
    const client = new Client({ connectionString: url.href });
    await client.connect();
    await expect(client.query('select notes from contacts')).rejects.toMatchObject({
      code: '42501',
    });
    await client.end();
  });

  test('names the holder of the horizon; its age is that of the oldest change that waits', async () => {
    const { database, owner, news } = await withRole();
    const slow = await database.connect();
    const { rows } = await slow.query<{ pid: number }>('select pg_backend_pid() as pid');
    await slow.query('begin; select pg_current_xact_id()');
    const before = await news.horizonHolder();
    await owner.query("insert into contacts (email) values ('a')");
    await owner.query("update trivet.change_log set at = at - interval '1 minute'");
    const after = await news.horizonHolder();
    expect(before).toEqual({ pid: rows[0]?.pid, database: database.name, gid: null, ageMs: 0 });
    expect(after?.ageMs).toBeGreaterThanOrEqual(60_000);
  });

  test('row-level security halts instead of hiding rows', async () => {
    const { owner, news } = await withRole();
    await owner.query('alter table contacts enable row level security');
    await expect(news.walk(null, 10)).rejects.toMatchObject({
      kind: 'halted',
      message: expect.stringContaining('row-level security') as string,
    });
  });

  test('without a grant the sentence names database, user and remedy, and no password', async () => {
    const { owner, role, news } = await withRole();
    await owner.query(`revoke all on contacts from ${role}`);
    const failure = await news.read([key(1)]).then(
      () => new Error('It worked.'),
      (error: unknown) => error as Error,
    );
    expect(failure).toMatchObject({ kind: 'halted', name: 'CrmUnavailable' });
    expect(String(failure)).toMatch(
      new RegExp(`user "${role}", denies a right.*npx trivet install`),
    );
    expect(String(failure)).not.toContain('s3cret');
  });

  test.each([
    ['a wrong password', (url: URL) => (url.password = 'wr0ng'), 'halted', /refuses the password/],
    [
      'a database that is not there',
      (url: URL) => (url.pathname = '/none'),
      'halted',
      /does not exist/,
    ],
    ['nobody listening', (url: URL) => (url.port = '1'), 'retry', /refuses connections/],
    [
      'a name nobody knows',
      (url: URL) => (url.hostname = 'no.such.host.invalid'),
      'retry',
      /by name/,
    ],
    [
      'no TLS where it is asked for',
      (url: URL) => url.searchParams.set('sslmode', 'require'),
      'halted',
      /offers no TLS/,
    ],
  ])('%s', async (_, change, kind, sentence) => {
    const { url, replica } = await withRole();
    change(url);
    const connection = createConnection({ url: url.href });
    const failure = await replica({ connection })
      .identify()
      .then(
        () => new Error('It worked.'),
        (error: unknown) => error as Error,
      );
    await connection.close();
    expect(failure).toMatchObject({ kind, message: expect.stringMatching(sentence) as string });
    expect(String(failure)).not.toMatch(/s3cret|wr0ng/);
  });

  test('a connection that the server ended is replaced without anybody noticing', async () => {
    const { owner, news } = await withRole();
    await news.walk(null, 1);
    await owner.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'trivet' and datname = current_database()`);
    expect(await news.walk(null, 1)).toEqual([]);
  });

  test('a connection that breaks within a transaction is a retry, and the next one works', async () => {
    const { owner, news } = await withRole();
    await owner.query(`insert into contacts (email) values ('a');
      create function cut() returns trigger language plpgsql security definer as $$
        begin perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(1); return null; end $$;
      create trigger cut before update on contacts execute function cut()`);
    const write = news.write([{ kind: 'update', key: key(1), set: { email: 'b' }, expect: {} }]);
    await expect(write).rejects.toMatchObject({ kind: 'retry' });
    expect(await news.walk(null, 1)).toEqual(['1']);
  });
});
