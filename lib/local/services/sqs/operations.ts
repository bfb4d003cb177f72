/**
 * The SQS operations that Trivet, its runtime and its users need, over the store.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  AwsServiceError,
  readText,
  type AwsJsonRequest,
  type JsonObject,
} from '../aws-json-server.ts';
import { md5, md5OfAttributes, type MessageDraft, type StoredMessage } from './message.ts';
import type { Queue, Received } from './queue.ts';
import * as stores from './store.ts';
import type { QueueStore } from './store.ts';

type Operation = (
  store: QueueStore,
  body: JsonObject,
  request: AwsJsonRequest,
) => JsonObject | Promise<JsonObject>;

const batchCountMax = 10;
const batchBytesMax = 1_048_576;

export const operations: Readonly<Record<string, Operation>> = {
  SendMessage: (store, body, { headers }) =>
    sendOne(store, stores.requireQueue(store, body['QueueUrl']), body, headers['x-amzn-trace-id']),
  SendMessageBatch: (store, body, { headers }) => {
    const queue = stores.requireQueue(store, body['QueueUrl']);
    const bytes = entriesOf(body).reduce((sum, entry) => sum + sizeOf(entry), 0);
    if (bytes > batchBytesMax) {
      throw new AwsServiceError('BatchRequestTooLong', 'The batch is longer than 1048576 bytes.');
    }
    return eachEntry(body, (entry) => sendOne(store, queue, entry, headers['x-amzn-trace-id']));
  },
  ReceiveMessage: receive,
  DeleteMessage: (store, body) => removeOne(store, queueIn(store, body), body),
  DeleteMessageBatch: (store, body) => {
    const queue = queueIn(store, body);
    return eachEntry(body, (entry) => removeOne(store, queue, entry));
  },
  ChangeMessageVisibility: (store, body) => showOne(store, queueIn(store, body), body),
  ChangeMessageVisibilityBatch: (store, body) => {
    const queue = queueIn(store, body);
    return eachEntry(body, (entry) => showOne(store, queue, entry));
  },
};

function queueIn(store: QueueStore, body: JsonObject): Queue {
  return stores.requireQueue(store, body['QueueUrl']);
}

function sendOne(
  store: QueueStore,
  queue: Queue,
  entry: JsonObject,
  traceHeader: string | string[] | undefined,
): JsonObject {
  const draft = parseDraft(store, queue, entry, traceHeader);
  const { id, sequence } = stores.send(store, queue, draft);
  return {
    MessageId: id,
    MD5OfMessageBody: md5(draft.body),
    ...(draft.attributes && { MD5OfMessageAttributes: md5OfAttributes(draft.attributes) }),
    ...(queue.settings.isFifo && { SequenceNumber: writeSequence(sequence) }),
  };
}

function parseDraft(
  store: QueueStore,
  queue: Queue,
  entry: JsonObject,
  traceHeader: string | string[] | undefined,
): MessageDraft {
  const body = entry['MessageBody'];
  if (typeof body !== 'string' || body === '') {
    throw missing('MessageBody');
  }
  // eslint-disable-next-line no-control-regex
  if (/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.test(body)) {
    throw new AwsServiceError('InvalidMessageContents', 'Invalid characters found.');
  }
  if (sizeOf(entry) > queue.settings.messageBytesMax) {
    const most = queue.settings.messageBytesMax;
    throw invalid(
      `One or more parameters are invalid. Reason: Message must be shorter than ${most} bytes.`,
    );
  }
  if (!queue.settings.isFifo && readText(entry, 'MessageDeduplicationId') !== '') {
    throw notForThisType('MessageDeduplicationId', entry['MessageDeduplicationId']);
  }
  const attributes = entry['MessageAttributes'] as JsonObject | undefined;
  const trace =
    readTraceHeader(entry) ?? (typeof traceHeader === 'string' ? traceHeader : undefined);
  return {
    id: randomUUID(),
    body,
    sentAtMs: store.now(),
    delayMs: parseDelay(queue, entry),
    ...(attributes && Object.keys(attributes).length > 0 && { attributes }),
    ...(trace !== undefined && { traceHeader: trace }),
    ...(queue.settings.isFifo && parseOrder(queue, entry, body)),
  };
}

/** A sender may also set the header itself; then that one counts. */
function readTraceHeader(entry: JsonObject): string | undefined {
  const system = entry['MessageSystemAttributes'] as
    | { AWSTraceHeader?: { StringValue?: string } }
    | undefined;
  return system?.AWSTraceHeader?.StringValue;
}

const delaySecondsMax = 900;

function parseDelay(queue: Queue, entry: JsonObject): number {
  const seconds = entry['DelaySeconds'];
  if (typeof seconds !== 'number') return queue.settings.delayMs;
  if (queue.settings.isFifo && seconds !== 0) throw notForThisType('DelaySeconds', seconds);
  if (queue.settings.isFifo) return queue.settings.delayMs;
  return numberIn(entry, 'DelaySeconds', 0, [0, delaySecondsMax]) * 1_000;
}

function parseOrder(
  queue: Queue,
  entry: JsonObject,
  body: string,
): { groupId: string; deduplicationId: string } {
  const groupId = textIn(entry, 'MessageGroupId');
  requireToken('MessageGroupId', groupId);
  const given = readText(entry, 'MessageDeduplicationId');
  if (given !== '') {
    requireToken('MessageDeduplicationId', given);
    return { groupId, deduplicationId: given };
  }
  if (queue.settings.isDeduplicatedByContent) {
    return { groupId, deduplicationId: createHash('sha256').update(body).digest('hex') };
  }
  throw invalid(
    'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
  );
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html: letters, digits and ASCII punctuation, no blanks. */
function requireToken(name: string, value: string): void {
  if (/^[!-~]{1,128}$/.test(value)) return;
  throw invalid(
    `Value ${value} for parameter ${name} is invalid. Reason: ${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
  );
}

function notForThisType(name: string, value: unknown): AwsServiceError {
  return invalid(
    `Value ${String(value)} for parameter ${name} is invalid. Reason: The request include parameter that is not valid for this queue type.`,
  );
}

async function receive(
  store: QueueStore,
  body: JsonObject,
  request: AwsJsonRequest,
): Promise<JsonObject> {
  const queue = queueIn(store, body);
  const countMax = numberIn(body, 'MaxNumberOfMessages', 1, [1, batchCountMax]);
  const waitSeconds = numberIn(body, 'WaitTimeSeconds', queue.settings.waitMs / 1_000, [0, 20]);
  const visible = queue.settings.visibilityMs / 1_000;
  const visibilityMs = numberIn(body, 'VisibilityTimeout', visible, [0, 43_200]) * 1_000;
  const ask = { countMax, visibilityMs, waitMs: waitSeconds * 1_000 };
  const received = await stores.receive(store, queue, ask, request.signal);
  return received.length === 0 ? {} : { Messages: received.map((one) => describe(one, body)) };
}

function describe({ message, receiptHandle }: Received, ask: JsonObject): JsonObject {
  const wanted = [...listIn(ask, 'AttributeNames'), ...listIn(ask, 'MessageSystemAttributeNames')];
  const system = systemAttributes(message).filter(
    ([name]) => wanted.includes('All') || wanted.includes(name),
  );
  const attributes = pickAttributes(message.attributes ?? {}, listIn(ask, 'MessageAttributeNames'));
  return {
    MessageId: message.id,
    ReceiptHandle: receiptHandle,
    MD5OfBody: md5(message.body),
    Body: message.body,
    ...(system.length > 0 && { Attributes: Object.fromEntries(system) }),
    ...(Object.keys(attributes).length > 0 && {
      MessageAttributes: attributes,
      MD5OfMessageAttributes: md5OfAttributes(attributes),
    }),
  };
}

function systemAttributes(message: StoredMessage): readonly (readonly [string, string])[] {
  return [
    ['SenderId', stores.accountId],
    ['SentTimestamp', String(message.sentAtMs)],
    ['ApproximateReceiveCount', String(message.receiveCount)],
    ['ApproximateFirstReceiveTimestamp', String(message.firstReceivedAtMs)],
    ...(message.groupId === undefined
      ? []
      : ([
          ['MessageGroupId', message.groupId],
          ['MessageDeduplicationId', message.deduplicationId ?? ''],
          ['SequenceNumber', writeSequence(message.sequence)],
        ] as const)),
    ...(message.traceHeader === undefined
      ? []
      : ([['AWSTraceHeader', message.traceHeader]] as const)),
  ];
}

/** Names may end in `.*`, as the API allows. */
function pickAttributes(attributes: JsonObject, wanted: readonly string[]): JsonObject {
  const isWanted = (name: string): boolean =>
    wanted.some((pattern) =>
      pattern === 'All' || pattern === '.*'
        ? true
        : pattern.endsWith('.*')
          ? name.startsWith(pattern.slice(0, -1))
          : name === pattern,
    );
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => isWanted(name)));
}

/** An outdated handle is not an error, as on AWS: the message may be in other hands by now. */
function removeOne(store: QueueStore, queue: Queue, entry: JsonObject): JsonObject {
  stores.remove(store, queue, textIn(entry, 'ReceiptHandle'));
  return {};
}

function showOne(store: QueueStore, queue: Queue, entry: JsonObject): JsonObject {
  const handle = textIn(entry, 'ReceiptHandle');
  const seconds = numberIn(entry, 'VisibilityTimeout', Number.NaN, [0, 43_200]);
  if (stores.setVisibility(store, queue, handle, seconds * 1_000)) return {};
  throw new AwsServiceError(
    'com.amazonaws.sqs#MessageNotInflight',
    'The specified message is not in flight.',
    'AWS.SimpleQueueService.MessageNotInflight',
  );
}

function eachEntry(body: JsonObject, act: (entry: JsonObject) => JsonObject): JsonObject {
  const successful: JsonObject[] = [];
  const failed: JsonObject[] = [];
  for (const entry of entriesOf(body)) {
    try {
      successful.push({ Id: entry['Id'], ...act(entry) });
    } catch (error) {
      if (!(error instanceof AwsServiceError)) throw error;
      const { code, message } = error;
      failed.push({
        Id: entry['Id'],
        SenderFault: true,
        Code: code.split('#').at(-1),
        Message: message,
      });
    }
  }
  return { Successful: successful, Failed: failed };
}

function entriesOf(body: JsonObject): readonly JsonObject[] {
  const entries = (body['Entries'] ?? []) as readonly JsonObject[];
  if (entries.length === 0) {
    throw batchError('EmptyBatchRequest', "The batch request doesn't contain any entries.");
  }
  if (entries.length > batchCountMax) {
    throw batchError(
      'TooManyEntriesInBatchRequest',
      'Maximum number of entries per request are 10.',
    );
  }
  const ids = new Set(entries.map((entry) => entry['Id']));
  if (ids.size < entries.length) {
    throw batchError('BatchEntryIdsNotDistinct', 'Two or more batch entries have the same Id.');
  }
  for (const id of ids) {
    if (typeof id === 'string' && /^[\w-]{1,80}$/.test(id)) continue;
    throw batchError(
      'InvalidBatchEntryId',
      'A batch entry id can only contain alphanumerics, hyphens and underscores.',
    );
  }
  return entries;
}

function batchError(code: string, message: string): AwsServiceError {
  return new AwsServiceError(
    `com.amazonaws.sqs#${code}`,
    message,
    `AWS.SimpleQueueService.${code}`,
  );
}

function invalid(message: string): AwsServiceError {
  return new AwsServiceError('InvalidParameterValue', message, 'InvalidParameterValue');
}

function missing(name: string): AwsServiceError {
  const message = `The request must contain the parameter ${name}.`;
  return new AwsServiceError('MissingParameter', message, 'MissingParameter');
}

function textIn(body: JsonObject, name: string): string {
  const value = readText(body, name);
  if (value !== '') return value;
  throw missing(name);
}

function numberIn(
  body: JsonObject,
  name: string,
  usual: number,
  [least, most]: readonly [least: number, most: number],
): number {
  const value = body[name] ?? usual;
  if (typeof value === 'number' && value >= least && value <= most) return value;
  throw invalid(
    `Value ${JSON.stringify(value)} for parameter ${name} is invalid. Reason: Must be between ${least} and ${most}, if provided.`,
  );
}

function listIn(body: JsonObject, name: string): readonly string[] {
  return (body[name] ?? []) as readonly string[];
}

function writeSequence(sequence: number): string {
  return String(sequence).padStart(20, '0');
}

function sizeOf(entry: JsonObject): number {
  const attributes = (entry['MessageAttributes'] ?? {}) as Record<string, JsonObject>;
  let bytes = Buffer.byteLength(readText(entry, 'MessageBody'));
  for (const [name, value] of Object.entries(attributes)) {
    bytes += Buffer.byteLength(name);
    for (const part of Object.values(value)) bytes += Buffer.byteLength(String(part));
  }
  return bytes;
}
