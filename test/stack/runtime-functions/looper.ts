/** Sends itself the next number through its own queue, up to 100, and writes down each. */
import { randomUUID } from 'node:crypto';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';

const sqs = new SQSClient({});
const dynamo = new DynamoDBClient({});

export async function handler(batch: { Records: { body: string }[] }): Promise<void> {
  for (const { body } of batch.Records) {
    const n = Number(body);
    const name = process.env['CHAIN'] ?? '';
    const Item = { pk: { S: `${name}-${n}` } };
    await dynamo.send(new PutItemCommand({ TableName: process.env['RESULTS'], Item }));
    if (n >= 100) continue;
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: process.env['OWN_QUEUE'],
        MessageBody: String(n + 1),
        MessageGroupId: 'chain',
        MessageDeduplicationId: randomUUID(),
      }),
    );
  }
}
