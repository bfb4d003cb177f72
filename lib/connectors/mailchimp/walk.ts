/**
 * Walking an audience by `last_changed` while it changes, pure.
 *
 * Mailchimp pages by offset over a live table, so an offset alone skips rows: a member that is edited
 * moves to the end and everybody behind it slides forward. This walk goes by key instead: after a full
 * page it asks for "since one second before the page's last row" and jumps, inside that second, to the
 * row it saw last, the *anchor*. If that is not on the page, rows before it have left: it steps back,
 * farther each time, until it finds the anchor or has come to the beginning of the second.
 *
 *   page 1   since –      offset 0      … 07 08 08 08*          * anchor, the third row of second 08
 *   page 2   since 07     offset 2      08* 08 08 09 …          what precedes it was seen
 *
 * Times are whole seconds of Mailchimp's clock; `since` leaves its own second out. A second is *settled*
 * when the call began two seconds after it: until then it may still receive rows, or a row already seen
 * may change once more without leaving it.
 */

export interface Walk {
  /** Null: from the beginning. */
  readonly since: number | null;
  readonly offset: number;
  /** The row expected at `offset` or later, seen already. Null when `offset` is 0. */
  readonly anchor: Row | null;
  /** The greatest second seen. */
  readonly newest: number | null;
  /** The lowest second that was read before it settled. */
  readonly unsettled: number | null;
  /** Steps back since the anchor was last found. */
  readonly slips: number;
  /** How often that led to the beginning of the second `since` stands before. */
  readonly rewinds: number;
}

export interface Row {
  readonly id: string;
  readonly second: number;
}

export interface PageSeen {
  readonly rows: readonly Row[];
  /** How many rows matched the query, on this page and off it. */
  readonly total: number;
  /** Seconds up to this one are settled. */
  readonly settledUpTo: number;
}

export interface Step {
  readonly walk: Walk;
  /** The rows from here on are new; the ones before were delivered by an earlier page. */
  readonly freshFrom: number;
  readonly isDone: boolean;
}

const SETTLE_SECONDS = 2;
/** A vendor that orders the rows of one second anew each time must not keep us in it for ever. */
const REWINDS_MAX = 5;
const STEP_BACK_ROWS = 16;

export const startWalk = (since: number | null): Walk => ({
  since,
  offset: 0,
  anchor: null,
  newest: null,
  unsettled: null,
  slips: 0,
  rewinds: 0,
});

export function stepWalk(walk: Walk, page: PageSeen): Step {
  const anchorAt = findAnchor(walk, page);
  const hasSlipped = walk.anchor !== null && walk.offset > 0 && anchorAt < 0;
  if (hasSlipped && walk.rewinds < REWINDS_MAX) {
    return { walk: stepBack(walk), freshFrom: page.rows.length, isDone: false };
  }
  const seen = { ...remember(walk, page), slips: 0 };
  const next = moveOn(seen, page);
  const isEnd = walk.offset + page.rows.length >= page.total || isSamePlace(walk, next);
  return { walk: isEnd ? seen : next, freshFrom: anchorAt + 1, isDone: isEnd };
}

/** The same row in the same second: one that was edited may come to stand here again by chance. */
function findAnchor({ anchor }: Walk, { rows }: PageSeen): number {
  if (anchor === null) return -1;
  return rows.findIndex(({ id, second }) => id === anchor.id && second === anchor.second);
}

function stepBack(walk: Walk): Walk {
  const offset = walk.offset - STEP_BACK_ROWS * 2 ** walk.slips;
  return offset > 0
    ? { ...walk, offset, slips: walk.slips + 1 }
    : { ...walk, offset: 0, anchor: null, slips: 0, rewinds: walk.rewinds + 1 };
}

/** A vendor who promises more rows than it gives must not keep us either. */
const isSamePlace = (walk: Walk, next: Walk): boolean =>
  next.since === walk.since && next.offset <= walk.offset;

/** The next page by key, or by offset as long as the second is the one the query starts with. */
function moveOn(walk: Walk, { rows }: PageSeen): Walk {
  const last = rows.at(-1);
  if (last === undefined) return walk;
  const before = last.second - 1;
  if (walk.since !== null && before <= walk.since) {
    return { ...walk, offset: walk.offset + rows.length - 1, anchor: last };
  }
  const ofLastSecond = rows.filter(({ second }) => second === last.second).length;
  return { ...walk, since: before, offset: ofLastSecond - 1, anchor: last, rewinds: 0 };
}

function remember(walk: Walk, page: PageSeen): Walk {
  const newest = page.rows.at(-1)?.second ?? null;
  const unsettled = page.rows.find(({ second }) => second > page.settledUpTo)?.second ?? null;
  return {
    ...walk,
    newest: maxOf(walk.newest, newest),
    unsettled: walk.unsettled ?? unsettled,
  };
}

/** The last settled second of a call. Without the vendor's clock the rows themselves must do. */
export function settledAt(vendorBeganAt: number | null, rows: readonly Row[]): number {
  if (vendorBeganAt !== null) return Math.floor(vendorBeganAt / 1000) - SETTLE_SECONDS;
  return (rows.at(-1)?.second ?? 0) - SETTLE_SECONDS;
}

/**
 * Where the changes of one listing (all members, or the archived ones) were last read up to.
 *
 * A row may become visible later than its time says. So ten minutes after the newest second moved, the
 * ten minutes before that reading are read once more; by then they are complete.
 */
export interface Watermark {
  /** The next walk delivers what changed after this second. Null: everything. */
  readonly since: number | null;
  /** The greatest second ever seen. */
  readonly newest: number | null;
  /** When to read again, from where, and what was the newest when this was planned. */
  readonly again: {
    readonly due: number;
    readonly since: number;
    readonly newest: number | null;
  } | null;
}

const LATE_SECONDS = 600;

/** The watermark after a finished walk. `now` is Mailchimp's clock in seconds, null if it did not say. */
export function finishWalk(before: Watermark, walk: Walk, now: number | null): Watermark {
  const newest = maxOf(before.newest, walk.newest);
  const since = walk.unsettled === null ? (walk.newest ?? before.since) : walk.unsettled - 1;
  return planAgain({ since, newest, again: before.again }, before.newest, now);
}

/** The watermark of "now", before anything was read: later changes will be delivered. */
export function watermarkAt(
  newest: number | null,
  settledUpTo: number,
  now: number | null,
): Watermark {
  const isSettled = newest === null || newest <= settledUpTo;
  const since = isSettled ? newest : newest - 1;
  return planAgain({ since, newest, again: null }, null, now);
}

function planAgain(mark: Watermark, newestBefore: number | null, now: number | null): Watermark {
  if (now === null) return mark;
  const plan = { due: now + LATE_SECONDS, since: now - LATE_SECONDS, newest: mark.newest };
  if (mark.again === null) {
    return isAfter(mark.newest, newestBefore) ? { ...mark, again: plan } : mark;
  }
  if (now < mark.again.due) return mark;
  const since = mark.since === null ? null : Math.min(mark.since, mark.again.since);
  const hasMoved = isAfter(mark.newest, mark.again.newest);
  return { ...mark, since, again: hasMoved ? plan : null };
}

const isAfter = (a: number | null, b: number | null): boolean =>
  a !== null && (b === null || a > b);

const maxOf = (a: number | null, b: number | null): number | null => (isAfter(b, a) ? b : a);
