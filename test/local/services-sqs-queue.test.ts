import type { MessageDraft } from '../../lib/local/services/sqs/message.ts';
import {
  changeVisibility,
  createQueue,
  deleteMessage,
  measureDepths,
  putMessage,
  receiveMessages,
  sendMessage,
  type Queue,
} from '../../lib/local/services/sqs/queue.ts';

const visibilityMs = 10_000;

function fifo(attributes: Record<string, string> = {}): Queue {
  return createQueue('q.fifo', { FifoQueue: 'true', ...attributes });
}

function draft(id: string, groupId: string, sentAtMs = 0, deduplicationId = id): MessageDraft {
  return { id, body: id, groupId, deduplicationId, sentAtMs, delayMs: 0 };
}

function receive(queue: Queue, nowMs: number, countMax = 10): string[] {
  const { received } = receiveMessages(queue, countMax, visibilityMs, nowMs);
  return received.map((one) => one.message.id);
}

describe('a FIFO queue', () => {
  test('gives several messages of one group, in order, in one receive', () => {
    const queue = fifo();
    for (const id of ['a1', 'a2', 'a3']) sendMessage(queue, draft(id, 'a'));
    expect(receive(queue, 1)).toEqual(['a1', 'a2', 'a3']);
  });

  test('gives nothing of a group of which a message is in flight, and goes on with the others', () => {
    const queue = fifo();
    for (const id of ['a1', 'a2', 'b1']) sendMessage(queue, draft(id, id.slice(0, 1)));
    expect(receive(queue, 1, 1)).toEqual(['a1']);
    expect(receive(queue, 2)).toEqual(['b1']);
    expect(receive(queue, 3)).toEqual([]);
  });

  test('gives the rest of a group when all that was in flight is deleted', () => {
    const queue = fifo();
    for (const id of ['a1', 'a2', 'a3']) sendMessage(queue, draft(id, 'a'));
    const { received } = receiveMessages(queue, 2, visibilityMs, 1);
    const [first, second] = received;
    deleteMessage(queue, first?.receiptHandle ?? '', 2);
    expect(receive(queue, 3)).toEqual([]);
    deleteMessage(queue, second?.receiptHandle ?? '', 4);
    expect(receive(queue, 5)).toEqual(['a3']);
  });

  test('gives back in the old order what was not deleted in time', () => {
    const queue = fifo();
    for (const id of ['a1', 'a2', 'a3', 'a4']) sendMessage(queue, draft(id, 'a'));
    receive(queue, 0, 3);
    expect(receive(queue, visibilityMs - 1)).toEqual([]);
    expect(receive(queue, visibilityMs)).toEqual(['a1', 'a2', 'a3', 'a4']);
  });

  test('gives back in the old order what was handed back at once', () => {
    const queue = fifo();
    for (const id of ['a1', 'a2', 'a3']) sendMessage(queue, draft(id, 'a'));
    const { received } = receiveMessages(queue, 2, visibilityMs, 0);
    for (const { receiptHandle } of received) changeVisibility(queue, receiptHandle, 0, 1);
    expect(receive(queue, 2)).toEqual(['a1', 'a2', 'a3']);
  });

  test('does not obey the receipt handle of an earlier receive', () => {
    const queue = fifo();
    sendMessage(queue, draft('a1', 'a'));
    const { received } = receiveMessages(queue, 1, visibilityMs, 0);
    expect(receive(queue, visibilityMs)).toEqual(['a1']);
    const handle = received[0]?.receiptHandle ?? '';
    expect(deleteMessage(queue, handle, visibilityMs + 1)).toBeUndefined();
    expect(measureDepths(queue, visibilityMs + 1)).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
  });

  test('sets aside a message that was received too often and goes on behind it', () => {
    const queue = fifo({
      RedrivePolicy: '{"deadLetterTargetArn":"arn:aws:sqs:r:0:d.fifo","maxReceiveCount":2}',
    });
    for (const id of ['a1', 'a2']) sendMessage(queue, draft(id, 'a'));
    receive(queue, 0, 1);
    receive(queue, visibilityMs, 1);
    const { received, dead } = receiveMessages(queue, 1, visibilityMs, 2 * visibilityMs);
    expect(dead.map(({ id }) => id)).toEqual(['a1']);
    expect(received.map(({ message }) => message.id)).toEqual(['a2']);
  });

  test('drops an equal deduplication id for five minutes, in the whole queue by default', () => {
    const queue = fifo();
    const fiveMinutes = 300_000;
    expect(sendMessage(queue, draft('m1', 'a', 0, 'same')).accepted).toBeDefined();
    const again = sendMessage(queue, draft('m2', 'b', fiveMinutes - 1, 'same'));
    expect(again).toEqual({ id: 'm1', sequence: 1 });
    expect(sendMessage(queue, draft('m3', 'b', fiveMinutes, 'same')).accepted?.id).toBe('m3');
  });

  test('does not take for a duplicate what came back out of order and is older than five minutes', () => {
    const queue = fifo();
    sendMessage(queue, draft('new', 'a', 300_000));
    putMessage(queue, { ...draft('old', 'a', 0), sequence: 2, receiveCount: 0 }, 0, 300_000);
    expect(sendMessage(queue, draft('again', 'a', 300_001, 'old')).id).toBe('again');
  });

  test('forgets a message when its retention period is over', () => {
    const queue = fifo({ MessageRetentionPeriod: '60' });
    sendMessage(queue, draft('old', 'a', 0));
    sendMessage(queue, draft('new', 'a', 1));
    const { received, expired } = receiveMessages(queue, 10, visibilityMs, 60_000);
    expect(received.map(({ message }) => message.id)).toEqual(['new']);
    expect(expired.map(({ id }) => id)).toEqual(['old']);
  });

  test('deduplicates per group where it is told so', () => {
    const queue = fifo({ DeduplicationScope: 'messageGroup' });
    sendMessage(queue, draft('m1', 'a', 0, 'same'));
    expect(sendMessage(queue, draft('m2', 'b', 1, 'same')).accepted?.id).toBe('m2');
  });

  test('serves groups in turn, so that a busy one starves nobody', () => {
    const queue = fifo();
    for (let n = 0; n < 30; n += 1) sendMessage(queue, draft(`a${n}`, 'a'));
    sendMessage(queue, draft('b0', 'b'));
    const { received } = receiveMessages(queue, 10, visibilityMs, 1);
    for (const { receiptHandle } of received) deleteMessage(queue, receiptHandle, 2);
    expect(receive(queue, 3, 1)).toEqual(['b0']);
  });
});

describe('a standard queue', () => {
  test('hides a delayed message until its time', () => {
    const queue = createQueue('q', {});
    sendMessage(queue, { id: 'm', body: 'm', sentAtMs: 0, delayMs: 5_000 });
    expect(measureDepths(queue, 1)).toEqual({ visible: 0, inFlight: 0, delayed: 1 });
    expect(receive(queue, 4_999)).toEqual([]);
    expect(receive(queue, 5_000)).toEqual(['m']);
  });

  test('keeps 100,000 messages in order', () => {
    const queue = createQueue('q', {});
    for (let n = 0; n < 100_000; n += 1) {
      sendMessage(queue, { id: `m${n}`, body: 'x', sentAtMs: 0, delayMs: 0 });
    }
    const seen: string[] = [];
    for (let got = receive(queue, 1); got.length > 0; got = receive(queue, 1)) seen.push(...got);
    expect(seen).toHaveLength(100_000);
    expect(seen.at(-1)).toBe('m99999');
  });
});
