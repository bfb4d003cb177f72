/**
 * State that survives kill -9: every change is one JSON line, written before the request that made it is
 * answered. On opening, the lines are read back and the file is rewritten without history (new file, then
 * rename), so a crash at any moment leaves either the old file or the new one.
 */
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
} from 'node:fs';
import { dirname } from 'node:path';

export interface Journal<Change> {
  /** Remembers a change; it reaches the file with the next flush. */
  append(change: Change): void;
  flush(): void;
  close(): void;
}

const linesPerWrite = 2000;
const bytesPerRead = 1024 * 1024;
const itemsPerChange = 1000;
const lineEnd = 0x0a;

/** Forgets everything: for state that lives in memory only. */
export function createMemoryJournal<Change>(): Journal<Change> {
  return { append: () => {}, flush: () => {}, close: () => {} };
}

/**
 * What an earlier process wrote, a line at a time: a file of years is longer than a string may be. A torn last
 * line is a change nobody was told of, and is dropped.
 */
export function* readJournal<Change>(path: string): Generator<Change> {
  if (!existsSync(path)) return;
  const file = openSync(path, 'r');
  const chunk = Buffer.alloc(bytesPerRead);
  let rest = Buffer.alloc(0);
  try {
    for (let size = readSync(file, chunk); size > 0; size = readSync(file, chunk)) {
      rest = Buffer.concat([rest, chunk.subarray(0, size)]);
      let start = 0;
      for (let end = rest.indexOf(lineEnd); end >= 0; end = rest.indexOf(lineEnd, start)) {
        yield JSON.parse(rest.toString('utf8', start, end)) as Change;
        start = end + 1;
      }
      rest = rest.subarray(start);
    }
  } finally {
    closeSync(file);
  }
}

export function createFileJournal<Change>(
  path: string,
  snapshot: Iterable<Change>,
): Journal<Change> {
  mkdirSync(dirname(path), { recursive: true });
  const draftPath = `${path}.draft`;
  const draft = openSync(draftPath, 'w');
  writeLines(draft, snapshot);
  closeSync(draft);
  renameSync(draftPath, path);
  const file = openSync(path, 'a');
  let waiting: Change[] = [];
  let isClosed = false;
  const flush = (): void => {
    // A request that outlives the simulator (a slow URL check) has nobody left to be remembered for.
    if (waiting.length === 0 || isClosed) return;
    writeLines(file, waiting);
    waiting = [];
  };
  return {
    append: (change) => {
      waiting.push(change);
    },
    flush,
    close: () => {
      if (isClosed) return;
      flush();
      isClosed = true;
      closeSync(file);
    },
  };
}

function writeLines(file: number, changes: Iterable<unknown>): void {
  let lines: string[] = [];
  for (const change of changes) {
    lines.push(JSON.stringify(change));
    if (lines.length < linesPerWrite) continue;
    appendFileSync(file, `${lines.join('\n')}\n`);
    lines = [];
  }
  if (lines.length > 0) appendFileSync(file, `${lines.join('\n')}\n`);
}

/** Many things of one kind as a few changes: a line of a snapshot may hold a thousand of them. */
export function* inChunks<T>(items: Iterable<T>): Generator<readonly T[]> {
  let chunk: T[] = [];
  for (const item of items) {
    chunk.push(item);
    if (chunk.length < itemsPerChange) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}
