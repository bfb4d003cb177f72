/** What a user may write, and what a secret must hold. */
import { defineTrivet, dialpad, phone, postgres, text } from '../../../lib/config/index.ts';
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
