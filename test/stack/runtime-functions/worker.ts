/** Does to each message what the message says, and writes down in a table that it did. */
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';

interface Batch {
  readonly Records: readonly {
    readonly messageId: string;
    readonly body: string;
    readonly attributes: Readonly<Record<string, string>>;
  }[];
}

interface Task {
  readonly id: string;
  readonly act?: 'fail' | 'hang' | 'exit' | 'throw' | 'hoard' | 'slow';
}

const table = process.env['RESULTS'];
const dynamo = new DynamoDBClient({});

export async function handler(
  batch: Batch,
  context: { awsRequestId: string; getRemainingTimeInMillis(): number },
): Promise<{ batchItemFailures: { itemIdentifier: string }[] }> {
  const startedAt = Date.now();
  const failed: string[] = [];
  for (const { messageId, body, attributes } of batch.Records) {
    const task = JSON.parse(body) as Task;
    await note(task.id, `${startedAt}:${attributes['MessageGroupId']}:${batch.Records.length}`);
    if (await act(task)) failed.push(messageId);
  }
  console.log(`remaining ${context.getRemainingTimeInMillis() > 0} ${context.awsRequestId}`);
  printMetric('Processed', batch.Records.length);
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}

async function act(task: Task): Promise<boolean> {
  if (task.act === 'exit') process.exit(1);
  if (task.act === 'throw') throw new Error('thrown on purpose');
  if (task.act === 'hang') await new Promise((resolve) => setTimeout(resolve, 60_000));
  if (task.act === 'slow') await new Promise((resolve) => setTimeout(resolve, 100));
  if (task.act === 'hoard') await hoard();
  return task.act === 'fail';
}

async function hoard(): Promise<void> {
  const kept: Buffer[] = [];
  for (;;) {
    kept.push(Buffer.alloc(16 * 1_048_576, kept.length + 1));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function note(id: string, text: string): Promise<void> {
  await dynamo.send(
    new UpdateItemCommand({
      TableName: table,
      Key: { pk: { S: id } },
      UpdateExpression:
        'ADD attempts :one SET notes = list_append(if_not_exists(notes, :none), :n)',
      ExpressionAttributeValues: {
        ':one': { N: '1' },
        ':none': { L: [] },
        ':n': { L: [{ S: text }] },
      },
    }),
  );
}

function printMetric(name: string, value: number): void {
  const CloudWatchMetrics = [{ Namespace: 'Test', Dimensions: [[]], Metrics: [{ Name: name }] }];
  console.log(
    JSON.stringify({ _aws: { Timestamp: Date.now(), CloudWatchMetrics }, [name]: value }),
  );
}
