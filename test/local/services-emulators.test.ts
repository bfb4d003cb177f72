import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { identifyProcess } from '../../lib/local/services/process-identity.ts';
import { startServices, type Services } from '../../lib/local/services/services.ts';

jest.setTimeout(60_000);

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const region = 'us-east-1';

let dataDir: string;
let services: Services;
let sqs: SQSClient;

async function start(): Promise<void> {
  services = await startServices({ dataDir, postgres: false });
  sqs = new SQSClient({ region, credentials, endpoint: services.sqs.endpoint });
}

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'trivet-services-'));
  await start();
});

afterEach(async () => {
  sqs.destroy();
  await services.stop();
  await rm(dataDir, { recursive: true });
});

async function createFifo(name: string, attributes: Record<string, string> = {}): Promise<string> {
  const Attributes = { FifoQueue: 'true', ...attributes };
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }));
  return QueueUrl ?? '';
}

function redriveTo(name: string): string {
  const deadLetterTargetArn = `arn:aws:sqs:us-east-1:000000000000:${name}`;
  return JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 2 });
}

describe('the queues, through the AWS SDK', () => {
  test('carry attributes, order and the trace header of the caller', async () => {
    const QueueUrl = await createFifo('orders.fifo');
    const Entries = ['1', '2', '3'].map((Id) => ({
      Id,
      MessageBody: `body ${Id} é 😀`,
      MessageGroupId: 'g',
      MessageDeduplicationId: Id,
      MessageAttributes: { kind: { DataType: 'String', StringValue: 'x' } },
      MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1' } },
    }));
    const sent = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      }),
    );
    expect(sent.Successful).toHaveLength(3);
    expect(Messages?.map((message) => message.Body)).toEqual(Entries.map((e) => e.MessageBody));
    expect(Messages?.[0]?.Attributes).toMatchObject({
      MessageGroupId: 'g',
      ApproximateReceiveCount: '1',
      AWSTraceHeader: 'Root=1',
    });
    expect(Messages?.[0]?.MessageAttributes?.['kind']?.StringValue).toBe('x');
  });

  test('wake a waiting receiver when a message arrives', async () => {
    const QueueUrl = await createFifo('wait.fifo', { ContentBasedDeduplication: 'true' });
    const waiting = sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
    const message = { QueueUrl, MessageBody: 'hello', MessageGroupId: 'g' };
    await sqs.send(new SendMessageCommand(message));
    const { Messages } = await waiting;
    expect(Messages?.[0]?.Body).toBe('hello');
  });

  test('refuse in the words of SQS', async () => {
    const QueueUrl = await createFifo('refuse.fifo');
    const send = (input: object): Promise<unknown> =>
      sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', ...input }));
    await expect(send({})).rejects.toThrow('MessageGroupId');
    await expect(send({ MessageGroupId: 'g' })).rejects.toThrow('MessageDeduplicationId');
    const gone = { QueueUrl: `${services.sqs.endpoint}/0/none` };
    await expect(send(gone)).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
    const stale = { QueueUrl, ReceiptHandle: 'x#1', VisibilityTimeout: 1 };
    await expect(sqs.send(new ChangeMessageVisibilityCommand(stale))).rejects.toMatchObject({
      name: 'MessageNotInflight',
    });
  });

  test.each([
    ['a blank in a group', { MessageGroupId: 'a b', MessageDeduplicationId: 'd' }],
    ['a group that is not ASCII', { MessageGroupId: 'gruppe-ä', MessageDeduplicationId: 'd' }],
    ['a group that is too long', { MessageGroupId: 'g'.repeat(129), MessageDeduplicationId: 'd' }],
    ['a delay of its own', { MessageGroupId: 'g', MessageDeduplicationId: 'd', DelaySeconds: 1 }],
  ])('refuse %s', async (_, input) => {
    const QueueUrl = await createFifo('order.fifo');
    const command = new SendMessageCommand({ QueueUrl, MessageBody: 'x', ...input });
    await expect(sqs.send(command)).rejects.toThrow('is invalid. Reason');
  });

  test.each([
    ['an attribute nobody knows', { Colour: 'red' }, 'Unknown Attribute Colour.'],
    ['what only FIFO queues have', { DeduplicationScope: 'queue' }, 'Unknown Attribute Dedup'],
    [
      'a dead-letter queue that does not exist',
      { RedrivePolicy: redriveTo('nowhere') },
      'Dead letter target does not exist.',
    ],
    [
      'a dead-letter queue of the other type',
      { FifoQueue: 'true', RedrivePolicy: redriveTo('plain') },
      'must be same type of queue',
    ],
    [
      'high throughput with deduplication over the whole queue',
      { FifoQueue: 'true', FifoThroughputLimit: 'perMessageGroupId' },
      'only when the value for DeduplicationScope is messageGroup',
    ],
  ])('refuse a queue with %s', async (_, Attributes: Record<string, string>, reason) => {
    await sqs.send(new CreateQueueCommand({ QueueName: 'plain' }));
    const QueueName = Attributes['FifoQueue'] === undefined ? 'refused' : 'refused.fifo';
    const command = new CreateQueueCommand({ QueueName, Attributes });
    await expect(sqs.send(command)).rejects.toThrow(reason);
  });

  test('never change their type', async () => {
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'standard' }));
    const Attributes = { FifoQueue: 'true' };
    const change = new SetQueueAttributesCommand({ QueueUrl, Attributes });
    await expect(sqs.send(change)).rejects.toThrow('Unknown Attribute FifoQueue');
  });

  test('keep messages, their place and their receive count over a restart', async () => {
    const QueueUrl = await createFifo('kept.fifo', { VisibilityTimeout: '0' });
    for (const id of ['1', '2', '3']) {
      const message = {
        QueueUrl,
        MessageBody: id,
        MessageGroupId: 'g',
        MessageDeduplicationId: id,
      };
      await sqs.send(new SendMessageCommand(message));
    }
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 2, VisibilityTimeout: 5 }),
    );
    const Entries = [{ Id: 'a', ReceiptHandle: Messages?.[0]?.ReceiptHandle ?? '' }];
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    const ReceiptHandle = Messages?.[1]?.ReceiptHandle;
    await sqs.send(
      new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }),
    );
    await services.stop();
    sqs.destroy();
    await start();
    const again = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: services.sqs.queueUrl('kept.fifo'),
        MaxNumberOfMessages: 10,
        MessageSystemAttributeNames: ['ApproximateReceiveCount'],
      }),
    );
    const seen = again.Messages?.map((m) => [m.Body, m.Attributes?.['ApproximateReceiveCount']]);
    expect(seen).toEqual([
      ['2', '2'],
      ['3', '1'],
    ]);
  });

  test('say how deep they are', async () => {
    const QueueUrl = await createFifo('deep.fifo', { ContentBasedDeduplication: 'true' });
    for (const body of ['1', '2']) {
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body, MessageGroupId: body }));
    }
    await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
    );
    expect(Attributes).toMatchObject({
      ApproximateNumberOfMessages: '1',
      ApproximateNumberOfMessagesNotVisible: '1',
    });
    expect(services.sqs.depths().get('deep.fifo')).toEqual({ visible: 1, inFlight: 1, delayed: 0 });
  });
});

describe('a message that was in flight when its receivers ended with the stack', () => {
  test('is visible at the next start, and its receive does not count', async () => {
    const QueueUrl = await createFifo('kept.fifo', { VisibilityTimeout: '900' });
    const message = {
      QueueUrl,
      MessageGroupId: 'g',
      MessageDeduplicationId: '1',
      MessageBody: 'x',
    };
    await sqs.send(new SendMessageCommand(message));
    await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    await services.stop();
    await start();
    const again = new ReceiveMessageCommand({
      QueueUrl: services.sqs.queueUrl('kept.fifo'),
      MessageSystemAttributeNames: ['ApproximateReceiveCount'],
    });
    const { Messages } = await sqs.send(again);
    expect(Messages?.map(({ Attributes }) => Attributes?.ApproximateReceiveCount)).toEqual(['1']);
  });
});

describe('tables and secrets', () => {
  test('are still there after a restart', async () => {
    services.secrets.write('crm/database', '{"password":"x"}');
    const create = new CreateTableCommand({
      TableName: 'kept',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    });
    await dynamo((client) => client.send(create));
    await services.stop();
    await start();
    const { TableNames } = await dynamo((client) => client.send(new ListTablesCommand({})));
    expect(TableNames).toEqual(['kept']);
    const client = new SecretsManagerClient({
      region,
      credentials,
      endpoint: services.secrets.endpoint,
    });
    for (const SecretId of ['crm/database', services.secrets.arnOf('crm/database')]) {
      const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId }));
      expect(SecretString).toBe('{"password":"x"}');
    }
    await expect(client.send(new GetSecretValueCommand({ SecretId: 'no' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  test('hold any text up to 64 KiB, and refuse what would blank them', async () => {
    const { endpoint } = services.secrets;
    const client = new SecretsManagerClient({ region, credentials, endpoint });
    const SecretId = 'app';
    const SecretString = '{"key":"Größe 🔑\\u0000 \u2028"}';
    services.secrets.write(SecretId, 'first');
    await client.send(new PutSecretValueCommand({ SecretId, SecretString }));
    const refused = [
      new PutSecretValueCommand({ SecretId }),
      new PutSecretValueCommand({ SecretId, SecretBinary: new Uint8Array([1]) }),
      new PutSecretValueCommand({ SecretId, SecretString: 'ä'.repeat(32_769) }),
    ];
    for (const command of refused) {
      await expect(client.send(command)).rejects.toMatchObject({ name: 'InvalidRequestException' });
    }
    const previous = new GetSecretValueCommand({ SecretId, VersionStage: 'AWSPREVIOUS' });
    await expect(client.send(previous)).rejects.toThrow('only the current version');
    const answer = await client.send(new GetSecretValueCommand({ SecretId }));
    expect(answer.SecretString).toBe(SecretString);
    client.destroy();
  });

  test('lie in a directory that a second stack may not use at the same time, and is told who has it', async () => {
    await expect(startServices({ dataDir, postgres: false })).rejects.toThrow(
      new RegExp(`in use by process ${process.pid} \\(trivet, since 20.*Z\\)`),
    );
  });

  test('are free again whatever an earlier holder left behind: a process with its number is no holder', async () => {
    await services.stop();
    const stranger = identifyProcess(process.ppid);
    const reused = { ...stranger, startTicks: '1' };
    const left = { holder: 'trivet local', since: 'before the reboot', owner: stranger };
    await writeFile(
      join(dataDir, 'processes.json'),
      JSON.stringify({ ...left, children: [reused] }),
    );
    await start();
    expect(services.secrets.endpoint).toMatch(/^http/);
  });
});

async function dynamo<Result>(use: (client: DynamoDBClient) => Promise<Result>): Promise<Result> {
  const client = new DynamoDBClient({ region, credentials, endpoint: services.dynamodb.endpoint });
  try {
    return await use(client);
  } finally {
    client.destroy();
  }
}
