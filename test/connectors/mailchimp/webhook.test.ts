/** Doorbells: what is believed, what is refused, and that nothing in them is data. */
import { createHmac } from 'node:crypto';
import { createVerifyWebhook } from '../../../lib/connectors/mailchimp/webhook.ts';
import type { Doorbell, WebhookRequest, WebhookSecrets } from '../../../lib/ports/app.ts';

const NOW_MS = 1_773_489_600_000;
const NOW_S = NOW_MS / 1000;
const verify = createVerifyWebhook('abc123def4');
const SIGNED: WebhookSecrets = { signing: ['new secret', 'old secret'], path: null };

const form = (fields: Readonly<Record<string, string>>): string =>
  new URLSearchParams({ 'data[list_id]': 'abc123def4', ...fields }).toString();
const PROFILE = form({
  type: 'profile',
  'data[email]': 'Ada@mail.test',
  'data[merges][FNAME]': 'Eve',
});

const sign = (body: string, secret: string, t: number | string): string =>
  `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`;

function request(
  body: string,
  signature?: string,
  more: Partial<WebhookRequest> = {},
): WebhookRequest {
  return {
    method: 'POST',
    path: '/webhooks/news/s3cret',
    headers: signature === undefined ? {} : { 'X-Mailchimp-Signature': signature },
    body: Buffer.from(body),
    ...more,
  };
}

const signed = (body: string): WebhookRequest => request(body, sign(body, 'new secret', NOW_S));
const looked = (bell: Doorbell): unknown =>
  bell.kind === 'ring' ? bell.look.map(({ match }) => match) : bell;

describe('a signed webhook', () => {
  test('rings, and names addresses to look at and nothing else', () => {
    expect(verify(signed(PROFILE), SIGNED, NOW_MS)).toEqual({
      kind: 'ring',
      look: [{ remoteId: null, match: 'ada@mail.test' }],
    });
  });

  test('is believed by any of the secrets that are valid now', () => {
    const bell = verify(request(PROFILE, sign(PROFILE, 'old secret', NOW_S)), SIGNED, NOW_MS);
    expect(bell.kind).toBe('ring');
  });

  test('names both ends of a rename', () => {
    const body = form({
      type: 'upemail',
      'data[new_email]': 'new@mail.test',
      'data[old_email]': 'old@mail.test',
    });
    expect(looked(verify(signed(body), SIGNED, NOW_MS))).toEqual([
      'old@mail.test',
      'new@mail.test',
    ]);
  });

  test('names an address once, and none that cannot be one', () => {
    const body = form({
      type: 'subscribe',
      'data[email]': 'ADA@mail.test',
      'data[merges][EMAIL]': 'ada@mail.test',
      'data[old_email]': 'no address',
      'data[new_email]': `${'x'.repeat(300)}@mail.test`,
    });
    expect(looked(verify(signed(body), SIGNED, NOW_MS))).toEqual(['ada@mail.test']);
  });

  test('about a campaign rings without naming anybody', () => {
    const body = form({ type: 'campaign', 'data[subject]': 'Hello' });
    expect(looked(verify(signed(body), SIGNED, NOW_MS))).toEqual([]);
  });

  test.each([
    ['five minutes old', -300, 'ring'],
    ['older', -301, 'refused'],
    ['five minutes ahead', 300, 'ring'],
    ['from the future', 301, 'refused'],
  ])('%s is %s seconds off: %s', (_name, offsetS, kind) => {
    const bell = verify(
      request(PROFILE, sign(PROFILE, 'new secret', NOW_S + offsetS)),
      SIGNED,
      NOW_MS,
    );
    expect(bell.kind).toBe(kind);
  });

  test('is judged by its raw bytes', () => {
    const header = sign(PROFILE, 'new secret', NOW_S);
    const respelt = PROFILE.replace('%40', '@');
    expect(verify(request(respelt, header), SIGNED, NOW_MS)).toMatchObject({
      kind: 'refused',
      status: 401,
    });
  });

  test('that is forged is refused even on the secret path', () => {
    const both = { signing: ['new secret'], path: 's3cret' };
    const forged = request(PROFILE, sign(PROFILE, 'guess', NOW_S));
    expect(verify(forged, both, NOW_MS)).toMatchObject({ kind: 'refused', status: 401 });
  });

  test.each(['', 't=1', 'v1=aa', `t=x,v1=aa`, `t=${NOW_S},v1=`, `t=${NOW_S};v1=aa`, `t=-1,v1=aa`])(
    'with the malformed signature "%s" is refused',
    (signature) => {
      expect(verify(request(PROFILE, signature), SIGNED, NOW_MS)).toMatchObject({ status: 401 });
    },
  );

  test('of another audience is refused', () => {
    const body = form({ type: 'profile', 'data[list_id]': 'other' });
    expect(verify(signed(body), SIGNED, NOW_MS)).toMatchObject({ kind: 'refused', status: 400 });
  });

  test.each(['', '{"type":"profile"}', 'data[email]=a%40b.c'])(
    'with the body %s is refused',
    (body) => {
      expect(verify(signed(body), SIGNED, NOW_MS)).toMatchObject({ kind: 'refused', status: 400 });
    },
  );

  test('over 64 kB is refused unread', () => {
    const body = `${PROFILE}&x=${'y'.repeat(64 * 1024)}`;
    expect(verify(signed(body), SIGNED, NOW_MS)).toMatchObject({ kind: 'refused', status: 413 });
  });
});

describe('an unsigned webhook', () => {
  const LEGACY: WebhookSecrets = { signing: [], path: 's3cret' };

  test('is believed on the secret path only', () => {
    expect(verify(request(PROFILE), LEGACY, NOW_MS).kind).toBe('ring');
    for (const path of [
      '/webhooks/news',
      '/webhooks/news/s3cre',
      '/webhooks/s3cret/news',
      '/s3cret/',
    ]) {
      expect(verify(request(PROFILE, undefined, { path }), LEGACY, NOW_MS)).toMatchObject({
        status: 401,
      });
    }
  });

  test.each([null, ''])('is never believed when the path secret is %p', (path) => {
    const secrets = { signing: ['new secret'], path };
    expect(
      verify(request(PROFILE, undefined, { path: '/webhooks/news/' }), secrets, NOW_MS),
    ).toMatchObject({
      kind: 'refused',
      status: 401,
    });
  });
});

test('the vendor’s check that the endpoint answers is not a doorbell', () => {
  expect(verify(request('', undefined, { method: 'GET' }), SIGNED, NOW_MS)).toEqual({
    kind: 'validation',
  });
});

test('no other method is a webhook', () => {
  expect(verify(request(PROFILE, undefined, { method: 'PUT' }), SIGNED, NOW_MS)).toMatchObject({
    status: 405,
  });
});
