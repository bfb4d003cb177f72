import type { Json } from '../../lib/engine/value.ts';
import { describePostgres } from '../support/postgres.ts';
import { matchIndex } from '../../lib/crm/sql/find-by-match.ts';
import { contacts, key, useCrm } from './support/crm.ts';

jest.setTimeout(60_000);

const long = 'ü'.repeat(10_000);

/** Type, literal, its text form, and its JSON form where that is another. */
const samples: readonly (readonly [string, string, string | null, Json])[] = [
  ['integer', '-7', '-7', '-7'],
  ['bigint', '9007199254740993', '9007199254740993', '9007199254740993'],
  ['numeric(20,4)', '12345678901234.5', '12345678901234.5000', '12345678901234.5000'],
  ['double precision', '0.1', '0.1', '0.1'],
  ['boolean', 'true', 'true', true],
  ['boolean', 'false', 'false', false],
  ['boolean', 'null', null, null],
  ['yes', 'false', 'false', false],
  ['date', "'2024-02-29'", '2024-02-29', '2024-02-29'],
  ['timestamp', "'2024-02-29 01:02:03.456789'", '2024-02-29 01:02:03.456789', null],
  ['timestamptz', "'2024-02-29 01:02:03.456789+05'", '2024-02-28 20:02:03.456789+00', null],
  ['uuid', "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', null],
  ['char(5)', "'ab'", 'ab', 'ab'],
  ['mood', "'it''s ok'", "it's ok", "it's ok"],
  ['mail', "'Bob@x'", 'Bob@x', 'Bob@x'],
  ['citext', "'Bob'", 'Bob', 'Bob'],
  ['jsonb', `'{"a": [1, null]}'`, '{"a": [1, null]}', { a: [1, null] }],
  ['json', `'"text"'`, '"text"', 'text'],
  ['text[]', `array['b "q" \\', null, '']`, '{"b \\"q\\" \\\\",NULL,""}', ['b "q" \\', null, '']],
  ['bigint[]', 'array[9007199254740993]', '{9007199254740993}', ['9007199254740993']],
  ['mood[]', "array['sad']::mood[]", '{sad}', ['sad']],
  ['place', "row('Rome', 5)::place", '(Rome,5)', { city: 'Rome', zip: 5 }],
  ['text', 'null', null, null],
  ['jsonb', 'null', null, null],
  ['text[]', 'null', null, null],
];

describePostgres('reading rows', (postgres) => {
  const crm = useCrm(postgres);

  test('columns of every common type, as text and as JSON', async () => {
    const names = samples.map((_, i) => `v${i}`);
    const { owner, replica } = await crm.create(
      `create extension citext; create type mood as enum ('sad', 'it''s ok');
       create domain mail as text check (value like '%@%'); create domain yes as boolean; create type place as (city text, zip int);
       create table contacts (id int primary key, ${samples.map(([type], i) => `v${i} ${type}`).join(', ')});
       insert into contacts values (1, ${samples.map(([, literal]) => literal).join(', ')})`,
      { ...contacts, columns: names },
    );
    const { rows } = await owner.query<{ name: string }>('select current_database() as name');
    await owner.query(`alter database ${rows[0]?.name} set datestyle = 'SQL, DMY'`);
    const row = (await replica().read([key(1)])).get(key(1));
    expect(row?.columns).toEqual(
      Object.fromEntries(
        samples.map(([, , text, json], i) => [`v${i}`, { text, json: json ?? text }]),
      ),
    );
  });

  test('about how many there are is told at once where the server knows it, and counted where it does not', async () => {
    const { owner, replica } = await crm.create();
    await owner.query(`insert into contacts (email) select n::text from generate_series(1, 70) n`);
    expect(await replica().size?.()).toBe(70);
    await owner.query('analyze contacts');
    await owner.query(`insert into contacts (email) select n::text from generate_series(71, 75) n`);
    expect(await replica().size?.()).toBe(70);
  });

  test('long texts arrive whole', async () => {
    const { owner, replica } = await crm.create();
    await owner.query('insert into contacts (email) values ($1)', [long]);
    const row = (await replica().read([key(1)])).get(key(1));
    expect(row?.columns['email']?.text).toBe(long);
  });

  test('keys without a row, and texts that are no key at all, are missing from the answer', async () => {
    const { owner, replica } = await crm.create();
    await owner.query("insert into contacts (email) values ('a'), ('b')");
    const wanted = ['1', '77', 'no number', '2', '99999999999999999999', ''].map(key);
    expect([...(await replica().read(wanted)).keys()]).toEqual(['1', '2']);
    expect((await replica().read([])).size).toBe(0);
  });

  test('a walk visits every key once, in the order of numbers', async () => {
    const { owner, replica } = await crm.create();
    await owner.query("insert into contacts (email) select 'x' from generate_series(1, 120)");
    const news = replica();
    const walked: string[] = [];
    for (let page = await news.walk(null, 50); page.length > 0; ) {
      walked.push(...page);
      page = await news.walk(page.at(-1) ?? null, 50);
    }
    expect(walked).toEqual(Array.from({ length: 120 }, (_, i) => String(i + 1)));
  });

  test('rows are found by match value whatever case and blanks', async () => {
    const { owner, replica } = await crm.create();
    await owner.query(
      "insert into contacts (email) values (' A@x '), ('b@x'), ('a@X'), ('  '), (null)",
    );
    await owner.query(matchIndex(contacts.table, 'email'));
    const found = await replica().findByMatch(['a@x', 'B@x', 'nobody@x', '']);
    expect(Object.fromEntries(found)).toEqual({
      'a@x': ['1', '3'],
      'B@x': ['2'],
      'nobody@x': [],
      '': [],
    });
  });

  test('the index that is printed serves the look-up', async () => {
    const { owner } = await crm.create();
    await owner.query(
      "insert into contacts (email) select 'p' || n from generate_series(1, 3000) n",
    );
    await owner.query(matchIndex(contacts.table, 'email'));
    await owner.query('analyze contacts');
    const { rows } = await owner.query<{ 'QUERY PLAN': string }>(
      String.raw`explain select from unnest(array['p5']) v(value) join contacts t
        on lower(btrim(t.email::text, E' \t\r\n')) = lower(btrim(v.value::text, E' \t\r\n'))`,
    );
    expect(rows.map((row) => row['QUERY PLAN']).join()).toMatch(/Index/);
  });

  test.each([
    ['bigint primary key generated always as identity', 'an identity'],
    ['bigserial primary key', 'a serial'],
    ["text primary key default 'K' || nextval('numbers')", 'a default of its own'],
    ['uuid primary key', 'a uuid without default'],
    ['uuid primary key default gen_random_uuid()', 'a uuid with default'],
  ])('fresh keys for "%s" (%s)', async (definition) => {
    const { replica } = await crm.create(
      `create sequence numbers; create table contacts (id ${definition}, email text)`,
      { ...contacts, columns: ['email'] },
    );
    const news = replica();
    const keys = [...(await news.allocate(3)), ...(await news.allocate(2))];
    expect(new Set(keys).size).toBe(5);
  });

  test('a key that somebody inserted by hand is not handed out', async () => {
    const { owner, replica } = await crm.create();
    await owner.query('insert into contacts (id) overriding system value values (1), (3)');
    expect((await replica().allocate(2)).toSorted()).toEqual(['2', '4']);
  });

  test.each([
    ['id int primary key', ['id']],
    ['id int default 7 primary key', ['id']],
    ['id int, region text, primary key (id, region)', ['id', 'region']],
  ])('no fresh keys for (%s): a sentence says why', async (definition, keyColumns) => {
    const { owner, replica } = await crm.create(
      `create table contacts (${definition}, email text)`,
      {
        ...contacts,
        key: keyColumns,
        columns: ['email'],
      },
    );
    await owner.query('insert into contacts (id) values (7)').catch(() => undefined);
    await expect(replica().allocate(1)).rejects.toMatchObject({
      kind: 'halted',
      message: expect.stringMatching(/nothing makes fresh values|gives keys/) as string,
    });
  });

  test('a missing table or column halts with the remedy, and the next call sees the correction', async () => {
    const { owner, replica } = await crm.create();
    const news = replica();
    await news.walk(null, 1);
    await owner.query('alter table contacts rename email to mail');
    await expect(news.read([key(1)])).rejects.toMatchObject({ kind: 'halted' });
    await expect(news.read([key(1)])).rejects.toThrow(/no column "email". Was it renamed/);
    await owner.query('alter table contacts rename mail to email');
    expect((await news.read([key(1)])).size).toBe(0);
  });

  test('reading leaves no setting behind on the session', async () => {
    const { replica, database } = await crm.create();
    const connection = crm.connect(database.url);
    const news = replica({ connection });
    await news.read([key(1)]);
    const seen = await connection.transaction('begin', async (client) => {
      const { rows } = await client.query<{ style: string; timeout: string; security: string }>(
        `select current_setting('datestyle') as style, current_setting('statement_timeout') as timeout,
                current_setting('row_security') as security`,
      );
      return rows[0];
    });
    expect(seen).toEqual({ style: 'ISO, MDY', timeout: '0', security: 'on' });
  });
});
