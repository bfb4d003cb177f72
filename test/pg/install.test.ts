/** What an installation changes, step by step, and that an uninstallation takes away all of it and nothing else. */
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import type { CaptureTable } from '../../lib/crm/capture-plan.ts';
import { formatScript, runSteps } from '../../lib/crm/change-plan.ts';
import { installCapture, planInstall } from '../../lib/crm/install.ts';
import type { Queryable } from '../../lib/crm/statement.ts';
import { planUninstall, uninstallCapture } from '../../lib/crm/uninstall.ts';
import { describePostgres, type TestDatabase } from '../support/postgres.ts';
import { dumpCatalog } from './support/catalog.ts';
import { logEntries } from './support/crm.ts';

jest.setTimeout(60_000);

const TABLES: readonly CaptureTable[] = [
  { table: { schema: 'public', name: 'contacts' }, key: ['id'], columns: ['email', 'tags'] },
  {
    table: { schema: 'Sales "EU"', name: 'My Leads' },
    key: ['Order', 'region'],
    columns: ['E-mail'],
  },
];
const [CONTACTS, LEADS] = TABLES as [CaptureTable, CaptureTable];

const SQL = `
  create table contacts (id bigint primary key generated always as identity, email text, tags text[], notes text);
  insert into contacts (email) select n || '@crm.test' from generate_series(1, 100) n;
  create schema "Sales ""EU""";
  create table "Sales ""EU"""."My Leads" ("Order" int, region text, "E-mail" text, primary key ("Order", region))
    partition by list (region);
  create table "Sales ""EU"""."North; --" partition of "Sales ""EU"""."My Leads" for values in ('north');
  create table "Sales ""EU""".south partition of "Sales ""EU"""."My Leads" for values in ('south');`;

describePostgres('installing and uninstalling', (postgres) => {
  const roles: string[] = [];
  const databases: TestDatabase[] = [];
  afterEach(async () => {
    for (const { name } of databases.splice(0)) {
      await asSuperuser(`drop database if exists ${name} with (force)`);
    }
    for (const role of roles.splice(0)) await asSuperuser(`drop role if exists ${role}`);
  });
  const asSuperuser = async (sql: string): Promise<void> => {
    const client = new Client({ connectionString: postgres.server().url });
    await client.connect();
    await client.query(sql);
    await client.end();
  };
  const open = async (): Promise<{ database: TestDatabase; owner: Client; role: string }> => {
    const database = await postgres.createDatabase();
    const owner = await database.connect();
    const role = `guest_${randomBytes(4).toString('hex')}`;
    databases.push(database);
    roles.push(role);
    await owner.query(SQL);
    await owner.query(`create role ${role} login`);
    return { database, owner, role };
  };
  const install = async (owner: Queryable, role: string): Promise<void> => {
    const { steps } = await planInstall(owner, { tables: TABLES, role });
    await runSteps(owner, steps);
  };

  test('uninstalling leaves no trace in the catalog, and no row is touched', async () => {
    const { owner, role } = await open();
    const before = await dumpCatalog(owner);
    await install(owner, role);
    expect((await dumpCatalog(owner)).length).toBeGreaterThan(before.length + 20);
    await owner.query("update contacts set email = 'x' where id = 1");
    await uninstallCapture(owner);
    expect(await dumpCatalog(owner)).toEqual(before);
    expect((await planUninstall(owner)).steps).toEqual([]);
  });

  test('the printed script alone does the same as the installation', async () => {
    const [ran, scripted] = [await open(), await open()];
    await install(ran.owner, ran.role);
    const { steps } = await planInstall(scripted.owner, { tables: TABLES, role: scripted.role });
    await scripted.owner.query(formatScript(steps));
    const neutral = (lines: readonly string[], one: typeof ran): readonly string[] =>
      lines
        .filter((line) => !line.startsWith('["database"'))
        .map((line) =>
          line.replaceAll(one.role, 'guest').replaceAll(/\(\d+,\d+,|"?relfilenode"?/g, '('),
        )
        .map((line) => line.replace(/^(\["relation","[^,]*,"[^,]*","[^,]*",)"?\d+"?/, '$1'));
    expect(neutral(await dumpCatalog(scripted.owner), scripted)).toEqual(
      neutral(await dumpCatalog(ran.owner), ran),
    );
    const again = await planInstall(scripted.owner, { tables: TABLES, role: scripted.role });
    expect(again.steps).toEqual([]);
    await scripted.owner.query(formatScript((await planUninstall(scripted.owner)).steps));
    expect((await planUninstall(scripted.owner)).steps).toEqual([]);
  });

  test('planning changes nothing, and what is there already is not planned again', async () => {
    const { owner, role } = await open();
    const before = await dumpCatalog(owner);
    await planInstall(owner, { tables: TABLES, role });
    expect(await dumpCatalog(owner)).toEqual(before);
    await install(owner, role);
    expect((await planInstall(owner, { tables: TABLES, role })).steps).toEqual([]);
  });

  test('a crash at any statement leaves something that installing again completes', async () => {
    const { owner, role } = await open();
    const whole = (await planInstall(owner, { tables: TABLES, role })).steps;
    const count = whole.flatMap(({ statements }) => statements).length + 2 * whole.length;
    expect(count).toBeGreaterThan(20);
    for (let at = 1; at < count; at += 3) {
      const { steps } = await planInstall(owner, { tables: TABLES, role });
      await expect(runSteps(failingAt(owner, at), steps)).rejects.toThrow('the machine fell');
      await owner.query('rollback');
      await install(owner, role);
      expect((await planInstall(owner, { tables: TABLES, role })).steps).toEqual([]);
      await owner.query("update contacts set email = email || 'x' where id = 1");
      expect((await logEntries(owner)).map(({ op }) => op)).toEqual(['update']);
      await uninstallCapture(owner);
    }
  });

  test('no table is rewritten', async () => {
    const { owner, role } = await open();
    const files = async (): Promise<unknown> =>
      (
        await owner.query(
          `select relname, relfilenode from pg_class where relname in ('contacts', 'North; --') order by 1`,
        )
      ).rows;
    const before = await files();
    await install(owner, role);
    expect(await files()).toEqual(before);
  });

  test('one table is taken away, and the other goes on being captured', async () => {
    const { owner, role } = await open();
    await install(owner, role);
    await owner.query("update contacts set email = 'x' where id = 1");
    await owner.query(`insert into "Sales ""EU"""."North; --" values (1, 'north', 'a')`);
    const plan = await planUninstall(owner, LEADS.table);
    await runSteps(owner, plan.steps);
    expect(plan.tables).toEqual([`"Sales ""EU"""."My Leads"`]);
    await owner.query(`insert into "Sales ""EU"""."North; --" values (2, 'north', 'b')`);
    await owner.query("update contacts set email = 'y' where id = 1");
    expect((await logEntries(owner)).map(({ table_name }) => table_name)).toEqual([
      'public.contacts',
      'public.contacts',
    ]);
    expect((await planUninstall(owner, LEADS.table)).steps).toEqual([]);
    const missing = await planInstall(owner, { tables: [CONTACTS], role });
    expect(missing.steps).toEqual([]);
  });

  test('rights that a person granted are not taken back', async () => {
    const { owner, role } = await open();
    await owner.query(`grant select (email), update (email) on contacts to ${role}`);
    const before = await dumpCatalog(owner);
    await install(owner, role);
    await uninstallCapture(owner);
    expect(await dumpCatalog(owner)).toEqual(before);
  });

  test('a role has the rights of its configuration: nothing is inserted or deleted where no sync does', async () => {
    const { owner, role } = await open();
    const tables = [{ ...CONTACTS, inserts: false, deletes: false }];
    await runSteps(owner, (await planInstall(owner, { tables, role })).steps);
    const { rows } = await owner.query(
      `select has_table_privilege($1, 'contacts', 'delete') as deletes, has_any_column_privilege($1, 'contacts', 'insert') as inserts,
              has_column_privilege($1, 'contacts', 'email', 'update') as updates, has_column_privilege($1, 'contacts', 'notes', 'select') as reads_more`,
      [role],
    );
    expect(rows).toEqual([{ deletes: false, inserts: false, updates: true, reads_more: false }]);
  });

  test('a trigger that is only switched off is mended without waiting for readers', async () => {
    const { owner, role, database } = await open();
    await install(owner, role);
    await owner.query('alter table contacts disable trigger trivet_capture_update');
    const reader = await database.connect();
    await reader.query('begin; select count(*) from contacts');
    const plan = await planInstall(owner, { tables: TABLES, role });
    await runSteps(owner, plan.steps);
    await reader.query('commit');
    expect(plan.steps.map(({ changes }) => changes)).toEqual([
      ['trigger mended: public.contacts: trivet_capture_update'],
    ]);
    expect((await logEntries(owner)).map(({ op, keys }) => [op, keys])).toEqual([
      ['install', null],
    ]);
  });

  test('a table in use is tried again after a pause, in which others may pass', async () => {
    const { owner, database } = await open();
    const busy = await database.connect();
    await busy.query("begin; update contacts set email = 'x' where id = 1");
    let pauses = 0;
    const patience = {
      attempts: 3,
      pauseMs: 10,
      sleep: async () => {
        pauses += 1;
        await busy.query('commit');
      },
    };
    const report = await installCapture(owner, TABLES, patience);
    expect(pauses).toBe(1);
    expect(report.tables.map(({ created }) => created.length)).toEqual([4, 12]);
  });

  test('a function that somebody altered is put right', async () => {
    const { owner, role } = await open();
    await install(owner, role);
    const { rows } = await owner.query<{ name: string }>(
      `select proname as name from pg_proc where proname like 'capture_public_contacts%' and proname not like '%row'`,
    );
    const name = rows[0]?.name ?? '';
    for (const damage of [
      `alter function trivet.${name}() security invoker`,
      `alter function trivet.${name}() reset search_path`,
      `grant execute on function trivet.${name}() to public`,
    ]) {
      await owner.query(damage);
      const plan = await planInstall(owner, { tables: TABLES, role });
      expect(plan.steps.map(({ title, changes }) => [title, ...changes])).toEqual([
        ['public.contacts', 'what its triggers do'],
      ]);
      await runSteps(owner, plan.steps);
      expect((await planInstall(owner, { tables: TABLES, role })).steps).toEqual([]);
    }
  });

  test('all that the configuration gets wrong is told at once, and nothing is installed', async () => {
    const { owner } = await open();
    await owner.query('create table loose (id bigint, email text)');
    const wrong = [
      { ...CONTACTS, table: { schema: 'public', name: 'people' } },
      { ...CONTACTS, columns: ['email', 'mail', 'town'] },
      { ...CONTACTS, table: { schema: 'public', name: 'loose' }, columns: ['email'] },
    ];
    const failure = await planInstall(owner, { tables: wrong }).then(
      () => '',
      (error: unknown) => String(error),
    );
    expect(failure).toMatch(/public\.people is no table/);
    expect(failure).toMatch(/public\.contacts lacks the columns "mail", "town"/);
    expect(failure).toMatch(/The key \(id\) of public\.loose does not name one row/);
    expect((await planUninstall(owner)).steps).toEqual([]);
  });
});

/** A session whose connection breaks at the n-th statement that changes something. */
function failingAt(client: Queryable, at: number): Queryable {
  let count = 0;
  return {
    query: (text, values) => {
      count += 1;
      return count === at
        ? Promise.reject(new Error('the machine fell'))
        : client.query(text, values);
    },
  };
}
