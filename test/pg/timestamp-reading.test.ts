import { describePostgres } from '../support/postgres.ts';
import { readModified } from '../../lib/crm/sql/read-modified.ts';
import { loadTableShape } from '../../lib/crm/table-shape.ts';
import { contacts, key, readAll, requirePage } from './support/crm.ts';
import { timedSql, touchedSql, UPDATED, useTimedCrm } from './support/timed-crm.ts';

jest.setTimeout(60_000);

const insert = (from: number, to = from, at = 'now()'): string =>
  `insert into contacts (id, email, updated_at) select n, 'p' || n || '@x', ${at} from generate_series(${from}, ${to}) n`;

describePostgres('reading by timestamp', (postgres) => {
  const crm = useTimedCrm(postgres);

  test('finds inserts and updates, each once, and leaves nothing in the database', async () => {
    const { owner, replica } = await crm.create();
    const start = await replica().currentCheckpoint();
    await owner.query(insert(1, 3));
    const first = await readAll(replica(), start);
    await owner.query("update contacts set email = 'new@x' where id = 2");
    const second = await readAll(replica(), first.checkpoint);
    const third = await readAll(replica(), second.checkpoint);
    expect([first.keys, second.keys, third.keys]).toEqual([['1', '2', '3'], ['2'], []]);
    const { rows } = await owner.query("select from pg_namespace where nspname = 'trivet'");
    expect(rows).toEqual([]);
  });

  test('R1 a row of a transaction that commits after later rows were read is not lost', async () => {
    const { owner, database, replica } = await crm.create();
    await owner.query(insert(1, 3));
    const start = (await readAll(replica(), await replica().currentCheckpoint())).checkpoint;
    const slow = await database.connect();
    await slow.query("begin; update contacts set email = 'late@x' where id = 1");
    await owner.query("update contacts set email = 'early@x' where id = 2");
    const before = await readAll(replica(), start);
    await slow.query('commit');
    const after = await readAll(replica(), before.checkpoint);
    expect(before.keys).toEqual([]);
    expect([...after.keys].sort()).toEqual(['1', '2']);
  });

  test('a transaction that had not written yet when others were read is not lost either', async () => {
    const { owner, database, replica } = await crm.create();
    await owner.query(insert(1, 2));
    const start = (await readAll(replica(), await replica().currentCheckpoint())).checkpoint;
    const slow = await database.connect();
    await slow.query('begin; select 1');
    await owner.query("update contacts set email = 'early@x' where id = 2");
    const before = await readAll(replica(), start);
    await slow.query("update contacts set email = 'late@x' where id = 1; commit");
    expect(before.keys).toEqual([]);
    expect([...(await readAll(replica(), before.checkpoint)).keys].sort()).toEqual(['1', '2']);
  });

  test('the checkpoint taken while a writer is open does not miss what it commits', async () => {
    const { owner, database, replica } = await crm.create();
    const slow = await database.connect();
    await slow.query(`begin; ${insert(1)}`);
    await owner.query(insert(2));
    const start = await replica().currentCheckpoint();
    await slow.query('commit');
    expect((await readAll(replica(), start)).keys).toContain('1');
  });

  test('a transaction of another database holds nothing back; one of ours is named', async () => {
    const { owner, database, replica } = await crm.create();
    const start = await replica().currentCheckpoint();
    const elsewhere = await (await postgres.createDatabase()).connect();
    await elsewhere.query('begin; create table t ()');
    await owner.query(insert(1));
    const read = await readAll(replica(), start);
    expect(read.keys).toEqual(['1']);
    expect(await replica().horizonHolder()).toBeNull();
    const slow = await database.connect();
    const { rows } = await slow.query<{ pid: number }>('select pg_backend_pid() as pid');
    await slow.query('begin; select pg_sleep(1.1)');
    const holder = await replica().horizonHolder();
    expect(holder).toMatchObject({ pid: rows[0]?.pid, database: database.name, gid: null });
    expect(holder?.ageMs).toBeGreaterThanOrEqual(1_000);
  });

  test('while a prepared transaction exists no pass begins, and none of its rows is lost', async () => {
    const { owner, database, replica } = await crm.create();
    const start = await replica().currentCheckpoint();
    await owner.query(`begin; ${insert(1)}; prepare transaction 'two phases'`);
    await owner.query(insert(2, 4));
    const held = requirePage(await replica().readChanges(start, 500));
    const holder = await replica().horizonHolder();
    await expect(replica().currentCheckpoint()).rejects.toMatchObject({
      kind: 'retry',
      message: expect.stringContaining('"two phases"') as string,
    });
    await owner.query("commit prepared 'two phases'");
    const freed = await readAll(replica(), held.checkpoint);
    expect(held).toMatchObject({ changes: [], more: false, checkpoint: start });
    expect(holder).toMatchObject({ pid: null, database: database.name, gid: 'two phases' });
    expect([...freed.keys].sort()).toEqual(['1', '2', '3', '4']);
  });

  test('a pass that is under way goes on beside a prepared transaction', async () => {
    const { owner, replica } = await crm.create();
    const start = await replica().currentCheckpoint();
    await owner.query(insert(1, 4));
    const half = requirePage(await replica().readChanges(start, 2));
    await owner.query(`begin; ${insert(5)}; prepare transaction 'meanwhile'`);
    const rest = await readAll(replica(), half.checkpoint, 2);
    await owner.query("commit prepared 'meanwhile'");
    expect(rest.keys).toEqual(['3', '4']);
    expect((await readAll(replica(), rest.checkpoint)).keys).toEqual(['5']);
  });

  test('a session whose start is hidden holds back, and is named', async () => {
    const { owner, database, replica } = await crm.create();
    const start = await replica().currentCheckpoint();
    const hidden = await database.connect();
    await hidden.query('set track_activities = off');
    const { rows } = await hidden.query<{ pid: number }>('select pg_backend_pid() as pid');
    await hidden.query(`begin; ${insert(1)}`);
    await owner.query(insert(2));
    const held = await readAll(replica(), start);
    const holder = await replica().horizonHolder();
    await hidden.query('commit');
    expect(held.keys).toEqual([]);
    expect(holder).toMatchObject({ pid: rows[0]?.pid });
    expect([...(await readAll(replica(), held.checkpoint)).keys].sort()).toEqual(['1', '2']);
  });

  test('a bulk load at one instant comes page by page, and goes on from a cut', async () => {
    const { owner, replica } = await crm.create();
    const start = await replica().currentCheckpoint();
    await owner.query(insert(1, 5_000));
    let checkpoint = start;
    const keys: string[] = [];
    for (let pages = 1; ; pages += 1) {
      // A fresh replica for each page: nothing is remembered but the checkpoint.
      const page = requirePage(await replica().readChanges(checkpoint, 400));
      expect(page.changes.length).toBeLessThanOrEqual(400);
      keys.push(...page.changes.map((change) => change.key));
      checkpoint = JSON.parse(JSON.stringify(page.checkpoint)) as typeof checkpoint;
      if (!page.more) break;
    }
    expect(keys.map(Number)).toEqual(Array.from({ length: 5_000 }, (_, i) => i + 1));
    expect((await readAll(replica(), checkpoint)).keys).toEqual([]);
  });

  test('R2 of rows that share one instant only those that changed since come again', async () => {
    const { owner, replica } = await crm.create();
    const start = await replica().currentCheckpoint();
    await owner.query(insert(1, 2_000));
    const loaded = await readAll(replica(), start);
    await owner.query("update contacts set email = email || '.test' where id <= 101");
    const after = await readAll(replica(), loaded.checkpoint);
    expect([loaded.keys.length, after.keys.length]).toEqual([2_000, 101]);
  });

  test('rows written in front of and behind a pass that is under way are met by it or by the next', async () => {
    const { owner, replica } = await crm.create();
    const start = await replica().currentCheckpoint();
    await owner.query(insert(1, 6));
    const half = requirePage(await replica().readChanges(start, 3));
    await owner.query("update contacts set email = 'again@x' where id in (2, 5)");
    const rest = await readAll(replica(), half.checkpoint, 3);
    const next = await readAll(replica(), rest.checkpoint);
    expect(half.changes.map((change) => change.key)).toEqual(['1', '2', '3']);
    expect([...rest.keys, ...next.keys].sort()).toEqual(['2', '4', '5', '6']);
  });

  test('instants a microsecond apart are told apart, and none is rounded', async () => {
    const { owner, replica } = await crm.create(timedSql());
    const start = await replica().currentCheckpoint();
    const micros = (n: number): string =>
      `date_trunc('second', now()) + interval '1 second' + ${n} * interval '1 microsecond'`;
    await owner.query(`
      ${insert(1, 1, micros(3))}; ${insert(2, 2, micros(1))}; ${insert(3, 3, micros(2))};
      ${insert(4, 4, micros(1))}; ${insert(5, 5, micros(999))}; ${insert(6, 6, micros(1000))};
      select pg_sleep(1.1)`);
    const read = await readAll(replica(), start, 1);
    expect(read.keys).toEqual(['2', '4', '3', '1', '5', '6']);
  });

  test('C2 a timestamp exactly at the bound belongs to the next pass and is read once', async () => {
    const { owner, database, replica } = await crm.create();
    const start = await replica().currentCheckpoint();
    const slow = await database.connect();
    // What stays open began at the very instant its own row will bear.
    await slow.query(`begin; ${insert(1)}`);
    const before = await readAll(replica(), start);
    await slow.query('commit');
    const after = await readAll(replica(), before.checkpoint);
    const { rows } = await owner.query<{ at: string }>(
      `select to_char(updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at from contacts`,
    );
    expect(before.checkpoint.position).toMatchObject({ reached: rows[0]?.at });
    expect([before.keys, after.keys]).toEqual([[], ['1']]);
  });

  test('rows without a timestamp, or at the end of all days, disturb nobody and are not met', async () => {
    const { owner, replica } = await crm.create(timedSql());
    const start = await replica().currentCheckpoint();
    await owner.query(`${insert(1, 1, 'null')}; ${insert(2, 2, "'infinity'::timestamptz")};
      ${insert(3, 3, "'-infinity'::timestamptz")}; ${insert(4)}`);
    expect((await readAll(replica(), start, 1)).keys).toEqual(['4']);
    await owner.query('update contacts set updated_at = now() where id = 1');
    expect((await readAll(replica(), start)).keys).toEqual(['4', '1']);
  });

  test('deletes are not seen', async () => {
    const { owner, replica } = await crm.create();
    await owner.query(insert(1, 2));
    const start = (await readAll(replica(), await replica().currentCheckpoint())).checkpoint;
    await owner.query('delete from contacts where id = 1');
    expect((await readAll(replica(), start)).keys).toEqual([]);
  });

  test('a change says when: its timestamp, but not before the last pass nor in the future', async () => {
    const { owner, replica } = await crm.create(timedSql(), { clock: 'app', overlapMs: 600_000 });
    const start = await replica().currentCheckpoint();
    await owner.query(`${insert(1)}; ${insert(2, 2, "now() - interval '5 minutes'")};
      ${insert(3, 3, "now() + interval '5 minutes'")}`);
    const page = requirePage(await replica().readChanges(start, 500));
    const { rows } = await owner.query<{ at: string; now: string }>(`
      select floor(extract(epoch from updated_at) * 1000)::text as at,
             floor(extract(epoch from now()) * 1000)::text as now from contacts where id = 1`);
    const at = new Map(page.changes.map((change) => [change.key, change.at]));
    const reached = 'reached' in start.position ? Date.parse(start.position.reached) : 0;
    expect(at.get(key(1))).toBe(Number(rows[0]?.at));
    expect(at.get(key(2))).toBe(reached);
    expect(at.get(key(3))).toBeLessThanOrEqual(Number(rows[0]?.now));
  });
});

describePostgres('timestamps set by clients', (postgres) => {
  const crm = useTimedCrm(postgres);
  const minutes = (n: number): string => `now() + ${n} * interval '1 minute'`;
  const app = { clock: 'app', overlapMs: 600_000 } as const;

  test('clocks wrong by less than the overlap lose nothing, and what was read is not read again', async () => {
    const { owner, replica } = await crm.create(timedSql(), app);
    const start = await replica().currentCheckpoint();
    const { checkpoint } = await readAll(replica(), start);
    await owner.query(`${insert(1, 1, minutes(-9))}; ${insert(2)}; ${insert(3, 3, minutes(-5))}`);
    const first = await readAll(replica(), checkpoint);
    const second = await readAll(replica(), first.checkpoint);
    await owner.query(`${insert(4, 4, minutes(-9))}`);
    const third = await readAll(replica(), second.checkpoint, 1);
    expect(first.keys).toEqual(['1', '3', '2']);
    expect(second.keys).toEqual([]);
    expect(third.keys).toEqual(['4']);
  });

  test('clocks that are ahead make no wait within the overlap', async () => {
    const { owner, replica } = await crm.create(timedSql(), app);
    const start = await replica().currentCheckpoint();
    await owner.query(`${insert(1, 1, minutes(9))}; ${insert(2, 2, minutes(11))}`);
    expect((await readAll(replica(), start)).keys).toEqual(['1']);
  });

  test('a clock further behind than the overlap is the limit: the row waits for the sweep', async () => {
    const { owner, replica } = await crm.create(timedSql(), app);
    const start = await replica().currentCheckpoint();
    await owner.query(`${insert(1, 1, minutes(-11))}`);
    const read = await readAll(replica(), start);
    expect(read.keys).toEqual([]);
    await owner.query(`update contacts set updated_at = now()`);
    expect((await readAll(replica(), read.checkpoint)).keys).toEqual(['1']);
  });

  test('a row in the overlap that was written within a savepoint is news when its transaction ends', async () => {
    const { owner, database, replica } = await crm.create(timedSql(), app);
    await owner.query(insert(1, 2));
    const start = await replica().currentCheckpoint();
    const slow = await database.connect();
    await slow.query(`begin; savepoint s; update contacts set updated_at = ${minutes(-1)} where id = 1;
      release s`);
    await owner.query('update contacts set updated_at = now() where id = 2');
    const before = await readAll(replica(), start);
    await slow.query('commit');
    const after = await readAll(replica(), before.checkpoint);
    expect(before.keys).toEqual(['2']);
    expect(after.keys).toContain('1');
  });
});

describePostgres('timestamps without a time zone', (postgres) => {
  const crm = useTimedCrm(postgres);

  test.each([
    ['UTC', 'UTC'],
    ['America/New_York', 'America/New_York'],
    ['Asia/Kolkata', 'Asia/Kolkata'],
  ])('are read as the wall clock of %s', async (timeZone, session) => {
    const sql = timedSql('timestamp') + touchedSql();
    const { owner, replica } = await crm.create(sql, { timeZone });
    await owner.query(`set timezone = '${session}'`);
    const start = await replica().currentCheckpoint();
    await owner.query(insert(1, 3));
    const first = await readAll(replica(), start, 2);
    await owner.query("update contacts set email = 'b' where id = 3");
    expect(first.keys).toEqual(['1', '2', '3']);
    expect((await readAll(replica(), first.checkpoint)).keys).toEqual(['3']);
  });

  test('the hour that comes twice in autumn is read, whichever of the two it is', async () => {
    const { owner } = await crm.create(timedSql('timestamp'));
    const modified = { ...UPDATED, timeZone: 'America/New_York' };
    await owner.query('set search_path = pg_catalog');
    const shape = await loadTableShape(owner, { ...contacts, match: 'email', modified });
    if (shape.modified === null) throw new Error('The table has its timestamp.');
    const column = shape.modified;
    // At 6:00 UTC on that day New York goes from 2:00 back to 1:00.
    await owner.query(`insert into public.contacts (id, updated_at) values
      (1, '2026-11-01 01:55'), (2, '2026-11-01 01:10'), (3, '2026-11-01 03:00')`);
    const read = async (from: string, to: string): Promise<readonly string[]> => {
      const instant = (time: string): string => `2026-11-01T${time}:00.000000Z`;
      const position = { reached: instant(from), settled: '0', pass: null };
      const page = { position, until: instant(to), limit: 10 };
      const { text, values } = readModified(shape, column, page);
      const { rows } = await owner.query<{ key: string }>(text, [...values]);
      return rows.map((row) => row.key);
    };
    expect(await read('05:50', '06:20')).toContain('2');
    expect(await read('06:20', '07:00')).toContain('1');
    expect(await read('07:30', '08:01')).toEqual(['3']);
    // Nobody looked for half a year.
    expect(await read('05:59', '09:00')).toEqual(['2', '1', '3']);
  });

  test('whole seconds lose nothing: rounding is within the overlap', async () => {
    const { owner, replica } = await crm.create(timedSql('timestamptz(0)') + touchedSql());
    let checkpoint = await replica().currentCheckpoint();
    const keys: string[] = [];
    for (let id = 1; id <= 20; id += 1) {
      await owner.query(`${insert(id, id, "date_trunc('second', now())")}; select pg_sleep(0.03)`);
      const read = await readAll(replica(), checkpoint);
      keys.push(...read.keys);
      checkpoint = read.checkpoint;
    }
    expect(keys.map(Number)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  test.each([
    ['a timestamp without a zone', 'timestamp', /timeZone: 'UTC'/],
    ['a date', 'date', /is of type date/],
    ['text', 'text', /is of type text/],
  ])('%s halts with the remedy', async (_, type, sentence) => {
    const { replica } = await crm.create(timedSql(type));
    await expect(replica().currentCheckpoint()).rejects.toMatchObject({
      kind: 'halted',
      message: expect.stringMatching(sentence) as string,
    });
  });

  test('a column that is not there halts and is named', async () => {
    const { replica } = await crm.create(timedSql(), { column: 'changed_on' });
    await expect(replica().currentCheckpoint()).rejects.toMatchObject({
      kind: 'halted',
      message: expect.stringContaining('"changed_on"') as string,
    });
  });
});

describePostgres('keys of any type', (postgres) => {
  const crm = useTimedCrm(postgres);

  test.each([
    ['uuid', 'id uuid primary key', 'md5(n::text)::uuid', ['id']],
    ['text', 'id text primary key', "(array['b','B','a','Z','é','10','9','a b'])[n]", ['id']],
    ['composite', 'org int, id bigint, primary key (org, id)', 'n % 3, 20 - n', ['org', 'id']],
  ])('%s keys page one by one at one instant, each once', async (_, definition, value, names) => {
    const table = { table: { schema: 'public', name: 'contacts' }, key: names, columns: ['email'] };
    const { owner, replica } = await crm.create(timedSql('timestamptz', definition), {}, table);
    const start = await replica().currentCheckpoint();
    await owner.query(
      `insert into contacts (${names.join(', ')}, email) select ${value}, 'e' from generate_series(1, 8) n`,
    );
    const read = await readAll(replica(), start, 1);
    const walked = await replica().walk(null, 100);
    expect(read.keys).toHaveLength(8);
    expect(read.keys).toEqual(walked);
  });
});
