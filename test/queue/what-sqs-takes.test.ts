import { randomUUID } from 'node:crypto';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { CrmKey } from '../../lib/engine/model.ts';
import { startSqs, type SqsServer } from '../../lib/local/services/sqs/server.ts';
import type { LaneMessage } from '../../lib/ports/messages.ts';
import { requireLaneMessage } from '../../lib/queue/parse-message.ts';
import { createSqsQueues } from '../../lib/queue/sqs.ts';

const region = 'us-east-1';
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

describe('messages to a lane', () => {
  let server: SqsServer;
  let client: SQSClient;

  beforeEach(async () => {
    server = await startSqs({ region });
    client = new SQSClient({ region, credentials, endpoint: server.endpoint });
    const Attributes = { FifoQueue: 'true' };
    await server.call('CreateQueue', { QueueName: 'lanes.fifo', Attributes });
  });

  afterEach(async () => {
    client.destroy();
    await server.stop();
  });

  async function sendAndReceive(messages: readonly LaneMessage[]): Promise<LaneMessage[]> {
    const queues = createSqsQueues({
      client,
      pullsUrl: '',
      laneUrls: { contacts: server.queueUrl('lanes.fifo') },
      random: randomUUID,
    });
    await queues.sendLane(messages);
    const ask = { QueueUrl: server.queueUrl('lanes.fifo'), MaxNumberOfMessages: 10 };
    const answer = await server.call('ReceiveMessage', ask);
    const received = (answer['Messages'] ?? []) as readonly { readonly Body: string }[];
    return received.map(({ Body }) => requireLaneMessage(Body));
  }

  const message = (key: string): LaneMessage => ({
    sync: 'contacts',
    lane: 0,
    refs: [{ key: key as CrmKey }],
    position: {},
  });

  test.each([
    ['what no XML may hold', 'a\uFFFFb\uFFFEc'],
    ['control characters', 'a\u0000b\u001Fc\u007F'],
    ['half a character', 'a\uD83Db'],
    ['what looks like an escape', 'a\\uffff'],
    ['characters of every width', 'aäあ🔑\u{1FFFF}'],
  ])('carry %s', async (_, text) => {
    expect(await sendAndReceive([message(text)])).toEqual([message(text)]);
  });

  test('arrive in order, whatever their number and size', async () => {
    const messages = ['1', '2', '3', '4'].map((start) => message(start.repeat(400_000)));
    expect(await sendAndReceive(messages)).toEqual(messages);
  });
});
