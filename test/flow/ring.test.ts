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
});
