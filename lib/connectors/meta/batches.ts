/**
 * How many rows go in one call, and how the bad ones among them are found. Pure.
 *
 * A call is worth the same however many rows it carries, so calls are full. Meta answers "some entries were
 * invalid", not which, and the others have taken effect; so the rows are sent again in halves, until what fails
 * is one row. Sending a good row twice does no harm.
 */

/** https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences */
export const ROWS_MAX = 10_000;

/** As few calls as there can be, all but the last one full. */
export function fillCalls<T>(
  rows: readonly T[],
  rowsMax: number = ROWS_MAX,
): readonly (readonly T[])[] {
  const calls = Math.ceil(rows.length / rowsMax);
  return Array.from({ length: calls }, (_, index) =>
    rows.slice(index * rowsMax, (index + 1) * rowsMax),
  );
}

/** Rows among which bad ones are looked for. */
interface Part<T> {
  readonly rows: readonly T[];
  /** There is a bad row in it; it need not be sent as a whole to know that. */
  readonly isSuspect: boolean;
  /** The part below it is its other half: of the two at least one is bad. */
  readonly hasTwin: boolean;
}

/** A search under way. Every step gives a new one. */
export interface Search<T> {
  /** Not decided yet, the next one last. */
  readonly open: readonly Part<T>[];
  /** Sent alone and found invalid. */
  readonly bad: readonly T[];
  readonly callsLeft: number;
}

/**
 * `rows`: those of a call that was found to have bad ones. `callsMax`: what the search may cost; one bad row
 * among 10,000 costs 14 to 28 calls.
 */
export function openSearch<T>(rows: readonly T[], callsMax: number): Search<T> {
  if (rows.length === 1) return { open: [], bad: rows, callsLeft: callsMax };
  const whole = { rows, isSuspect: true, hasTwin: false };
  return divide({ open: [whole], bad: [], callsLeft: callsMax });
}

/** The rows to send next; null: all is decided, or the calls are used up. */
export function nextCall<T>(search: Search<T>): readonly T[] | null {
  return search.callsLeft > 0 ? (search.open.at(-1)?.rows ?? null) : null;
}

/**
 * The answer to `nextCall`. `clean`: no entry was invalid. `dirty`: some were, or the call was refused for what
 * is in it. How many is not asked, for Meta's number is not exact; so only a row that was sent alone is bad.
 */
export function noteAnswer<T>(search: Search<T>, answer: 'clean' | 'dirty'): Search<T> {
  const part = search.open.at(-1);
  if (part === undefined) throw new Error('noteAnswer(): nothing was sent');
  const rest = { ...search, open: search.open.slice(0, -1), callsLeft: search.callsLeft - 1 };
  if (answer === 'clean') return part.hasTwin ? divide(blameTop(rest)) : divide(rest);
  if (part.rows.length === 1) return divide({ ...rest, bad: [...rest.bad, ...part.rows] });
  const dirty = { ...part, isSuspect: true, hasTwin: false };
  return divide({ ...rest, open: [...rest.open, dirty] });
}

function blameTop<T>(search: Search<T>): Search<T> {
  const open = search.open.map((part, index) =>
    index === search.open.length - 1 ? { ...part, isSuspect: true } : part,
  );
  return { ...search, open };
}

/** A suspect of several rows is replaced by its halves. */
function divide<T>(search: Search<T>): Search<T> {
  const part = search.open.at(-1);
  if (part === undefined || !part.isSuspect || part.rows.length === 1) return search;
  const middle = Math.ceil(part.rows.length / 2);
  const [first, second] = [part.rows.slice(0, middle), part.rows.slice(middle)];
  const halves = [
    { rows: second, isSuspect: false, hasTwin: false },
    { rows: first, isSuspect: false, hasTwin: true },
  ];
  return { ...search, open: [...search.open.slice(0, -1), ...halves] };
}

export interface Found<T> {
  readonly bad: readonly T[];
  /** The calls were used up before these were decided. */
  readonly undecided: readonly T[];
}

export function foundSoFar<T>({ open, bad }: Search<T>): Found<T> {
  return { bad, undecided: open.toReversed().flatMap(({ rows }) => rows) };
}
