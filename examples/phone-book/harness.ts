/** The phone book before the conformance suite. The file is the app; troubles stand between it and the connector. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  lacks,
  type Harness,
  type Held,
  type People,
  type Stage,
  type Trouble,
} from 'trivet/conformance';
import { phone, text, type RemoteId } from 'trivet';
import { formatBook, nextChange, parseBook, realFiles, type Book, type Entry } from './book.ts';
import { observe, textsOf } from './commands.ts';
import { createPhoneBook, PHONE_BOOK_CAPABILITIES, ROWS_MAX } from './connector.ts';
import { createTroubledFiles } from './troubled-files.ts';

const NAME = 'office';
const A_FILE = 'a file answers or fails; it has no HTTP';

export const harness: Harness = {
  name: 'phone book',
  capabilities: PHONE_BOOK_CAPABILITIES,
  types: { name: text(), phone: phone(), city: text() },
  matchPath: 'phone',
  oneRecordPer: 'match',
  person: (n) => ({ name: `Person, no. ${n}`, phone: `+1202555${1000 + n}`, city: `"Town" ${n}` }),
  changed: (n) => ({ city: `Moved ${n}`, name: `Renamed ${n}` }),
  rename: (n) => `+1202556${1000 + n}`,
  archive: 'archived',
  delete: 'absent',
  revive: true,
  removal: true,
  tag: lacks('a phone book has no tags'),
  refused: () => ({ fields: { name: null }, path: 'name' }),
  samples: { city: ['Zürich', 'a,b', '"quoted"', 'two\nlines', '李', null] },
  limits: {
    rowsPerWrite: ROWS_MAX,
    rowsPerPage: ROWS_MAX,
    calls: lacks('a file may be opened as often as one likes'),
  },
  webhook: lacks('a file rings nobody'),
  troubles: {
    '401': lacks('a file asks for no credentials'),
    '409': lacks(A_FILE),
    '503': lacks(A_FILE),
    'html-502': lacks(A_FILE),
    'timeout-before': lacks(A_FILE),
    unreachable: lacks('a file that cannot be reached is not there, which is 404'),
  },
  shortBudgetMs: 1000,
  open: openStage,
};

async function openStage(): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'phone-book-'));
  const path = join(folder, 'book.csv');
  const clock = { offsetMs: 0, now: () => Date.now() + clock.offsetMs };
  const files = createTroubledFiles();
  await save({ name: NAME, entries: [] });
  async function load(): Promise<Book> {
    const book = parseBook(await realFiles.read(path));
    if (book === null) throw new Error('the phone book cannot be read');
    return book;
  }
  function save(book: Book): Promise<void> {
    return realFiles.replace(path, formatBook(book));
  }
  return {
    connect: () =>
      createPhoneBook({
        book: NAME,
        path,
        files,
        clock: { now: Date.now, sleep: (ms) => sleep(ms) },
      }),
    held: async () => (await load()).entries.map(toHeld),
    people: createPeople(load, save, clock.now),
    trouble: async (trouble: Trouble) => files.arm(trouble),
    calm: async () => files.calm(),
    slow: async (ms) => files.slow(ms),
    usage: async () => files.usage(),
    now: Date.now,
    pass: (ms) => {
      clock.offsetMs += ms;
    },
    secrets: [path],
    stop: () => rm(folder, { recursive: true }),
  };
}

function toHeld(entry: Entry): Held {
  const { raw, existence } = observe(entry, 0);
  return { remoteId: entry.id as RemoteId, existence, raw };
}

function createPeople(
  load: () => Promise<Book>,
  save: (book: Book) => Promise<void>,
  now: () => number,
): People {
  return {
    add: async (people) => {
      let book = await load();
      const ids = people.map((fields, n) => {
        const changed = nextChange(book, now());
        const id = `by-hand-${changed}-${n}`;
        const texts = { name: '', phone: '', city: '', ...textsOf(fields) };
        book = { ...book, entries: [...book.entries, { id, ...texts, isStruck: false, changed }] };
        return id as RemoteId;
      });
      await save(book);
      return ids;
    },
    edit: async (who, fields) => {
      const book = await load();
      const changed = nextChange(book, now());
      const entries = book.entries.map((entry) =>
        entry.id === who ? { ...entry, ...(fields as Partial<Entry>), changed } : entry,
      );
      await save({ ...book, entries });
    },
    remove: async (who) => {
      const book = await load();
      await save({ ...book, entries: book.entries.filter(({ id }) => id !== who) });
    },
  };
}
