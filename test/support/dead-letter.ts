/** A message that ended among a sync’s dead letters: what an operator meets after a bug that five deliveries did not survive. */
import {
  GetQueueUrlCommand,
  ListQueuesCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SandboxUnderTest } from './sandbox.ts';

export async function loseMessage(
  sandbox: SandboxUnderTest,
  sync: string,
  key: string,
): Promise<void> {
  const { sqs: endpoint, region } = sandbox.description.aws;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new SQSClient({ endpoint, region, credentials });
  const { QueueUrls = [] } = await client.send(new ListQueuesCommand({}));
  const name = QueueUrls.map((url) => url.split('/').at(-1) ?? '').find(
    (each) => /dead/i.test(each) && /contacts/i.test(each),
  );
  const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: name }));
  await client.send(
    new SendMessageCommand({
      QueueUrl,
      MessageGroupId: 'lane-0',
      MessageDeduplicationId: `lost-${key}`,
      MessageBody: JSON.stringify({ sync, lane: 0, refs: [{ key }], position: {} }),
    }),
  );
  client.destroy();
}
