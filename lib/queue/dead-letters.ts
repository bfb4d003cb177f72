/**
 * Dead letters on SQS. A queue names its dead-letter queue itself (its redrive policy), so nothing else need be known.
 * What goes back is sent before it is deleted: a crash in between sends it twice, and twice is harmless. Its records are
 * looked at, for what the message saw is too old to be believed.
 */
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type Message,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { RandomId } from '../ports/clock.ts';
import type { DeadLetter, DeadLetters, Redriven } from '../ports/dead-letters.ts';

export interface DeadLettersOptions {
  readonly client: SQSClient;
  /** By sync, and `pulls`. */
  readonly urls: Readonly<Record<string, string>>;
  readonly random: RandomId;
}

const BATCH = 10;
/** Long enough to send ten messages, short enough that a command that was stopped hides nothing for long. */
const HIDDEN_S = 30;

export function createDeadLetters({ client, urls, random }: DeadLettersOptions): DeadLetters {
  const urlOf = (queue: string): string => {
    const url = urls[queue];
    if (url === undefined) throw new Error(`no queue is known for “${queue}”`);
    return url;
  };
  const count = async (queue: string): Promise<number> => {
    const dead = await deadUrlOf(client, urlOf(queue));
    return dead === null ? 0 : countIn(client, dead);
  };
  return {
    count,
    peek: async (queue, limit) => {
      const dead = await deadUrlOf(client, urlOf(queue));
      return dead === null ? [] : peek(client, { queue, dead, limit });
    },
    redrive: async (queue) => {
      const live = urlOf(queue);
      const dead = await deadUrlOf(client, live);
      const most = dead === null ? 0 : await countIn(client, dead);
      if (dead === null) return { moved: 0, unreadable: 0 };
      return redrive({ client, live, dead, random, most });
    },
  };
}

/** Null: it has none. */
async function deadUrlOf(client: SQSClient, url: string): Promise<string | null> {
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['RedrivePolicy'] }),
  );
  const policy = parseObject(Attributes?.RedrivePolicy);
  const arn = policy?.['deadLetterTargetArn'];
  if (typeof arn !== 'string') return null;
  const { QueueUrl } = await client.send(
    new GetQueueUrlCommand({ QueueName: arn.split(':').at(-1) ?? '' }),
  );
  return QueueUrl ?? null;
}

async function countIn(client: SQSClient, url: string): Promise<number> {
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({
      QueueUrl: url,
      AttributeNames: ['ApproximateNumberOfMessages'],
    }),
  );
  return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
}

async function receive(client: SQSClient, url: string): Promise<readonly Message[]> {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: BATCH,
      VisibilityTimeout: HIDDEN_S,
      MessageSystemAttributeNames: ['MessageGroupId', 'SentTimestamp'],
    }),
  );
  return Messages;
}

interface Peeking {
  readonly queue: string;
  readonly dead: string;
  readonly limit: number;
}

/** A group hides its other messages while some of it are in hand; what was seen is shown again at the end. */
async function peek(
  client: SQSClient,
  { queue, dead, limit }: Peeking,
): Promise<readonly DeadLetter[]> {
  const seen: Message[] = [];
  while (seen.length < limit) {
    const messages = await receive(client, dead);
    if (messages.length === 0) break;
    seen.push(...messages);
  }
  for (let from = 0; from < seen.length; from += BATCH) {
    const Entries = seen.slice(from, from + BATCH).map(({ ReceiptHandle }, index) => ({
      Id: String(index),
      ReceiptHandle,
      VisibilityTimeout: 0,
    }));
    await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: dead, Entries }));
  }
  return seen.slice(0, limit).map(({ Body, Attributes }) => ({
    queue,
    group: Attributes?.MessageGroupId ?? '',
    sentAt: Number(Attributes?.SentTimestamp ?? 0),
    keys: refsOf(parseObject(Body)).flatMap(({ key }) => (typeof key === 'string' ? [key] : [])),
  }));
}

interface Redriving {
  readonly client: SQSClient;
  readonly live: string;
  readonly dead: string;
  readonly random: RandomId;
  /** As many as there were: one that dies again at once is not chased. */
  readonly most: number;
}

async function redrive({ client, live, dead, random, most }: Redriving): Promise<Redriven> {
  let [moved, unreadable] = [0, 0];
  while (moved + unreadable < most) {
    const messages = await receive(client, dead);
    if (messages.length === 0) break;
    for (const { Body, Attributes, ReceiptHandle } of messages) {
      const body = parseObject(Body);
      if (body === null) {
        unreadable += 1;
        continue;
      }
      await client.send(
        new SendMessageCommand({
          QueueUrl: live,
          MessageBody: JSON.stringify(lookingAgain(body)),
          MessageGroupId: Attributes?.MessageGroupId,
          MessageDeduplicationId: random(),
        }),
      );
      await client.send(new DeleteMessageCommand({ QueueUrl: dead, ReceiptHandle }));
      moved += 1;
    }
  }
  return { moved, unreadable };
}

type JsonObject = Readonly<Record<string, unknown>>;

/** As it was sent, but that its records are looked at, whatever they were quarantined for. */
export function lookingAgain(body: JsonObject): JsonObject {
  if (!Array.isArray(body['refs'])) return body;
  return { ...body, refs: refsOf(body).map((ref) => ({ ...ref, look: true })) };
}

const refsOf = (body: JsonObject | null): readonly JsonObject[] =>
  Array.isArray(body?.['refs']) ? (body['refs'] as readonly JsonObject[]) : [];

function parseObject(text: string | undefined): JsonObject | null {
  try {
    const parsed: unknown = JSON.parse(text ?? '');
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as JsonObject)
      : null;
  } catch {
    return null;
  }
}
