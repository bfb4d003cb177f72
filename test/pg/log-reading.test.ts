import { describePostgres } from '../support/postgres.ts';
import { key, readAll, requirePage, useCrm } from './support/crm.ts';

jest.setTimeout(60_000);

describePostgres('reading the change log', (postgres) => {
  const crm = useCrm(postgres);

  test('R1 a row of a transaction that commits after later rows were read is not lost', async () => {
    const { owner, database, replica } = await crm.create();
    const news = replica();
    await owner.query("insert into contacts (email) values ('a@x'), ('b@x'), ('c@x')");
    const start = (await readAll(news, await news.currentCheckpoint())).checkpoint;
    const slow = await database.connect();
    await slow.query("begin; update contacts set email = 'late@x' where id = 1");
    await owner.query("update contacts set email = 'early@x' where id = 2");
    const before = await readAll(news, start);
    await slow.query('commit');
    const after = await readAll(news, before.checkpoint);
    expect(before.keys).toEqual([]);
    expect([...after.keys].sort()).toEqual(['1', '2']);
  });

  test('R2 after a bulk load in one transaction the next read brings what changed since, and nothing of the load', async () => {
    const { owner, replica } = await crm.create();
    const start = await replica().currentCheckpoint();
    await owner.query(
      "insert into contacts (email) select n || '@x' from generate_series(1, 2000) n",
    );
    const loaded = await readAll(replica(), start);
    await owner.query("update contacts set email = email || '.test' where id <= 101");
    const after = await readAll(replica(), loaded.checkpoint);
    expect([loaded.keys.length, after.keys.length]).toEqual([2000, 101]);
  });

  test('C2 the checkpoint taken while a writer is open does not miss what it commits', async () => {
    const { owner, database, replica } = await crm.create();
    const slow = await database.connect();
    await slow.query("begin; insert into contacts (email) values ('open@x')");
    await owner.query("insert into contacts (email) values ('other@x')");
    const start = await replica().currentCheckpoint();
    await slow.query('commit');
    const read = await readAll(replica(), start);
    expect([...read.keys].sort()).toEqual(['1', '2']);
  });

  test('rows changed or deleted lately are named, the newest first, and those that were made are not', async () => {
    const { owner, replica } = await crm.create();
    expect(await replica().touchedLately(10)).toEqual([]);
    await owner.query("insert into contacts (email) select n || '@x' from generate_series(1, 4) n");
    await owner.query("update contacts set email = 'new@x' where id = 2");
    await owner.query('delete from contacts where id = 4');
    await owner.query("update contacts set email = 'newer@x' where id = 2");
    expect(await replica().touchedLately(10)).toEqual(['2', '4']);
    expect(await replica().touchedLately(1)).toEqual(['2']);
    await owner.query('truncate contacts');
    expect(await replica().touchedLately(10)).toEqual(['2', '4']);
  });

  test('P34 the holder of the horizon is named with pid, database and age', async () => {
    const { owner, database, replica } = await crm.create();
    const elsewhere = await (await postgres.createDatabase()).connect();
    const writer = await elsewhere.query<{ pid: number; name: string }>(
      'select pg_backend_pid() as pid, current_database() as name',
    );
    await elsewhere.query('begin; create table t (); select pg_sleep(0.05)');
    await owner.query("insert into contacts (email) values ('a@x')");
    const holder = await replica().horizonHolder();
    expect(holder).toMatchObject({ ...rename(writer.rows[0]), gid: null });
    expect(holder?.ageMs).toBeGreaterThanOrEqual(50);
    await elsewhere.query('rollback');
    expect(database.name).not.toBe(holder?.database);
    expect(await replica().horizonHolder()).toBeNull();
  });

  test('a prepared transaction holds the horizon and is named by its gid', async () => {
    const { owner, database, replica } = await crm.create();
    const start = await replica().currentCheckpoint();
    await owner.query(
      "begin; insert into contacts (email) values ('p@x'); prepare transaction 'two phases'",
    );
    await owner.query("insert into contacts (email) values ('q@x')");
    const held = await readAll(replica(), start);
    const holder = await replica().horizonHolder();
    await owner.query("commit prepared 'two phases'");
    const freed = await readAll(replica(), start);
    expect(held.keys).toEqual([]);
    expect(holder).toMatchObject({ pid: null, database: database.name, gid: 'two phases' });
    expect(freed.keys).toEqual(['1', '2']);
  });

  test.each([
    ['9', '10', '11'],
    ['99', '100', '101'],
    ['100', '200', '300'],
  ])('positions cross from %s to %s in order', async (...xids) => {
    const { owner, replica } = await crm.create();
    for (const [index, xid] of xids.entries()) {
      await owner.query(
        `insert into trivet.change_log (table_name, xid, op, keys) values ('public.contacts', $1, 'update', $2)`,
        [xid, [`k${index}`]],
      );
    }
    const present = await replica().currentCheckpoint();
    const read = await readAll(replica(), { ...present, position: { xid: '1', seq: '0' } }, 1);
    expect(read.keys).toEqual(['k0', 'k1', 'k2']);
    expect(read.checkpoint.position).toMatchObject({ xid: xids[2] });
  });

  test('real transaction ids cross 1000 without loss', async () => {
    const { owner, replica } = await crm.create();
    const start = await replica().currentCheckpoint();
    const wanted: string[] = [];
    for (let xid = 0n, id = 1; xid < 1005n; id += 1) {
      const { rows } = await owner.query<{ xid: string }>(
        "with i as (insert into contacts (email) values ('n@x')) select pg_current_xact_id()::text as xid",
      );
      xid = BigInt(rows[0]?.xid ?? 0);
      wanted.push(String(id));
    }
    expect((await readAll(replica(), start, 7)).keys).toEqual(wanted);
  });

  test('keys that changed several times come once per page, with the newest time', async () => {
    const { owner, replica } = await crm.create();
    const start = await replica().currentCheckpoint();
    await owner.query("insert into contacts (email) values ('a@x')");
    await owner.query("update contacts set email = 'b@x'");
    const { rows } = await owner.query<{ at: string }>(
      'select floor(extract(epoch from max(at)) * 1000)::bigint as at from trivet.change_log',
    );
    const page = requirePage(await replica().readChanges(start, 500));
    expect(page.changes).toEqual([{ key: key(1), at: Number(rows[0]?.at) }]);
  });

  test('a page ends at the limit of keys but holds at least one log row', async () => {
    const { owner, replica } = await crm.create();
    const start = await replica().currentCheckpoint();
    await owner.query("insert into contacts (email) select 'a' || n from generate_series(1, 30) n");
    await owner.query("insert into contacts (email) values ('b')");
    const first = requirePage(await replica().readChanges(start, 10));
    const second = requirePage(await replica().readChanges(first.checkpoint, 10));
    expect([first.changes.length, first.more]).toEqual([30, true]);
    expect([second.changes.length, second.more]).toEqual([1, false]);
  });

  test('nothing is written when nothing moved', async () => {
    const { owner, replica } = await crm.create();
    const start = await replica().currentCheckpoint();
    const before = await owner.query('select * from trivet.reader');
    const page = requirePage(await replica().readChanges(start, 500));
    const after = await owner.query('select * from trivet.reader');
    expect(page).toEqual({
      kind: 'page',
      changes: [],
      resweep: false,
      checkpoint: start,
      more: false,
    });
    expect(after.rows).toEqual(before.rows);
  });

  test('two syncs of one table read the same changes, each from its own place', async () => {
    const { owner, replica } = await crm.create();
    const [news, ads] = [replica({ sync: 'contacts-news' }), replica({ sync: 'contacts-ads' })];
    const starts = [await news.currentCheckpoint(), await ads.currentCheckpoint()] as const;
    await owner.query("insert into contacts (email) values ('a@x')");
    const first = await readAll(news, starts[0]);
    expect((await readAll(ads, starts[1])).keys).toEqual(first.keys);
    expect((await readAll(news, first.checkpoint)).keys).toEqual([]);
  });

  test('says which end it is', async () => {
    const { owner, replica } = await crm.create();
    const { rows } = await owner.query<{ id: string }>(
      'select system_identifier::text as id from pg_control_system()',
    );
    expect(await replica().identify()).toEqual({
      systemId: rows[0]?.id,
      timeline: '00000001',
      table: 'public.contacts',
    });
  });
});

const rename = (row: { pid: number; name: string } | undefined) => ({
  pid: row?.pid,
  database: row?.name,
});
