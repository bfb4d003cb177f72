/** Files with troubles: what a disk, a network share and other programs do to whoever works with them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Trouble, Usage } from 'trivet/conformance';
import { parseBook, realFiles, type Files } from './book.ts';

export interface TroubledFiles extends Files {
  arm(trouble: Trouble): void;
  calm(): void;
  slow(ms: number): void;
  usage(): Usage;
}

/** The system's code for each trouble a file can have. */
const CODES: Readonly<Partial<Record<Trouble['name'], string>>> = {
  '403': 'EACCES',
  '404': 'ENOENT',
  '429': 'EBUSY',
  '500': 'EIO',
  reset: 'ESTALE',
};

export function createTroubledFiles(): TroubledFiles {
  let armed: Trouble | null = null;
  let left = 0;
  let slowMs = 0;
  let open = 0;
  const counted = { calls: 0, writes: 0, connectionsPeak: 0, rowsPeak: 0 };

  /** The trouble that meets this call, if one does. */
  const meet = (isWrite: boolean): Trouble | null => {
    // Whoever writes reads before.
    const isMet = armed?.on === 'everything' || isWrite || armed?.name === 'html-200';
    if (armed === null || left <= 0 || !isMet) return null;
    left -= 1;
    return armed;
  };

  const call = async <T>(isWrite: boolean, work: () => Promise<T>): Promise<T> => {
    counted.calls += 1;
    open += 1;
    counted.connectionsPeak = Math.max(counted.connectionsPeak, open);
    try {
      if (slowMs > 0) await sleep(slowMs);
      const trouble = meet(isWrite);
      if (trouble?.name === 'timeout-after' && isWrite) await work();
      const code = trouble === null ? undefined : (CODES[trouble.name] ?? 'EIO');
      if (trouble !== null && trouble.name !== 'html-200') {
        throw Object.assign(new Error(code), { code });
      }
      return trouble === null || isWrite ? await work() : ('<html>Sign in</html>' as T);
    } finally {
      open -= 1;
    }
  };

  return {
    read: (path) => call(false, () => realFiles.read(path)),
    replace: (path, text) =>
      call(true, async () => {
        counted.writes += 1;
        counted.rowsPeak = Math.max(counted.rowsPeak, await countRows(path, text));
        await realFiles.replace(path, text);
      }),
    lock: realFiles.lock,
    unlock: realFiles.unlock,
    arm: (trouble) => {
      armed = trouble;
      left = trouble.times ?? Number.POSITIVE_INFINITY;
    },
    calm: () => {
      armed = null;
    },
    slow: (ms) => {
      slowMs = ms;
    },
    usage: () => ({ ...counted, callsPeak: 0, turnedAway: 0 }),
  };
}

/** Entries that one writing changes. */
async function countRows(path: string, text: string): Promise<number> {
  const before = new Map(
    (parseBook(await realFiles.read(path))?.entries ?? []).map((each) => [each.id, each.changed]),
  );
  const after = parseBook(text)?.entries ?? [];
  return after.filter(({ id, changed }) => before.get(id) !== changed).length;
}
