/** What is sent to SQS: accepted whatever a record holds. */
import type { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import type { CrmKey } from '../../lib/engine/model.ts';
import { chunk } from '../../lib/flow/route.ts';
import { QueueUnavailable, type Reference } from '../../lib/ports/messages.ts';
import { createSqsQueues } from '../../lib/queue/sqs.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const isAllowed = (code: number): boolean =>
  [0x9, 0xa, 0xd].includes(code) ||
  (code >= 0x20 && code <= 0xd7ff) ||
  (code >= 0xe000 && code <= 0xfffd) ||
  code >= 0x10000;
const BYTES_MAX = 1024 * 1024;

const reference = (key: string, text: string): Reference => ({
  key: key as CrmKey,
  observed: {
    remoteId: null,
    existence: 'present',
    raw: { name: text },
    version: null,
    optInAt: null,
    beganAt: 0,
  },
});

async function bodiesOf(refs: readonly Reference[]): Promise<readonly string[]> {
  const bodies: string[] = [];
  const client = {
    send: ({ input }: SendMessageBatchCommand) => {
      bodies.push(...(input.Entries ?? []).map(({ MessageBody }) => MessageBody ?? ''));
      return Promise.resolve({ Failed: [] });
    },
  };
  const queues = createSqsQueues({
    client: client as unknown as SQSClient,
    pullsUrl: 'pulls',
    laneUrls: { s: 'lanes' },
    random: () => 'id',
  });
  await queues.sendLane(
    chunk({ app: { capabilities: {} } } as never, refs).map((part) => ({
      sync: 's',
      lane: 0,
      refs: part,
      position: {},
    })),
  );
  return bodies;
}

test('P4 the same message sent twice within five minutes is two messages to SQS', async () => {
  const ids: (string | undefined)[] = [];
  const client = {
    send: ({ input }: SendMessageBatchCommand) => {
      ids.push(...(input.Entries ?? []).map((entry) => entry.MessageDeduplicationId));
      return Promise.resolve({ Failed: [] });
    },
  };
  let count = 0;
  const queues = createSqsQueues({
    client: client as unknown as SQSClient,
    pullsUrl: 'pulls',
    laneUrls: { s: 'lanes' },
    random: () => `id-${(count += 1)}`,
  });
  const ring = { kind: 'ring', sync: 's', source: 'a test' } as const;
  const page = { sync: 's', lane: 0, refs: [{ key: '17' as CrmKey }], position: {} };
  for (let time = 0; time < 2; time += 1) {
    await queues.sendPull([ring]);
    await queues.sendLane([page]);
  }
  expect(new Set(ids).size).toBe(4);
});

describe('a queue that takes nothing', () => {
  const page = { sync: 's', lane: 0, refs: [{ key: '17' as CrmKey }], position: {} };
  const sent = (send: (command: SendMessageBatchCommand) => Promise<unknown>): Promise<void> =>
    createSqsQueues({
      client: { send } as unknown as SQSClient,
      pullsUrl: 'pulls',
      laneUrls: { s: 'lanes' },
      random: () => 'id',
    }).sendLane([page]);
  const failure = (more: object): Error => Object.assign(new Error('SQS says no'), more);

  test.each([
    [
      'refuses an entry again and again',
      () => Promise.resolve({ Failed: [{ Id: '0', Code: 'X' }] }),
    ],
    ['has broken down', () => Promise.reject(failure({ $fault: 'server' }))],
    [
      'asks for a pause',
      () => Promise.reject(failure({ $fault: 'client', $retryable: { throttling: true } })),
    ],
  ])('and %s says that nothing is wrong with the message', async (_, send) => {
    await expect(sent(send)).rejects.toBeInstanceOf(QueueUnavailable);
  });

  test('because it is not there says so in SQS’s own words', async () => {
    const error = failure({ $fault: 'client', name: 'QueueDoesNotExist' });
    await expect(sent(() => Promise.reject(error))).rejects.toBe(error);
  });
});

describe('a message body', () => {
  const unit = fc.oneof(
    fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
    fc.constantFrom('\u0000', '\ufffe', '\uffff', '\ud800', '\udc00', '\u007f', '😀', '\\'),
  );

  test('holds only characters SQS takes, and gives back what was sent', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(unit, { maxLength: 20 }), async (units) => {
        const text = units.join('');
        const [body = ''] = await bodiesOf([reference('1', text)]);
        const codes = Array.from(body, (each) => each.codePointAt(0) ?? 0);
        expect(codes.filter((code) => !isAllowed(code))).toEqual([]);
        expect(JSON.parse(body)).toMatchObject({ refs: [{ observed: { raw: { name: text } } }] });
      }),
    );
  });

  test('of a record that is too large to travel asks for a look instead, and its page goes on', async () => {
    const refs = [reference('1', 'a'), reference('2', 'x'.repeat(BYTES_MAX)), reference('3', 'b')];
    const bodies = await bodiesOf(refs);
    for (const body of bodies) expect(Buffer.byteLength(body)).toBeLessThan(BYTES_MAX / 10);
    const sent = bodies.flatMap((body) => (JSON.parse(body) as { refs: Reference[] }).refs);
    expect(sent).toEqual([refs[0], { key: '2', look: true }, refs[2]]);
  });
});
