import { randomUUID } from 'node:crypto';
import { describePostgres } from '../support/postgres.ts';
import { installCapture } from '../../lib/crm/install.ts';
import { contacts, key, logEntries, majorOf, readAll, useCrm } from './support/crm.ts';

jest.setTimeout(60_000);

const partitioned = `
  create table contacts (id bigint, region text, email text, primary key (id, region)) partition by list (region);
  create table contacts_eu partition of contacts for values in ('eu');
  create table contacts_us partition of contacts for values in ('us') partition by range (id);
  create table contacts_us_1 partition of contacts_us for values from (0) to (1000)`;
const regional = { ...contacts, key: ['id', 'region'], columns: ['email'] };
const eu = key('["1","eu"]');

describePostgres('capture of tables of many shapes', (postgres) => {
  const crm = useCrm(postgres);

  test('changes through the parent of partitions are logged once', async () => {
    const { owner } = await crm.create(partitioned, regional);
    await owner.query(`insert into contacts values (1, 'eu', 'a'), (2, 'us', 'b');
      update contacts set email = 'z'; delete from contacts`);
    const both = expect.arrayContaining(['["1","eu"]', '["2","us"]']) as unknown;
    expect(
      (await logEntries(owner)).map((entry) => [entry.table_name, entry.op, entry.keys]),
    ).toEqual([
      ['public.contacts', 'insert', both],
      ['public.contacts', 'update', both],
      ['public.contacts', 'delete', both],
    ]);
  });

  test.each(['contacts_us', 'contacts_us_1'])(
    'changes through %s are logged',
    async (partition) => {
      const { owner, replica } = await crm.create(partitioned, regional);
      const start = await replica().currentCheckpoint();
      await owner.query(`insert into ${partition} values (2, 'us', 'b'); update ${partition} set email = 'c';
      delete from ${partition}`);
      expect((await logEntries(owner)).map((entry) => entry.op)).toEqual([
        'insert',
        'update',
        'delete',
      ]);
      expect((await readAll(replica(), start)).keys).toEqual(['["2","us"]']);
    },
  );

  test('a row that moves to another partition changes its key', async () => {
    const { owner, replica } = await crm.create(partitioned, regional);
    await owner.query("insert into contacts values (1, 'eu', 'a')");
    const start = await replica().currentCheckpoint();
    await owner.query("update contacts set region = 'us'");
    expect((await readAll(replica(), start)).keys.toSorted()).toEqual(['["1","eu"]', '["1","us"]']);
  });

  test('a partition attached later is captured after installing again, which asks for a sweep', async () => {
    const { owner, replica } = await crm.create(partitioned, regional);
    await owner.query("create table contacts_as partition of contacts for values in ('as')");
    const start = await replica().currentCheckpoint();
    const report = await installCapture(owner, [regional]);
    await owner.query("insert into contacts_as values (3, 'as', 'c')");
    expect(report.tables[0]?.created).toHaveLength(4);
    expect(await readAll(replica(), start)).toMatchObject({ keys: ['["3","as"]'], resweep: true });
  });

  test('truncate of one partition asks for a look at the whole table', async () => {
    const { owner, replica } = await crm.create(partitioned, regional);
    const start = await replica().currentCheckpoint();
    await owner.query('truncate contacts_eu');
    expect((await readAll(replica(), start)).resweep).toBe(true);
  });

  test('old-style child tables are captured under the name of their parent', async () => {
    const { owner, replica } = await crm.create(
      `create table contacts (id bigint primary key, email text);
       create table contacts_old (primary key (id)) inherits (contacts)`,
      { ...contacts, columns: ['email'] },
    );
    const start = await replica().currentCheckpoint();
    await owner.query("insert into contacts_old values (1, 'a'); update contacts set email = 'b'");
    expect((await logEntries(owner)).map((entry) => entry.op)).toEqual(['insert', 'update']);
    expect((await readAll(replica(), start)).keys).toEqual(['1']);
  });

  test('a partition that is a foreign table is reported, the others are captured', async () => {
    const { owner } = await crm.create(partitioned, regional);
    await owner.query(`create extension if not exists postgres_fdw;
      create server far foreign data wrapper postgres_fdw;
      create foreign table contacts_far (id bigint not null, region text not null, email text) server far`);
    await owner.query(`create table people (id bigint, region text, email text) partition by list (region);
      alter table people attach partition contacts_far for values in ('far')`);
    const keyed = { ...regional, table: { schema: 'public', name: 'people' } };
    // A table with a foreign partition can have no unique index, so it has no key.
    await expect(installCapture(owner, [keyed])).rejects.toThrow(/unique index/);
  });

  test('composite keys are the same text in the log, when read and when walked', async () => {
    const { owner, replica } = await crm.create(partitioned, regional);
    const start = await replica().currentCheckpoint();
    await owner.query(
      "insert into contacts values (1, 'eu', 'a'), (10, 'eu', 'b'), (9, 'eu', 'c')",
    );
    const news = replica();
    const walked = await news.walk(null, 10);
    expect(walked).toEqual(['["1","eu"]', '["9","eu"]', '["10","eu"]']);
    expect(await news.walk(eu, 1)).toEqual(['["9","eu"]']);
    expect([...(await news.read(walked)).keys()]).toEqual(walked);
    expect((await readAll(news, start)).keys.toSorted()).toEqual([...walked].sort());
  });

  test('uuid keys', async () => {
    const { owner, replica } = await crm.create(
      'create table contacts (id uuid primary key, email text)',
      { ...contacts, columns: ['email'] },
    );
    const start = await replica().currentCheckpoint();
    const id = randomUUID();
    await owner.query('insert into contacts values ($1, $2)', [id.toUpperCase(), 'a']);
    expect((await readAll(replica(), start)).keys).toEqual([id]);
    expect((await replica().read([key(id)])).get(key(id))?.columns['email']?.text).toBe('a');
  });

  test.each([
    ['timestamptz', "'2024-02-03 04:05:06.789+02'", '2024-02-03 02:05:06.789+00'],
    ['date', "'2024-02-03'", '2024-02-03'],
    ['bytea', "'\\x00ff'", '\\x00ff'],
    ['double precision', '0.1', '0.1'],
    ['interval', "'1 day 02:00'", '1 day 02:00:00'],
    ['bigint', '70000000000', '70000000000'],
    ['numeric', '1.50', '1.50'],
    ['uuid', "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
    ['text', "'o''brien \\ \"x\" ü'", 'o\'brien \\ "x" ü'],
  ])('a key of type %s has one text whatever the session settings', async (type, literal, text) => {
    const { owner, replica } = await crm.create(
      `create table contacts (id ${type} primary key, email text)`,
      { ...contacts, columns: ['email'] },
    );
    const start = await replica().currentCheckpoint();
    await owner.query(`set datestyle = 'SQL, DMY'; set timezone = 'Asia/Tokyo'; set bytea_output = 'escape';
      set extra_float_digits = -10; set intervalstyle = 'iso_8601'`);
    await owner.query(`insert into contacts values (${literal}, 'a')`);
    const { keys } = await readAll(replica(), start);
    expect(keys).toEqual([text]);
    expect((await replica().read([key(text)])).size).toBe(1);
  });

  test('names with capitals, blanks, quotes and keywords', async () => {
    const table = {
      table: { schema: 'My "CRM"', name: "Select's $trivet$" },
      key: ['Order'],
      columns: ['E-mail "main"', 'new', 'old', 'ünï \\'],
    };
    const { owner, replica } = await crm.create(
      `create schema "My ""CRM""";
       create table "My ""CRM"""."Select's $trivet$"
         ("Order" int primary key, "E-mail ""main""" text, new text, old text, "ünï \\" text)`,
      table,
    );
    const news = replica();
    const start = await news.currentCheckpoint();
    await owner.query(`set standard_conforming_strings = off;
      insert into "My ""CRM"""."Select's $trivet$" values (1, 'a', 'n', 'o', 'u');
      update "My ""CRM"""."Select's $trivet$" set old = 'p'`);
    const row = (await news.read([key(1)])).get(key(1));
    expect((await readAll(news, start)).keys).toEqual(['1']);
    expect(row?.columns['ünï \\']?.text).toBe('u');
    expect((await news.findByMatch([' A '])).get(' A ')).toEqual(['1']);
    expect((await news.identify()).table).toBe(`"My ""CRM"""."Select's $trivet$"`);
    const [outcome] = await news.write([
      { kind: 'update', key: key(1), set: { 'E-mail "main"': 'b' }, expect: { new: 'n' } },
    ]);
    expect(outcome).toMatchObject({ kind: 'applied' });
  });

  test('stored generated columns are noticed when their sources change', async () => {
    const { owner } = await crm.create(
      `create table contacts (id int primary key, email text, notes text,
         domain text generated always as (lower(email)) stored)`,
      { ...contacts, columns: ['domain'] },
    );
    await owner.query(
      "insert into contacts (id, email) values (1, 'A'); update contacts set email = 'B'; update contacts set notes = 'x'",
    );
    expect((await logEntries(owner)).map((entry) => entry.op)).toEqual(['insert', 'update']);
  });

  test('virtual generated columns, where Postgres has them (18 and later)', async () => {
    const kind = (await majorOf(postgres)) < 18 ? 'stored' : 'virtual';
    const { owner, replica } = await crm.create(
      `create table contacts (id int primary key, email text, notes text,
         domain text generated always as (lower(email)) ${kind})`,
      { ...contacts, columns: ['domain'] },
    );
    await owner.query(
      "insert into contacts (id, email) values (1, 'A'); update contacts set email = 'B'; update contacts set notes = 'x'",
    );
    expect((await logEntries(owner)).map((entry) => entry.op)).toEqual(['insert', 'update']);
    expect((await replica().read([key(1)])).get(key(1))?.columns['domain']?.text).toBe('b');
  });

  test('types without an equality (json, point) and a change of case in citext are noticed', async () => {
    const { owner } = await crm.create(
      `create extension citext;
       create table contacts (id int primary key, email citext, data json, place point)`,
      { ...contacts, columns: ['email', 'data', 'place'] },
    );
    await owner.query(`insert into contacts values (1, 'bob', '{"a":1}', '(1,2)');
      update contacts set email = 'Bob'; update contacts set data = '{"a":2}';
      update contacts set place = '(1,3)'; update contacts set place = place`);
    expect((await logEntries(owner)).map((entry) => entry.op)).toEqual([
      'insert',
      'update',
      'update',
      'update',
    ]);
  });

  test('a table fed by logical replication is captured', async () => {
    const source = await (await postgres.createDatabase()).connect();
    await source.query(`create table contacts (id bigint primary key, email text);
      create publication p for table contacts`);
    const slot = `slot_${randomUUID().replaceAll('-', '')}`;
    await source.query("select pg_create_logical_replication_slot($1, 'pgoutput')", [slot]);
    const columns = { ...contacts, columns: ['email'] };
    const { owner, replica } = await crm.create(
      'create table contacts (id bigint primary key, email text)',
      columns,
    );
    const { rows } = await source.query<{ name: string }>('select current_database() as name');
    const { port } = new URL(postgres.server().url);
    const { password } = new URL(postgres.server().url);
    await owner.query(
      `create subscription s connection 'host=127.0.0.1 port=${port} user=postgres password=${password} dbname=${rows[0]?.name}'
       publication p with (create_slot = false, slot_name = '${slot}', copy_data = false)`,
    );
    try {
      await installCapture(owner, [columns]);
      const start = await replica().currentCheckpoint();
      await source.query(
        "insert into contacts values (1, 'a'); update contacts set email = 'b'; insert into contacts values (2, 'c'); delete from contacts where id = 1",
      );
      await waitUntil(
        async () => (await owner.query('select from contacts where id = 2')).rows.length === 1,
      );
      await waitUntil(
        async () => (await owner.query('select from contacts where id = 1')).rows.length === 0,
      );
      expect(new Set((await readAll(replica(), start)).keys)).toEqual(new Set(['1', '2']));
    } finally {
      await owner.query('alter subscription s disable');
      await owner.query('alter subscription s set (slot_name = none)');
      await owner.query('drop subscription s');
      await waitUntil(async () => {
        const active = await source.query(
          'select from pg_replication_slots where slot_name = $1 and active',
          [slot],
        );
        return active.rows.length === 0;
      });
      await source.query('select pg_drop_replication_slot($1)', [slot]);
    }
  });
});

async function waitUntil(isTrue: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (await isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('What was waited for did not happen.');
}
