/**
 * The queues on SQS. Every entry gets a fresh random deduplication id: SQS drops equal ids for five
 * minutes, and a second edit of one record within five minutes is an edit, not a duplicate.
 */
import {
  SendMessageBatchCommand,
  type SQSClient,
  type SQSServiceException as ServiceException,
} from '@aws-sdk/client-sqs';
import type { RandomId } from '../ports/clock.ts';
import {
  QueueUnavailable,
  type LaneMessage,
  type LaneQueue,
  type PullMessage,
  type PullQueue,
} from '../ports/messages.ts';

export interface SqsQueuesOptions {
  readonly client: SQSClient;
  readonly pullsUrl: string;
  /** By sync. */
  readonly laneUrls: Readonly<Record<string, string>>;
  readonly random: RandomId;
}

interface Entry {
  readonly Id: string;
  readonly MessageBody: string;
  readonly MessageGroupId: string;
  readonly MessageDeduplicationId: string;
}

/** SQS takes ten messages a call, and 1 MiB together; https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const ENTRIES_MAX = 10;
const BYTES_MAX = 900_000;
const ATTEMPTS = 3;

export function createSqsQueues(options: SqsQueuesOptions): PullQueue & LaneQueue {
  const entry = (body: object, group: string, index: number): Entry => ({
    Id: String(index),
    MessageBody: bodyOf(body),
    MessageGroupId: group,
    MessageDeduplicationId: options.random(),
  });
  return {
    sendPull: (messages: readonly PullMessage[]) =>
      sendAll(
        options.client,
        options.pullsUrl,
        messages.map((message, index) => entry(message, message.sync, index)),
      ),
    sendLane: async (messages: readonly LaneMessage[]) => {
      for (const sync of new Set(messages.map((message) => message.sync))) {
        const url = options.laneUrls[sync];
        if (url === undefined) throw new Error(`no lane queue is known for the sync “${sync}”`);
        const own = messages.filter((message) => message.sync === sync);
        await sendAll(
          options.client,
          url,
          own.map((message, index) => entry(message, `lane-${message.lane}`, index)),
        );
      }
    },
  };
}

/**
 * SQS refuses texts with characters XML does not have, and a refused page would be read and refused for
 * ever. JSON escapes all of them itself (controls, lone surrogates) but these two.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
const bodyOf = (message: object): string =>
  JSON.stringify(message)
    .replace(/\ufffe/g, '\\ufffe')
    .replace(/\uffff/g, '\\uffff');

/** Returns only when every entry was accepted; throws otherwise, and a checkpoint must not pass these messages. */
async function sendAll(client: SQSClient, url: string, entries: readonly Entry[]): Promise<void> {
  for (const batch of batches(entries)) {
    let open = batch;
    for (let attempt = 1; open.length > 0; attempt += 1) {
      const command = new SendMessageBatchCommand({ QueueUrl: url, Entries: [...open] });
      const answer = await client.send(command).catch(outageOf);
      const refused = new Map((answer.Failed ?? []).map((failed) => [failed.Id, failed]));
      open = open.filter(({ Id }) => refused.has(Id));
      if (open.length > 0 && attempt === ATTEMPTS) {
        const codes = [...new Set([...refused.values()].map(({ Code }) => Code))].join(', ');
        throw new QueueUnavailable(
          `SQS refused ${open.length} of ${batch.length} messages (${codes})`,
        );
      }
    }
  }
}

/** The service is out, or asks for a pause; the client has tried a few times. Anything else is a mistake of ours. */
function outageOf(error: unknown): never {
  const { name, $fault, $retryable } = error as Partial<ServiceException>;
  if ($fault === 'server' || $retryable !== undefined)
    throw new QueueUnavailable(`SQS does not take messages just now (${name})`, { cause: error });
  throw error;
}

function batches(entries: readonly Entry[]): Entry[][] {
  const all: Entry[][] = [];
  let batch: Entry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = Buffer.byteLength(entry.MessageBody);
    if (batch.length === ENTRIES_MAX || (batch.length > 0 && bytes + size > BYTES_MAX)) {
      all.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(entry);
    bytes += size;
  }
  if (batch.length > 0) all.push(batch);
  return all;
}
