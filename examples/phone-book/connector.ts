/**
 * A connector from outside Trivet: a phone book in a CSV file as an app of a sync. All of it is in this folder; a
 * configuration that imports it brings it along into the functions' bundles.
 */
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import {
  ownApp,
  type AppCommand,
  type AppConfig,
  type AppObservation,
  type AppOutcome,
  type AppReplica,
  type Budget,
  type Capabilities,
  type Clock,
  type Connector,
  type ConnectorOptions,
  type FetchTarget,
  type Halted,
  type Json,
  type Outcome,
  type PullPage,
  type RemoteId,
  type Retry,
} from 'trivet';
import { formatBook, parseBook, realFiles, type Book, type Files } from './book.ts';
import { MATCH_PATH, normalPhone, observe, PATHS, runCommand } from './commands.ts';
import { halted, judgeError, retry } from './failures.ts';

export const PHONE_BOOK_CAPABILITIES: Capabilities = {
  delta: 'time',
  versions: true,
  longestCallMs: 5000,
  connectionsMax: 8,
};

/** Entries to a page, and changes to one writing of the file, so that nobody waits long for the lock. */
export const ROWS_MAX = 200;
const LOCK_PAUSE_MS = 20;
/** A lock that is held for so long is somebody's for longer than we wait. */
const LOCK_TRIES_MAX = 100;
/** With less left, nothing is begun. */
const SHORTEST_MS = 100;

/** `phoneBook({ book: 'office', secret: 'phone-book' })`, where the secret holds `{ "path": "…/book.csv" }`. */
export const phoneBook = (options: { readonly book: string; readonly secret: string }): AppConfig =>
  ownApp({
    connector: phoneBookConnector,
    secret: options.secret,
    options: { book: options.book },
  });

const bookOf = ({ book }: ConnectorOptions): string => (typeof book === 'string' ? book : '');

export const phoneBookConnector: Connector = {
  name: 'the phone book',
  capabilities: PHONE_BOOK_CAPABILITIES,
  paths: PATHS,
  matchPaths: [MATCH_PATH],
  checkField: (path, type) => {
    if (!PATHS.some((known) => known === path)) {
      return `a phone book has no “${path}”; there is ${PATHS.join(', ')}`;
    }
    return type === 'text' || (path === 'phone' && type === 'phone')
      ? null
      : `a phone book keeps ${path} as text; use text()${path === 'phone' ? ' or phone()' : ''}`;
  },
  checkOptions: (options) =>
    bookOf(options) === ''
      ? { option: 'book', remedy: 'name the book as its first line does' }
      : null,
  objectOf: bookOf,
  replica: ({ options, secret, clock }) => {
    const { path } = (secret ?? {}) as { readonly path?: unknown };
    if (typeof path !== 'string') {
      return halted('The phone book’s secret must be JSON: { "path": "…/book.csv" }.');
    }
    return { kind: 'ok', value: createPhoneBook({ book: bookOf(options), path, clock }) };
  },
  secretFromVariables: (read) => {
    const path = read('PHONE_BOOK_PATH');
    // Said from where the command is given; what opens the book runs elsewhere.
    return path === undefined ? 'PHONE_BOOK_PATH' : { path: resolve(path) };
  },
};

export interface PhoneBookSetup {
  /** Which book it must be. */
  readonly book: string;
  readonly path: string;
  readonly clock: Clock;
  /** @default the file system's */
  readonly files?: Files;
}

type Failed = Halted | Retry;
type Opened = { readonly kind: 'ok'; readonly value: Book } | Failed;

export function createPhoneBook(setup: PhoneBookSetup): AppReplica {
  return {
    object: setup.book,
    capabilities: PHONE_BOOK_CAPABILITIES,
    identify: async (budget) =>
      withBook(setup, budget, () => ({ account: 'phone book', object: setup.book })),
    present: async (budget) => withBook(setup, budget, (book) => ({ after: newest(book) })),
    pull: (cursor, budget) => readPage(setup, cursor, budget),
    list: (cursor, budget) => readPage(setup, cursor ?? { after: 0 }, budget),
    size: (budget) => withBook(setup, budget, ({ entries }) => entries.length),
    orderOf: afterOf,
    fetch: (targets, budget) => fetchEntries(setup, targets, budget),
    push: (commands, budget) => pushCommands(setup, commands, budget),
  };
}

const newest = ({ entries }: Book): number =>
  entries.reduce((most, { changed }) => Math.max(most, changed), 0);

const afterOf = (cursor: Json): number => Number((cursor as { readonly after: number }).after);

/** In the order of change: who changes meanwhile moves to the end, and is seen there. */
function readPage(setup: PhoneBookSetup, cursor: Json, budget: Budget): Promise<Outcome<PullPage>> {
  const beganAt = setup.clock.now();
  const after = afterOf(cursor);
  return withBook(setup, budget, ({ entries }) => {
    const later = entries
      .filter(({ changed }) => changed > after)
      .toSorted((one, other) => one.changed - other.changed);
    const page = later.slice(0, ROWS_MAX);
    return {
      observations: page.map((entry) => observe(entry, beganAt)),
      cursor: { after: page.at(-1)?.changed ?? after },
      done: page.length === later.length,
    };
  });
}

async function fetchEntries(
  setup: PhoneBookSetup,
  targets: readonly FetchTarget[],
  budget: Budget,
): Promise<readonly Outcome<AppObservation>[]> {
  const beganAt = setup.clock.now();
  const opened = await openBook(setup, budget, false);
  if (opened.kind !== 'ok') return targets.map(() => opened);
  const { entries } = opened.value;
  return targets.map(({ remoteId, match }) => {
    const entry = entries.find(({ id, phone }) =>
      remoteId === null
        ? match !== null && normalPhone(phone) === normalPhone(match)
        : id === remoteId,
    );
    const value = entry === undefined ? absent(remoteId, beganAt) : observe(entry, beganAt);
    return { kind: 'ok', value };
  });
}

const absent = (remoteId: RemoteId | null, beganAt: number): AppObservation => ({
  remoteId,
  existence: 'absent',
  raw: {},
  version: null,
  optInAt: null,
  beganAt,
});

async function pushCommands(
  setup: PhoneBookSetup,
  commands: readonly AppCommand[],
  budget: Budget,
): Promise<readonly AppOutcome[]> {
  const outcomes: AppOutcome[] = [];
  for (let at = 0; at < commands.length; at += ROWS_MAX) {
    const chunk = commands.slice(at, at + ROWS_MAX);
    const ends = await writeChunk(setup, chunk, budget);
    if (!('kind' in ends)) {
      outcomes.push(...ends);
      continue;
    }
    // What was not tried was surely not done.
    const untried: Failed = ends.kind === 'retry' ? { ...ends, ambiguous: false } : ends;
    const rest = commands.slice(at + chunk.length).map(() => untried);
    return [...outcomes, ...chunk.map(() => ends), ...rest];
  }
  return outcomes;
}

/** One writing of the file. A failure is everybody's: the file was written as a whole or not at all. */
async function writeChunk(
  { clock, path, ...setup }: PhoneBookSetup,
  commands: readonly AppCommand[],
  budget: Budget,
): Promise<readonly AppOutcome[] | Failed> {
  const files = setup.files ?? realFiles;
  const locked = await takeLock(files, path, clock, budget);
  if (locked !== null) return locked;
  try {
    const opened = await openBook({ ...setup, clock, path }, budget, true);
    if (opened.kind !== 'ok') return opened;
    const { book, outcomes } = runAll(opened.value, commands, clock.now());
    if (book !== opened.value) await files.replace(path, formatBook(book));
    return outcomes;
  } catch (error) {
    return judgeError(error, true);
  } finally {
    await files.unlock(path);
  }
}

/** The commands of a record in order; after one that was not applied the rest of its record waits. */
function runAll(
  before: Book,
  commands: readonly AppCommand[],
  now: number,
): { readonly book: Book; readonly outcomes: readonly AppOutcome[] } {
  const troubled = new Set<string>();
  let book = before;
  const outcomes = commands.map((command): AppOutcome => {
    if (troubled.has(command.key)) {
      return retry('budget', 'An earlier command of this record was not applied.');
    }
    const written = runCommand(book, command, { now, newId: randomUUID });
    ({ book } = written);
    if (written.outcome.kind !== 'applied') troubled.add(command.key);
    return written.outcome;
  });
  return { book, outcomes };
}

async function takeLock(
  files: Files,
  path: string,
  clock: Clock,
  budget: Budget,
): Promise<Failed | null> {
  try {
    for (let tries = 0; tries < LOCK_TRIES_MAX; tries += 1) {
      if (budget.remainingMs() < SHORTEST_MS) return noTime();
      if (await files.lock(path)) return null;
      await clock.sleep(LOCK_PAUSE_MS);
    }
    return retry('app', 'Somebody else is writing in the phone book.');
  } catch (error) {
    return judgeError(error, false);
  }
}

const noTime = (): Retry => retry('budget', 'No time was left to open the phone book.');

async function withBook<T>(
  setup: PhoneBookSetup,
  budget: Budget,
  read: (book: Book) => T,
): Promise<Outcome<T>> {
  const opened = await openBook(setup, budget, false);
  return opened.kind === 'ok' ? { kind: 'ok', value: read(opened.value) } : opened;
}

async function openBook(
  { book: wanted, path, files = realFiles }: PhoneBookSetup,
  budget: Budget,
  isLocked: boolean,
): Promise<Opened> {
  if (!isLocked && budget.remainingMs() < SHORTEST_MS) return noTime();
  try {
    const book = parseBook(await files.read(path));
    if (book === null)
      return halted('The file is no phone book: it must begin with "book,<name>".');
    if (book.name !== wanted)
      return halted(`The file is the phone book "${book.name}", not "${wanted}".`);
    return { kind: 'ok', value: book };
  } catch (error) {
    return judgeError(error, false);
  }
}
