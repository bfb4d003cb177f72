/** What the doctor sees of an audience, and that what it makes is what it missed. Every exchange is held against the vendor's description. */
import { createMailchimpExaminer } from '../../lib/connectors/mailchimp/index.ts';
import { parseCredentials, requireOptions } from '../../lib/connectors/mailchimp/config.ts';
import {
  address,
  birthday,
  boolean,
  date,
  email,
  enumeration,
  number,
  phone,
  text,
  timestamp,
} from '../../lib/engine/types/index.ts';
import type { FieldType } from '../../lib/engine/value.ts';
import type { AppExamination, AppExaminer, ExaminedField } from '../../lib/ports/examine.ts';
import { startConnectorWorld, type ConnectorWorld } from './mailchimp-connector-world.ts';

let world: ConnectorWorld;

beforeEach(async () => {
  world = await startConnectorWorld();
});
afterEach(() => world.stop());

const field = (tag: string, type: FieldType, column = tag.toLowerCase()): ExaminedField => ({
  column,
  path: `merge_fields.${tag}`,
  type,
  owner: 'crm',
});

function examiner(
  options: {
    readonly audience?: string;
    readonly apiKey?: string;
    readonly now?: () => number;
  } = {},
): AppExaminer {
  const { simulator, vendor } = world;
  const { apiKey = simulator.apiKey, audience = simulator.audienceId } = options;
  const credentials = parseCredentials({ apiKey });
  if (credentials.kind === 'halted') throw new Error(credentials.reason);
  const made = createMailchimpExaminer({
    options: requireOptions({ audience, baseUrl: simulator.baseUrl }),
    credentials: credentials.value,
    clock: { now: options.now ?? (() => vendor.ms), sleep: () => Promise.resolve() },
    connectionsMax: 1,
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      const headers = new Headers(response.headers);
      headers.set('date', new Date(vendor.ms).toUTCString());
      return new Response(await response.arrayBuffer(), { status: response.status, headers });
    },
  });
  if (made.kind === 'halted') throw new Error(made.reason);
  return made.value;
}

const addField = async (body: object): Promise<void> => {
  const { baseUrl, audienceId, apiKey } = world.simulator;
  const answer = await fetch(`${baseUrl}/lists/${audienceId}/merge-fields`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
};

const briefly = ({ findings }: AppExamination): readonly string[] =>
  findings.map(({ severity, code, where }) => `${severity} ${code} ${where}`);

test('an audience that fits gives nothing to say, and is not written to', async () => {
  const seen = await examiner().examine(
    [
      { column: 'email', path: 'email_address', type: email(), owner: 'crm' },
      field('FNAME', text(255)),
      field('PHONE', phone()),
      field('BDAY', birthday()),
      field('ADDR', address()),
    ],
    world.budget,
  );
  expect(seen).toEqual({ findings: [], fixes: [], clockAheadMs: 0 });
  expect(world.exchanges.map(({ method }) => method)).toEqual(['GET', 'GET']);
});

test.each([
  ['TEXT', text(255), 'text'],
  ['MAIL', email(), 'text'],
  ['TEL', phone(), 'phone'],
  ['SCORE', number(), 'number'],
  ['BORN', date(), 'date'],
  ['CAKE', birthday(), 'birthday'],
  ['SEEN', timestamp(), 'text'],
  ['GOLD', boolean(), 'text'],
  ['LEVEL', enumeration(['low', 'high']), 'dropdown'],
  ['HOME', address(), 'address'],
])('a missing %s is told, and made as a field that holds its type', async (tag, type, made) => {
  const fields = [field(tag, type, 'home_town')];
  const seen = await examiner().examine(fields, world.budget);
  expect(briefly(seen)).toEqual([`error app.field-missing merge_fields.${tag}`]);
  expect(seen.findings[0]?.remedy).toEqual({ kind: 'command', text: 'npx trivet doctor --fix' });
  expect(seen.fixes.map(({ what }) => what)).toEqual([
    `merge field ${tag} of type ${made} in audience ${world.simulator.audienceId}, for home_town`,
  ]);
  expect(await seen.fixes[0]?.apply(world.budget)).toEqual({ kind: 'ok', value: null });
  const again = await examiner().examine(fields, world.budget);
  expect(briefly(again)).toEqual([]);
  const request = world.exchanges.find(({ method }) => method === 'POST');
  expect(request?.requestBody).toMatchObject({
    name: 'Home town',
    public: false,
  });
});

test('what Mailchimp refuses to make is told in its words', async () => {
  const seen = await examiner().examine([field('NEW', text(255))], world.budget);
  await addField({ tag: 'NEW', name: 'Meanwhile', type: 'text' });
  expect(await seen.fixes[0]?.apply(world.budget)).toMatchObject({
    kind: 'rejected',
    reason: expect.stringContaining('already exists') as string,
  });
});

test('types, lengths and choices that do not fit are all told at once', async () => {
  await addField({
    tag: 'LEVEL',
    name: 'Level',
    type: 'dropdown',
    options: { choices: ['low', 'mid'] },
  });
  const seen = await examiner().examine(
    [
      field('BDAY', text(255)),
      field('ADDR', phone()),
      field('FNAME', text()),
      field('LEVEL', enumeration(['low', 'high'])),
    ],
    world.budget,
  );
  expect(briefly(seen)).toEqual([
    'error app.field-type merge_fields.BDAY',
    'error app.field-type merge_fields.ADDR',
    'warning app.field-length merge_fields.FNAME',
    'error app.field-choices merge_fields.LEVEL',
    'warning app.field-choices merge_fields.LEVEL',
  ]);
  expect(seen.findings[3]?.found).toContain('lack “high”');
  expect(seen.findings[4]?.found).toContain('the choices “mid”');
  expect(seen.fixes).toEqual([]);
});

test('a required field that nothing is mapped to is told', async () => {
  await addField({ tag: 'SHOE', name: 'Shoe size', type: 'number', required: true });
  const seen = await examiner().examine([field('FNAME', text(255))], world.budget);
  expect(briefly(seen)).toEqual(['warning app.field-required merge_fields.SHOE']);
  expect(seen.findings[0]?.found).toContain('“Shoe size” is required');
  const mapped = await examiner().examine([field('SHOE', number())], world.budget);
  expect(briefly(mapped)).toEqual([]);
});

test('a revoked key and an audience of somebody else are told as what they are', async () => {
  const revoked = await examiner({ apiKey: 'ffffffffffffffffffffffffffffffff-us1' }).examine(
    [],
    world.budget,
  );
  expect(briefly(revoked)).toEqual([`error app.refused audience ${world.simulator.audienceId}`]);
  expect(revoked.findings[0]?.found).toContain('API Key Invalid');
  const elsewhere = await examiner({ audience: 'ffff000000' }).examine([], world.budget);
  expect(briefly(elsewhere)).toEqual(['error app.refused audience ffff000000']);
  expect(elsewhere.findings[0]?.found).toContain('no audience ffff000000');
});

test('an app that is down is told as that', async () => {
  await world.fault({ kind: 'status', status: 503, match: 'GET /lists' });
  const seen = await examiner().examine([field('FNAME', text(255))], world.budget);
  expect(briefly(seen)).toEqual([`error app.unreachable audience ${world.simulator.audienceId}`]);
});

test('how far the vendor’s clock is from ours is known from its Date', async () => {
  const { ms } = world.vendor;
  const seen = await examiner({ now: () => ms - 90_000 }).examine([], world.budget);
  expect(seen.clockAheadMs).toBe(90_000);
});
