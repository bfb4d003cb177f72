/**
 * The functions a user writes, and the row they are shown. They are somebody else's code: what they throw is a
 * reason, and a column that was never read is said to be missing instead of looking empty.
 */
import type { IncludeRow } from '../config/model.ts';
import type { ComputeValue } from '../engine/model.ts';
import type { Json } from '../engine/value.ts';

export type Raw =
  | { readonly ok: true; readonly raw: Json }
  | { readonly ok: false; readonly reason: string };

type Row = Readonly<Record<string, Json>>;

/** `undefined` would make a filter say no to everybody, and who leaves the filter is taken out of the app. */
export const rowForFunctions = (columns: Row): Row => new Proxy(columns, READ_COLUMNS_ONLY);

const READ_COLUMNS_ONLY: ProxyHandler<Row> = {
  get(columns, name) {
    if (typeof name !== 'string' || name in columns) return frozen(columns[name as string]);
    // Asked by JSON.stringify and by whoever awaits a value.
    if (name === 'toJSON' || name === 'then') return undefined;
    throw new Error(`“${name}” is not read: map the column, or name it in reads`);
  },
  set: () => false,
  defineProperty: () => false,
  deleteProperty: () => false,
};

/** A function that sorts a list where it stands would change what is compared and written. */
function frozen(value: Json | undefined): Json | undefined {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.values(value).forEach(frozen);
  return Object.freeze(value);
}

export type FilterAnswer =
  | { readonly ok: true; readonly isIncluded: boolean }
  | { readonly ok: false; readonly reason: string };

const OF_FILTER = 'the filter';

/** Whether a record stands still because the filter could not answer. */
export const isOfFilter = (reason: string): boolean => reason.startsWith(`${OF_FILTER} `);

/** A promise would be a yes for everybody. */
export function askFilter(include: IncludeRow, row: Row): FilterAnswer {
  try {
    const answer: unknown = include(row);
    return isPromise(answer)
      ? { ok: false, reason: `${OF_FILTER} gave a promise, which is no answer` }
      : { ok: true, isIncluded: Boolean(answer) };
  } catch (error) {
    return { ok: false, reason: `${OF_FILTER} failed: ${wordsOf(error)}` };
  }
}

/** Nobody waits for it, and what it is rejected with would end the process. */
function isPromise(answer: unknown): boolean {
  if (!(answer instanceof Promise)) return false;
  answer.catch(() => undefined);
  return true;
}

/** Total. What is no JSON (a promise above all: a function must answer at once) cannot be used. */
export function computeValue(compute: ComputeValue, row: Row): Raw {
  try {
    const made: unknown = compute(row);
    const raw = jsonOf(made);
    return raw === undefined
      ? { ok: false, reason: `its function gave ${describe(made)}, which is no value` }
      : { ok: true, raw };
  } catch (error) {
    return { ok: false, reason: `its function failed: ${wordsOf(error)}` };
  }
}

function jsonOf(made: unknown): Json | undefined {
  if (made === undefined || made === null) return null;
  if (typeof made === 'string' || typeof made === 'boolean') return made;
  if (typeof made === 'bigint') return String(made);
  if (typeof made === 'number') return Number.isFinite(made) ? made : undefined;
  if (isPromise(made)) return undefined;
  if (made instanceof Date) return Number.isNaN(made.getTime()) ? undefined : made.toISOString();
  const isPlain = Array.isArray(made) || Object.getPrototypeOf(made) === Object.prototype;
  return typeof made === 'object' && isPlain ? (made as Json) : undefined;
}

function describe(made: unknown): string {
  if (typeof made === 'number') return String(made);
  return typeof made === 'object' && made !== null ? made.constructor.name : `a ${typeof made}`;
}

const WORDS_MAX = 200;

const wordsOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, WORDS_MAX);
