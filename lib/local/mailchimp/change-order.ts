/**
 * Members in the order they last changed: (second, then sequence). An append-only list in which a member's
 * earlier place becomes a hole: a change is one push, a walk one binary search and one pass. Clocks usually go
 * forward, so sorting is the exception.
 */
import type { Member } from './model.ts';

/** A stretch of a list; holes are members who have moved on. */
export interface Stretch {
  readonly entries: readonly (Member | null)[];
  readonly begin: number;
  readonly end: number;
}

export interface ChangeOrder {
  note(member: Member): void;
  forget(contactId: string): void;
  /** Members with `after < changedAt < before`, oldest change first. */
  between(after: number | null, before: number | null): Stretch;
}

export function createChangeOrder(): ChangeOrder {
  let entries: (Member | null)[] = [];
  /** The time of each entry, kept for holes too so that the search always has something to compare. */
  let times: number[] = [];
  let holes = 0;
  let isSorted = true;
  let last: Member | null = null;
  const places = new Map<string, number>();

  const forget = (contactId: string): void => {
    const place = places.get(contactId);
    if (place === undefined) return;
    entries[place] = null;
    holes += 1;
    places.delete(contactId);
  };

  const push = (member: Member): void => {
    places.set(member.contactId, entries.length);
    entries.push(member);
    times.push(member.changedAt);
    last = member;
  };

  const rebuild = (): void => {
    const members = entries.filter((entry) => entry !== null).toSorted(compareChange);
    entries = [];
    times = [];
    holes = 0;
    isSorted = true;
    for (const member of members) push(member);
  };

  return {
    note: (member) => {
      forget(member.contactId);
      if (last !== null && compareChange(last, member) > 0) isSorted = false;
      push(member);
    },
    forget,
    between: (after, before) => {
      if (!isSorted || holes > places.size) rebuild();
      const begin = after === null ? 0 : firstIndex(times, (at) => at > after);
      const end = before === null ? times.length : firstIndex(times, (at) => at >= before);
      return { entries, begin, end };
    },
  };
}

function compareChange(left: Member, right: Member): number {
  return left.changedAt - right.changedAt || left.changeSeq - right.changeSeq;
}

/** The first time that satisfies a condition which holds for all later ones. */
function firstIndex(times: readonly number[], isPast: (at: number) => boolean): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isPast(times[middle] ?? 0)) high = middle;
    else low = middle + 1;
  }
  return low;
}
