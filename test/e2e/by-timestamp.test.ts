/** `trivet local` with a database that allows nothing of ours: read by timestamp, as a role with nothing but its grants. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFreePort } from '../../lib/local/services/free-port.ts';
import { startRealSystems, type RealSystems } from '../support/real-systems.ts';
import { runTrivet, startTrivet, type Ran, type RunningTrivet } from '../support/trivet-process.ts';

let real: RealSystems;
let local: RunningTrivet | undefined;

const trivet = (...args: string[]): Promise<Ran> => runTrivet(args, { cwd: real.dir });

/** The role that .env names from then on, with what `install` grants it. */
async function useGrantedRole(): Promise<void> {
  await real.crm.query("create role trivet_only login password 's3cret'");
  const url = new URL(real.postgres.url);
  url.username = 'trivet_only';
  url.password = 's3cret';
  const path = join(real.dir, '.env');
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replace(/^CRM_DATABASE_URL=.*$/m, `CRM_DATABASE_URL="${url.href}"`));
  const { code, stdout } = await trivet('install', '--yes', '--database-url', real.postgres.url);
  expect({ code, stdout }).toMatchObject({ code: 0 });
  const again = await trivet('install', '--yes', '--database-url', real.postgres.url);
  expect(again.stdout).toContain('everything is there');
}

async function syncAll(): Promise<void> {
  const { code, stdout, stderr } = await trivet('sync', '--once', '--json');
  expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
}

const nameInApp = async (email: string): Promise<string | undefined> =>
  (await real.members(real.news)).find(({ email_address }) => email_address === email)
    ?.merge_fields['FNAME'];

async function statusInCrm(email: string): Promise<string | null | undefined> {
  const text = 'select email_status from contacts where email = $1';
  const { rows } = await real.crm.query<{ email_status: string | null }>(text, [email]);
  return rows[0]?.email_status;
}

beforeAll(async () => {
  real = await startRealSystems(18, { capture: 'timestamp' });
  await useGrantedRole();
  const args = ['local', '--json', '--port', String(await findFreePort())];
  local = await startTrivet(args, { cwd: real.dir });
});

afterAll(async () => {
  await local?.stop();
  await real.stop();
});

test('a first sync, edits both ways, and a transaction that commits late', async () => {
  await syncAll();
  expect(await nameInApp('contacts1@people.trivet.dev')).toBe('First 1');
  await real.crm.query('begin');
  await real.crm.query("update contacts set first_name = 'Late', updated_at = now() where id = 3");
  await syncAll();
  await real.crm.query('commit');
  await real.crm.query("update contacts set first_name = 'Now', updated_at = now() where id = 2");
  const email = 'contacts4@people.trivet.dev';
  await real.person(real.news, 'unsubscribe', { email, reason: 'enough' });
  await syncAll();
  expect(await nameInApp('contacts2@people.trivet.dev')).toBe('Now');
  expect(await nameInApp('contacts3@people.trivet.dev')).toBe('Late');
  expect(await statusInCrm(email)).toBe('unsubscribed');
});

test('rounds without edits carry nothing, and nothing of ours is in the database', async () => {
  await syncAll();
  const { stdout } = await trivet('sync', '--once', '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    syncs: { 'contacts-news': { outcome: 'done', records: 0 } },
  });
  const { rows } = await real.crm.query(
    "select nspname from pg_namespace where nspname = 'trivet' union all select tgname from pg_trigger where not tgisinternal",
  );
  expect(rows).toEqual([]);
});

test('status says how far it has read, and what only the sweep sees', async () => {
  const { stdout } = await trivet('status');
  expect(stdout).toMatch(
    /read by timestamp up to .*; deleted rows are found by the sweep, last begun/,
  );
});

test('doctor says the limits of it, and finds nothing that keeps it from working', async () => {
  const { stdout } = await trivet('doctor', '--json');
  const { findings } = JSON.parse(stdout) as { findings: { severity: string; code: string }[] };
  const ofCrm = findings.filter(({ code }) => code.startsWith('crm.'));
  expect(ofCrm.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(ofCrm.map(({ code }) => code)).toEqual(
    expect.arrayContaining(['crm.timestamp-deletes', 'crm.timestamp-nobody-stamps']),
  );
});
