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
  readFileSync,
  renameSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Change } from './model.ts';

export interface Journal {
  /** Remembers a change; it reaches the file with the next flush. */
  append(change: Change): void;
  flush(): void;
  close(): void;
}

const linesPerWrite = 2000;

/** Forgets everything: for audiences that live in memory only. */
export function createMemoryJournal(): Journal {
  return { append: () => {}, flush: () => {}, close: () => {} };
}

/** What an earlier process wrote. A torn last line is a change nobody was told of, and is dropped. */
export function readJournal(path: string): readonly Change[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  // Whatever follows the last line break was cut off in the middle; normally it is the empty string.
  lines.pop();
  return lines.map((line) => JSON.parse(line) as Change);
}

export function createFileJournal(path: string, snapshot: Iterable<Change>): Journal {
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

function writeLines(file: number, changes: Iterable<Change>): void {
  let lines: string[] = [];
  for (const change of changes) {
    lines.push(JSON.stringify(change));
    if (lines.length < linesPerWrite) continue;
    appendFileSync(file, `${lines.join('\n')}\n`);
    lines = [];
  }
  if (lines.length > 0) appendFileSync(file, `${lines.join('\n')}\n`);
}
