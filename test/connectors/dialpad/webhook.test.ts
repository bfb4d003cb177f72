/** Events: what is believed, what is refused, and that nothing in them is data. */
import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';
import { tokenDigest, verifyWebhook } from '../../../lib/connectors/dialpad/webhook.ts';
import type { Doorbell, WebhookRequest, WebhookSecrets } from '../../../lib/ports/app.ts';

const NOW_MS = 1_773_489_600_000;
const NOW_S = NOW_MS / 1000;
const SECRETS: WebhookSecrets = { signing: ['new secret', 'old secret'], path: null };
const ID = 'shared_contact_pool_Company:957_uid_trivet-17';

const HS256 = { alg: 'HS256', typ: 'JWT' };
const updated = (contact: unknown = { id: ID, first_name: 'Eve' }, more: object = {}): object => ({
  event: 'Updated',
  contact,
  ...more,
});

const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A compact JWS; `hash` is what HMAC is made with, whatever the header says. */
function sign(header: unknown, payload: unknown, secret = 'new secret', hash = 'sha256'): string {
  const signed = `${encode(header)}.${encode(payload)}`;
  return `${signed}.${createHmac(hash, secret).update(signed).digest('base64url')}`;
}

function request(body: string | Buffer, more: Partial<WebhookRequest> = {}): WebhookRequest {
  return {
    method: 'POST',
    path: '/webhooks/calls',
    headers: { 'content-type': 'application/jwt' },
    body: Buffer.from(body),
    ...more,
  };
}

const bearing = (token: string, body = '{}'): WebhookRequest =>
  request(body, { headers: { Authorization: `Bearer ${token}` } });

const verify = (given: WebhookRequest, secrets = SECRETS): Doorbell =>
  verifyWebhook(given, secrets, NOW_MS);
const outcome = (given: WebhookRequest, secrets = SECRETS): unknown => {
  const bell = verify(given, secrets);
  return bell.kind === 'refused' ? bell.status : bell.kind;
};
const looked = (bell: Doorbell): unknown =>
  bell.kind === 'ring' ? bell.look.map(({ remoteId }) => remoteId) : bell;

const GOOD = sign(HS256, updated());

describe('a signed event', () => {
  test('rings, and names the contact to look at and nothing else', () => {
    expect(verify(request(GOOD))).toEqual({ kind: 'ring', look: [{ remoteId: ID, match: null }] });
  });

  test.each([
    ['in the body', request(GOOD)],
    ['in the body, with a line end', request(`${GOOD}\n`)],
    ['as the bearer’s', bearing(GOOD)],
    [
      'as the bearer’s, in another spelling',
      request('', { headers: { AUTHORIZATION: `bearer ${GOOD}` } }),
    ],
    ['as the bearer’s, whatever the body says', bearing(GOOD, '{"event":"Deleted"}')],
    [
      'in the body, whatever the header says',
      request(GOOD, { headers: { authorization: 'Bearer a.b.c' } }),
    ],
    ['with the older secret', request(sign(HS256, updated(), 'old secret'))],
    ['with more in its header', request(sign({ ...HS256, kid: '1' }, updated()))],
    ['with nothing but the algorithm in its header', request(sign({ alg: 'HS256' }, updated()))],
  ])('is believed %s', (_name, given) => {
    expect(looked(verify(given))).toEqual([ID]);
  });

  test.each(['Created', 'Updated', 'Deleted'])('of the kind %s names the contact', (event) => {
    const token = sign(HS256, { event, contact: { id: '588023956919012' } });
    expect(looked(verify(request(token)))).toEqual(['588023956919012']);
  });

  test.each([
    ['a number', 588_023_956_919_012, ['588023956919012']],
    ['a number too long for JSON', 2 ** 60, []],
    ['missing', undefined, []],
    ['null', null, []],
    ['empty', '', []],
    ['an object', { id: 1 }, []],
    ['too long', 'x'.repeat(600), []],
    ['with a control character', 'a\u0000b', []],
  ])('whose id is %s rings all the same', (_name, id, expected) => {
    expect(looked(verify(request(sign(HS256, updated({ id })))))).toEqual(expected);
  });

  test.each([
    ['a call', { call_id: 1, state: 'hangup' }],
    ['an event without a contact', { event: 'Updated' }],
    ['a contact that is none', { event: 'Updated', contact: 'Ada' }],
    ['no object', 'Updated'],
    ['no JSON', '{"event":'],
  ])('about %s is no event of a contact', (_name, payload) => {
    expect(outcome(request(sign(HS256, payload)))).toBe(400);
  });

  test('that has a time is believed in its time only', () => {
    const at = (more: object) => outcome(request(sign(HS256, updated(undefined, more))));
    expect(at({ exp: NOW_S + 1 })).toBe('ring');
    expect(at({ exp: NOW_S - 299 })).toBe('ring');
    expect(at({ exp: NOW_S - 301 })).toBe(401);
    expect(at({ nbf: NOW_S + 299 })).toBe('ring');
    expect(at({ nbf: NOW_S + 301 })).toBe(401);
    expect(at({ exp: 'soon' })).toBe('ring');
  });
});

describe('another algorithm is refused', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const rs256 = (): string => {
    const signed = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(updated())}`;
    return `${signed}.${createSign('RSA-SHA256').update(signed).sign(privateKey).toString('base64url')}`;
  };
  const unsigned = `${encode({ alg: 'none' })}.${encode(updated())}.`;

  test.each([
    ['none, without a signature', unsigned],
    ['none, with one', sign({ alg: 'none' }, updated())],
    ['None', sign({ alg: 'None' }, updated())],
    ['hs256', sign({ alg: 'hs256' }, updated())],
    ['HS384 with its hash', sign({ alg: 'HS384' }, updated(), 'new secret', 'sha384')],
    ['HS384 with the hash of HS256', sign({ alg: 'HS384' }, updated())],
    ['HS512', sign({ alg: 'HS512' }, updated(), 'new secret', 'sha512')],
    ['RS256 with a true signature', rs256()],
    ['RS256 over our HMAC', sign({ alg: 'RS256' }, updated())],
    ['HS256 keyed by the public key', sign(HS256, updated(), pem)],
    ['a list of algorithms', sign({ alg: ['HS256'] }, updated())],
    ['an object', sign({ alg: { name: 'HS256' } }, updated())],
    ['null', sign({ alg: null }, updated())],
    ['nothing', sign({ typ: 'JWT' }, updated())],
    ['a header that is a list', sign(['HS256'], updated())],
    ['a header that is null', sign(null, updated())],
    ['a header that is no JSON', sign('HS256', updated())],
    [
      'an extension that must be understood',
      sign({ ...HS256, crit: ['b64'], b64: false }, updated()),
    ],
  ])('%s', (_name, token) => {
    expect(outcome(request(token))).toBe(401);
    expect(outcome(bearing(token))).toBe(401);
  });
});

describe('a forged or broken token is refused', () => {
  const [header = '', payload = '', signature = ''] = GOOD.split('.');
  const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  /** The same bytes to a decoder that is not strict: the last character has two bits too many. */
  const twin = signature.slice(0, -1) + last[last.indexOf(signature.at(-1) ?? '') ^ 1];

  test.each([
    ['with another secret', sign(HS256, updated(), 'guess')],
    ['with an empty secret', sign(HS256, updated(), '')],
    ['with another payload', `${header}.${encode(updated({ id: '1' }))}.${signature}`],
    ['with another header', `${encode({ alg: 'HS256' })}.${payload}.${signature}`],
    ['cut off', GOOD.slice(0, -1)],
    ['cut off after the payload', `${header}.${payload}`],
    ['without a signature', `${header}.${payload}.`],
    ['with a fourth part', `${GOOD}.${signature}`],
    ['with padding', `${GOOD}=`],
    [
      'in plain base64',
      `${header}.${payload}.${Buffer.from(signature, 'base64url').toString('base64')}+`,
    ],
    ['with a second spelling of the signature', `${header}.${payload}.${twin}`],
    ['with a blank in it', `${header}. ${payload}.${signature}`],
    ['twice', `${GOOD}\n${GOOD}`],
    ['in quotation marks', JSON.stringify(GOOD)],
    ['as JSON', JSON.stringify({ token: GOOD })],
    ['plain JSON', JSON.stringify(updated())],
    ['nothing', ''],
  ])('%s', (_name, body) => {
    expect(outcome(request(body))).toBe(401);
  });

  test('even where the secret in the path would do for another app', () => {
    const secrets = { signing: ['new secret'], path: 's3cret' };
    const given = request(JSON.stringify(updated()), { path: '/webhooks/calls/s3cret' });
    expect(outcome(given, secrets)).toBe(401);
  });

  test('and reasons repeat nothing of it', () => {
    const bell = verify(request(sign(HS256, updated({ id: 'mary@example.com' }), 'guess')));
    expect(JSON.stringify(bell)).not.toContain('mary');
    expect(JSON.stringify(bell)).not.toContain('secret"');
  });
});

test('without a secret nobody is let in, and a stranger learns no more than that', () => {
  expect(outcome(request(GOOD), { signing: [], path: null })).toBe(401);
  expect(outcome(request(GOOD), { signing: [''], path: null })).toBe(401);
});

test('what is no POST, or too large, is no event', () => {
  expect(outcome(request(GOOD, { method: 'GET' }))).toBe(405);
  expect(outcome(request('x'.repeat(65 * 1024)))).toBe(413);
});

describe('the digest of a token', () => {
  test('is the same for the same event, wherever it travels, and another for another', () => {
    const digest = tokenDigest(request(GOOD));
    expect(digest).toMatch(/^[\w-]{43}$/);
    expect(tokenDigest(bearing(GOOD))).toBe(digest);
    expect(tokenDigest(request(` ${GOOD}\n`))).toBe(digest);
    expect(tokenDigest(request(sign(HS256, updated({ id: '2' }))))).not.toBe(digest);
    expect(tokenDigest(request('{}'))).toBeNull();
  });
});
