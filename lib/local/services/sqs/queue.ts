/**
 * One queue, standard or FIFO, as a state machine over time: every call gets the time it happens at.
 *
 * FIFO rules that the whole design leans on, and that this file therefore keeps exactly:
 * - while any message of a group is in flight, no other message of that group is given out;
 * - one receive may give several messages of one group, in order, and of several groups;
 * - what comes back (visibility ended, or set to 0) comes back in its old place.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
 */
import type { MessageDraft, StoredMessage } from './message.ts';
import {
  parseQueueAttributes,
  type QueueAttributes,
  type QueueSettings,
} from './queue-settings.ts';
import { createReadyList, type ReadyList } from './ready-list.ts';

export interface Queue {
  readonly name: string;
  attributes: QueueAttributes;
  settings: QueueSettings;
  lastSequence: number;
  /** A standard queue is one group that is never locked. */
  readonly groups: Map<string, Group>;
  /** In flight or delayed, by message id. */
  readonly hidden: Map<string, Hidden>;
  /** No hidden message comes back by itself before this. */
  nextReturnAtMs: number;
  /** What was sent in the last five minutes, by deduplication id. */
  readonly sentBefore: Map<string, { id: string; sequence: number; sentAtMs: number }>;
}

interface Group {
  readonly ready: ReadyList;
  inFlight: number;
}

interface Hidden {
  readonly message: StoredMessage;
  readonly isDelayed: boolean;
  untilMs: number;
}

export interface Received {
  readonly message: StoredMessage;
  readonly receiptHandle: string;
}

export interface QueueDepths {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html */
const deduplicationMs = 5 * 60_000;

export function createQueue(name: string, attributes: QueueAttributes): Queue {
  return {
    name,
    attributes,
    settings: parseQueueAttributes(attributes),
    lastSequence: 0,
    groups: new Map(),
    hidden: new Map(),
    nextReturnAtMs: Infinity,
    sentBefore: new Map(),
  };
}

export function changeAttributes(queue: Queue, attributes: QueueAttributes): void {
  const merged = { ...queue.attributes, ...attributes };
  queue.settings = parseQueueAttributes(merged);
  queue.attributes = merged;
}

/**
 * Takes the message in, or finds the earlier one that it duplicates. `remember` is called before: what
 * cannot be remembered is not taken, or its sender's second attempt would pass for a duplicate.
 */
export function sendMessage(
  queue: Queue,
  draft: MessageDraft,
  remember: (message: StoredMessage) => void = () => undefined,
): { id: string; sequence: number; accepted?: StoredMessage } {
  const duplicate = findDuplicate(queue, draft);
  if (duplicate !== undefined) return duplicate;
  const message: StoredMessage = { ...draft, sequence: queue.lastSequence + 1, receiveCount: 0 };
  remember(message);
  putMessage(queue, message, draft.sentAtMs + draft.delayMs, draft.sentAtMs);
  return { id: message.id, sequence: message.sequence, accepted: message };
}

/** Places a message that is new, or known from before a restart. */
export function putMessage(
  queue: Queue,
  message: StoredMessage,
  hiddenUntilMs: number,
  nowMs: number,
): void {
  queue.lastSequence = Math.max(queue.lastSequence, message.sequence);
  if (queue.settings.isFifo) queue.sentBefore.set(deduplicationKey(queue, message), message);
  if (hiddenUntilMs > nowMs) hide(queue, message, hiddenUntilMs, message.receiveCount === 0);
  else groupOf(queue, message).ready.insert(message);
}

interface Taken {
  readonly received: Received[];
  /** Received too often: the caller moves them to the dead-letter queue. */
  readonly dead: StoredMessage[];
  /** Kept as long as the queue keeps any: gone. */
  readonly expired: StoredMessage[];
}

export function receiveMessages(
  queue: Queue,
  countMax: number,
  visibilityMs: number,
  nowMs: number,
): Taken {
  returnDue(queue, nowMs);
  const taken: Taken = { received: [], dead: [], expired: [] };
  const served: [string, Group][] = [];
  for (const [key, group] of queue.groups) {
    if (taken.received.length >= countMax) break;
    if (queue.settings.isFifo && group.inFlight > 0) continue;
    takeFrom(queue, group, { countMax, nowMs, untilMs: nowMs + visibilityMs }, taken);
    served.push([key, group]);
  }
  for (const [key, group] of served) toEndOfLine(queue, key, group);
  return taken;
}

function takeFrom(
  queue: Queue,
  group: Group,
  ask: { readonly countMax: number; readonly nowMs: number; readonly untilMs: number },
  taken: Taken,
): void {
  while (taken.received.length < ask.countMax) {
    const message = group.ready.takeFirst();
    if (message === undefined) return;
    if (ask.nowMs - (message.keptSinceMs ?? message.sentAtMs) >= queue.settings.retentionMs) {
      taken.expired.push(message);
      continue;
    }
    if (message.receiveCount >= queue.settings.receiveCountMax) {
      taken.dead.push(message);
      continue;
    }
    message.receiveCount += 1;
    message.firstReceivedAtMs ??= ask.nowMs;
    hide(queue, message, ask.untilMs, false);
    taken.received.push({ message, receiptHandle: `${message.id}#${message.receiveCount}` });
  }
}

/** So that a busy group does not starve the others; a group without messages is forgotten. */
function toEndOfLine(queue: Queue, key: string, group: Group): void {
  queue.groups.delete(key);
  if (group.ready.length > 0 || group.inFlight > 0) queue.groups.set(key, group);
}

/** The deleted message, or undefined when the handle is not that of a message in flight. */
export function deleteMessage(
  queue: Queue,
  receiptHandle: string,
  nowMs: number,
): StoredMessage | undefined {
  const entry = findInFlight(queue, receiptHandle, nowMs);
  if (entry === undefined) return undefined;
  unhide(queue, entry);
  return entry.message;
}

export function changeVisibility(
  queue: Queue,
  receiptHandle: string,
  visibilityMs: number,
  nowMs: number,
): StoredMessage | undefined {
  const entry = findInFlight(queue, receiptHandle, nowMs);
  if (entry === undefined) return undefined;
  entry.untilMs = nowMs + visibilityMs;
  queue.nextReturnAtMs = Math.min(queue.nextReturnAtMs, entry.untilMs);
  returnDue(queue, nowMs);
  return entry.message;
}

/** As if it had never been received: whoever had it ended before it could say anything about it. */
export function undoReceive(
  queue: Queue,
  receiptHandle: string,
  nowMs: number,
): StoredMessage | undefined {
  const entry = findInFlight(queue, receiptHandle, nowMs);
  if (entry === undefined) return undefined;
  unhide(queue, entry);
  entry.message.receiveCount -= 1;
  groupOf(queue, entry.message).ready.insert(entry.message);
  return entry.message;
}

export function purgeQueue(queue: Queue): void {
  queue.groups.clear();
  queue.hidden.clear();
  queue.nextReturnAtMs = Infinity;
}

export function measureDepths(queue: Queue, nowMs: number): QueueDepths {
  returnDue(queue, nowMs);
  let visible = 0;
  let delayed = 0;
  for (const group of queue.groups.values()) visible += group.ready.length;
  for (const entry of queue.hidden.values()) if (entry.isDelayed) delayed += 1;
  return { visible, inFlight: queue.hidden.size - delayed, delayed };
}

/** All that is in the queue, and until when it is hidden. */
export function listMessages(
  queue: Queue,
): readonly { message: StoredMessage; hiddenUntilMs: number }[] {
  const ready = [...queue.groups.values()].flatMap((group) => group.ready.all());
  return [
    ...ready.map((message) => ({ message, hiddenUntilMs: 0 })),
    ...[...queue.hidden.values()].map(({ message, untilMs }) => ({
      message,
      hiddenUntilMs: untilMs,
    })),
  ];
}

function groupOf(queue: Queue, message: StoredMessage): Group {
  const key = queue.settings.isFifo ? (message.groupId ?? '') : '';
  const known = queue.groups.get(key);
  if (known !== undefined) return known;
  const group = { ready: createReadyList(), inFlight: 0 };
  queue.groups.set(key, group);
  return group;
}

function hide(queue: Queue, message: StoredMessage, untilMs: number, isDelayed: boolean): void {
  queue.hidden.set(message.id, { message, isDelayed, untilMs });
  queue.nextReturnAtMs = Math.min(queue.nextReturnAtMs, untilMs);
  if (!isDelayed) groupOf(queue, message).inFlight += 1;
}

function unhide(queue: Queue, entry: Hidden): void {
  queue.hidden.delete(entry.message.id);
  if (!entry.isDelayed) groupOf(queue, entry.message).inFlight -= 1;
}

function returnDue(queue: Queue, nowMs: number): void {
  if (nowMs < queue.nextReturnAtMs) return;
  let next = Infinity;
  for (const entry of queue.hidden.values()) {
    if (entry.untilMs > nowMs) {
      next = Math.min(next, entry.untilMs);
      continue;
    }
    unhide(queue, entry);
    groupOf(queue, entry.message).ready.insert(entry.message);
  }
  queue.nextReturnAtMs = next;
}

/** The message in flight under exactly this handle; the handle of an earlier receive opens nothing. */
function findInFlight(queue: Queue, receiptHandle: string, nowMs: number): Hidden | undefined {
  returnDue(queue, nowMs);
  const [id, count] = receiptHandle.split('#');
  const entry = queue.hidden.get(id ?? '');
  if (entry === undefined || entry.isDelayed) return undefined;
  return entry.message.receiveCount === Number(count) ? entry : undefined;
}

function deduplicationKey(queue: Queue, message: MessageDraft): string {
  if (!queue.settings.isDeduplicatedPerGroup) return message.deduplicationId ?? '';
  return JSON.stringify([message.groupId, message.deduplicationId]);
}

function findDuplicate(
  queue: Queue,
  draft: MessageDraft,
): { id: string; sequence: number } | undefined {
  if (!queue.settings.isFifo) return undefined;
  // Insertion order is order of time: the outdated ones stand in front.
  for (const [key, earlier] of queue.sentBefore) {
    if (draft.sentAtMs - earlier.sentAtMs < deduplicationMs) break;
    queue.sentBefore.delete(key);
  }
  const earlier = queue.sentBefore.get(deduplicationKey(queue, draft));
  // What came back from a journal or from another queue stands out of order.
  if (earlier === undefined || draft.sentAtMs - earlier.sentAtMs >= deduplicationMs)
    return undefined;
  return { id: earlier.id, sequence: earlier.sequence };
}
