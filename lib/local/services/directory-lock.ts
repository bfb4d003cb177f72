/**
 * A lock on a directory that the kernel keeps and gives back when its holder dies, however it dies: after
 * SIGKILL or a reboot nothing is stale, and a process number that somebody else has by now means nothing.
 * Node locks no files, but the SQLite it carries does.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** https://www.sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;

/** Gives the lock back; null when another holds it. */
export function lockDirectory(dir: string): (() => void) | null {
  const database = new DatabaseSync(join(dir, 'lock'), { timeout: 0 });
  try {
    database.exec('pragma locking_mode = exclusive; begin exclusive;');
    return () => database.close();
  } catch (error) {
    database.close();
    if (isBusy(error)) return null;
    throw error;
  }
}

/** Not by `instanceof`: the error may come from another realm. */
const isBusy = (error: unknown): boolean =>
  typeof error === 'object' &&
  error !== null &&
  'errcode' in error &&
  error.errcode === SQLITE_BUSY;
