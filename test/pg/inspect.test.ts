/** What `trivet init` learns of a database, on every supported Postgres. */
import { inspectDatabase, type Inspection } from '../../lib/crm/inspect.ts';
import { describePostgres } from '../support/postgres.ts';

describePostgres('looking at a database', (postgres) => {
  let inspection: Inspection | undefined;
  afterEach(() => inspection?.close());

  const inspect = async (sql: string): Promise<Inspection> => {
    const database = await postgres.createDatabase();
    const owner = await database.connect();
    await owner.query(sql);
    inspection = inspectDatabase({ url: database.url });
    return inspection;
  };

  test('tells tables, partitions and views, keys in their order, and types below their domains', async () => {
    const database = await inspect(`
      create schema "Sales"; create schema trivet; create table trivet.change_log (id int primary key);
      create type mood as enum ('sad', 'ok'); create domain mail as varchar(80) check (value like '%@%'); create domain feeling as mood;
      create table "Sales"."People" (no int, tenant int, "E-Mail" mail not null, how feeling, tags text[], gone int, at timestamptz default now(),
        full_text text generated always as (no::text) stored, primary key (tenant, no), unique ("E-Mail", no), unique (at));
      alter table "Sales"."People" drop column gone;
      create unique index on "Sales"."People" (lower("E-Mail")); create unique index on "Sales"."People" (no) where tenant = 1;
      create view everybody as select * from "Sales"."People";
      create table parted (id int primary key) partition by range (id); create table parted_1 partition of parted for values from (0) to (9);`);
    const found = await database.tables();
    expect(
      found.map(({ schema, name, relkind, is_partition: part }) => [schema, name, relkind, part]),
    ).toEqual([
      ['Sales', 'People', 'r', false],
      ['public', 'everybody', 'v', false],
      ['public', 'parted', 'p', false],
      ['public', 'parted_1', 'r', true],
    ]);
    const [people] = found;
    expect(people?.primary_key).toEqual(['tenant', 'no']);
    expect(people?.uniques).toEqual([
      { columns: ['no', 'tenant'], solid: true },
      { columns: ['no', 'E-Mail'], solid: true },
      { columns: ['at'], solid: false },
    ]);
    const columns = people?.columns.map(
      ({ name, base, kind, not_null: solid, filled, generated, labels }) =>
        [
          name,
          base,
          kind,
          solid ? 'solid' : '',
          generated ? 'generated' : filled ? 'filled' : '',
          labels.join(),
        ]
          .join(' ')
          .trim(),
    );
    expect(columns).toEqual([
      'no int4 scalar solid',
      'tenant int4 scalar solid',
      'E-Mail varchar scalar solid',
      'how mood enum   sad,ok',
      'tags text array',
      'at timestamptz scalar  filled',
      'full_text text scalar  generated',
    ]);
  });

  test('takes so many rows and so much of each text, and changes nothing', async () => {
    const database = await inspect(
      `create table contacts (id int primary key, "E-Mail" text, note text); insert into contacts select n, 'p' || n || '@x.test', repeat('ü', 5000) from generate_series(1, 50) n;`,
    );
    const values = await database.sample(
      { schema: 'public', name: 'contacts' },
      ['E-Mail', 'note'],
      20,
    );
    expect(values['E-Mail']).toHaveLength(20);
    expect(values['E-Mail']).toContain('p1@x.test');
    expect(values['note']?.[0]).toHaveLength(200);
  });
});
