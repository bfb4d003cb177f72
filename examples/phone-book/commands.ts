/** What each command makes of the book. Pure: a book in, a book and an outcome out. */
import type { AppCommand, AppObservation, AppOutcome, Json, RemoteId, Value } from 'trivet';
import { nextChange, type Book, type Entry } from './book.ts';
import { retry } from './failures.ts';

export const MATCH_PATH = 'phone';
export const PATHS = ['name', 'phone', 'city'] as const;
type Path = (typeof PATHS)[number];

export interface Moment {
  readonly now: number;
  /** For a new entry. */
  readonly newId: () => string;
}

export interface Written {
  readonly book: Book;
  readonly outcome: AppOutcome;
}

export function runCommand(book: Book, command: AppCommand, moment: Moment): Written {
  if (command.kind === 'create') return create(book, command.fields, moment);
  const entry = book.entries.find(({ id }) => id === command.remoteId);
  if (entry === undefined) return left(book, { kind: 'gone', reason: 'The entry is not there.' });
  switch (command.kind) {
    case 'update':
      return put(book, entry, textsOf(command.fields), moment);
    case 'rename':
      return isTaken(book, command.to, entry)
        ? left(book, { kind: 'exists', reason: 'Another entry has this number.' })
        : put(book, entry, { phone: command.to }, moment);
    case 'archive':
      return put(book, entry, { isStruck: true }, moment);
    case 'revive':
      return entry.isStruck
        ? put(book, entry, { ...textsOf(command.fields), isStruck: false }, moment)
        : left(book, retry('record', 'The entry is not struck out any more.'));
    case 'delete':
      return {
        book: { ...book, entries: book.entries.filter((each) => each !== entry) },
        outcome: { kind: 'applied', observed: null, beganAt: moment.now },
      };
    case 'consent':
    case 'tags':
      return left(book, rejected(`A phone book has no ${command.kind}.`, command.path));
  }
}

function create(book: Book, fields: Readonly<Record<string, Value>>, moment: Moment): Written {
  const texts = textsOf(fields);
  if (texts.phone === undefined || texts.phone === '') {
    return left(book, rejected('An entry needs a number.', 'phone'));
  }
  if (isTaken(book, texts.phone, null)) {
    return left(book, { kind: 'exists', reason: 'An entry has this number already.' });
  }
  const blank = { id: moment.newId(), name: '', phone: '', city: '', isStruck: false, changed: 0 };
  const written = put({ ...book, entries: [...book.entries, blank] }, blank, texts, moment);
  return written.outcome.kind === 'applied' ? written : left(book, written.outcome);
}

function put(book: Book, entry: Entry, change: Partial<Entry>, moment: Moment): Written {
  if (change.name === '') return left(book, rejected('An entry needs a name.', 'name'));
  const wanted = { ...entry, ...change };
  const isSame = JSON.stringify(wanted) === JSON.stringify(entry);
  const after = isSame ? entry : { ...wanted, changed: nextChange(book, moment.now) };
  const entries = book.entries.map((each) => (each === entry ? after : each));
  const observed = observe(after, moment.now);
  return {
    book: { ...book, entries },
    outcome: { kind: 'applied', observed, beganAt: moment.now },
  };
}

const left = (book: Book, outcome: AppOutcome): Written => ({ book, outcome });

const rejected = (reason: string, path: string): AppOutcome => ({ kind: 'rejected', reason, path });

export function textsOf(fields: Readonly<Record<string, Value>>): Partial<Record<Path, string>> {
  const known = PATHS.filter((path) => path in fields);
  return Object.fromEntries(
    known.map((path) => [path, typeof fields[path] === 'string' ? fields[path] : '']),
  );
}

function isTaken({ entries }: Book, phone: string, but: Entry | null): boolean {
  return entries.some((entry) => entry !== but && normalPhone(entry.phone) === normalPhone(phone));
}

/** People write numbers with blanks and brackets. */
export const normalPhone = (phone: string): string => phone.replaceAll(/[^+\d]/g, '');

export function observe(entry: Entry, beganAt: number): AppObservation {
  const raw = PATHS.map((path): [string, Json] => [path, entry[path] === '' ? null : entry[path]]);
  return {
    remoteId: entry.id as RemoteId,
    existence: entry.isStruck ? 'archived' : 'present',
    raw: Object.fromEntries(raw),
    version: entry.changed,
    optInAt: null,
    beganAt,
  };
}
