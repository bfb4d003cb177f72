import { createHmac } from 'node:crypto';
import { answerDoor, DOORBELL_HEADER, type Door } from '../../lib/flow/ring.ts';
import type { VerifyWebhook, WebhookRequest } from '../../lib/ports/app.ts';
import type { PullMessage } from '../../lib/ports/messages.ts';

/** A door whose webhooks are signed by naming the secret. */
const verify: VerifyWebhook = (request, secrets) =>
  secrets.signing.includes(request.headers['signed-with'] ?? '')
    ? { kind: 'ring', look: [{ remoteId: null, match: 'ann@example.test' }] }
    : { kind: 'refused', status: 401, reason: 'not signed' };

function openDoor(signing: string, counts: Record<string, number>): Door & { sent: PullMessage[] } {
  const sent: PullMessage[] = [];
  return {
    apps: new Map([['news', { verify, sync: 'contacts-news' }]]),
    syncs: new Set(['contacts-news']),
    queue: {
      sendPull: (messages) => {
        sent.push(...messages);
        return Promise.resolve();
      },
    },
    log: {
      info: () => undefined,
      warn: () => undefined,
      error: () => undefined,
      count: (metric, by) => {
        counts[metric] = (counts[metric] ?? 0) + by;
      },
    },
    secretsOf: () => ({ signing: [signing], path: null }),
    doorbellKey: 'key',
    now: () => 0,
    sent,
  };
}

const request = (path: string, headers: Record<string, string> = {}): WebhookRequest => ({
  method: 'POST',
  path,
  headers,
  body: Buffer.from('{}'),
});

describe('the door', () => {
  test('a forged webhook is counted once, also when the secrets are read anew for it', async () => {
    const counts: Record<string, number> = {};
    const [door, reopened] = [openDoor('old', counts), openDoor('new', counts)];
    const forged = request('/webhooks/news', { 'signed-with': 'a guess' });
    const answer = await answerDoor(door, forged, () => Promise.resolve(reopened));
    expect(answer.status).toBe(401);
    expect(counts).toEqual({ 'webhook.refused': 1 });
    expect([...door.sent, ...reopened.sent]).toEqual([]);
  });

  test('a webhook signed with a secret registered a moment ago is let in and refused nowhere', async () => {
    const counts: Record<string, number> = {};
    const [door, reopened] = [openDoor('old', counts), openDoor('new', counts)];
    const signed = request('/webhooks/news', { 'signed-with': 'new' });
    const answer = await answerDoor(door, signed, () => Promise.resolve(reopened));
    expect(answer.status).toBe(200);
    expect(counts).toEqual({ 'webhook.rung': 1 });
    expect(reopened.sent.map(({ kind }) => kind)).toEqual(['ring', 'look']);
  });

  test('the CRM rings with the HMAC of the body, and without it is refused', async () => {
    const door = openDoor('old', {});
    const hex = createHmac('sha256', 'key').update('{}').digest('hex');
    const ring = request('/doorbell/contacts-news', { [DOORBELL_HEADER]: `sha256=${hex}` });
    expect((await answerDoor(door, ring)).status).toBe(202);
    expect((await answerDoor(door, request('/doorbell/contacts-news'))).status).toBe(401);
    expect((await answerDoor(door, request('/doorbell/unknown'))).status).toBe(404);
    expect(door.sent).toEqual([{ kind: 'ring', sync: 'contacts-news', source: 'crm' }]);
  });

  test('a ring with its time and its sync is good for five minutes and for that sync', async () => {
    const now = 1_773_489_600_000;
    const door: Door = { ...openDoor('old', {}), syncs: new Set(['a', 'b']), now: () => now };
    const ringAt = async (seconds: number, sync: string, to = sync): Promise<number> => {
      const hex = createHmac('sha256', 'key').update(`${seconds}.${sync}.{}`).digest('hex');
      const signature = `t=${seconds},v1=${hex}`;
      return (await answerDoor(door, request(`/doorbell/${to}`, { [DOORBELL_HEADER]: signature })))
        .status;
    };
    expect(await ringAt(now / 1000, 'a')).toBe(202);
    expect(await ringAt(now / 1000 - 299, 'a')).toBe(202);
    expect(await ringAt(now / 1000 - 301, 'a')).toBe(401);
    expect(await ringAt(now / 1000 + 301, 'a')).toBe(401);
    expect(await ringAt(now / 1000, 'a', 'b')).toBe(401);
  });

  test('a ring is a POST, and a refusal repeats nothing of what was sent', async () => {
    const door = openDoor('old', {});
    const asked = { ...request('/doorbell/contacts-news'), method: 'GET' };
    expect((await answerDoor(door, asked)).status).toBe(405);
    for (const path of ['/doorbell/a-secret', '/webhooks/a-secret', '/a-secret'])
      expect((await answerDoor(door, request(path))).body).not.toContain('a-secret');
  });

  test('what cannot be read is refused as it was judged, and counted', async () => {
    const counts: Record<string, number> = {};
    const refused = { status: 431, reason: 'headers too large' };
    const answer = await answerDoor(openDoor('old', counts), refused);
    expect(answer).toEqual({ status: 431, body: '{"error":"headers too large"}' });
    expect(counts).toEqual({ 'webhook.refused': 1 });
  });

  test('secrets are read anew also when a connector knows none yet', async () => {
    const none: VerifyWebhook = () => ({ kind: 'refused', status: 401, reason: 'no secret yet' });
    const before = { ...openDoor('', {}), apps: new Map([['news', { verify: none, sync: 's' }]]) };
    const after = openDoor('new', {});
    const signed = request('/webhooks/news', { 'signed-with': 'new' });
    expect((await answerDoor(before, signed, () => Promise.resolve(after))).status).toBe(200);
  });
});
