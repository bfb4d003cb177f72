/** What a user may write, and what a secret must hold. */
import {
  consent,
  defineTrivet,
  dialpad,
  optOut,
  phone,
  postgres,
  text,
} from '../../../lib/config/index.ts';
import {
  baseUrlOf,
  parseCredentials,
  requireOptions,
  secretFromVariables,
} from '../../../lib/connectors/dialpad/config.ts';

test('a company and a secret are enough; it lists once an hour and archives nothing', () => {
  expect(dialpad({ company: '42', secret: 'dialpad' })).toMatchObject({
    kind: 'dialpad',
    secret: 'dialpad',
    capabilities: { delta: 'listing', versions: false, archives: false, listEveryMs: 3_600_000 },
    options: { company: '42', listEveryMinutes: 60 },
  });
});

test('options survive JSON', () => {
  const config = dialpad({ company: '1', secret: 's', baseUrl: 'http://127.0.0.1:9' });
  expect(requireOptions(JSON.parse(JSON.stringify(config.options)))).toEqual(config.options);
});

test.each([
  [{ company: '' }, 'company'],
  [{ company: 'Trivet Ltd' }, 'company'],
  [{ company: '1', baseUrl: 'ftp://x' }, 'baseUrl'],
  [{ company: '1', listEveryMinutes: 0 }, 'listEveryMinutes'],
  [{ company: '1', connectionsMax: 9 }, 'connectionsMax'],
  [{ company: '1', audience: 'b' }, 'audience'],
])('%j is refused, naming %s', (options, name) => {
  expect(() => requireOptions(options)).toThrow(name);
});

test('the key travels as a bearer’s, to where the options, the secret or the vendor say', () => {
  const parsed = parseCredentials({ apiKey: 'k', baseUrl: 'http://proxy/' });
  if (parsed.kind !== 'ok') throw new Error(parsed.reason);
  expect(parsed.value.authorization).toBe('Bearer k');
  expect(baseUrlOf({}, parsed.value)).toBe('http://proxy');
  expect(baseUrlOf({ baseUrl: 'http://here' }, parsed.value)).toBe('http://here');
  expect(baseUrlOf({}, { baseUrl: null })).toBe('https://dialpad.com');
});

test.each([null, 'key', {}, { apiKey: '' }])('the secret %j halts with a sentence', (secret) => {
  expect(parseCredentials(secret)).toMatchObject({ kind: 'halted' });
});

test('variables make the secret, or the one that is missing is named', () => {
  expect(secretFromVariables((name) => ({ DIALPAD_API_KEY: 'k' })[name])).toEqual({ apiKey: 'k' });
  expect(secretFromVariables(() => undefined)).toBe('DIALPAD_API_KEY');
});

test('“newest” is refused: Dialpad does not say when a contact changed', () => {
  const define = () =>
    defineTrivet({
      crm: postgres({ secret: 'crm' }),
      apps: { calls: dialpad({ company: '1', secret: 's' }) },
      syncs: [
        {
          table: 'contacts',
          key: 'id',
          app: 'calls',
          match: { phone: 'phones.primary' },
          fields: {
            phone: { app: 'phones.primary', type: phone(), owner: 'crm' },
            job: { app: 'job_title', type: text(), owner: 'shared', onConflict: 'newest' },
          },
        },
      ],
    });
  expect(define).toThrow('syncs.0.fields.job.onConflict: “newest” needs an app that says when');
});

test('a sync has one lane, for calls are rationed, unless it says otherwise', () => {
  const lanesOf = (more: object): number | undefined =>
    defineTrivet({
      crm: postgres({ secret: 'crm' }),
      apps: { calls: dialpad({ company: '42', secret: 'dialpad' }) },
      syncs: [
        {
          table: 'contacts',
          key: 'id',
          app: 'calls',
          match: { phone: 'phones.primary' },
          fields: { phone: { app: 'phones.primary', type: phone(), owner: 'crm' } },
          ...more,
        },
      ],
    }).syncs[0]?.lanes;
  expect([lanesOf({}), lanesOf({ lanes: 3 })]).toEqual([1, 3]);
});

test('each of the two refusals has the one end that can take it back', () => {
  const define = (blocked: 'crm' | 'app', texts: 'crm' | 'app') => () =>
    defineTrivet({
      crm: postgres({ secret: 'crm' }),
      apps: { calls: dialpad({ company: '42', secret: 'dialpad' }) },
      syncs: [
        {
          table: 'contacts',
          key: 'id',
          app: 'calls',
          match: { phone: 'phones.primary' },
          fields: {
            phone: { app: 'phones.primary', type: phone(), owner: 'crm' },
            do_not_call: { app: 'blocked', type: optOut(), owner: blocked },
            sms_status: { app: 'sms_consent', type: consent(), owner: texts },
          },
        },
      ],
    });
  expect(define('crm', 'app')().syncs[0]?.spec.fields.map(({ role }) => role)).toEqual([
    'match',
    'consent',
    'consent',
  ]);
  expect(define('app', 'app')).toThrow(/do_not_call.owner: found “app”.*wants to be called again/);
  expect(define('crm', 'crm')).toThrow(/sms_status.owner: found “crm”.*use “app”/);
});
