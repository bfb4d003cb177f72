/** `trivet local` between a database that others started and apps on other ports: two syncs, two accounts, one machine. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { InstanceDescription } from '../../lib/local/instance/instance.ts';
import { readStack } from '../../lib/local/running-stack.ts';
import { findFreePort } from '../../lib/local/services/free-port.ts';
import { identifyProcess } from '../../lib/local/services/process-identity.ts';
import { startRealSystems, type RealSystems } from '../support/real-systems.ts';
import {
  runTrivet,
  startTrivet,
  treeOf,
  type Ran,
  type RunningTrivet,
} from '../support/trivet-process.ts';

let real: RealSystems;
let port: number;
let local: RunningTrivet | undefined;

const trivet = (...args: string[]): Promise<Ran> => runTrivet(args, { cwd: real.dir });
const start = async (...more: string[]): Promise<RunningTrivet> => {
  const args = ['local', '--json', '--port', String(port), ...more];
  local = await startTrivet(args, { cwd: real.dir });
  return local;
};
const syncAll = async (): Promise<void> => {
  const { code, stdout } = await trivet('sync', '--once', '--json');
  expect({ code, told: JSON.parse(stdout) as unknown }).toMatchObject({
    code: 0,
    told: { syncs: { 'contacts-news': { outcome: 'done' }, 'leads-sales': { outcome: 'done' } } },
  });
};
const firstNameInApp = async (email: string): Promise<string | undefined> =>
  (await real.members(real.news)).find(({ email_address }) => email_address === email)
    ?.merge_fields['FNAME'];

const countMembers = async (): Promise<readonly number[]> => {
  const audiences = await Promise.all([real.members(real.news), real.members(real.sales)]);
  return audiences.map(({ length }) => length);
};

function useSystems(version: 18 | string): void {
  beforeAll(async () => {
    real = await startRealSystems(version);
    port = await findFreePort();
  });
  afterAll(async () => {
    await local?.stop();
    local = undefined;
    await real.stop();
  });
}

async function expectFirstSync(): Promise<void> {
  await syncAll();
  expect(await countMembers()).toEqual([41, 40]);
  expect(await firstNameInApp('contacts1@people.trivet.dev')).toBe('First 1');
  const { rows } = await real.crm.query(
    `select first_name from contacts where email = 'only-there@people.trivet.dev'`,
  );
  expect(rows).toEqual([{ first_name: 'There' }]);
}

async function expectEditsBothWays(): Promise<void> {
  await real.crm.query(`update contacts set first_name = 'Changed' where id = 2`);
  await real.crm.query(`update sales.leads set first_name = 'Lead' where id = 3`);
  const email = 'contacts4@people.trivet.dev';
  await real.person(real.news, 'unsubscribe', { email, reason: 'enough' });
  await syncAll();
  expect(await firstNameInApp('contacts2@people.trivet.dev')).toBe('Changed');
  const leads = await real.members(real.sales);
  expect(leads.some(({ merge_fields }) => merge_fields['FNAME'] === 'Lead')).toBe(true);
  const text = 'select email_status from contacts where email = $1';
  expect((await real.crm.query(text, [email])).rows).toEqual([{ email_status: 'unsubscribed' }]);
}

/** Waits until a page of contacts is in the hands of a function that waits for the app’s answer. */
async function untilInFlight(): Promise<void> {
  const read = readStack(join(real.dir, '.trivet/local/instance.json'));
  if (read.kind !== 'running') throw new Error(`trivet local is ${read.kind}`);
  const { aws, outputs } = read.stack;
  const queues = JSON.parse(outputs['LaneQueues'] ?? '') as Record<string, string>;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new SQSClient({ endpoint: aws.sqs, region: aws.region, credentials });
  const ask = new GetQueueAttributesCommand({
    QueueUrl: queues['contacts-news'],
    AttributeNames: ['ApproximateNumberOfMessagesNotVisible'],
  });
  for (;;) {
    const { Attributes } = await client.send(ask);
    if (Number(Attributes?.ApproximateNumberOfMessagesNotVisible) > 0) break;
    await sleep(50);
  }
  client.destroy();
}

/** In the middle of work, with everything below it. On AWS a page in flight would stay hidden for a quarter of an hour. */
async function expectToGoOnAfterKill(): Promise<void> {
  await real.crm.query(`update contacts set first_name = first_name || ' again'`);
  const fault = { kind: 'latency', ms: 60_000, match: 'POST /lists' };
  const faults = `${real.news.controlUrl}/faults`;
  await fetch(faults, { method: 'POST', body: JSON.stringify(fault) });
  // Its first line says that it has this stack: a later one would find none, and start its own.
  const watching = await startTrivet(['sync', 'contacts-news'], { cwd: real.dir });
  await untilInFlight();
  await local?.killAll();
  await fetch(faults, { method: 'DELETE' });
  expect(await watching.ended).not.toBe(0);
  await start();
  const from = performance.now();
  await syncAll();
  expect(performance.now() - from).toBeLessThan(30_000);
  const members = await real.members(real.news);
  expect(members.filter(({ merge_fields }) => !merge_fields['FNAME']?.endsWith('again'))).toEqual(
    [],
  );
  expect(await countMembers()).toEqual([41, 40]);
}

/** A schedule would take up to a minute. */
const RUNG_MS = 20_000;

async function expectWebhooksToRing(): Promise<void> {
  const registered = await trivet(
    'webhooks',
    'register',
    '--json',
    '--public-url',
    `http://127.0.0.1:${port}`,
  );
  expect(JSON.parse(registered.stdout)).toMatchObject({
    apps: { news: { outcome: 'registered' }, sales: { outcome: 'registered' } },
  });
  const email = 'contacts6@people.trivet.dev';
  await real.person(real.news, 'unsubscribe', { email, reason: 'enough' });
  const text = 'select 1 from contacts where email = $1 and email_status = $2';
  const endsAt = performance.now() + RUNG_MS;
  while ((await real.crm.query(text, [email, 'unsubscribed'])).rows.length === 0) {
    if (performance.now() > endsAt) throw new Error('nobody rang');
    await sleep(100);
  }
  expect(registered.stdout).not.toMatch(/[0-9a-f]{64}/);
}

/** Debian’s own programs, where they are. */
const DEBIAN = '/usr/lib/postgresql/15/bin';
const isDebian = existsSync(DEBIAN);
if (!isDebian)
  console.warn(`${DEBIAN} is not on this machine: “trivet local” is tried on 18 alone`);

(isDebian ? describe : describe.skip)('on the distribution’s Postgres 15', () => {
  useSystems(DEBIAN);

  test('the first sync, edits both ways and a SIGKILL end right', async () => {
    await start();
    await expectFirstSync();
    await expectEditsBothWays();
    await expectToGoOnAfterKill();
  });
});

describe('on Postgres 18', () => {
  useSystems(18);

  test('says all that its environment lacks, and starts nothing', async () => {
    const env = readFileSync(join(real.dir, '.env'), 'utf8');
    writeFileSync(join(real.dir, '.env'), 'MAILCHIMP_API_KEY_NEWS=secret-us1\n');
    const ran = await trivet('local');
    writeFileSync(join(real.dir, '.env'), env);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toMatch(/CRM_DATABASE_URL is not set.*MAILCHIMP_API_KEY_SALES is not set/s);
    expect(ran.stderr).not.toContain('secret-us1');
  });

  test('one line tells programs where it listens and what its syncs are', async () => {
    const { line } = await start();
    const description = JSON.parse(line) as InstanceDescription;
    expect(description).toMatchObject({
      mode: 'local',
      target: join(real.dir, '.trivet/local'),
      listens: `http://127.0.0.1:${port}`,
      publicUrl: null,
      syncs: { 'contacts-news': { everyMinutes: 1, webhook: null }, 'leads-sales': {} },
    });
    expect(line).not.toMatch(/postgres:|-us1/);
  });

  test('the first sync makes both pairs of ends equal', expectFirstSync);

  test('a second one on the same state is refused, and is told who has it', async () => {
    const ran = await trivet('local', '--port', String(await findFreePort()));
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain(`is in use by process ${local?.child.pid} (trivet local, since `);
    expect(ran.stderr).not.toMatch(/^\s+at /m);
  });

  test('edits travel both ways', expectEditsBothWays);

  test('a registered webhook brings a change at once, its secret unseen', expectWebhooksToRing);

  test(
    'killed in the middle of work, it goes on within seconds of its next start',
    expectToGoOnAfterKill,
  );

  test('after a reboot the number of its process means nothing, whoever has it now', async () => {
    await local?.killAll();
    const file = join(real.dir, '.trivet/local/processes.json');
    const claim = JSON.parse(readFileSync(file, 'utf8')) as { owner: object; children: object[] };
    const stranger = { pid: process.pid, startTicks: '1', bootId: 'the run before' };
    writeFileSync(file, JSON.stringify({ ...claim, owner: stranger, children: [stranger] }));
    await start();
    expect((await trivet('status')).code).toBe(0);
  });

  test('stopped, it leaves no process, and its state can still be read and worked on', async () => {
    const pids = treeOf(local?.child.pid as number);
    expect(await local?.stop()).toBe(0);
    expect(pids.length).toBeGreaterThan(2);
    expect(pids.filter((pid) => identifyProcess(pid) !== undefined)).toEqual([]);
    const read = await trivet('status', '--json');
    expect(read).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(read.stdout)).toMatchObject({
      mode: 'local',
      syncs: { 'contacts-news': { records: { 'in step': 41 } } },
    });
    expect((await trivet('status')).stdout).toMatch(/^local .*\(not running\)\n/);
    await real.crm.query(`update contacts set first_name = 'While it was away' where id = 5`);
    await syncAll();
    expect(await firstNameInApp('contacts5@people.trivet.dev')).toBe('While it was away');
  });

  test('a taken port is said before anything is announced', async () => {
    const { createServer } = await import('node:net');
    const server = createServer().listen(port, '127.0.0.1');
    const ran = await trivet('local', '--port', String(port));
    server.close();
    expect(ran).toMatchObject({ code: 1 });
    expect(ran.stderr).toContain(`Port ${port} on 127.0.0.1 is taken`);
  });

  test('nothing of it is left in the directory of the configuration but .trivet', () => {
    expect(readdirSync(real.dir).toSorted()).toEqual(['.env', '.trivet', 'trivet.config.ts']);
    rmSync(join(real.dir, '.trivet'), { recursive: true });
  });
});
