/**
 * The phone book: a CSV file that people and programs write. The first line says which book it is, the second names
 * the columns. Whoever changes an entry raises `changed` above every other, so that what is new stands at the end.
 *
 *   book,office
 *   id,name,phone,city,struck,changed
 *   7c0e…,Ada Byron,+44 20 7946 0958,London,,1773489600000
 */
import { mkdir, open, readFile, rename, rmdir, stat, writeFile } from 'node:fs/promises';

export interface Entry {
  readonly id: string;
  readonly name: string;
  readonly phone: string;
  readonly city: string;
  /** Crossed out: still in the book, and not called. */
  readonly isStruck: boolean;
  /** Epoch ms; no two entries have the same. */
  readonly changed: number;
}

export interface Book {
  readonly name: string;
  readonly entries: readonly Entry[];
}

/** What the connector does with files. The harness puts troubles in between. */
export interface Files {
  readonly read: (path: string) => Promise<string>;
  /** The old text or the new one, whatever happens. */
  readonly replace: (path: string, text: string) => Promise<void>;
  /** False: somebody else has it. */
  readonly lock: (path: string) => Promise<boolean>;
  readonly unlock: (path: string) => Promise<void>;
}

const COLUMNS = 'id,name,phone,city,struck,changed';

export function formatBook({ name, entries }: Book): string {
  const lines = entries.map(({ id, name: who, phone, city, isStruck, changed }) =>
    [id, who, phone, city, isStruck ? 'yes' : '', String(changed)].map(quote).join(','),
  );
  return [`book,${quote(name)}`, COLUMNS, ...lines, ''].join('\n');
}

const quote = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

/** Null: it is no phone book. */
export function parseBook(text: string): Book | null {
  const [first, second, ...rows] = rowsOf(text);
  if (first?.[0] !== 'book' || second?.join(',') !== COLUMNS) return null;
  const entries = rows.filter((row) => row.length > 1).map(toEntry);
  return { name: first[1] ?? '', entries };
}

const toEntry = ([
  id = '',
  name = '',
  phone = '',
  city = '',
  struck = '',
  changed = '',
]: string[]) => ({
  id,
  name,
  phone,
  city,
  isStruck: struck !== '',
  changed: Number(changed),
});

/** https://www.rfc-editor.org/rfc/rfc4180: a quoted cell may hold commas, line ends, and doubled quotes. */
function rowsOf(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(
    /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g,
  )) {
    row.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

/** Above every other, also when the clock was set back. */
export const nextChange = ({ entries }: Book, now: number): number =>
  entries.reduce((newest, { changed }) => Math.max(newest, changed + 1), now);

/** A lock that its owner left behind. */
const STALE_MS = 30_000;

export const realFiles: Files = {
  read: (path) => readFile(path, 'utf8'),
  replace: async (path, text) => {
    const draft = `${path}.draft`;
    await writeFile(draft, text);
    const file = await open(draft);
    await file.sync();
    await file.close();
    await rename(draft, path);
  },
  lock: async (path) => {
    const lock = `${path}.lock`;
    try {
      await mkdir(lock);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const held = await stat(lock).catch(() => null);
    if (held !== null && Date.now() - held.mtimeMs > STALE_MS)
      await rmdir(lock).catch(() => undefined);
    return false;
  },
  unlock: (path) => rmdir(`${path}.lock`).catch(() => undefined),
};
