import type { Value } from '../../lib/engine/value.ts';
import type { CrmCommand } from '../../lib/ports/crm.ts';
import { describePostgres } from '../support/postgres.ts';
import { contacts, key, useCrm } from './support/crm.ts';

jest.setTimeout(60_000);

const update = (id: number, email: string, expect: string | null): CrmCommand => ({
  kind: 'update',
  key: key(id),
  set: { email },
  expect: { email: expect },
});

const remove = (id: number, expect: string | null): CrmCommand => ({
  kind: 'delete',
  key: key(id),
  expect: { email: expect },
});

/** Type, the value sent, and the text form of what is stored. */
const samples: readonly (readonly [string, Value, string])[] = [
  ['integer', '42', '42'],
  ['numeric(8,2)', '3.5', '3.50'],
  ['boolean', false, 'false'],
  ['date', '2024-02-29', '2024-02-29'],
  ['timestamptz', '2024-02-29T12:00:00Z', '2024-02-29 12:00:00+00'],
  ['uuid', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
  ['char(3)', 'abc', 'abc'],
  ['mood', 'sad', 'sad'],
  ['mood[]', ['sad', 'ok'], '{sad,ok}'],
  ['citext', 'Bob', 'Bob'],
  ['mail', 'a@x', 'a@x'],
  ['jsonb', { b: '1', a: '2' }, '{"a": "2", "b": "1"}'],
  ['jsonb', ['x'], '["x"]'],
  ['jsonb', 'text', '"text"'],
  ['place', { city: 'Rome', zip: '5' }, '(Rome,5)'],
  ['text', 'o\'brien \\ "x"\n$1', 'o\'brien \\ "x"\n$1'],
];

describePostgres('writing rows', (postgres) => {
  const crm = useCrm(postgres);
  const emails = async (owner: { query: (sql: string) => Promise<{ rows: unknown[] }> }) => {
    const { rows } = await owner.query('select email from contacts order by id');
    return (rows as { email: string | null }[]).map((row) => row.email);
  };
  const withRows = async (...names: string[]) => {
    const made = await crm.create();
    for (const name of names) {
      await made.owner.query('insert into contacts (email) values ($1)', [name]);
    }
    return made;
  };

  test('an update applies and answers the row as it stands', async () => {
    const { owner, replica } = await withRows('a', 'b');
    const outcomes = await replica().write([update(2, 'B', 'b'), update(1, 'A', 'a')]);
    expect(outcomes).toMatchObject([
      { kind: 'applied', row: { key: '2', columns: { email: { text: 'B' } } } },
      { kind: 'applied', row: { key: '1', columns: { email: { text: 'A' } } } },
    ]);
    expect(await emails(owner)).toEqual(['A', 'B']);
  });

  test("a person's edit between our read and our write stays; the others of the page go on", async () => {
    const { owner, replica } = await withRows('a', 'b');
    await owner.query("update contacts set email = 'edited' where id = 1");
    const outcomes = await replica().write([update(1, 'A', 'a'), update(2, 'B', 'b')]);
    expect(outcomes).toMatchObject([
      { kind: 'moved', row: { columns: { email: { text: 'edited' } } } },
      { kind: 'applied' },
    ]);
    expect(await emails(owner)).toEqual(['edited', 'B']);
  });

  test('a row that somebody holds is reported as locked and waits for nobody', async () => {
    const { owner, database, replica } = await withRows('a', 'b');
    const person = await database.connect();
    await person.query("begin; update contacts set email = 'open' where id = 1");
    const outcomes = await replica().write([update(1, 'A', 'a'), update(2, 'B', 'b')]);
    const deleted = await replica().write([remove(1, 'a')]);
    await person.query('commit');
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['locked', 'applied']);
    expect(deleted).toEqual([{ kind: 'locked' }]);
    expect(await emails(owner)).toEqual(['open', 'B']);
  });

  test('a row whose children are just being inserted is not locked for us', async () => {
    const { owner, database, replica } = await withRows('a');
    await owner.query('create table notes (contact bigint references contacts)');
    const person = await database.connect();
    await person.query('begin; insert into notes values (1)');
    const outcomes = await replica().write([update(1, 'A', 'a')]);
    await person.query('commit');
    expect(outcomes).toMatchObject([{ kind: 'applied' }]);
  });

  test('a row that is gone is moved for an update and done for a delete', async () => {
    const { replica } = await withRows();
    expect(await replica().write([update(1, 'A', 'a'), remove(2, 'b')])).toEqual([
      { kind: 'moved', row: null },
      { kind: 'applied', row: null },
    ]);
  });

  test('a delete removes the row only if it is still what the merge saw', async () => {
    const { owner, replica } = await withRows('a', 'edited');
    const outcomes = await replica().write([remove(1, 'a'), remove(2, 'b')]);
    expect(outcomes).toMatchObject([
      { kind: 'applied', row: null },
      { kind: 'moved', row: { key: '2' } },
    ]);
    expect(await emails(owner)).toEqual(['edited']);
  });

  test('microseconds of a timestamp do not make every write look moved', async () => {
    const { replica, owner } = await crm.create(
      'create table contacts (id int primary key, seen timestamptz, email text)',
      { ...contacts, columns: ['email', 'seen'] },
    );
    await owner.query("insert into contacts values (1, '2024-01-01 00:00:00.123456+00', 'a')");
    const row = (await replica().read([key(1)])).get(key(1));
    const seen = row?.columns['seen']?.text ?? null;
    const outcomes = await replica().write([
      { kind: 'update', key: key(1), set: { seen: '2025-01-01T00:00:00.5Z' }, expect: { seen } },
    ]);
    expect(outcomes).toMatchObject([
      { kind: 'applied', row: { columns: { seen: { text: '2025-01-01 00:00:00.5+00' } } } },
    ]);
  });

  test('what triggers make of a value is what we report: before, after and deferred ones', async () => {
    const { owner, replica } = await withRows('a');
    await owner.query(`
      create function before_it() returns trigger language plpgsql as $$
        begin new.email := lower(new.email); return new; end $$;
      create trigger before_it before update on contacts for each row execute function before_it();
      create function after_it() returns trigger language plpgsql as $$
        begin update contacts set first_name = tg_argv[0] || coalesce(first_name, '') where id = new.id; return null; end $$;
      create trigger after_it after update of email on contacts for each row execute function after_it('after ');
      create constraint trigger deferred_it after update of email on contacts deferrable initially deferred
        for each row execute function after_it('deferred ')`);
    const [outcome] = await replica().write([update(1, 'LOUD', 'a')]);
    expect(outcome).toMatchObject({
      kind: 'applied',
      row: { columns: { email: { text: 'loud' }, first_name: { text: 'deferred after ' } } },
    });
  });

  test('triggers see the settings of an ordinary client', async () => {
    const { owner, replica } = await withRows('a');
    const { rows } = await owner.query<{ name: string }>('select current_database() as name');
    await owner.query(`alter database ${rows[0]?.name} set timezone = 'Asia/Tokyo'`);
    await owner.query(`
      create function zone() returns trigger language plpgsql as $$
        begin new.first_name := current_setting('timezone'); return new; end $$;
      create trigger zone before update on contacts for each row execute function zone()`);
    const [outcome] = await replica().write([update(1, 'b', 'a')]);
    expect(outcome).toMatchObject({ row: { columns: { first_name: { text: 'Asia/Tokyo' } } } });
  });

  test('our own write is flushed even where the database does not wait for its disk', async () => {
    const { owner, replica } = await withRows('a');
    await owner.query(`alter role current_user set synchronous_commit = off;
      create table seen (setting text);
      create function note() returns trigger language plpgsql as $$
        begin insert into seen values (current_setting('synchronous_commit')); return null; end $$;
      create trigger note after update on contacts for each row execute function note()`);
    try {
      await replica().write([update(1, 'A', 'a')]);
      expect((await owner.query('select setting from seen')).rows).toEqual([{ setting: 'on' }]);
    } finally {
      await owner.query('alter role current_user reset synchronous_commit');
    }
  });

  test('our own write enters the log like anybody else’s', async () => {
    const { replica } = await withRows('a');
    const start = await replica().currentCheckpoint();
    await replica().write([update(1, 'A', 'a')]);
    const page = await replica().readChanges(start, 10);
    expect(page).toMatchObject({ kind: 'page', changes: [{ key: '1' }] });
  });

  test('two commands for one row in one call happen one after the other', async () => {
    const { owner, replica } = await withRows('a');
    const outcomes = await replica().write([
      update(1, 'b', 'a'),
      update(1, 'c', 'b'),
      remove(1, 'c'),
    ]);
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['applied', 'applied', 'applied']);
    expect(await emails(owner)).toEqual([]);
  });

  test('different columns, and nulls, in one page', async () => {
    const { owner, replica } = await withRows('a', 'b', 'c');
    await replica().write([
      {
        kind: 'update',
        key: key(1),
        set: { email: null, tags: ['x', 'y "z" \\', 'NULL'] },
        expect: {},
      },
      { kind: 'update', key: key(2), set: { first_name: 'B' }, expect: {} },
      { kind: 'update', key: key(3), set: { tags: [] }, expect: {} },
    ]);
    const { rows } = await owner.query('select email, first_name, tags from contacts order by id');
    expect(rows).toEqual([
      { email: null, first_name: null, tags: ['x', 'y "z" \\', 'NULL'] },
      { email: 'b', first_name: 'B', tags: null },
      { email: 'c', first_name: null, tags: [] },
    ]);
  });

  test('values of every common type, one column at a time and all at once', async () => {
    const names = samples.map((_, i) => `v${i}`);
    const { owner, replica } = await crm.create(
      `create extension citext; create type mood as enum ('sad', 'ok');
       create domain mail as text check (value like '%@%'); create type place as (city text, zip int);
       create table contacts (id int primary key, ${samples.map(([type], i) => `v${i} ${type}`).join(', ')});
       insert into contacts select n from generate_series(0, ${samples.length}) n`,
      { ...contacts, columns: names },
    );
    const all = Object.fromEntries(samples.map(([, value], i) => [`v${i}`, value]));
    const single = samples.map((_, i) => ({ [`v${i}`]: all[`v${i}`] ?? null }));
    const outcomes = await replica().write(
      [...single, all].map((set, id) => ({
        kind: 'update',
        key: key(id),
        set,
        expect: { v0: null },
      })),
    );
    const texts = samples.map(([, , text], i) => [`v${i}`, { text }] as const);
    const stored = [...texts.map((one) => [one]), texts].map((columns) => ({
      kind: 'applied',
      row: { columns: Object.fromEntries(columns) },
    }));
    expect(outcomes).toMatchObject(stored);
    const { rows } = await owner.query(`select from contacts where v0 = 42`);
    expect(rows).toHaveLength(2);
  });

  test('generated columns are never written; the answer shows what they hold', async () => {
    const { owner, replica } = await crm.create(
      `create table contacts (id int primary key, email text,
         domain text generated always as (split_part(email, '@', 2)) stored)`,
      { ...contacts, columns: ['email', 'domain'] },
    );
    await owner.query("insert into contacts values (1, 'a@x')");
    const outcomes = await replica().write([
      { kind: 'update', key: key(1), set: { email: 'a@y', domain: 'z' }, expect: {} },
      { kind: 'insert', key: key(2), set: { email: 'b@w', domain: 'z' }, unlessMatch: null },
    ]);
    expect(outcomes).toMatchObject([
      { kind: 'applied', row: { columns: { domain: { text: 'y' } } } },
      { kind: 'applied', row: { columns: { domain: { text: 'w' } } } },
    ]);
  });

  test('rows of partitions and of composite keys', async () => {
    const { owner, replica } = await crm.create(
      `create table contacts (id bigint, region text, email text, primary key (id, region)) partition by list (region);
       create table contacts_eu partition of contacts for values in ('eu')`,
      { ...contacts, key: ['id', 'region'], columns: ['email'] },
    );
    await owner.query("insert into contacts values (1, 'eu', 'a')");
    const [one, two] = [key('["1","eu"]'), key('["2","eu"]')];
    const outcomes = await replica().write([
      { kind: 'update', key: one, set: { email: 'A' }, expect: { email: 'a' } },
      {
        kind: 'insert',
        key: two,
        set: { email: 'B' },
        unlessMatch: { column: 'email', value: 'b' },
      },
    ]);
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['applied', 'applied']);
    expect(await emails(owner)).toEqual(['A', 'B']);
    expect(await replica().write([{ kind: 'delete', key: one, expect: {} }])).toEqual([
      { kind: 'applied', row: null },
    ]);
  });

  test('a delete that a trigger turns into a mark answers the row that stayed', async () => {
    const { owner, replica } = await withRows('a');
    await owner.query(`
      create function mark() returns trigger language plpgsql as $$
        begin update contacts set first_name = 'deleted' where id = old.id; return null; end $$;
      create trigger mark before delete on contacts for each row execute function mark()`);
    expect(await replica().write([remove(1, 'a')])).toMatchObject([
      { kind: 'applied', row: { columns: { first_name: { text: 'deleted' } } } },
    ]);
  });
});
