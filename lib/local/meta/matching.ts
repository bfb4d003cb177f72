/**
 * From rows to people. The vendor remembers for 90 days what an EXTERN_ID was sent with, within the ad account;
 * so long a row may name a person by it alone. Afterwards such a row finds nobody, and nothing says so.
 * https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences
 */
import { deriveId } from '../simulation/random.ts';
import type { Book } from './book.ts';
import type { Entry, Extern, Identifiers } from './model.ts';
import type { UploadRow } from './payload.ts';

const externMs = 90 * 24 * 3_600_000;

export type ExternLookup = (externId: string) => Extern | null;

export interface Arrivals {
  readonly added: readonly Entry[];
  readonly externs: readonly Extern[];
  /** Rows that mean somebody. */
  readonly matched: number;
}

/** People to put into an audience; who is in already under the same identifiers is not added again. */
export function planArrivals(
  rows: readonly UploadRow[],
  book: Book,
  lookup: ExternLookup,
  now: number,
): Arrivals {
  const added = new Map<string, Entry>();
  const externs = new Map<string, Extern>();
  let matched = 0;
  for (const row of rows) {
    const identifiers = arriving(row.identifiers, lookup, now);
    if (identifiers === null) continue;
    matched += 1;
    const entry = { id: entryId(identifiers), identifiers, dataProcessing: row.dataProcessing };
    if (!isSame(book.find(entry.id), entry)) added.set(entry.id, entry);
    const extern = learn(row.identifiers, now);
    if (extern !== null) externs.set(extern.externId, extern);
  }
  return { added: [...added.values()], externs: [...externs.values()], matched };
}

export interface Departures {
  readonly removed: readonly string[];
  readonly matched: number;
}

export function planDepartures(
  rows: readonly UploadRow[],
  book: Book,
  lookup: ExternLookup,
  now: number,
): Departures {
  const removed = new Set<string>();
  let matched = 0;
  for (const row of rows) {
    const identifiers = leaving(row.identifiers, lookup, now);
    const entries = identifiers === null ? [] : book.match(identifiers);
    if (entries.length > 0) matched += 1;
    for (const { id } of entries) removed.add(id);
  }
  return { removed: [...removed], matched };
}

/** Whom a row puts in; null: nobody, for all it says is an id that is not known, or not any more. */
function arriving(given: Identifiers, lookup: ExternLookup, now: number): Identifiers | null {
  const { EXTERN_ID: externId, ...own } = given;
  if (externId === undefined || Object.keys(own).length > 0) return given;
  const known = freshExtern(externId, lookup, now);
  return known === null ? null : { ...known.identifiers, EXTERN_ID: externId };
}

/** Whom a row takes out. */
function leaving(given: Identifiers, lookup: ExternLookup, now: number): Identifiers | null {
  const { EXTERN_ID: externId, ...own } = given;
  if (externId === undefined) return given;
  const known = freshExtern(externId, lookup, now);
  if (known !== null)
    return Object.keys(own).length > 0 ? given : { ...known.identifiers, ...given };
  return Object.keys(own).length > 0 ? own : null;
}

function freshExtern(externId: string, lookup: ExternLookup, now: number): Extern | null {
  const known = lookup(externId);
  return known !== null && now - known.sentAt <= externMs ? known : null;
}

function learn({ EXTERN_ID: externId, ...identifiers }: Identifiers, now: number): Extern | null {
  if (externId === undefined || Object.keys(identifiers).length === 0) return null;
  return { externId, identifiers, sentAt: now };
}

function entryId(identifiers: Identifiers): string {
  const parts = Object.entries(identifiers).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return deriveId(parts.flat(), 24);
}

function isSame(known: Entry | null, entry: Entry): boolean {
  return (
    known !== null && JSON.stringify(known.dataProcessing) === JSON.stringify(entry.dataProcessing)
  );
}
