/**
 * Members in the order they last changed: (second, then sequence). An append-only list with stale entries
 * left in place: a change is one push, and a walk is one binary search and one pass. Clocks usually go
 * forward, so sorting is the exception.
 */
import type { Member } from './model.ts';

export interface ChangeOrder {
  note(member: Member): void;
  /** Current members with `after < changedAt < before`, oldest change first. */
  between(after: number | null, before: number | null): Member[];
}

export function createChangeOrder(isCurrent: (member: Member) => boolean): ChangeOrder {
  let entries: Member[] = [];
  let isSorted = true;

  const note = (member: Member): void => {
    const last = entries.at(-1);
    if (last !== undefined && compareChange(last, member) > 0) isSorted = false;
    entries.push(member);
  };

  const tidy = (): void => {
    if (!isSorted) {
      entries = entries.filter(isCurrent).toSorted(compareChange);
      isSorted = true;
    }
  };

  const between = (after: number | null, before: number | null): Member[] => {
    tidy();
    const begin = after === null ? 0 : firstIndex(entries, (at) => at > after);
    const end = before === null ? entries.length : firstIndex(entries, (at) => at >= before);
    const found = entries.slice(begin, end).filter(isCurrent);
    // A full walk that met mostly stale entries pays for the next one.
    if (begin === 0 && end === entries.length && found.length * 2 < end) entries = found.slice();
    return found;
  };

  return { note, between };
}

function compareChange(left: Member, right: Member): number {
  return left.changedAt - right.changedAt || left.changeSeq - right.changeSeq;
}

/** The first entry whose time satisfies a condition that holds for all later ones. */
function firstIndex(entries: readonly Member[], isPast: (changedAt: number) => boolean): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isPast(entries[middle]?.changedAt ?? 0)) high = middle;
    else low = middle + 1;
  }
  return low;
}
