/**
 * SQS on this machine, in this process. Why our own: see the FIFO rules in queue.ts. The emulators
 * on npm that speak the SDK's protocol give one message of a group per receive, forget the order of
 * messages that come back together, and know no AWSTraceHeader, by which Lambda stops endless chains.
 * Not done: nothing is throttled, nothing is encrypted.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  AwsServiceError,
  startAwsJsonServer,
  type AwsJsonRequest,
  type JsonObject,
} from '../aws-json-server.ts';
import { noJournal, openJournal } from './journal.ts';
import { operations } from './operations.ts';
import type { QueueDepths } from './queue.ts';
import { queueOperations, urlOf } from './queue-operations.ts';
import { buryInFlight, createQueueStore, depthsOf, requireQueue, undoReceive } from './store.ts';

export interface SqsOptions {
  readonly region: string;
  /** Kept there over restarts, written before each answer. Without it the queues are in memory. */
  readonly dataDir?: string;
  /** A message is on the disk before its sender hears that it was taken. @default false: in the kernel */
  readonly durable?: boolean;
  /** Whoever received a message before this start is gone: see StoreOptions. @default false */
  readonly areReceiversGone?: boolean;
  readonly port?: number;
}

export interface SqsServer {
  readonly endpoint: string;
  queueUrl(name: string): string;
  depths(): ReadonlyMap<string, QueueDepths>;
  /** The same operations without the way over HTTP, for callers in this process. */
  call(operation: string, body: JsonObject, signal?: AbortSignal): Promise<JsonObject>;
  /** Moves messages in flight to the dead-letter queue, or away if there is none. */
  bury(queueName: string, receiptHandles: readonly string[]): void;
  /** Gives messages in flight back as if they had never been received. */
  undoReceive(queueName: string, receiptHandles: readonly string[]): void;
  stop(): Promise<void>;
}

/** Ten messages of 1 MiB, in JSON that may escape a good part of it. */
const bodyBytesMax = 16 * 1_048_576;

const neverAborted = new AbortController().signal;

export async function startSqs(options: SqsOptions): Promise<SqsServer> {
  const { journal, queues: remembered } = openStorage(options);
  const { region, areReceiversGone = false } = options;
  const store = createQueueStore({ region, journal, remembered, now: Date.now, areReceiversGone });
  let endpoint = '';
  const operate = (request: AwsJsonRequest): JsonObject | Promise<JsonObject> => {
    const onQueue = queueOperations[request.operation];
    if (onQueue !== undefined) return onQueue(store, request.body, endpoint);
    const onMessages = operations[request.operation];
    if (onMessages !== undefined) return onMessages(store, request.body, request);
    throw new AwsServiceError('InvalidAction', `${request.operation} does not exist here.`);
  };
  // A checkpoint may pass a message only when it is surely in the queue; all else may be done again.
  const handle = async (request: AwsJsonRequest): Promise<JsonObject> => {
    const answer = await operate(request);
    if (request.operation.startsWith('SendMessage')) await journal.settled();
    return answer;
  };
  const server = await startAwsJsonServer({
    contentType: 'application/x-amz-json-1.0',
    bodyBytesMax,
    ...(options.port === undefined ? {} : { port: options.port }),
    handle,
  });
  endpoint = server.endpoint;
  return {
    endpoint,
    queueUrl: (name) => urlOf(endpoint, name),
    depths: () => new Map([...store.byName].map(([name, queue]) => [name, depthsOf(store, queue)])),
    call: (operation, body, signal = neverAborted) =>
      handle({ operation, body, headers: {}, signal }),
    bury: (queueName, receiptHandles) => {
      const queue = requireQueue(store, queueName);
      for (const each of receiptHandles) buryInFlight(store, queue, each);
    },
    undoReceive: (queueName, receiptHandles) => {
      const queue = requireQueue(store, queueName);
      for (const each of receiptHandles) undoReceive(store, queue, each);
    },
    stop: async () => {
      await server.stop();
      journal.close();
    },
  };
}

function openStorage({ dataDir, durable }: SqsOptions): ReturnType<typeof openJournal> {
  if (dataDir === undefined) return { journal: noJournal, queues: new Map() };
  mkdirSync(dataDir, { recursive: true });
  return openJournal(join(dataDir, 'queues.jsonl'), { isDurable: durable ?? false });
}
