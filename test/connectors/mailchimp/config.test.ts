/** What a user may write, and what a secret must hold. */
import {
  mailchimp,
  parseBaseUrl,
  parseCredentials,
  requireOptions,
} from '../../../lib/connectors/mailchimp/config.ts';
import { consent, email, enumeration, text } from '../../../lib/engine/types/index.ts';
import { createMailchimp } from '../../../lib/connectors/mailchimp/index.ts';

test('an audience and a secret are enough', () => {
  expect(mailchimp({ audience: '1a2b3c4d5e', secret: 'mailchimp' })).toMatchObject({
    kind: 'mailchimp',
    secret: 'mailchimp',
    capabilities: { delta: 'time', versions: true, longestCallMs: 120_000, connectionsMax: 8 },
    options: { audience: '1a2b3c4d5e', tagAutomations: false },
  });
});

test('options survive JSON', () => {
  const config = mailchimp({ audience: 'a1', secret: 's', baseUrl: 'http://127.0.0.1:9/3.0' });
  const again: unknown = JSON.parse(JSON.stringify(config.options));
  expect(requireOptions(again)).toEqual(config.options);
});

test.each([
  [{ audience: '' }, 'audience'],
  [{ audience: 'a/b' }, 'audience'],
  [{ audience: 'a', baseUrl: 'ftp://x' }, 'baseUrl'],
  [{ audience: 'a', connectionsMax: 11 }, 'connectionsMax'],
  [{ audience: 'a', lists: 'b' }, 'lists'],
])('%j is refused, naming %s', (options, name) => {
  expect(() => requireOptions(options)).toThrow(name);
});

test.each([
  ['email_address', email(), 'can be mapped'],
  ['merge_fields.FNAME', text(255), 'can be mapped'],
  ['merge_fields.TIER', enumeration(['gold', 'silver']), 'can be mapped'],
  ['status', text(), 'status cannot be text; use consent()'],
  [
    'merge_fields.WANTS',
    consent(),
    'merge_fields.WANTS cannot be consent; use text(), email(), phone(), number(),',
  ],
  ['merge_fields.fname', text(), 'or merge_fields.TAG; did you mean “merge_fields.FNAME”?'],
  ['contact_id', text(), 'Mailchimp has no path "contact_id"; use email_address'],
])('%s with a type', (path, type, refusal) => {
  const { rules } = mailchimp({ audience: 'a', secret: 's' });
  expect(rules.checkField(path, type) ?? 'can be mapped').toContain(refusal);
});

test('an API key names its data centre', () => {
  const credentials = parseCredentials({ apiKey: '0123456789abcdef-us21' });
  if (credentials.kind !== 'ok') throw new Error(credentials.reason);
  const basic = Buffer.from('trivet:0123456789abcdef-us21').toString('base64');
  expect(credentials.value).toMatchObject({ authorization: `Basic ${basic}`, server: 'us21' });
  expect(parseBaseUrl({}, credentials.value)).toEqual({
    kind: 'ok',
    value: 'https://us21.api.mailchimp.com/3.0',
  });
  expect(parseBaseUrl({ baseUrl: 'http://127.0.0.1:9/3.0/' }, credentials.value)).toEqual({
    kind: 'ok',
    value: 'http://127.0.0.1:9/3.0',
  });
});

test('an OAuth token comes with its data centre', () => {
  expect(parseCredentials({ accessToken: 't', server: 'us3' })).toMatchObject({
    value: { authorization: 'Bearer t', server: 'us3' },
  });
});

test.each([null, 'key', {}, { apiKey: '' }, { accessToken: 't' }])(
  'the secret %j halts with a sentence',
  (secret) => {
    expect(parseCredentials(secret)).toMatchObject({
      kind: 'halted',
      reason: expect.stringContaining('apiKey') as unknown,
    });
  },
);

test('a key without a data centre halts before any call', () => {
  const credentials = parseCredentials({ apiKey: 'nodash' });
  if (credentials.kind !== 'ok') throw new Error(credentials.reason);
  const made = createMailchimp({
    options: requireOptions({ audience: 'a' }),
    credentials: credentials.value,
    paths: [],
    connectionsMax: 1,
    clock: { now: () => 0, sleep: () => Promise.resolve() },
  });
  expect(made).toMatchObject({
    kind: 'halted',
    reason: expect.stringContaining('data centre') as unknown,
  });
});
