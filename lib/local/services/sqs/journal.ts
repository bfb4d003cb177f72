/**
 * Makes the queues survive a SIGKILL: every change is a line appended before it is acknowledged.
 * The write reaches the kernel; that it reaches the disk too, before a sender hears of it, is what `settled`
 * waits for. Without that a crash of the machine may lose the end.
 */
import {
  closeSync,
  existsSync,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { StoredMessage } from './message.ts';
import type { QueueAttributes } from './queue-settings.ts';

export type JournalEntry =
  | { readonly kind: 'queue'; readonly queue: string; readonly attributes: QueueAttributes }
  | {
      readonly kind: 'put';
      readonly queue: string;
      readonly message: StoredMessage;
      readonly untilMs: number;
    }
  | {
      readonly kind: 'take';
      readonly queue: string;
      readonly id: string;
      readonly receiveCount: number;
      readonly firstReceivedAtMs: number;
      readonly untilMs: number;
    }
  | { readonly kind: 'show'; readonly queue: string; readonly id: string; readonly untilMs: number }
  | { readonly kind: 'gone'; readonly queue: string; readonly id: string }
  | { readonly kind: 'purge'; readonly queue: string }
  | { readonly kind: 'drop'; readonly queue: string };

export interface Journal {
  append(entry: JournalEntry): void;
  /** True when most of the file is history that nobody needs: then `rewrite` is due. */
  isLong(): boolean;
  /** Starts the file anew with these entries. */
  rewrite(entries: Iterable<JournalEntry>): void;
  /** Resolves when everything appended so far is on the disk, or at once where nobody asked for that. */
  settled(): Promise<void>;
  close(): void;
}

export interface RememberedQueue {
  attributes: QueueAttributes;
  readonly messages: Map<string, { message: StoredMessage; untilMs: number }>;
}

/** Nothing is written: for queues that live as long as their process. */
export const noJournal: Journal = {
  append: () => undefined,
  isLong: () => false,
  rewrite: () => undefined,
  settled: () => Promise.resolve(),
  close: () => undefined,
};

/** A file up to this size is read in a moment; it is not worth a rewrite. */
const shortBytes = 64 * 1_048_576;

/** Writes a part of the bytes at that place of the file, and says how many: a disk may have room for some only. */
export type WriteBytes = (file: number, bytes: Buffer, from: number, place: number) => number;

const writeBytes: WriteBytes = (file, bytes, from, place) =>
  writeSync(file, bytes, from, bytes.length - from, place);

export interface JournalOptions {
  /** What `settled` waits for is on the disk. @default false */
  readonly isDurable?: boolean;
  readonly write?: WriteBytes;
}

/** Reads what is there, then starts a new file with only what still matters. */
export function openJournal(
  path: string,
  options: JournalOptions = {},
): {
  journal: Journal;
  queues: ReadonlyMap<string, RememberedQueue>;
} {
  const queues = existsSync(path) ? replay(readFileSync(path, 'utf8')) : new Map();
  const journal = createJournal(path, options);
  journal.rewrite(compact(queues));
  return { journal, queues };
}

const syncData = promisify(fdatasync);

function createJournal(path: string, options: JournalOptions): Journal {
  const { isDurable = false, write = writeBytes } = options;
  let file: number | undefined;
  let [bytes, bytesAtRewrite] = [0, 0];
  return {
    append: (entry) => {
      if (file !== undefined) bytes += writeLine(write, file, entry, bytes);
    },
    isLong: () => bytes > shortBytes && bytes > 2 * bytesAtRewrite,
    rewrite: (entries) => {
      const draft = openSync(`${path}.new`, 'w', 0o600);
      let written = 0;
      try {
        for (const entry of entries) written += writeLine(write, draft, entry, written);
        if (isDurable) fsyncSync(draft);
      } catch (error) {
        closeSync(draft);
        throw error;
      }
      // The descriptor follows the rename: later lines go to the file in its final place.
      renameSync(`${path}.new`, path);
      if (isDurable) syncDirectory(dirname(path));
      if (file !== undefined) closeSync(file);
      [file, bytes, bytesAtRewrite] = [draft, written, written];
    },
    settled: isDurable
      ? createGroupCommit(async () => {
          // What was appended to a file that was rewritten meanwhile is in the new one, and that is on the disk.
          if (file !== undefined) await syncData(file).catch(ignoreClosed);
        })
      : () => Promise.resolve(),
    close: () => {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

/** The whole line or none of it: on a full disk half a line would swallow the next one too. */
function writeLine(write: WriteBytes, file: number, entry: JournalEntry, place: number): number {
  const line = Buffer.from(`${JSON.stringify(entry)}\n`);
  try {
    for (let from = 0; from < line.length; ) from += write(file, line, from, place + from);
  } catch (error) {
    ftruncateSync(file, place);
    throw error;
  }
  return line.length;
}

/** A rename is on the disk when its directory is. */
function syncDirectory(dir: string): void {
  const directory = openSync(dir, 'r');
  fsyncSync(directory);
  closeSync(directory);
}

function ignoreClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EBADF') throw error;
}

/** One sync at a time serves all who asked before it began; who asks during one waits for the next. */
function createGroupCommit(sync: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  const run = (): Promise<void> => {
    running = sync().finally(() => (running = null));
    return running;
  };
  return () => {
    if (running === null) return run();
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = null;
        return run();
      });
    return next;
  };
}

function replay(text: string): Map<string, RememberedQueue> {
  const queues = new Map<string, RememberedQueue>();
  for (const line of text.split('\n')) {
    const entry = parseLine(line);
    if (entry !== undefined) apply(queues, entry);
  }
  return queues;
}

/** A crash may cut the last line short; what it said was never acknowledged. */
function parseLine(line: string): JournalEntry | undefined {
  try {
    return JSON.parse(line) as JournalEntry;
  } catch {
    return undefined;
  }
}

function apply(queues: Map<string, RememberedQueue>, entry: JournalEntry): void {
  if (entry.kind === 'queue') {
    const known = queues.get(entry.queue);
    if (known === undefined) {
      queues.set(entry.queue, { attributes: entry.attributes, messages: new Map() });
    } else known.attributes = entry.attributes;
    return;
  }
  if (entry.kind === 'drop') queues.delete(entry.queue);
  const queue = queues.get(entry.queue);
  if (queue !== undefined) applyToQueue(queue, entry);
}

function applyToQueue(queue: RememberedQueue, entry: JournalEntry): void {
  if (entry.kind === 'purge') queue.messages.clear();
  if (entry.kind === 'gone') queue.messages.delete(entry.id);
  if (entry.kind === 'put') {
    queue.messages.set(entry.message.id, { message: entry.message, untilMs: entry.untilMs });
  }
  if (entry.kind !== 'take' && entry.kind !== 'show') return;
  const known = queue.messages.get(entry.id);
  if (known === undefined) return;
  known.untilMs = entry.untilMs;
  if (entry.kind === 'show') return;
  known.message.receiveCount = entry.receiveCount;
  known.message.firstReceivedAtMs = entry.firstReceivedAtMs;
}

function* compact(queues: ReadonlyMap<string, RememberedQueue>): Generator<JournalEntry> {
  for (const [queue, { attributes, messages }] of queues) {
    yield { kind: 'queue', queue, attributes };
    for (const { message, untilMs } of messages.values()) {
      yield { kind: 'put', queue, message, untilMs };
    }
  }
}
