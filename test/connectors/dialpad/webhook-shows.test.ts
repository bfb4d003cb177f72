/** What an event says of its contact: enough to tell an echo from news, and never data. */
import { createHmac } from 'node:crypto';
import { createVerifyWebhook } from '../../../lib/connectors/dialpad/webhook.ts';
import { answerDoor } from '../../../lib/flow/ring.ts';
import type { PullMessage } from '../../../lib/ports/messages.ts';

const contact = { id: 42, first_name: 'Ada', last_name: '-', phones: ['+14155550100'] };

function requestOf(event: object) {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'HS256' })}.${part(event)}`;
  const signature = createHmac('sha256', 'key').update(signed).digest('base64url');
  const body = Buffer.from(`${signed}.${signature}`);
  return { method: 'POST', path: '/webhooks/calls', headers: {}, body };
}

async function sentFor(event: object): Promise<readonly PullMessage[]> {
  const sent: PullMessage[] = [];
  const silent = () => undefined;
  const verify = createVerifyWebhook(['first_name', 'last_name', 'phones.primary']);
  const digestOf = (shows: object): string => `digest of ${JSON.stringify(shows)}`;
  const answer = await answerDoor(
    {
      apps: new Map([['calls', { verify, sync: 'contacts-calls', digestOf }]]),
      syncs: new Set(),
      queue: {
        sendPull: (messages) => {
          sent.push(...messages);
          return Promise.resolve();
        },
      },
      log: { info: silent, warn: silent, error: silent, count: silent },
      secretsOf: () => ({ signing: ['key'], path: null }),
      doorbellKey: 'k',
      now: () => 0,
    },
    requestOf(event),
  );
  expect(answer.status).toBe(200);
  return sent;
}

test('an update is passed on as the id, and a digest of what it shows', async () => {
  const [, look] = await sentFor({ event: 'Updated', contact });
  const digest = 'digest of {"first_name":"Ada","last_name":null,"phones.primary":"+14155550100"}';
  expect(look).toEqual({
    kind: 'look',
    sync: 'contacts-calls',
    look: [{ remoteId: '42', match: null, digest }],
  });
});

test('a deletion shows what was, so it is passed on as the id alone', async () => {
  const [, look] = await sentFor({ event: 'Deleted', contact });
  expect(look).toMatchObject({ look: [{ remoteId: '42', match: null }] });
  expect(JSON.stringify(look)).not.toContain('digest');
});
