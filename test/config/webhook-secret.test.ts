import {
  forgetWebhook,
  parseWebhookSecret,
  rememberWebhook,
  type WebhookSecret,
} from '../../lib/config/webhook-secret.ts';

const KEY = 'k'.repeat(48);

function secretOf(value: unknown): WebhookSecret {
  const parsed = parseWebhookSecret(JSON.stringify(value));
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.secret;
}

describe('the webhook secret', () => {
  test('as generated: a doorbell key, no signing secrets, and a path of its own for each app', () => {
    const secret = secretOf({ doorbell: KEY, apps: {} });
    expect(secret.doorbell).toBe(KEY);
    expect(secret.forApp('news').signing).toEqual([]);
    expect(secret.forApp('news').path).toMatch(/^[0-9a-f]{40}$/);
    expect(secret.forApp('news').path).not.toBe(secret.forApp('shop').path);
  });

  test("an app's path is the same as long as the key is", () => {
    expect(secretOf({ doorbell: KEY }).forApp('news')).toEqual(
      secretOf({ doorbell: KEY, apps: {} }).forApp('news'),
    );
    const other = secretOf({ doorbell: 'x'.repeat(48) });
    expect(other.forApp('news').path).not.toBe(secretOf({ doorbell: KEY }).forApp('news').path);
  });

  test("signing secrets are the app's own, several during a rotation", () => {
    const secret = secretOf({ doorbell: KEY, apps: { news: { signing: ['new', 'old'] } } });
    expect(secret.forApp('news').signing).toEqual(['new', 'old']);
    expect(secret.forApp('shop').signing).toEqual([]);
    expect(secret.forApp('toString').signing).toEqual([]);
  });

  test.each([
    ['not JSON', '{'],
    ['no key', '{"apps":{}}'],
    ['a key too short to be one', '{"doorbell":"short"}'],
    ['signing secrets of the wrong shape', JSON.stringify({ doorbell: KEY, apps: { news: 'x' } })],
    [
      'an empty signing secret',
      JSON.stringify({ doorbell: KEY, apps: { news: { signing: [''] } } }),
    ],
  ])('%s gives a reason that shows nothing of the secret', (_, text) => {
    const parsed = parseWebhookSecret(text);
    expect(parsed).toMatchObject({ ok: false });
    expect(parsed.ok ? '' : parsed.reason).toContain('the webhook secret must be');
    expect(parsed.ok ? '' : parsed.reason).not.toContain('kkk');
  });

  test('takes a new webhook in beside all else, and keeps one secret of before', () => {
    const text = JSON.stringify({
      doorbell: KEY,
      note: 'mine',
      apps: { shop: { signing: ['s'] } },
    });
    const first = rememberWebhook(text, 'news', { id: 'h1', signingSecret: 'one' });
    const third = rememberWebhook(
      rememberWebhook(first, 'news', { id: 'h2', signingSecret: 'two' }),
      'news',
      { id: 'h3', signingSecret: 'three' },
    );
    expect(JSON.parse(third)).toEqual({
      doorbell: KEY,
      note: 'mine',
      apps: {
        shop: { signing: ['s'] },
        news: {
          hook: 'h3',
          signing: ['three', 'two'],
        },
      },
    });
    expect(secretOf(JSON.parse(third)).hookOf('news')).toBe('h3');
    expect(secretOf(JSON.parse(third)).hookOf('shop')).toBeNull();
    expect(secretOf(JSON.parse(forgetWebhook(third, 'news'))).forApp('news').signing).toEqual([]);
  });
});
