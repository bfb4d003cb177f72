/** Dead letters through the AWS SDK: counted, seen without being taken, and given back to the lane they came from. */
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { startSqs, type SqsServer } from '../../lib/local/services/sqs/server.ts';
import { createDeadLetters } from '../../lib/queue/dead-letters.ts';

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

describe('dead letters', () => {
  let server: SqsServer;
  let client: SQSClient;
  let live: string;
  let dead: string;
  let ids = 0;

  const create = async (name: string, more: Record<string, string> = {}): Promise<string> => {
    const Attributes = { FifoQueue: 'true', ...more };
    const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: name, Attributes }));
    return QueueUrl ?? '';
  };
  const send = (url: string, group: string, body: string) =>
    client.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: body,
        MessageGroupId: group,
        MessageDeduplicationId: String((ids += 1)),
      }),
    );
  const receive = async (url: string) => {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: url,
        MaxNumberOfMessages: 10,
        MessageSystemAttributeNames: ['MessageGroupId'],
      }),
    );
    return Messages;
  };
  const letters = () =>
    createDeadLetters({
      client,
      urls: { 'contacts-news': live, quiet: dead },
      random: () => `again-${(ids += 1)}`,
    });
  const page = (lane: number, ...keys: readonly string[]): string =>
    JSON.stringify({
      sync: 'contacts-news',
      lane,
      refs: keys.map((key) => ({ key, crmAt: 1 })),
      position: {},
    });

  beforeEach(async () => {
    server = await startSqs({ region: 'us-east-1' });
    client = new SQSClient({ region: 'us-east-1', credentials, endpoint: server.endpoint });
    dead = await create('dead.fifo');
    const deadLetterTargetArn = 'arn:aws:sqs:us-east-1:000000000000:dead.fifo';
    live = await create('live.fifo', {
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 5 }),
    });
  });
  afterEach(async () => {
    client.destroy();
    await server.stop();
  });

  test('are counted and seen with the records they name, and stay where they are', async () => {
    await send(dead, 'lane-0', page(0, '1', '2'));
    await send(dead, 'lane-1', page(1, '3'));
    await send(dead, 'lane-1', page(1, '4'));
    expect(await letters().count('contacts-news')).toBe(3);
    const seen = await letters().peek('contacts-news', 10);
    expect(seen.map(({ group, keys }) => [group, keys])).toEqual([
      ['lane-0', ['1', '2']],
      ['lane-1', ['3']],
      ['lane-1', ['4']],
    ]);
    expect(await receive(dead)).toHaveLength(3);
    expect(await letters().count('quiet')).toBe(0);
  });

  test('go back to their lane as a look at their records, in their order, and are gone from there', async () => {
    for (let nth = 1; nth <= 25; nth += 1)
      await send(dead, `lane-${nth % 2}`, page(nth % 2, String(nth)));
    expect(await letters().redrive('contacts-news')).toEqual({ moved: 25, unreadable: 0 });
    expect(await letters().count('contacts-news')).toBe(0);
    const first = await receive(live);
    expect(first.map(({ Body }) => JSON.parse(Body ?? '') as unknown)[0]).toEqual({
      sync: 'contacts-news',
      lane: 1,
      refs: [{ key: '1', crmAt: 1, look: true }],
      position: {},
    });
    const odd = first.filter(({ Attributes }) => Attributes?.MessageGroupId === 'lane-1');
    const keys = odd.map(
      ({ Body }) => (JSON.parse(Body ?? '') as { refs: { key: string }[] }).refs[0]?.key,
    );
    expect(keys).toEqual([...keys].toSorted((a, b) => Number(a) - Number(b)));
  });

  test('that are no messages of ours stay, and do not keep the others', async () => {
    await send(dead, 'lane-0', 'no JSON');
    await send(dead, 'lane-1', page(1, '1'));
    expect(await letters().redrive('contacts-news')).toEqual({ moved: 1, unreadable: 1 });
    expect(await letters().redrive('contacts-news')).toMatchObject({ moved: 0 });
  });
});
