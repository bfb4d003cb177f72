/** The SQS operations on queues themselves: create, describe, change, purge, delete. */
import { AwsServiceError, readText, type JsonObject } from '../aws-json-server.ts';
import * as stores from './store.ts';
import type { Queue } from './queue.ts';
import { parseQueueAttributes, type QueueAttributes } from './queue-settings.ts';
import type { QueueStore } from './store.ts';

export type QueueOperation = (store: QueueStore, body: JsonObject, endpoint: string) => JsonObject;

export const queueOperations: Readonly<Record<string, QueueOperation>> = {
  CreateQueue: createQueue,
  GetQueueUrl: (store, body, endpoint) => {
    const queue = stores.requireQueue(store, body['QueueName']);
    return { QueueUrl: urlOf(endpoint, queue.name) };
  },
  ListQueues: (store, body, endpoint) => {
    const prefix = readText(body, 'QueueNamePrefix');
    const names = [...store.byName.keys()].filter((name) => name.startsWith(prefix)).toSorted();
    return { QueueUrls: names.map((name) => urlOf(endpoint, name)) };
  },
  GetQueueAttributes: (store, body) => {
    const queue = stores.requireQueue(store, body['QueueUrl']);
    const wanted = (body['AttributeNames'] ?? []) as readonly string[];
    const all = Object.entries(describeQueue(store, queue));
    const picked = all.filter(([name]) => wanted.includes('All') || wanted.includes(name));
    return { Attributes: Object.fromEntries(picked) };
  },
  SetQueueAttributes: (store, body) => {
    const queue = stores.requireQueue(store, body['QueueUrl']);
    const changed = (body['Attributes'] ?? {}) as QueueAttributes;
    const isFifo = changed['FifoQueue'] ?? String(queue.settings.isFifo);
    if (isFifo !== String(queue.settings.isFifo)) {
      throw new AwsServiceError('InvalidAttributeName', 'Unknown Attribute FifoQueue.');
    }
    requireDeadLetters(store, { ...queue.attributes, ...changed });
    stores.setAttributes(store, queue, changed);
    return {};
  },
  PurgeQueue: (store, body) => {
    stores.purge(store, stores.requireQueue(store, body['QueueUrl']));
    return {};
  },
  DeleteQueue: (store, body) => {
    stores.dropQueue(store, stores.requireQueue(store, body['QueueUrl']));
    return {};
  },
};

export function urlOf(endpoint: string, name: string): string {
  return `${endpoint}/${stores.accountId}/${name}`;
}

function createQueue(store: QueueStore, body: JsonObject, endpoint: string): JsonObject {
  const name = readText(body, 'QueueName');
  const attributes = (body['Attributes'] ?? {}) as QueueAttributes;
  const isFifo = attributes['FifoQueue'] === 'true';
  if (
    !/^[\w-]{1,80}(\.fifo)?$/.test(name) ||
    name.length > 80 ||
    isFifo !== name.endsWith('.fifo')
  ) {
    throw new AwsServiceError(
      'InvalidParameterValue',
      'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length; the name of a FIFO queue must end with .fifo.',
    );
  }
  const existing = store.byName.get(name);
  if (existing === undefined) {
    requireDeadLetters(store, attributes);
    stores.addQueue(store, name, attributes);
  } else requireSame(existing, attributes);
  return { QueueUrl: urlOf(endpoint, name) };
}

/** Otherwise messages that fail for good would go nowhere, in silence. */
function requireDeadLetters(store: QueueStore, attributes: QueueAttributes): void {
  const { deadLetterArn, isFifo } = parseQueueAttributes(attributes);
  if (deadLetterArn === undefined) return;
  const target = store.byName.get(deadLetterArn.split(':').at(-1) ?? '');
  if (target?.settings.isFifo === isFifo) return;
  const reason =
    target === undefined
      ? 'Dead letter target does not exist.'
      : 'Dead-letter queue must be same type of queue as the source.';
  const text = `Value ${attributes['RedrivePolicy']} for parameter RedrivePolicy is invalid. Reason: ${reason}`;
  throw new AwsServiceError('InvalidParameterValue', text, 'InvalidParameterValue');
}

function requireSame(queue: Queue, attributes: QueueAttributes): void {
  const differing = Object.keys(attributes).find(
    (key) => queue.attributes[key] !== attributes[key],
  );
  if (differing === undefined) return;
  throw new AwsServiceError(
    'com.amazonaws.sqs#QueueNameExists',
    `A queue already exists with the same name and a different value for attribute ${differing}`,
    'QueueAlreadyExists',
  );
}

function describeQueue(store: QueueStore, queue: Queue): QueueAttributes {
  const { visible, inFlight, delayed } = stores.depthsOf(store, queue);
  const { settings } = queue;
  return {
    VisibilityTimeout: String(settings.visibilityMs / 1_000),
    DelaySeconds: String(settings.delayMs / 1_000),
    ReceiveMessageWaitTimeSeconds: String(settings.waitMs / 1_000),
    MaximumMessageSize: String(settings.messageBytesMax),
    MessageRetentionPeriod: String(settings.retentionMs / 1_000),
    ...queue.attributes,
    QueueArn: stores.arnOf(store, queue.name),
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
  };
}
