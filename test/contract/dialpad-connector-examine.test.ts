/** What the doctor sees of a company: the key, the webhooks, and what is mapped. Every exchange is held against the vendor's description. */
import { parseCredentials, requireOptions } from '../../lib/connectors/dialpad/config.ts';
import { createDialpadExaminer } from '../../lib/connectors/dialpad/index.ts';
import { consent, email, optOut, phone, text } from '../../lib/engine/types/index.ts';
import type { FieldType } from '../../lib/engine/value.ts';
import type { AppExamination, AppExaminer, ExaminedField } from '../../lib/ports/examine.ts';
import { startConnectorWorld, type ConnectorWorld } from './dialpad-connector-world.ts';

let world: ConnectorWorld;

beforeEach(async () => {
  world = await startConnectorWorld();
});
afterEach(() => world.stop());

const field = (path: string, type: FieldType): ExaminedField => ({
  column: path.replace(/\W/g, '_'),
  path,
  type,
  owner: 'crm',
});

const USUAL = [
  field('first_name', text()),
  field('last_name', text()),
  field('phones.primary', phone({ defaultCountry: 'US' })),
  field('emails.primary', email()),
];
const REFUSALS = [field('blocked', optOut()), field('sms_consent', consent())];

function examiner({
  company,
  aheadMs = 0,
}: {
  company?: string;
  aheadMs?: number;
} = {}): AppExaminer {
  const { baseUrl, companyId, apiKey } = world.dialpad.simulator;
  const credentials = parseCredentials({ apiKey });
  if (credentials.kind === 'halted') throw new Error(credentials.reason);
  const { clock } = world.dialpad;
  return createDialpadExaminer({
    options: requireOptions({ company: company ?? companyId, baseUrl }),
    credentials: credentials.value,
    clock: {
      now: () => clock.ms,
      sleep: async (ms) => {
        clock.ms += ms;
      },
    },
    connectionsMax: 1,
    rates: world.rates,
    random: () => 0.5,
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      const headers = new Headers(response.headers);
      headers.set('date', new Date(clock.ms + aheadMs).toUTCString());
      return new Response(await response.arrayBuffer(), { status: response.status, headers });
    },
  });
}

const examine = (fields: readonly ExaminedField[] = USUAL, options = {}): Promise<AppExamination> =>
  examiner(options).examine(fields, world.budget);

const briefly = ({ findings }: AppExamination): readonly string[] =>
  findings.map(({ severity, code, where }) => `${severity} ${code} ${where}`);

test('a company that fits gives nothing to say, and is not written to', async () => {
  expect(await examine()).toEqual({ findings: [], fixes: [], clockAheadMs: 0 });
  const seen = world.dialpad.exchanges();
  expect(new Set(seen.map(({ method }) => method))).toEqual(new Set(['GET']));
  // What is not mapped is not asked for: the key need not have its scope.
  expect(seen.filter(({ path }) => /blocked|optout/.test(path))).toEqual([]);
});

test('the vendor’s clock is told as it is', async () => {
  expect((await examine(USUAL, { aheadMs: -90_000 })).clockAheadMs).toBe(-90_000);
});

test.each([
  [{ key: 'revoked' }, 'error app.refused company'],
  [{ key: 'expired' }, 'error app.refused company'],
  [{ permission: 'none' }, 'error app.refused company'],
  [{ companyState: 'suspended' }, 'error app.company-state company'],
] as const)(
  '%j is an error of the company, said with what mends it',
  async (settings, expected) => {
    await world.dialpad.settings(settings);
    const seen = await examine();
    expect(briefly(seen)).toEqual([`${expected} ${world.dialpad.simulator.companyId}`]);
    expect(seen.findings[0]?.remedy?.kind).toBe('advice');
  },
);

test('the key of another company is one, and nothing more is asked with it', async () => {
  const seen = await examine(USUAL, { company: '42' });
  expect(briefly(seen)).toEqual(['error app.refused company 42']);
  expect(seen.findings[0]?.found).toContain(world.dialpad.simulator.companyId);
  expect(world.calls()).toEqual({ 'GET /company': 1 });
});

test('an app that does not answer is told as that', async () => {
  await world.fault({ kind: 'status', status: 503 });
  expect(briefly(await examine())).toEqual([
    `error app.unreachable company ${world.dialpad.simulator.companyId}`,
  ]);
});

test('a scope that is missing is found for what is mapped, and for each alone', async () => {
  const deny = (match: string) => world.fault({ kind: 'error', error: 'forbidden', match });
  await deny('GET /api/v2/blockednumbers*');
  await deny('GET /api/v2/company/*');
  await deny('GET /api/v2/webhooks*');
  expect(briefly(await examine([...USUAL, ...REFUSALS]))).toEqual([
    'error app.permission blocked numbers',
    'error app.permission SMS opt-outs',
    'warning app.webhooks-unknown webhooks',
    'note app.blocked-unlisted blocked',
  ]);
});

test('a webhook that sends events unsigned is named by its host alone', async () => {
  const make = async (body: object, type: string): Promise<void> => {
    const hook = await world.dialpad.api('POST', '/webhooks', body);
    const subscription = { contact_type: type, endpoint_id: hook.body['id'], enabled: true };
    await world.dialpad.api('POST', '/subscriptions/contact', subscription);
  };
  await make({ hook_url: 'https://crm.test/in?key=hidden' }, 'shared');
  await make({ hook_url: 'https://signed.test/', secret: 'puppy' }, 'shared');
  await make({ hook_url: 'https://local.test/' }, 'local');
  const { findings } = await examine();
  expect(findings).toMatchObject([{ severity: 'note', code: 'app.webhook-unsigned' }]);
  expect(findings[0]?.found).toContain('crm.test');
  expect(JSON.stringify(findings)).not.toContain('hidden');
});

test('what contacts cannot hold of the mapped fields is said beforehand', async () => {
  const seen = await examine([field('emails.primary', email()), ...REFUSALS]);
  expect(briefly(seen)).toEqual([
    'note app.name-filler first_name, last_name',
    'warning app.number-unmapped blocked, sms_consent',
    'note app.blocked-unlisted blocked',
  ]);
  const national = [...USUAL.slice(0, 2), field('phones.primary', phone())];
  expect(briefly(await examine(national))).toEqual(['note app.phone-country phones.primary']);
});
