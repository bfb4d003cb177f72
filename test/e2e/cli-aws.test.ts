/**
 * The commands on a stack on AWS: the real SDK, its real choice of credentials and endpoints, and behind them
 * the sandbox’s services. CloudFormation alone is a stub.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openAwsStack, STACK, TARGET, type AwsStack } from '../support/aws-stack.ts';
import { loseMessage } from '../support/dead-letter.ts';
import { expectInStep } from '../support/equal-sides.ts';
import type { SandboxUnderTest } from '../support/sandbox.ts';
import { PROJECT_ROOT, runTrivet, startTrivet, type Ran } from '../support/trivet-process.ts';

/** The sample’s sync, with a brake: three archivings a run. */
const CONFIG = join(PROJECT_ROOT, 'test/e2e/fixtures/with-company.config.ts');
const SYNC = 'contacts-news';
let stack: AwsStack;
let sandbox: SandboxUnderTest;
let key: string;

beforeAll(async () => {
  stack = await openAwsStack(['--contacts', '40'], CONFIG);
  ({ sandbox } = stack);
  const [row] = await sandbox.sql<{ id: string }>(
    'select id::text from contacts where phone is not null order by contacts.id limit 1',
  );
  key = row?.id ?? '';
});

afterAll(() => stack.stop());

const run = (...args: string[]): Promise<Ran> => stack.run(...args);
const json = (...args: string[]): Promise<Record<string, unknown>> => stack.json(...args);

describe('every command says account, region and stack, and works', () => {
  test('status, by the profile’s credentials and region', async () => {
    expect(await json('status')).toMatchObject({
      syncs: { 'contacts-news': { records: { 'in step': 42, total: 42 } } },
    });
    expect(stack.cloudFormation.authorizations.at(-1)).toMatch(
      /Credential=AKIAPRODUCTION\/\d+\/eu-central-1\/cloudformation/,
    );
    const ran = await run('status', 'contacts-news');
    expect(ran.stdout).toMatch(new RegExp(`^aws ${TARGET}\ncontacts-news {2}42 records\n`));
  });

  test('explain, conflicts and resolve, on a field that was parked', async () => {
    await sandbox.sql(`update contacts set phone = 'no phone at all' where id = $1`, [key]);
    expect(await json('sync', 'contacts-news', '--once')).toMatchObject({
      syncs: { 'contacts-news': { outcome: 'done' } },
    });
    expect(await json('explain', 'contacts-news', key, 'phone')).toMatchObject({
      field: { parked: { kind: 'unreadable' } },
    });
    expect(await json('conflicts')).toMatchObject({ items: [{ key, field: 'phone' }] });
    expect(await json('resolve', 'contacts-news', key, 'phone', '--take', 'app')).toMatchObject({
      state: 'in step',
    });
    await expectInStep(sandbox);
  });

  test('pause, resume, plan, kept in a file, and apply, which carries out exactly that', async () => {
    expect(await json('pause', 'contacts-news', '--reason', 'a look first')).toMatchObject({
      sync: 'contacts-news',
      paused: { reason: 'a look first' },
    });
    await sandbox.sql(`update contacts set first_name = 'Planned' where id = $1`, [key]);
    const file = join(stack.home, 'plan.json');
    expect(await json('plan', 'contacts-news', '-o', file)).toMatchObject({ file });
    const early = await run('apply', file, '--yes', '--json');
    expect(early).toMatchObject({ code: 4 });
    expect(early.stdout).toMatch(/is paused by/);
    await json('resume', 'contacts-news');
    // A round of its own may be the first to write what was planned.
    const carried = await json('apply', file, '--yes');
    expect(carried).toMatchObject({ sync: 'contacts-news', orders: 1, moved: 0, failed: 0 });
    await expectInStep(sandbox);
    const [contact] = (await sandbox.contacts()).filter(({ id }) => id === key);
    expect(contact?.first_name).toBe('Planned');
  });

  test('watch, a document per look', async () => {
    const watching = await startTrivet(['watch', '--json', '--interval', '1', ...stack.place], {
      env: stack.env,
    });
    expect(JSON.parse(watching.line)).toMatchObject({
      mode: 'aws',
      target: TARGET,
      syncs: {
        'contacts-news': {
          state: 'live',
          lanes: { waiting: 0 },
          parked: {},
        },
      },
    });
    expect(await watching.stop()).toBe(0);
  });

  test('webhooks, at the stack’s own endpoint and into the secret of the account', async () => {
    const url = sandbox.description.webhooks.mailchimp;
    expect(await json('webhooks', 'list')).toMatchObject({
      apps: { news: { webhooks: [{ url, isOurs: true, isSigned: true, isTrusted: true }] } },
    });
    expect(await json('webhooks', 'remove', 'news')).toMatchObject({
      apps: { news: { removed: [{ url }] } },
    });
    const ran = await run('webhooks', 'register');
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain('registered; its signing secret is in trivet/main/webhooks');
    expect(await json('webhooks', 'register')).toMatchObject({
      apps: { news: { outcome: 'there' } },
    });
    const email = (await sandbox.contacts()).find(({ id }) => id === key)?.email ?? '';
    await sandbox.person('unsubscribe', { email, reason: 'enough' });
    await sandbox.settle();
    const [contact] = (await sandbox.contacts()).filter(({ id }) => id === key);
    expect(contact?.email_status).toBe('unsubscribed');
  });
});

describe('what a brake held, an end refused, or a person wants back, in the hands of a person', () => {
  const deleteFive = async (): Promise<void> => {
    await sandbox.sql(
      `delete from contacts where id in (select id from contacts
       where email is not null and email_status = 'subscribed' order by id desc limit 5)`,
    );
    await sandbox.ring();
    await sandbox.settle();
  };
  const archived = async (): Promise<number> => (await sandbox.members('archived')).length;

  test('held lists batches; approve lets one go, and drop leaves the other at both ends', async () => {
    const before = await archived();
    await deleteFive();
    await deleteFive();
    const { batches } = (await json('held')) as { batches: { batch: string; count: number }[] };
    expect(batches.map(({ count }) => count)).toEqual([2, 2]);
    expect(await json('approve', batches[0]?.batch ?? '', '--yes')).toMatchObject({
      verb: 'approve',
      orders: 2,
      applied: 2,
    });
    expect((await archived()) - before).toBe(8);
    expect(await json('drop', `${SYNC}/archive`, '--yes')).toMatchObject({
      verb: 'drop',
      orders: 2,
      applied: 2,
    });
    expect([await json('held'), (await archived()) - before]).toEqual([
      expect.objectContaining({ batches: [] }),
      8,
    ]);
  });

  test('quarantine lists the vendor’s words, retry offers it again, and drop gives it up', async () => {
    const [row] = await sandbox.sql<{ id: string }>(
      `insert into contacts (email, first_name) values ('fake@example.com', 'Fake') returning id`,
    );
    await loseMessage(sandbox, SYNC, key);
    await sandbox.settle();
    expect(await json('quarantine', 'list')).toMatchObject({
      syncs: {
        [SYNC]: {
          total: 1,
          items: [{ key: row?.id, reason: expect.stringMatching(/fake or invalid/) as string }],
          dead: 1,
        },
      },
    });
    const [again, redriven] = await Promise.all([
      run('quarantine', 'retry', SYNC, '--key', row?.id ?? ''),
      json('redrive', SYNC),
    ]);
    expect(again).toMatchObject({ code: 1 });
    expect(again.stdout).toMatch(/1 record: 0 taken · 1 refused again/);
    expect(redriven).toMatchObject({ queues: { [SYNC]: { moved: 1, unreadable: 0 } } });
    expect(await json('quarantine', 'drop', SYNC, '--yes')).toMatchObject({ applied: 1 });
    expect(await json('quarantine', 'list')).toMatchObject({
      syncs: { [SYNC]: { total: 0, dead: 0 } },
    });
  });

  test('history names the run, undo takes it back at both ends, and a sweep proves that they agree', async () => {
    const firstName = async (): Promise<string | null | undefined> =>
      (await sandbox.contacts()).find(({ id }) => id === key)?.first_name;
    const before = await firstName();
    await sandbox.sql(`update contacts set first_name = 'Slipped' where id = $1`, [key]);
    await sandbox.ring();
    await sandbox.settle();
    const told = (await run('history', SYNC, key, 'first_name', '--limit', '1', '--json')).stdout;
    const [entry, end] = told
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect([entry, end]).toMatchObject([
      { mode: 'aws', target: TARGET, decisions: [{ field: 'first_name', after: 'Slipped' }] },
      { entries: 1, cursor: expect.any(String) as string },
    ]);
    const shown = await run('undo', SYNC, '--run', String(entry?.['run']), '--print');
    expect(shown.stdout).toContain(`record ${key}: first_name “Slipped” → “${before}” in news`);
    expect(await firstName()).toBe('Slipped');
    expect(await json('undo', SYNC, key, 'first_name', '--yes')).toMatchObject({
      refused: [],
      undone: { applied: 1, moved: [], failed: [] },
    });
    expect(await firstName()).toBe(before);
    expect(await json('sweep', SYNC)).toMatchObject({
      syncs: { [SYNC]: { outcome: 'done', proof: { differing: {}, sent: 0 } } },
    });
  });

  test('erase is a stored order: status tells what is open, and the signed receipt can be had later', async () => {
    const email = (await sandbox.contacts()).find(({ id }) => id === key)?.email ?? '';
    await json('pause', SYNC, '--reason', 'the erasure waits');
    const early = await run(
      'erase',
      SYNC,
      '--email',
      email,
      '--crm-row',
      '--yes',
      '--timeout',
      '1',
      '--json',
    );
    expect(early.code).toBe(1);
    const { order } = JSON.parse(early.stdout) as { order: string };
    const [ran, open] = await Promise.all([run('status', SYNC), json('status')]);
    expect(ran.stdout).toMatch(
      new RegExp(
        `erasing +record ${key}, order ${order} of .* by .*; still to do: the app, the CRM’s row, our memory\n`,
      ),
    );
    expect(open).toMatchObject({
      syncs: {
        [SYNC]: {
          paused: { reason: 'the erasure waits' },
          erasing: [{ order, key, missing: ['app', 'crm', 'memory'] }],
        },
      },
    });
    await json('resume', SYNC);
    const file = join(stack.home, 'receipt.json');
    expect(await json('erase', '--order', order, '--receipt', file)).toMatchObject({
      receipt: {
        isComplete: true,
        subject: expect.stringMatching(/^[\da-f]{64}$/) as string,
        parts: [{ removed: { app: { state: 'removed' }, crm: { state: 'removed' } } }],
      },
    });
    const receipt = readFileSync(file, 'utf8');
    expect(receipt).not.toContain(email);
    const forged = join(stack.home, 'forged.json');
    writeFileSync(forged, receipt.replace('"isComplete": true', '"isComplete": false'));
    expect(
      await Promise.all([file, forged].map((each) => run('erase', '--verify', each))),
    ).toMatchObject([{ code: 0 }, { code: 1 }]);
    expect((await sandbox.contacts()).find(({ id }) => id === key)).toBeUndefined();
    expect((await json('status'))['syncs']).toMatchObject({ [SYNC]: { erasing: [] } });
  });
});

describe('the doctor and the installer say what was reached from this machine, and what was not', () => {
  test('with the secrets readable both ends are looked at', async () => {
    const told = await json('doctor');
    expect(told).toMatchObject({ ok: true, counts: { error: 0, warning: 1 } });
    expect(told['unchecked']).toEqual([
      {
        what: 'the functions’ own way to both ends',
        why: expect.stringContaining('sync --once') as string,
      },
    ]);
    const ran = await run('install', '--print');
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).toMatch(
      new RegExp(`^-- aws ${TARGET}\n-- for .*\n-- nothing is to be done\n`),
    );
  });

  test('with the secrets hidden nothing is claimed of either end', async () => {
    const server = createServer((_request, response) => {
      const message = 'User: arn:aws:iam::123456789012:user/ann is not authorized';
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify({ __type: 'AccessDeniedException', message }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const port = (server.address() as AddressInfo).port;
    const ran = await runTrivet(['doctor', '--json', ...stack.place], {
      env: { ...stack.env, AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${port}` },
    });
    server.close();
    const told = JSON.parse(ran.stdout) as { unchecked: readonly { what: string; why: string }[] };
    expect(told).toMatchObject({ mode: 'aws', ok: true, findings: [] });
    expect(told.unchecked.map(({ what }) => what)).toEqual([
      'the CRM’s database',
      'the app news',
      'the webhook of news',
      'the functions’ own way to both ends',
    ]);
    expect(told.unchecked[0]?.why).toMatch(/may not read the secret/);
  });
});

describe('what stands in the way is said with the remedy, by the exit code too', () => {
  const at = (args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Ran> =>
    runTrivet(['status', ...args], { env: { ...stack.env, ...more } });
  const other = ['--stack', 'another', '--profile', 'production', '--config', CONFIG];

  test('there is no such stack', async () => {
    const ran = await at(other);
    expect(ran).toMatchObject({ code: 3, stdout: '' });
    expect(ran.stderr).toMatch(/There is no stack another in this account and region .*--stack/);
  });

  test('the credentials have expired, or may not ask', async () => {
    const expired = {
      status: 403,
      code: 'ExpiredToken',
      message: 'The security token has expired',
    };
    stack.cloudFormation.failWith(expired);
    expect((await at(other)).stderr).toMatch(/credentials have expired. Log in/);
    stack.cloudFormation.failWith({
      status: 403,
      code: 'AccessDenied',
      message: 'not authorized to perform',
    });
    expect(await at(other)).toMatchObject({ code: 1 });
    stack.cloudFormation.failWith({
      status: 400,
      code: 'ValidationError',
      message: 'Stack does not exist',
    });
  });

  test('there are no credentials, or no region', async () => {
    const place = ['--stack', STACK, '--config', CONFIG];
    const none = await at(place, { AWS_REGION: 'eu-central-1', HOME: stack.home });
    expect(none).toMatchObject({ code: 3, stdout: '' });
    expect(none.stderr).toMatch(/no credentials were found. Log in/);
    const nowhere = await at([...place, '--profile', 'nowhere']);
    expect(nowhere.stderr).toMatch(/no region is chosen. Use --region/);
    expect(`${none.stderr}${nowhere.stderr}`).not.toMatch(/^\s+at /m);
  });

  test('AWS cannot be reached', async () => {
    const away = { AWS_ENDPOINT_URL_CLOUDFORMATION: 'http://127.0.0.1:9', AWS_MAX_ATTEMPTS: '1' };
    const ran = await at(stack.place, away);
    expect(ran).toMatchObject({ code: 3 });
    expect(ran.stderr).toMatch(/AWS cannot be reached \(ECONNREFUSED\)/);
  });

  test('the configuration is not there, or is not the deployed one', async () => {
    const missing = await at(['--stack', STACK, '--profile', 'production', '--config', 'no.ts']);
    expect(missing).toMatchObject({ code: 2 });
    expect(missing.stderr).toMatch(/There is no no.ts.*--config FILE/);
    const config = join(stack.home, 'trivet.config.ts');
    writeFileSync(
      config,
      `import c from ${JSON.stringify(CONFIG)};
       export default { ...c, syncs: c.syncs.map((sync) => ({ ...sync, spec: { ...sync.spec, name: 'renamed' } })) };`,
    );
    const renamed = await at(['--stack', STACK, '--profile', 'production', '--config', config]);
    expect(renamed).toMatchObject({ code: 2 });
    expect(renamed.stderr).toMatch(
      /has renamed, but the stack trivet-production has contacts-news/,
    );
  });
});
