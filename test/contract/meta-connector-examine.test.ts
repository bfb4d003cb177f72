/** What the doctor sees of an audience at Meta: token, permission, terms, version, kind, and what is mapped. */
import { requireOptions, type MetaOptions } from '../../lib/connectors/meta/config.ts';
import { createMetaExaminer } from '../../lib/connectors/meta/index.ts';
import { boolean, consent, email, number, phone, text } from '../../lib/engine/types/index.ts';
import type { FieldType } from '../../lib/engine/value.ts';
import type { AppExamination, ExaminedField } from '../../lib/ports/examine.ts';
import { startMeta, type Body, type MetaWorld } from './meta-simulator-world.ts';

let world: MetaWorld;

beforeEach(async () => {
  world = await startMeta();
});
afterEach(() => world.stop());

const field = (path: string, type: FieldType): ExaminedField => ({
  column: path.toLowerCase(),
  path,
  type,
  owner: 'crm',
});

const USUAL = [field('EMAIL', email()), field('FN', text()), field('consent', consent())];

const examine = (
  fields: readonly ExaminedField[] = USUAL,
  options: Partial<MetaOptions> = {},
  token = world.simulator.accessToken,
): Promise<AppExamination> => {
  const { audienceId: audience, baseUrl } = world.simulator;
  return createMetaExaminer({
    options: requireOptions({ audience, baseUrl, ...options }),
    credentials: { accessToken: token, baseUrl: null },
  }).examine(fields, { remainingMs: () => 30_000 });
};

const settings = async (change: Body): Promise<void> => {
  expect((await world.control('POST', '/settings', change)).status).toBe(200);
};

const briefly = ({ findings }: AppExamination): readonly string[] =>
  findings.map(({ severity, code }) => `${severity} ${code}`);

test('an audience that fits gives nothing to say, and is not written to', async () => {
  expect(await examine()).toEqual({ findings: [], fixes: [], clockAheadMs: null });
  expect(world.exchanges().map(({ method }) => method)).toEqual(['GET', 'GET', 'GET']);
});

test.each<[Body, string, RegExp]>([
  [{ token: 'expired' }, 'error app.refused', /has expired/],
  [{ token: 'password' }, 'error app.refused', /changed their password/],
  [{ permission: 'ads-management-missing' }, 'error app.permission', /may not manage ads/],
  [{ permission: 'denied' }, 'error app.permission', /may not change the audience/],
  [{ permission: 'read-only' }, 'error app.permission', /not manage them/],
  [{ termsAccepted: false }, 'error app.terms', /customaudiences\/tos/],
  [{ audienceSubtype: 'LOOKALIKE' }, 'error app.audience-kind', /LOOKALIKE/],
  [{ oldestVersion: 27, newestVersion: 28 }, 'error app.version', /has ended version v26/],
  [
    { oldestVersion: 27, newestVersion: 28, deadVersion: 'upgrade' },
    'warning app.version',
    /answers v26.0 as v27.0/,
  ],
])('%j is told as what it is, with what mends it', async (change, expected, sentence) => {
  await settings(change);
  const seen = await examine();
  expect(briefly(seen)).toEqual([expected]);
  expect(seen.findings[0]?.found).toMatch(sentence);
  expect(seen.findings[0]?.remedy?.text).toMatch(/\w/);
});

test('a token of nobody, an audience that is not there and an account that is another are told', async () => {
  expect(briefly(await examine(USUAL, {}, 'EAABwrong'))).toEqual(['error app.refused']);
  expect(briefly(await examine(USUAL, { audience: '42' }))).toEqual(['error app.refused']);
  expect(briefly(await examine(USUAL, { adAccount: 'act_42' }))).toEqual(['error app.account']);
});

test('an app that does not answer is told as that, and hides nothing of the columns', async () => {
  await world.control('POST', '/faults', { kind: 'status', status: 503 });
  expect(briefly(await examine([field('EMAIL', email())]))).toEqual([
    'error app.unreachable',
    'note app.consent-unmapped',
  ]);
});

test('columns of Limited Data Use that would not do what they say are told', async () => {
  const [country, state] = [
    field('DATA_PROCESSING_OPTIONS_COUNTRY', number()),
    field('DATA_PROCESSING_OPTIONS_STATE', number()),
  ];
  const use = field('DATA_PROCESSING_OPTIONS', boolean());
  const both = await examine([...USUAL, country, state]);
  expect(briefly(both)).toEqual(['warning app.limited-data-use']);
  expect(both.findings[0]?.found).toMatch(/for nobody/);
  const usual = await examine([...USUAL, country, state], { limitedDataUse: true });
  expect(usual.findings[0]?.found).toMatch(/for everybody/);
  const half = await examine([...USUAL, use, state]);
  expect(half.findings[0]?.found).toMatch(/together/);
  expect(briefly(await examine([...USUAL, use, country, state]))).toEqual([]);
  expect(briefly(await examine([...USUAL, use]))).toEqual([]);
});

test('numbers and post codes of nowhere are told', async () => {
  const placed = [...USUAL, field('PHONE', phone()), field('ZIP', text())];
  const seen = await examine(placed);
  expect(seen.findings).toMatchObject([
    { severity: 'note', code: 'app.country', where: 'PHONE, ZIP' },
  ]);
  expect(briefly(await examine(placed, { country: 'DE' }))).toEqual([]);
  expect(briefly(await examine([...placed, field('COUNTRY', text())]))).toEqual([]);
});
