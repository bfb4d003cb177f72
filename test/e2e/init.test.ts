/** From nothing but a database and an audience to a live two-way sync, as the README says: init, install, local. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFreePort } from '../../lib/local/services/free-port.ts';
import {
  startRealSystems,
  type AudienceMember,
  type RealSystems,
} from '../support/real-systems.ts';
import { runTrivet, startTrivet, type Ran, type RunningTrivet } from '../support/trivet-process.ts';

let real: RealSystems;
let local: RunningTrivet | undefined;

const trivet = (...args: string[]): Promise<Ran> => runTrivet(args, { cwd: real.dir });

const memberOf = async (email: string): Promise<AudienceMember | undefined> =>
  (await real.members(real.news)).find(({ email_address }) => email_address === email);

async function done(ran: Promise<Ran>): Promise<void> {
  const { code, stderr } = await ran;
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) as string });
}

beforeAll(async () => {
  real = await startRealSystems(18);
  await real.crm.query(`alter table contacts add last_name text, add deleted_at timestamptz;
    update contacts set last_name = 'Last ' || id, deleted_at = case when id = 40 then now() end`);
  const { apiKey, baseUrl } = real.news;
  await fetch(`${baseUrl}/lists/a1news/merge-fields`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Full name', type: 'text', tag: 'FULL' }),
  });
  writeFileSync(
    join(real.dir, '.env'),
    `CRM_DATABASE_URL=${real.postgres.url}\nMAILCHIMP_API_KEY=${apiKey}\nMAILCHIMP_BASE_URL=${baseUrl}\n`,
  );
});
afterAll(async () => {
  await local?.stop();
  await real.stop();
});

test('what init writes is installed, started, and keeps both ends in step', async () => {
  await done(trivet('init', '--yes', '--force', '--table', 'contacts'));
  expect(readFileSync(real.configPath, 'utf8')).toContain('row.deleted_at === null');
  await done(trivet('install', '--yes'));
  const port = await findFreePort();
  local = await startTrivet(['local', '--json', '--port', String(port)], { cwd: real.dir });
  await done(trivet('sync', '--once'));
  const [first, deleted] = await Promise.all([
    memberOf('contacts1@people.trivet.dev'),
    memberOf('contacts40@people.trivet.dev'),
  ]);
  expect(first?.merge_fields).toMatchObject({ FNAME: 'First 1', FULL: 'First 1 Last 1' });
  expect(deleted).toBeUndefined();

  await real.crm.query(`update contacts set last_name = 'Changed' where id = 2`);
  const email = 'contacts4@people.trivet.dev';
  await real.person(real.news, 'unsubscribe', { email, reason: 'enough' });
  await done(trivet('sync', '--once'));
  expect((await memberOf('contacts2@people.trivet.dev'))?.merge_fields['FULL']).toBe(
    'First 2 Changed',
  );
  const text = 'select email_status from contacts where email = $1';
  expect((await real.crm.query(text, [email])).rows).toEqual([{ email_status: 'unsubscribed' }]);
});
