/**
 * All queues of one account and region: finds them, waits for their messages, moves the dead ones,
 * and writes each change to the journal before the caller hears of it.
 */
import { EventEmitter } from 'node:events';
import { AwsServiceError } from '../aws-json-server.ts';
import type { Journal, JournalEntry, RememberedQueue } from './journal.ts';
import type { MessageDraft, StoredMessage } from './message.ts';
import * as queues from './queue.ts';
import type { Queue, QueueDepths, Received } from './queue.ts';
import type { QueueAttributes } from './queue-settings.ts';

export const accountId = '000000000000';

export interface QueueStore {
  readonly region: string;
  readonly byName: Map<string, Queue>;
  readonly journal: Journal;
  readonly now: () => number;
  /** Emits a queue's name when it may have something to give. */
  readonly arrivals: EventEmitter;
}

export interface StoreOptions {
  readonly region: string;
  readonly journal: Journal;
  readonly remembered: ReadonlyMap<string, RememberedQueue>;
  readonly now: () => number;
  /** Nobody who received a message before is alive: what was in flight is visible at once, and not counted. */
  readonly areReceiversGone?: boolean;
}

export function createQueueStore(options: StoreOptions): QueueStore {
  const { region, journal, remembered, now } = options;
  const arrivals = new EventEmitter();
  // One listener per waiting receiver, and there is no bound on those.
  arrivals.setMaxListeners(0);
  const store: QueueStore = { region, byName: new Map(), journal, now, arrivals };
  for (const [name, { attributes, messages }] of remembered) {
    const queue = queues.createQueue(name, attributes);
    for (const { message, untilMs } of messages.values()) {
      const isOrphan =
        options.areReceiversGone === true && untilMs > now() && message.receiveCount > 0;
      if (isOrphan) message.receiveCount -= 1;
      queues.putMessage(queue, message, isOrphan ? 0 : untilMs, now());
    }
    store.byName.set(name, queue);
  }
  return store;
}

function record(store: QueueStore, entry: JournalEntry): void {
  store.journal.append(entry);
}

function* snapshot(store: QueueStore): Generator<JournalEntry> {
  for (const queue of store.byName.values()) {
    yield { kind: 'queue', queue: queue.name, attributes: queue.attributes };
    for (const { message, hiddenUntilMs } of queues.listMessages(queue)) {
      yield { kind: 'put', queue: queue.name, message, untilMs: hiddenUntilMs };
    }
  }
}

export function arnOf(store: QueueStore, name: string): string {
  return `arn:aws:sqs:${store.region}:${accountId}:${name}`;
}

/** By URL; only the path counts, so a URL from before a restart on another port still works. */
export function requireQueue(store: QueueStore, url: unknown): Queue {
  const name = typeof url === 'string' ? url.slice(url.lastIndexOf('/') + 1) : '';
  const queue = store.byName.get(name);
  if (queue !== undefined) return queue;
  throw new AwsServiceError(
    'com.amazonaws.sqs#QueueDoesNotExist',
    'The specified queue does not exist.',
    'AWS.SimpleQueueService.NonExistentQueue',
  );
}

export function addQueue(store: QueueStore, name: string, attributes: QueueAttributes): Queue {
  const queue = queues.createQueue(name, attributes);
  record(store, { kind: 'queue', queue: name, attributes });
  store.byName.set(name, queue);
  return queue;
}

export function setAttributes(store: QueueStore, queue: Queue, changed: QueueAttributes): void {
  queues.changeAttributes(queue, changed);
  record(store, { kind: 'queue', queue: queue.name, attributes: queue.attributes });
}

export function dropQueue(store: QueueStore, queue: Queue): void {
  record(store, { kind: 'drop', queue: queue.name });
  store.byName.delete(queue.name);
}

export function purge(store: QueueStore, queue: Queue): void {
  record(store, { kind: 'purge', queue: queue.name });
  queues.purgeQueue(queue);
}

export function send(
  store: QueueStore,
  queue: Queue,
  draft: MessageDraft,
): { id: string; sequence: number } {
  const sent = queues.sendMessage(queue, draft, (message) => recordPut(store, queue, message));
  if (sent.accepted !== undefined) store.arrivals.emit(queue.name);
  return sent;
}

function recordPut(store: QueueStore, queue: Queue, message: StoredMessage): void {
  const untilMs = message.sentAtMs + message.delayMs;
  record(store, { kind: 'put', queue: queue.name, message, untilMs });
}

/** Waits up to `waitMs` for a first message; gives up at once when the caller hangs up. */
export async function receive(
  store: QueueStore,
  queue: Queue,
  ask: { countMax: number; visibilityMs: number; waitMs: number },
  signal: AbortSignal,
): Promise<readonly Received[]> {
  const giveUpAtMs = store.now() + ask.waitMs;
  for (;;) {
    if (signal.aborted) return [];
    // Here state and journal agree: no change is half recorded.
    if (store.journal.isLong()) store.journal.rewrite(snapshot(store));
    const received = receiveNow(store, queue, ask.countMax, ask.visibilityMs);
    const leftMs = giveUpAtMs - store.now();
    if (received.length > 0 || leftMs <= 0) return received;
    await waitForArrival(store, queue, leftMs, signal);
  }
}

function receiveNow(
  store: QueueStore,
  queue: Queue,
  countMax: number,
  visibilityMs: number,
): readonly Received[] {
  const nowMs = store.now();
  const { received, dead, expired } = queues.receiveMessages(queue, countMax, visibilityMs, nowMs);
  for (const { message } of received) {
    record(store, {
      kind: 'take',
      queue: queue.name,
      id: message.id,
      receiveCount: message.receiveCount,
      firstReceivedAtMs: message.firstReceivedAtMs ?? nowMs,
      untilMs: nowMs + visibilityMs,
    });
  }
  for (const message of dead) bury(store, queue, message);
  for (const { id } of expired) record(store, { kind: 'gone', queue: queue.name, id });
  return received;
}

/**
 * Into the dead-letter queue first: a crash between the two leaves it twice rather than nowhere. There
 * its time begins anew, as it does for FIFO queues.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html
 */
function bury(store: QueueStore, queue: Queue, message: StoredMessage): void {
  const arn = queue.settings.deadLetterArn;
  const target = arn === undefined ? undefined : store.byName.get(arn.split(':').at(-1) ?? '');
  if (target !== undefined) {
    const keptSinceMs = queue.settings.isFifo ? store.now() : message.sentAtMs;
    const sequence = target.lastSequence + 1;
    const copy: StoredMessage = { ...message, delayMs: 0, keptSinceMs, sequence };
    recordPut(store, target, copy);
    queues.putMessage(target, copy, 0, store.now());
    store.arrivals.emit(target.name);
  }
  record(store, { kind: 'gone', queue: queue.name, id: message.id });
}

export function buryInFlight(store: QueueStore, queue: Queue, receiptHandle: string): void {
  const message = queues.deleteMessage(queue, receiptHandle, store.now());
  if (message === undefined) return;
  bury(store, queue, message);
  store.arrivals.emit(queue.name);
}

function waitForArrival(
  store: QueueStore,
  queue: Queue,
  leftMs: number,
  signal: AbortSignal,
): Promise<void> {
  const untilReturnMs = Math.max(1, queue.nextReturnAtMs - store.now());
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      store.arrivals.off(queue.name, wake);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, Math.min(leftMs, untilReturnMs));
    store.arrivals.on(queue.name, wake);
    signal.addEventListener('abort', wake);
  });
}

/** True when the handle was that of a message in flight. */
export function remove(store: QueueStore, queue: Queue, receiptHandle: string): boolean {
  const message = queues.deleteMessage(queue, receiptHandle, store.now());
  if (message === undefined) return false;
  record(store, { kind: 'gone', queue: queue.name, id: message.id });
  // Its group may be free now.
  store.arrivals.emit(queue.name);
  return true;
}

export function setVisibility(
  store: QueueStore,
  queue: Queue,
  receiptHandle: string,
  visibilityMs: number,
): boolean {
  const nowMs = store.now();
  const message = queues.changeVisibility(queue, receiptHandle, visibilityMs, nowMs);
  if (message === undefined) return false;
  const untilMs = nowMs + visibilityMs;
  record(store, { kind: 'show', queue: queue.name, id: message.id, untilMs });
  store.arrivals.emit(queue.name);
  return true;
}

export function undoReceive(store: QueueStore, queue: Queue, receiptHandle: string): void {
  const message = queues.undoReceive(queue, receiptHandle, store.now());
  if (message === undefined) return;
  record(store, {
    kind: 'take',
    queue: queue.name,
    id: message.id,
    receiveCount: message.receiveCount,
    firstReceivedAtMs: message.firstReceivedAtMs ?? store.now(),
    untilMs: 0,
  });
  store.arrivals.emit(queue.name);
}

export function depthsOf(store: QueueStore, queue: Queue): QueueDepths {
  return queues.measureDepths(queue, store.now());
}
