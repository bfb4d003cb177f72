/**
 * Who is in one audience. The vendor finds people by their identifiers and keeps the people; so a row to be
 * removed takes out everybody who shares an e-mail address, phone number, device or external id with it,
 * however many rows had brought them in. A row that has none of these means whoever equals it in all it has.
 */
import type { Entry, Identifiers } from './model.ts';

/** Identifiers that tell one person from all others. */
const telling = ['EXTERN_ID', 'EMAIL', 'PHONE', 'MADID', 'APPUID', 'PAGEUID'];

export interface Book {
  readonly size: () => number;
  readonly entries: () => IterableIterator<Entry>;
  readonly find: (id: string) => Entry | null;
  /** Whom a row means. */
  readonly match: (identifiers: Identifiers) => readonly Entry[];
  readonly put: (entry: Entry) => void;
  readonly drop: (id: string) => void;
}

export function createBook(): Book {
  const byId = new Map<string, Entry>();
  const byMark = createMarks();
  return {
    size: () => byId.size,
    entries: () => byId.values(),
    find: (id) => byId.get(id) ?? null,
    match: (identifiers) => {
      const marks = marksOf(identifiers);
      if (marks.length === 0) return [...byId.values()].filter(isLike(identifiers));
      const ids = new Set(marks.flatMap(byMark.idsOf));
      return [...ids].flatMap((id) => byId.get(id) ?? []);
    },
    put: (entry) => {
      byId.set(entry.id, entry);
      for (const mark of marksOf(entry.identifiers)) byMark.add(mark, entry.id);
    },
    drop: (id) => {
      const entry = byId.get(id);
      if (entry === undefined) return;
      byId.delete(id);
      for (const mark of marksOf(entry.identifiers)) byMark.remove(mark, id);
    },
  };
}

interface Marks {
  readonly idsOf: (mark: string) => readonly string[];
  readonly add: (mark: string, id: string) => void;
  readonly remove: (mark: string, id: string) => void;
}

/** Which entries bear a mark. Nearly always it is one, and a million sets of one would fill the memory. */
function createMarks(): Marks {
  const byMark = new Map<string, string | readonly string[]>();
  const idsOf = (mark: string): readonly string[] => {
    const ids = byMark.get(mark) ?? [];
    return typeof ids === 'string' ? [ids] : ids;
  };
  return {
    idsOf,
    add: (mark, id) => {
      const ids = idsOf(mark);
      if (ids.length === 0) byMark.set(mark, id);
      else if (!ids.includes(id)) byMark.set(mark, [...ids, id]);
    },
    remove: (mark, id) => {
      const left = idsOf(mark).filter((each) => each !== id);
      if (left.length > 0) byMark.set(mark, left);
      else byMark.delete(mark);
    },
  };
}

function marksOf(identifiers: Identifiers): readonly string[] {
  return telling.flatMap((key) => {
    const value = identifiers[key];
    return value === undefined ? [] : [`${key}=${value}`];
  });
}

function isLike(identifiers: Identifiers): (entry: Entry) => boolean {
  const wanted = Object.entries(identifiers);
  return (entry) => wanted.every(([key, value]) => entry.identifiers[key] === value);
}
