/** What a user writes about an audience, and what is said about it when it is wrong. */
import {
  META_CAPABILITIES,
  meta,
  parseCredentials,
  requireOptions,
  secretFromVariables,
} from '../../../lib/connectors/meta/config.ts';
import {
  defineTrivet,
  email,
  postgres,
  text,
  type SyncInput,
  type TrivetConfig,
} from '../../../lib/config/index.ts';
import type { FieldType } from '../../../lib/engine/value.ts';

const app = meta({ audience: '6123456789012', secret: 'meta' });

const sync: SyncInput = {
  table: 'contacts',
  key: 'id',
  app: 'ads',
  match: { email: 'EMAIL' },
  fields: { email: { app: 'EMAIL', type: email(), owner: 'crm' } },
};
const define = (more: Partial<SyncInput> = {}) =>
  (defineTrivet as (input: object) => TrivetConfig)({
    crm: postgres({ secret: 'crm/database' }),
    apps: { ads: app },
    syncs: [{ ...sync, ...more }],
  });

describe('meta()', () => {
  test('pins the version of the Graph API, and takes another one', () => {
    expect(app).toMatchObject({ kind: 'meta', secret: 'meta', options: { version: 'v26.0' } });
    expect(requireOptions({ audience: '6', version: 'v27.0' }).version).toBe('v27.0');
  });

  test.each([
    [{ audience: 'my list' }, /audience id such as/],
    [{ audience: '6', adAccount: '123' }, /act_1234567890/],
    [{ audience: '6', version: '26' }, /v26\.0/],
    [{ audience: '6', country: 'USA' }, /two letters/],
    [{ audience: '6', audiences: [] }, /audiences/],
  ])('says what is wrong with %j', (options, sentence) => {
    expect(() => requireOptions(options)).toThrow(sentence);
  });

  test('takes a token from the secret or from variables, and names what is missing', () => {
    expect(parseCredentials({ accessToken: 'EAAB' })).toMatchObject({
      value: { accessToken: 'EAAB', baseUrl: null },
    });
    expect(parseCredentials({ apiKey: 'x' })).toMatchObject({ kind: 'halted' });
    expect(secretFromVariables(() => undefined)).toBe('META_ACCESS_TOKEN');
    const read = (name: string) => (name === 'META_ACCESS_TOKEN' ? 'EAAB' : undefined);
    expect(secretFromVariables(read)).toEqual({ accessToken: 'EAAB' });
  });
});

describe('a sync with an app that shows nobody', () => {
  test('has one lane, rings every five minutes and makes no rows, unless told otherwise', () => {
    const [compiled] = define().syncs;
    expect(compiled).toMatchObject({ lanes: 1, scheduleMinutes: 5 });
    expect(compiled?.spec.create).toEqual({ inApp: true, inCrm: false });
    expect(META_CAPABILITIES.delta).toBe('none');
  });

  test('is refused more lanes, rows to be made, and fields of the app', () => {
    expect(() => define({ lanes: 2 })).toThrow(/syncs\.0\.lanes: found 2, but meta is told/);
    expect(() => define({ create: 'both' })).toThrow(/syncs\.0\.create: found “both”, but meta/);
    const phone = { app: 'PHONE', type: text(), owner: 'shared' as const };
    expect(() => define({ fields: { ...sync.fields, phone } })).toThrow(
      /syncs\.0\.fields\.phone\.owner: found “shared”, but meta shows nobody/,
    );
  });

  test('is refused columns an audience has not, types they cannot be made of, and people without a name', () => {
    const withField = (app: string, type: FieldType) => () =>
      define({ fields: { ...sync.fields, city: { app, type, owner: 'crm' as const } } });
    expect(withField('EMIAL', text())).toThrow(/“EMIAL” is no column.*did you mean “EMAIL”/);
    expect(withField('PHONE', email())).toThrow(/PHONE cannot be email; use phone\(\), text\(\)/);
    const match = { email: 'FN' };
    const fields = { email: { app: 'FN', type: text(), owner: 'crm' as const } };
    expect(() => define({ match, fields })).toThrow(/use EMAIL or PHONE or MADID/);
  });
});
