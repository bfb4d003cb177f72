/** `trivet plan` on a running sandbox: it writes nothing anywhere, and what it says is what the sync then does. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SyncPlan } from '../../lib/plan/plan-sync.ts';
import { openPlanFile, type PlanHead } from '../../lib/plan/plan-file.ts';
import type { PlannedRecord } from '../../lib/plan/planned-record.ts';
import { startRealSystems, type RealSystems } from '../support/real-systems.ts';
import { hashOf, openSandbox, type SandboxUnderTest } from '../support/sandbox.ts';
import { runTrivet, spawnTrivet, type Ran } from '../support/trivet-process.ts';
import { dumpWhole } from '../support/whole-dump.ts';

const SYNC = 'contacts-news';
const CONFIG = join(import.meta.dirname, 'fixtures/writes.config.ts');

const countOf = ({ groups }: SyncPlan, kind: string, field: string | null = null): number =>
  groups.find((group) => group.kind === kind && group.field === field)?.count ?? 0;

describe('a plan of a live sync', () => {
  const dir = mkdtempSync(join(tmpdir(), 'trivet-plan-'));
  const file = join(dir, 'plan.json');
  let sandbox: SandboxUnderTest;

  const trivet = (...args: string[]): Promise<Ran> =>
    runTrivet([...args, '--sandbox', sandbox.description.control]);
  const planned = async (...args: string[]): Promise<SyncPlan> => {
    const ran = await trivet('plan', SYNC, '--json', ...args);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    return (JSON.parse(ran.stdout) as { plan: SyncPlan }).plan;
  };
  const archived = async (): Promise<number> => (await sandbox.members('archived')).length;

  /** Who is to be archived by the plan that is kept. */
  async function archivable(): Promise<readonly PlannedRecord[]> {
    const found: PlannedRecord[] = [];
    for await (const record of (await openPlanFile(file)).records())
      if (record.deeds.some(({ kind }) => kind === 'archive-app')) found.push(record);
    return found;
  }

  /** Nothing rings for the app's own changes, so that a paused sync really stands still. */
  async function removeWebhooks(): Promise<void> {
    const path = `${sandbox.list}/webhooks`;
    const { body } = await sandbox.api<{ webhooks: { id: string }[] }>('GET', path);
    for (const { id } of body.webhooks) await sandbox.api('DELETE', `${path}/${id}`);
  }

  beforeAll(async () => {
    sandbox = await openSandbox(['--contacts', '60', '--seed', '3', '--config', CONFIG]);
    await sandbox.settle();
    await removeWebhooks();
    await trivet('pause', SYNC);
    await sandbox.sql(`update contacts set city = 'Planned' where id <= 4 and email is not null`);
    await sandbox.sql(`insert into contacts (email, first_name) values ('new@crm.test', 'New')`);
    await sandbox.sql(
      `delete from contacts where id in (select id from contacts where email_status = 'subscribed' order by id desc limit 5)`,
    );
    const [member] = await sandbox.sql<{ email: string }>(
      `select email from contacts where email_status = 'subscribed' order by id limit 1`,
    );
    await sandbox.person('unsubscribe', { email: member?.email });
  });
  afterAll(async () => {
    await sandbox.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  test('C7 writes nothing: neither state nor message, neither row nor mark, neither member nor call', async () => {
    const before = await dumpWhole(sandbox);
    const plan = await planned('-o', file);
    expect(plan.records).toBeGreaterThan(60);
    expect(await dumpWhole(sandbox)).toEqual(before);
  });

  test('is kept for its owner alone, with what it was judged on', async () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const { head, records } = await openPlanFile(file);
    expect(head).toMatchObject({ sync: SYNC, target: { mode: 'sandbox' } });
    const kinds = new Set<string>();
    for await (const { deeds } of records()) for (const { kind } of deeds) kinds.add(kind);
    expect([...kinds].toSorted()).toEqual(
      expect.arrayContaining(['archive-app', 'create-app', 'write-app', 'unsubscribe-crm']),
    );
  });

  test('tells people what it would do, of whom, why, and what a brake would hold', async () => {
    const { stdout, code } = await trivet('plan', SYNC);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^sandbox http/);
    expect(stdout).toMatch(/nothing was written/);
    expect(stdout).toMatch(/ 1 {2}create in news\n +\d+ new@crm\.test/);
    expect(stdout).toMatch(/ 4 {2}write to news: city\n.*→ “Planned”/);
    expect(stdout).toMatch(/archive: 2 of 5 would be held in one run/);
    expect(stdout).toMatch(/calls +\d+ calls to news/);
  });

  test('is what the sync then does', async () => {
    const plan = await planned();
    const before = await archived();
    await trivet('resume', SYNC);
    const status = (await sandbox.settle()).syncs[SYNC];
    const { held = 0, wanted = 0 } = plan.brakes.find((each) => each.class === 'archive') ?? {};
    expect([wanted, held]).toEqual([5, 2]);
    expect((await archived()) - before).toBe(wanted - held);
    expect(status?.records.held).toBe(held);
    const cities = (await sandbox.members()).filter(
      ({ merge_fields: { CITY } }) => CITY === 'Planned',
    );
    expect(cities).toHaveLength(countOf(plan, 'write-app', 'city'));
    const rest = await planned();
    expect(rest.groups.map(({ kind }) => kind)).toEqual(
      expect.not.arrayContaining(['create-app', 'create-crm', 'write-app', 'write-crm']),
    );
    expect(countOf(rest, 'archive-app')).toBe(held);
  });

  test('is carried out when a person accepts it, but for whoever has moved since', async () => {
    await planned('-o', file);
    const [moved, other] = await archivable();
    const path = `${sandbox.list}/members/${hashOf(moved?.name ?? '')}`;
    await sandbox.api('PATCH', path, { merge_fields: { CITY: 'Moved' } });
    const unasked = await trivet('apply', file);
    expect(unasked).toMatchObject({ code: 4 });
    expect(unasked.stderr).toMatch(/Nothing was changed: nobody can be asked here/);
    const before = await archived();
    const ran = await trivet('apply', file, '--yes', '--json');
    expect(JSON.parse(ran.stdout)).toMatchObject({
      mode: 'sandbox',
      orders: 2,
      applied: 1,
      moved: 1,
      failed: 0,
      stopped: null,
      excuses: [{ kind: 'moved', key: moved?.key, reason: 'the app’s record changed since' }],
    });
    expect(ran.code).toBe(1);
    expect((await archived()) - before).toBe(1);
    expect((await sandbox.members('archived')).map((each) => each.email_address)).toContain(
      other?.name,
    );
  });

  test('is done once: a second time it finds nothing left to do', async () => {
    const before = await archived();
    const { stdout, code } = await trivet('apply', file, '--yes');
    expect(stdout).toMatch(
      /2 records of the plan: 0 done · 1 had nothing left to do · 1 moved since/,
    );
    expect([code, (await archived()) - before]).toEqual([1, 0]);
  });

  test('is finished by another attempt when its command and a lane are killed in it', async () => {
    await sandbox.sql(
      `delete from contacts where id in (select id from contacts where email_status = 'subscribed' order by id desc limit 15)`,
    );
    await sandbox.ring();
    await sandbox.settle();
    const kept = join(dir, 'killed.json');
    const { brakes } = await planned('-o', kept);
    const held = brakes.find((each) => each.class === 'archive')?.held ?? 0;
    expect(held).toBeGreaterThanOrEqual(12);
    const before = await archived();
    await sandbox.fault({ kind: 'latency', ms: 400, match: 'DELETE /', rate: 1, count: 1_000 });
    const first = spawnTrivet(['apply', kept, '--yes', '--sandbox', sandbox.description.control]);
    while ((await archived()) === before) await sleep(50);
    first.kill('SIGKILL');
    expect(await sandbox.kill('apply')).toBe(200);
    await sandbox.clearFaults();
    const ran = await trivet('apply', kept, '--yes', '--json');
    const told = JSON.parse(ran.stdout) as Record<string, number | null>;
    expect(told).toMatchObject({ failed: 0, stopped: null });
    expect(Number(told['applied']) + Number(told['already']) + Number(told['moved'])).toBe(
      told['orders'],
    );
    expect((await archived()) - before).toBe(held);
  });

  test.each<[string, (head: PlanHead) => object, RegExp]>([
    ['made by another map', () => ({ code: 'nonono' }), /made by another map \(nonono\)/],
    [
      'made for another audience',
      ({ ends }) => ({ ends: { ...ends, app: 'other' } }),
      /the app’s object was “other” when this plan was made/,
    ],
    ['made for another stack', () => ({ target: { mode: 'aws', name: 'x' } }), /made for aws x/],
    ['that is too old', () => ({ madeAt: 0 }), /is \d+ days old, and a plan is good for 7/],
  ])('%s is refused with one sentence, and nothing is written', async (_what, spoil, expected) => {
    const before = await archived();
    const [first = '', ...lines] = readFileSync(file, 'utf8').split('\n');
    const head = JSON.parse(first) as PlanHead;
    const spoilt = join(dir, 'spoilt.json');
    writeFileSync(spoilt, [JSON.stringify({ ...head, ...spoil(head) }), ...lines].join('\n'));
    const ran = await trivet('apply', spoilt, '--yes');
    expect(ran).toMatchObject({ code: 4, stdout: '' });
    expect(ran.stderr).toMatch(expected);
    expect(await archived()).toBe(before);
  });

  test('of a sync that is not there names those that are', async () => {
    const ran = await trivet('plan', 'nowhere');
    expect(ran).toMatchObject({ code: 2 });
    expect(ran.stderr).toMatch(/no sync “nowhere”; there is contacts-news/);
  });
});

describe('a plan before anything was started or installed', () => {
  let real: RealSystems;

  /** Of the CRM: its rows, its sequences, and that nothing of ours is in it. */
  async function dumpReal(): Promise<unknown> {
    const ask = async (text: string): Promise<unknown> => (await real.crm.query(text)).rows;
    return {
      contacts: await ask('select * from contacts order by id'),
      leads: await ask('select * from sales.leads order by id'),
      sequences: await ask('select schemaname, sequencename, last_value from pg_sequences'),
      schemas: await ask('select nspname from pg_namespace order by 1'),
      triggers: await ask('select tgname from pg_trigger where not tgisinternal'),
      members: [await real.members(real.news), await real.members(real.sales)],
      files: readdirSync(real.dir),
    };
  }

  beforeAll(async () => {
    real = await startRealSystems(18);
    await real.crm.query('drop schema trivet cascade');
  });
  afterAll(() => real.stop());

  test('says what a first sync would do, and leaves no trace', async () => {
    const before = await dumpReal();
    const ran = await runTrivet(['plan', SYNC, '--json'], { cwd: real.dir });
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    const { mode, plan } = JSON.parse(ran.stdout) as { mode: string; plan: SyncPlan };
    expect(mode).toBe('local');
    expect(plan).toMatchObject({ round: null, change: null, records: 41 });
    expect({
      toApp: countOf(plan, 'create-app'),
      toCrm: countOf(plan, 'create-crm'),
      names: countOf(plan, 'write-app', 'first_name'),
    }).toEqual({ toApp: 39, toCrm: 1, names: 1 });
    expect(await dumpReal()).toEqual(before);
  });

  test('names the configuration it reads, and what it cannot reach', async () => {
    const env = { CRM_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/crm' };
    const ran = await runTrivet(['plan', SYNC, '--config', real.configPath], { env });
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toMatch(/127\.0\.0\.1/);
  });
});
