/** `trivet doctor` as a process, on systems of a user's: nothing was started yet, and one thing after the other is broken. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding, Unchecked } from '../../lib/ports/finding.ts';
import { findFreePort } from '../../lib/local/services/free-port.ts';
import { startRealSystems, type RealSystems } from '../support/real-systems.ts';
import { runTrivet, startTrivet, type Ran, type RunningTrivet } from '../support/trivet-process.ts';

let real: RealSystems;
let env: string;
let configText: string;

beforeAll(async () => {
  real = await startRealSystems(18, { isInstalled: false });
  env = readFileSync(join(real.dir, '.env'), 'utf8');
  configText = readFileSync(real.configPath, 'utf8');
});
afterEach(() => {
  writeFileSync(join(real.dir, '.env'), env);
  writeFileSync(real.configPath, configText);
});
afterAll(() => real.stop());

const trivet = (...args: string[]): Promise<Ran> => runTrivet(args, { cwd: real.dir });

interface Told {
  readonly mode: string;
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  readonly unchecked: readonly Unchecked[];
  readonly fixed: readonly string[];
}

async function doctor(...args: string[]): Promise<Told & { readonly code: number | null }> {
  const { code, stdout } = await trivet('doctor', '--json', ...args);
  return { ...(JSON.parse(stdout) as Told), code };
}

const errorsOf = ({ findings }: Told): readonly string[] =>
  findings.flatMap(({ severity, code, where, sync }) =>
    severity === 'error' ? [`${code} ${where}${sync === null ? '' : ` ${sync}`}`] : [],
  );

const setEnv = (from: RegExp, to: string): void =>
  writeFileSync(join(real.dir, '.env'), env.replace(from, to));

const call = (app: RealSystems['news'], method: string, path: string, body?: object) =>
  fetch(`${app.baseUrl}/lists/${path}`, {
    method,
    headers: { authorization: `Bearer ${app.apiKey}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

test('before anything is installed it says so, with the command, and ends with 4', async () => {
  const told = await doctor();
  expect(told).toMatchObject({ mode: 'local', ok: false, code: 4 });
  expect(errorsOf(told)).toEqual(['crm.capture-missing schema trivet']);
  const { code, stdout } = await trivet('doctor');
  expect(code).toBe(4);
  expect(stdout).toMatch(
    /^local .*\(not running\)\nerror {2}schema trivet \(crm\.capture-missing\)\n {2}The capture is not installed.*\n {4}npx trivet install\n/,
  );
  expect(stdout).toMatch(/\n1 error, \d+ warnings?, \d+ notes?\.\n$/);
});

test('installed, there is no error left', async () => {
  expect((await trivet('install', '--yes')).code).toBe(0);
  const told = await doctor();
  expect({ code: told.code, errors: errorsOf(told) }).toEqual({ code: 0, errors: [] });
  expect(told.unchecked.map(({ what }) => what)).toEqual([
    'the webhook of news',
    'the webhook of sales',
  ]);
});

test('one sync alone, and a name that is none', async () => {
  expect(await doctor('contacts-news')).toMatchObject({ code: 0, syncs: ['contacts-news'] });
  expect((await trivet('doctor', 'nobody')).code).toBe(2);
});

test('an unreachable database hides nothing of the app, nor a revoked key anything of the database', async () => {
  await real.crm.query('alter table contacts disable trigger trivet_capture_update');
  setEnv(/MAILCHIMP_API_KEY_NEWS=.*/, `MAILCHIMP_API_KEY_NEWS=${'f'.repeat(32)}-us1`);
  expect(errorsOf(await doctor()).toSorted()).toEqual([
    'app.refused audience a1news contacts-news',
    'crm.trigger-off public.contacts',
  ]);
  await trivet('install', '--yes');
  setEnv(/@127\.0\.0\.1:\d+\/postgres/, '@127.0.0.1:1/postgres');
  const told = await doctor();
  expect(errorsOf(told)).toEqual(['crm.unreachable database']);
  expect(told.findings[0]?.found).toMatch(
    /at 127\.0\.0\.1:1, user "postgres", refuses connections/,
  );
  expect(told.unchecked.map(({ what }) => what)).toContain('the webhook of news');
});

test.each([
  {
    name: 'a wrong password',
    from: /(postgres:\/\/postgres:)[^@]+/,
    to: '$1wrong',
    expected: 'crm.unreachable database',
    found: /refuses the password/,
  },
  {
    name: 'a database that is not there',
    from: /(@127\.0\.0\.1:\d+)\/postgres/,
    to: '$1/nowhere',
    expected: 'crm.unreachable database',
    found: /does not exist/,
  },
  {
    name: 'a secret that is not set',
    from: /CRM_DATABASE_URL=.*/,
    to: '',
    expected: 'crm.secret secret crm/database',
    found: /CRM_DATABASE_URL is not set/,
  },
  {
    name: 'an app’s key that is not set',
    from: /MAILCHIMP_API_KEY_SALES=.*/,
    to: '',
    expected: 'app.secret secret mailchimp/sales leads-sales',
    found: /MAILCHIMP_API_KEY_SALES is not set/,
  },
])('$name', async ({ from, to, expected, found }) => {
  setEnv(from, to);
  const told = await doctor();
  expect(errorsOf(told)).toEqual([expected]);
  expect(told.findings[0]?.found).toMatch(found);
  expect(JSON.stringify(told)).not.toMatch(/wrong@|-us\d/);
});

test('a configuration that does not fit: every table and field is told at once', async () => {
  const wrong = configText
    .replace("table: 'sales.leads'", "table: 'sales.people'")
    .replace("audience: 'b2sales'", "audience: 'c3gone'")
    .replace(
      'first_name: {',
      "nick_name: { app: 'merge_fields.NICK', type: text(255), owner: 'crm' },\n  first_name: {",
    );
  writeFileSync(real.configPath, wrong);
  expect(errorsOf(await doctor()).toSorted()).toEqual([
    'app.field-missing merge_fields.NICK contacts-news',
    'app.refused audience c3gone people-sales',
    'crm.column public.contacts contacts-news',
    'crm.table sales.people people-sales',
  ]);
});

/** What `trivet local` says before it has started anything. */
const startRefused = async (): Promise<string> => {
  const ran = await trivet('local', '--port', String(await findFreePort()));
  expect(ran).toMatchObject({ code: 4, stdout: '' });
  expect(existsSync(join(real.dir, '.trivet'))).toBe(false);
  expect(ran.stderr).not.toMatch(/^\s+at /m);
  return ran.stderr;
};

test.each([
  {
    name: 'a missing table',
    from: /'sales\.leads'/,
    to: `'sales.people'`,
    said: /  - sales\.people is no table of this database/,
  },
  {
    name: 'an unknown column',
    from: /first_name: \{/,
    to: 'nick_name: {',
    said: /public\.contacts lacks the columns "nick_name"/,
  },
  {
    name: 'a key that names no row',
    from: /key: 'id'/,
    to: `key: 'first_name'`,
    said: /The key \(first_name\) of public\.contacts does not name one row/,
  },
  {
    name: 'a missing audience',
    from: /'a1news'/,
    to: `'c3gone'`,
    said: /no audience c3gone/,
  },
  {
    name: 'a type that does not fit the column',
    from: /first_name: \{ app: 'merge_fields\.FNAME', type: text\(255\)/,
    to: `id: { app: 'merge_fields.FNAME', type: email()`,
    said: /public\.contacts\.id: It is bigint, which email\(\) does not read/,
  },
])(
  'the first start is refused for $name, and nothing is left behind',
  async ({ from, to, said }) => {
    writeFileSync(real.configPath, configText.replace(from, to));
    expect(await startRefused()).toMatch(said);
  },
);

test('so it is for an unreachable database, and for a revoked key', async () => {
  setEnv(/@127\.0\.0\.1:\d+\/postgres/, '@127.0.0.1:1/postgres');
  expect(await startRefused()).toMatch(/refuses connections\. Is it running/);
  setEnv(/MAILCHIMP_API_KEY_NEWS=.*/, `MAILCHIMP_API_KEY_NEWS=${'f'.repeat(32)}-us1`);
  expect(await startRefused()).toMatch(/audience a1news: Mailchimp: API Key Invalid/);
});

test('--fix makes the missing merge fields after it was told so, and looks again', async () => {
  const answer = await call(real.news, 'GET', 'a1news/merge-fields?count=100');
  const { merge_fields: fields } = (await answer.json()) as {
    merge_fields: readonly { readonly merge_id: number; readonly tag: string }[];
  };
  const phone = fields.find(({ tag }) => tag === 'PHONE')?.merge_id;
  await call(real.news, 'DELETE', `a1news/merge-fields/${phone}`);
  expect(errorsOf(await doctor())).toEqual(['app.field-missing merge_fields.PHONE contacts-news']);
  const asked = await trivet('doctor', '--fix');
  expect(asked).toMatchObject({ code: 4, stdout: '' });
  expect(asked.stderr).toMatch(
    /merge field PHONE of type phone in audience a1news, for phone[^]*nobody can be asked here/,
  );
  const mended = await doctor('--fix', '--yes');
  expect(mended).toMatchObject({ code: 0, ok: true });
  expect(mended.fixed).toEqual(['merge field PHONE of type phone in audience a1news, for phone']);
});

describe('while the stack runs', () => {
  let local: RunningTrivet;
  let publicUrl: string;
  beforeAll(async () => {
    const port = await findFreePort();
    publicUrl = `http://127.0.0.1:${port}`;
    const args = ['local', '--json', '--port', String(port), '--public-url', publicUrl];
    local = await startTrivet(args, { cwd: real.dir });
  });
  afterAll(() => local.stop());

  test('the webhook is looked at, too: missing, registered, and its secret lost', async () => {
    const webhooks = async (): Promise<readonly string[]> =>
      (await doctor('contacts-news')).findings.flatMap(({ code, where, remedy }) =>
        code.startsWith('app.webhook') ? [`${code} ${where}: ${remedy?.text}`] : [],
      );
    const register = 'npx trivet webhooks register news';
    expect(await webhooks()).toEqual([`app.webhook-missing webhook of news: ${register}`]);
    expect((await trivet('webhooks', 'register', 'news')).code).toBe(0);
    expect(await webhooks()).toEqual([]);
    // Made by hand at the vendor, in place of ours: its secret was shown to somebody else.
    const { webhooks: listed } = (await (
      await call(real.news, 'GET', 'a1news/webhooks')
    ).json()) as {
      webhooks: readonly { readonly id: string }[];
    };
    await call(real.news, 'DELETE', `a1news/webhooks/${listed[0]?.id}`);
    await call(real.news, 'POST', 'a1news/webhooks', {
      url: `${publicUrl}/webhooks/news`,
      events: { profile: true },
      sources: { user: true },
    });
    expect(await webhooks()).toEqual([`app.webhook-refused webhook of news: ${register}`]);
    expect((await trivet('webhooks', 'register', 'news')).code).toBe(0);
    expect(await webhooks()).toEqual([]);
  });

  test('a round that halts ends with 4 and the reason; mended, the next one is done', async () => {
    await real.crm.query('alter table contacts rename to people');
    const halted = await trivet('sync', 'contacts-news', '--once');
    await real.crm.query('alter table people rename to contacts');
    expect(halted.code).toBe(4);
    expect(halted.stdout).toMatch(/contacts-news {2}halted: .*public\.contacts/);
    expect((await trivet('sync', 'contacts-news', '--once')).code).toBe(0);
  });

  test('a round is not waited for as long as an outage lasts: it ends with 1 and the reason', async () => {
    const faults = `${real.sales.controlUrl}/faults`;
    const fault = { kind: 'status', status: 503, match: 'GET /lists' };
    await fetch(faults, { method: 'POST', body: JSON.stringify(fault) });
    const resting = await trivet('sync', 'leads-sales', '--once', '--json');
    await fetch(faults, { method: 'DELETE' });
    expect(resting.code).toBe(1);
    expect(JSON.parse(resting.stdout)).toMatchObject({
      syncs: { 'leads-sales': { outcome: 'resting' } },
    });
  });

  test('a paused sync is noted', async () => {
    await trivet('pause', 'leads-sales');
    expect((await doctor('leads-sales')).findings).toContainEqual(
      expect.objectContaining({ code: 'sync.paused', sync: 'leads-sales', severity: 'note' }),
    );
  });
});
