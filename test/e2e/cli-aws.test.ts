/**
 * The commands on a stack on AWS: the real SDK, its real choice of credentials and endpoints, and behind them
 * the sandbox’s services. CloudFormation alone is a stub.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readStack, type RunningStack } from '../../lib/local/running-stack.ts';
import { startCloudFormation, type CloudFormationStub } from '../support/cloudformation-stub.ts';
import { expectInStep } from '../support/equal-sides.ts';
import { openSandbox, type SandboxUnderTest } from '../support/sandbox.ts';
import { PROJECT_ROOT, runTrivet, startTrivet, type Ran } from '../support/trivet-process.ts';

const CONFIG = join(PROJECT_ROOT, 'lib/local/sample/trivet.config.ts');
const STACK = 'trivet-production';
const TARGET = `123456789012 eu-central-1 ${STACK}`;

let sandbox: SandboxUnderTest;
let cloudFormation: CloudFormationStub;
let home: string;
let env: NodeJS.ProcessEnv;
let key: string;

/** The file by which the sandbox tells where its services are. */
function runningStack(): RunningStack {
  const folder = join(PROJECT_ROOT, '.trivet/running');
  for (const name of readdirSync(folder)) {
    const read = readStack(join(folder, name));
    if (read.kind === 'running' && read.stack.control === sandbox.description.control)
      return read.stack;
  }
  throw new Error('the sandbox tells nobody where it is');
}

beforeAll(async () => {
  sandbox = await openSandbox(['--contacts', '40']);
  await sandbox.settle();
  const { aws, outputs } = runningStack();
  cloudFormation = await startCloudFormation(STACK, outputs);
  home = mkdtempSync(join(tmpdir(), 'trivet-aws-'));
  writeFileSync(
    join(home, 'config'),
    '[profile production]\nregion = eu-central-1\n[profile nowhere]\naws_access_key_id = other\naws_secret_access_key = other\n',
  );
  writeFileSync(
    join(home, 'credentials'),
    '[production]\naws_access_key_id = AKIAPRODUCTION\naws_secret_access_key = secret\n',
  );
  env = {
    // Whatever the machine’s own account is, it is not asked.
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    AWS_SESSION_TOKEN: undefined,
    AWS_PROFILE: undefined,
    AWS_REGION: undefined,
    AWS_DEFAULT_REGION: undefined,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: join(home, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(home, 'credentials'),
    AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: aws.dynamodb,
    AWS_ENDPOINT_URL_SQS: aws.sqs,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: aws.secretsManager,
  };
  const [row] = await sandbox.sql<{ id: string }>(
    'select id::text from contacts where phone is not null order by contacts.id limit 1',
  );
  key = row?.id ?? '';
});

afterAll(async () => {
  cloudFormation.stop();
  await sandbox.stop();
  rmSync(home, { recursive: true, force: true });
});

const PLACE = ['--stack', STACK, '--profile', 'production', '--config', CONFIG];
const run = (...args: string[]): Promise<Ran> => runTrivet([...args, ...PLACE], { env });

async function json(...args: string[]): Promise<Record<string, unknown>> {
  const ran = await run(...args, '--json');
  expect({ args, ...ran }).toMatchObject({ code: 0, stderr: '' });
  const told = JSON.parse(ran.stdout) as Record<string, unknown>;
  expect(told).toMatchObject({ mode: 'aws', target: TARGET });
  return told;
}

describe('every command says account, region and stack, and works', () => {
  test('status, by the profile’s credentials and region', async () => {
    expect(await json('status')).toMatchObject({
      syncs: { 'contacts-news': { records: { 'in step': 42, total: 42 } } },
    });
    expect(cloudFormation.authorizations.at(-1)).toMatch(
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

  test('pause and resume, by the name of who said it', async () => {
    expect(await json('pause', 'contacts-news', '--reason', 'a look first')).toMatchObject({
      sync: 'contacts-news',
    });
    expect(await json('status', 'contacts-news')).toMatchObject({
      syncs: { 'contacts-news': { paused: { reason: 'a look first' } } },
    });
    await json('resume', 'contacts-news');
    expect(await json('sync', 'contacts-news', '--once')).toMatchObject({
      syncs: { 'contacts-news': { outcome: 'done' } },
    });
  });

  test('plan, kept in a file, and apply, which carries out exactly that', async () => {
    await json('pause', 'contacts-news');
    await sandbox.sql(`update contacts set first_name = 'Planned' where id = $1`, [key]);
    const file = join(home, 'plan.json');
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
    const watching = await startTrivet(['watch', '--json', '--interval', '1', ...PLACE], { env });
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
    const ran = await runTrivet(['doctor', '--json', ...PLACE], {
      env: { ...env, AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${port}` },
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
    runTrivet(['status', ...args], { env: { ...env, ...more } });
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
    cloudFormation.failWith(expired);
    expect((await at(other)).stderr).toMatch(/credentials have expired. Log in/);
    cloudFormation.failWith({
      status: 403,
      code: 'AccessDenied',
      message: 'not authorized to perform',
    });
    expect(await at(other)).toMatchObject({ code: 1 });
    cloudFormation.failWith({
      status: 400,
      code: 'ValidationError',
      message: 'Stack does not exist',
    });
  });

  test('there are no credentials, or no region', async () => {
    const place = ['--stack', STACK, '--config', CONFIG];
    const none = await at(place, { AWS_REGION: 'eu-central-1', HOME: home });
    expect(none).toMatchObject({ code: 3, stdout: '' });
    expect(none.stderr).toMatch(/no credentials were found. Log in/);
    const nowhere = await at([...place, '--profile', 'nowhere']);
    expect(nowhere.stderr).toMatch(/no region is chosen. Use --region/);
    expect(`${none.stderr}${nowhere.stderr}`).not.toMatch(/^\s+at /m);
  });

  test('AWS cannot be reached', async () => {
    const away = { AWS_ENDPOINT_URL_CLOUDFORMATION: 'http://127.0.0.1:9', AWS_MAX_ATTEMPTS: '1' };
    const ran = await at(PLACE, away);
    expect(ran).toMatchObject({ code: 3 });
    expect(ran.stderr).toMatch(/AWS cannot be reached \(ECONNREFUSED\)/);
  });

  test('the configuration is not there, or is not the deployed one', async () => {
    const missing = await at(['--stack', STACK, '--profile', 'production', '--config', 'no.ts']);
    expect(missing).toMatchObject({ code: 2 });
    expect(missing.stderr).toMatch(/There is no no.ts.*--config FILE/);
    const config = join(home, 'trivet.config.ts');
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
