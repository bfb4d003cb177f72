/** From a database that knows nothing of Trivet to a sync both ways by a role with the least rights, and back to nothing. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFreePort } from '../../lib/local/services/free-port.ts';
import { dumpCatalog } from '../pg/support/catalog.ts';
import { startRealSystems, type RealSystems } from '../support/real-systems.ts';
import { runTrivet, startTrivet, type Ran, type RunningTrivet } from '../support/trivet-process.ts';

let real: RealSystems;
let local: RunningTrivet | undefined;

const trivet = (...args: string[]): Promise<Ran> => runTrivet(args, { cwd: real.dir });
const jsonOf = ({ stdout }: Ran): Record<string, unknown> =>
  JSON.parse(stdout) as Record<string, unknown>;
const emailOf = async (id: number): Promise<string> => {
  const { rows } = await real.crm.query<{ email: string }>(
    'select email from contacts where id = $1',
    [id],
  );
  return rows[0]?.email ?? '';
};

/** Trivet connects as a guest; the owner's address stands beside. */
function separateRoles(): void {
  const file = join(real.dir, '.env');
  const guest = new URL(real.postgres.url);
  guest.username = 'trivet';
  guest.password = 'gu3st';
  const text = readFileSync(file, 'utf8').replace(/^CRM_DATABASE_URL=.*$/m, '');
  writeFileSync(file, text);
  appendFileSync(file, `CRM_DATABASE_URL=${guest.href}\nCRM_ADMIN_URL=${real.postgres.url}\n`);
}

describe.each([13, 15, 18] as const)('on Postgres %i', (version) => {
  let before: readonly string[];
  beforeAll(async () => {
    real = await startRealSystems(version, { isInstalled: false });
    separateRoles();
    before = await dumpCatalog(real.crm);
  });
  afterAll(async () => {
    await local?.stop();
    local = undefined;
    await real.stop();
  });

  test('a role that is not there is said, with the SQL that makes it', async () => {
    const ran = await trivet('install', '--yes');
    expect(ran).toMatchObject({ code: 4, stdout: '' });
    expect(ran.stderr).toContain(`create role "trivet" login password '…'`);
    await real.crm.query(`create role trivet login password 'gu3st'`);
    before = await dumpCatalog(real.crm);
  });

  test('asked for the SQL, it prints that and changes nothing', async () => {
    const ran = await trivet('install', '--print');
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).toMatch(/^-- local .*\(not running\)\n-- for “postgres” at 127\.0\.0\.1:/);
    expect(ran.stdout).toContain(
      'create trigger trivet_capture_update after update on "sales"."leads"',
    );
    expect(ran.stdout).toContain('to "trivet";');
    expect(ran.stdout).not.toContain('gu3st');
    expect(await dumpCatalog(real.crm)).toEqual(before);
    const { sql } = jsonOf(await trivet('install', '--print', '--json'));
    expect(ran.stdout).toContain(sql);
  });

  test('without a terminal it refuses to go on, unless told', async () => {
    const ran = await trivet('install');
    expect(ran).toMatchObject({ code: 4, stdout: '' });
    expect(ran.stderr).toMatch(/To be done in “postgres” at .* as postgres \(CRM_ADMIN_URL\)/);
    expect(ran.stderr).toMatch(/Nothing was changed: nobody can be asked here\. Say --yes/);
    expect(await dumpCatalog(real.crm)).toEqual(before);
  });

  test('an owner’s address that leads to another database than Trivet reads is refused', async () => {
    const other = real.postgres.url.replace(/postgres$/, 'template1');
    const ran = await trivet('install', '--yes', '--database-url', other);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toMatch(
      /--database-url leads to “template1” at .*, but Trivet reads “postgres” at .*: another database/,
    );
  });

  test('told so, it installs; told again, there is nothing to do', async () => {
    expect(jsonOf(await trivet('install', '--yes', '--json'))).toMatchObject({
      mode: 'local',
      role: 'trivet',
      done: true,
      database: { user: 'postgres' },
      tables: [{ table: 'public.contacts', warnings: [] }, { table: 'sales.leads' }],
    });
    const again = await trivet('install', '--yes');
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(again.stdout).toContain('everything is there, nothing was changed');
  });

  test('a role with only those grants syncs both ways', async () => {
    local = await startTrivet(['local', '--json', '--port', String(await findFreePort())], {
      cwd: real.dir,
    });
    const sync = async (): Promise<void> => {
      expect((await trivet('sync', '--once', '--json')).code).toBe(0);
    };
    await sync();
    expect(await real.members(real.news)).toHaveLength(41);
    const made = `select first_name from contacts where email = 'only-there@people.trivet.dev'`;
    expect((await real.crm.query(made)).rows).toEqual([{ first_name: 'There' }]);
    await real.crm.query(`update contacts set first_name = 'Edited' where id = 2`);
    await real.crm.query('delete from contacts where id = 3');
    const email = await emailOf(4);
    await real.person(real.news, 'unsubscribe', { email, reason: 'enough' });
    await sync();
    const { rows } = await real.crm.query(`select email_status from contacts where email = $1`, [
      email,
    ]);
    expect(rows).toEqual([{ email_status: 'unsubscribed' }]);
    const members = await real.members(real.news);
    expect(members.filter(({ merge_fields }) => merge_fields['FNAME'] === 'Edited')).toHaveLength(
      1,
    );
    expect(members.filter(({ status }) => status === 'archived')).toHaveLength(1);
    const status = jsonOf(await trivet('status', '--json'));
    expect(status).toMatchObject({ syncs: { 'contacts-news': { records: { 'in step': 40 } } } });
    const { rows: users } = await real.crm.query(
      `select distinct usename from pg_stat_activity where application_name = 'trivet'`,
    );
    expect(users).toEqual([{ usename: 'trivet' }]);
  });

  test('the capture is not taken from under a sync that runs', async () => {
    const ran = await trivet('uninstall', '--yes');
    expect(ran).toMatchObject({ code: 4, stdout: '' });
    expect(ran.stderr).toMatch(/contacts-news, leads-sales are running and read this capture/);
    await trivet('pause', 'leads-sales');
    const one = await trivet('uninstall', '--table', 'sales.leads', '--yes', '--json');
    expect(jsonOf(one)).toMatchObject({ mode: 'local', tables: ['sales.leads'], done: true });
    expect((await trivet('uninstall', '--yes')).stderr).toMatch(/: contacts-news is running/);
  });

  test('uninstalled, it leaves no trace', async () => {
    await local?.stop();
    local = undefined;
    const ran = await trivet('uninstall', '--yes');
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.stdout).toContain('Taken away');
    expect(await dumpCatalog(real.crm)).toEqual(before);
    expect((await trivet('uninstall', '--yes')).stdout).toContain('there is nothing to take away');
  });
});
