import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openJournal, type WriteBytes } from '../../lib/local/services/sqs/journal.ts';
import {
  addQueue,
  createQueueStore,
  depthsOf,
  receive,
  remove,
  send,
  type QueueStore,
} from '../../lib/local/services/sqs/store.ts';

const never = new AbortController().signal;

let dir: string;
let path: string;
let id = 0;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'trivet-journal-'));
  path = join(dir, 'queues.jsonl');
});

afterEach(() => {
  rmSync(dir, { recursive: true });
});

/** As after a SIGKILL: nobody closed the former journal. */
function open(nowMs: number, write?: WriteBytes): QueueStore {
  const { journal, queues: remembered } = openJournal(path, write === undefined ? {} : { write });
  return createQueueStore({ region: 'us-east-1', journal, remembered, now: () => nowMs });
}

function put(store: QueueStore, name: string, body: string, nowMs = 0): void {
  const queue = store.byName.get(name) ?? addQueue(store, name, { FifoQueue: 'true' });
  id += 1;
  const draft = { id: `m${id}`, body, groupId: 'g', deduplicationId: `d${id}` };
  send(store, queue, { ...draft, sentAtMs: nowMs, delayMs: 0 });
}

async function take(store: QueueStore, name: string, countMax = 10): Promise<string[]> {
  const queue = store.byName.get(name);
  if (queue === undefined) throw new Error(`no queue ${name}`);
  const ask = { countMax, visibilityMs: 5_000, waitMs: 0 };
  const received = await receive(store, queue, ask, never);
  return received.map(({ message }) => message.body);
}

describe('the journal of the queues', () => {
  test('gives back after a crash what was sent and not deleted, hidden as long as before', async () => {
    const before = open(0);
    for (const body of ['1', '2', '3']) put(before, 'q.fifo', body);
    const queue = before.byName.get('q.fifo');
    if (queue === undefined) throw new Error('the queue is gone');
    const ask = { countMax: 2, visibilityMs: 5_000, waitMs: 0 };
    const [first] = await receive(before, queue, ask, never);
    remove(before, queue, first?.receiptHandle ?? '');
    expect(await take(open(4_999), 'q.fifo')).toEqual([]);
    expect(await take(open(5_000), 'q.fifo')).toEqual(['2', '3']);
  });

  test('shows at once what was in flight when nobody who received it is alive any more', async () => {
    const before = open(0);
    put(before, 'q.fifo', '1');
    expect(await take(before, 'q.fifo')).toEqual(['1']);
    const { journal, queues: remembered } = openJournal(path);
    const after = createQueueStore({
      region: 'us-east-1',
      journal,
      remembered,
      now: () => 1,
      areReceiversGone: true,
    });
    expect(await take(after, 'q.fifo')).toEqual(['1']);
  });

  test('says that all is on the disk only to those who asked before that was so', async () => {
    const { journal } = openJournal(path, { isDurable: true });
    const store = createQueueStore({ region: 'r', journal, remembered: new Map(), now: () => 0 });
    for (let n = 0; n < 50; n += 1) put(store, 'q.fifo', `${n}`);
    await Promise.all(Array.from({ length: 20 }, () => journal.settled()));
    journal.rewrite([]);
    await journal.settled();
    expect(readFileSync(path, 'utf8')).toBe('');
    journal.close();
    await expect(journal.settled()).resolves.toBeUndefined();
  });

  test('ignores a last line that the crash cut short', async () => {
    put(open(0), 'q.fifo', 'whole');
    appendFileSync(path, '{"kind":"put","queue":"q.fifo","mess');
    expect(await take(open(0), 'q.fifo')).toEqual(['whole']);
  });

  test('still knows after a crash what was sent in the last five minutes', () => {
    const draft = { body: 'x', groupId: 'g', deduplicationId: 'same', delayMs: 0 };
    const before = open(0);
    const queue = addQueue(before, 'q.fifo', { FifoQueue: 'true' });
    send(before, queue, { ...draft, id: 'one', sentAtMs: 0 });
    const after = open(1_000);
    const again = after.byName.get('q.fifo');
    if (again === undefined) throw new Error('the queue is gone');
    expect(send(after, again, { ...draft, id: 'two', sentAtMs: 1_000 }).id).toBe('one');
    expect(depthsOf(after, again).visible).toBe(1);
  });

  test('on a full disk takes nothing it could not remember, and goes on when there is room', async () => {
    const disk = { bytesFree: Infinity };
    const store = open(0, (file, bytes, from, place) => {
      if (disk.bytesFree <= 0) throw new Error('ENOSPC: no space left on device');
      const some = Math.min(bytes.length - from, disk.bytesFree, 40);
      disk.bytesFree -= some;
      return writeSync(file, bytes, from, some, place);
    });
    put(store, 'q.fifo', 'before');
    const queue = store.byName.get('q.fifo');
    if (queue === undefined) throw new Error('the queue is gone');
    const draft = {
      body: 'during',
      groupId: 'g',
      deduplicationId: 'same',
      sentAtMs: 0,
      delayMs: 0,
    };
    disk.bytesFree = 50;
    expect(() => send(store, queue, { ...draft, id: 'first' })).toThrow('ENOSPC');
    disk.bytesFree = Infinity;
    // The sender's second attempt: were the first still known, this would be taken for a duplicate.
    expect(send(store, queue, { ...draft, id: 'second' }).id).toBe('second');
    put(store, 'q.fifo', 'after');
    expect(await take(open(0), 'q.fifo')).toEqual(['before', 'during', 'after']);
  });

  test('does not grow with what has come and gone', async () => {
    const store = open(0);
    const body = 'x'.repeat(1_048_576);
    put(store, 'q.fifo', 'kept');
    await take(store, 'q.fifo');
    for (let n = 0; n < 70; n += 1) {
      put(store, 'other.fifo', body);
      const queue = store.byName.get('other.fifo');
      if (queue === undefined) throw new Error('the queue is gone');
      const ask = { countMax: 1, visibilityMs: 5_000, waitMs: 0 };
      const [received] = await receive(store, queue, ask, never);
      remove(store, queue, received?.receiptHandle ?? '');
    }
    expect(statSync(path).size).toBeLessThan(20 * 1_048_576);
    expect(readFileSync(path, 'utf8')).toContain('kept');
    expect(await take(open(5_000), 'q.fifo')).toEqual(['kept']);
  });
});
