/**
 * Brakes: how much that is hard to undo may be done in one run and in one day. A cap counts records. Room is
 * taken before the write, for as many as fit; the others are held for a person, and nothing of another class
 * waits for them.
 */
import type { BrakeClass } from './model.ts';

/** From what can be undone to what cannot: where one cap is shared, the harmless goes first. */
export const BRAKE_CLASSES = ['overwrite', 'create', 'archive', 'unsubscribe', 'delete'] as const;

/** Archiving, unsubscribing and deleting together: what takes people away. */
export type CapName = BrakeClass | 'destroy';
const DESTROY: ReadonlySet<BrakeClass> = new Set(['archive', 'unsubscribe', 'delete']);
export const isDestroying = (one: BrakeClass): boolean => DESTROY.has(one);

/** Each number that is given holds; null: that one is not given. */
export interface Cap {
  readonly records: number | null;
  /** Of the linked records, rounded up. */
  readonly percent: number | null;
}

/** A name without a cap is not limited; null says so on purpose, where there would be a default. */
export type CapTable = Readonly<Partial<Record<CapName, Cap | null>>>;

export interface Caps {
  readonly perRun: CapTable;
  readonly perDay: CapTable;
}

export const NO_CAPS: Caps = { perRun: {}, perDay: {} };

/** What holds against real systems for whoever configures nothing. */
export const DEFAULT_CAPS: Caps = {
  perRun: { destroy: { records: 10, percent: null } },
  perDay: {},
};

export const withDefaultCaps = ({ perRun, perDay }: Caps): Caps => ({
  perRun: { ...DEFAULT_CAPS.perRun, ...perRun },
  perDay: { ...DEFAULT_CAPS.perDay, ...perDay },
});

export type Counts = Readonly<Partial<Record<BrakeClass, number>>>;

/** What a person can allow a run: taking people away in whichever way, or one of the other classes. */
export type GrantName = 'destroy' | 'create' | 'overwrite';

export interface RunTally {
  readonly used: Counts;
  /** A person allowed the run so many records in all, whatever the caps say. */
  readonly allowed: Readonly<Partial<Record<GrantName, number>>>;
  readonly at: number;
}

/** What was let through so far. */
export interface BrakeBook {
  readonly runs: Readonly<Record<string, RunTally>>;
  readonly days: Readonly<Record<string, Counts>>;
  /** How many records were linked when they were last counted; null: never counted. */
  readonly linked: number | null;
  readonly countedAt: number | null;
  /** A count under way. */
  readonly census: { readonly cursor: string | null; readonly counted: number } | null;
}

export const NEW_BOOK: BrakeBook = {
  runs: {},
  days: {},
  linked: null,
  countedAt: null,
  census: null,
};

export interface Request {
  readonly run: string;
  readonly at: number;
  /** Records by class: some asked for the first time, some that a brake holds already. */
  readonly fresh: Counts;
  readonly held: Counts;
}

export interface Passage {
  readonly book: BrakeBook;
  readonly fresh: Counts;
  /** Of those held already: only a person's grant lets them through. */
  readonly held: Counts;
}

/** Older runs are over: what was asked in them is passed or held. */
const RUNS_KEPT = 20;
const DAYS_KEPT = 2;

/** Which of these classes have a cap at all; without one nothing need be asked. */
export const isCapped = ({ perRun, perDay }: Caps, one: BrakeClass): boolean =>
  [perRun, perDay].some((table) => namesOver(one).some((name) => table[name] != null));

/** Whether any cap is a share of the linked records, so that they must be counted. */
export const hasShares = ({ perRun, perDay }: Caps): boolean =>
  [...Object.values(perRun), ...Object.values(perDay)].some((cap) => cap?.percent != null);

export function reserve(book: BrakeBook, caps: Caps, request: Request): Passage {
  const { run, at } = request;
  const day = dayOf(at);
  const fresh: Partial<Record<BrakeClass, number>> = {};
  const held: Partial<Record<BrakeClass, number>> = {};
  let tally = book.runs[run] ?? { used: {}, allowed: {}, at };
  let used = book.days[day] ?? {};
  for (const one of BRAKE_CLASSES) {
    const room = roomFor(one, caps, { run: tally.used, day: used, linked: book.linked });
    const byCap = Math.min(request.fresh[one] ?? 0, room);
    tally = { ...tally, used: add(tally.used, one, byCap) };
    const granted = grantedRoom(tally, grantOver(one));
    const ofHeld = Math.min(request.held[one] ?? 0, granted);
    const rest = Math.min((request.fresh[one] ?? 0) - byCap, granted - ofHeld);
    tally = { ...tally, used: add(tally.used, one, ofHeld + rest) };
    used = add(used, one, byCap + ofHeld + rest);
    fresh[one] = byCap + rest;
    held[one] = ofHeld;
  }
  return {
    book: {
      ...book,
      runs: newest({ ...book.runs, [run]: { ...tally, at } }),
      days: Object.fromEntries(
        Object.entries({ ...book.days, [day]: used })
          .toSorted(byName)
          .slice(-DAYS_KEPT),
      ),
    },
    fresh,
    held,
  };
}

export interface Grant {
  readonly name: GrantName;
  readonly count: number;
}

/** A person's word for one run: so many records in all may be dealt with so in it. */
export function allow(book: BrakeBook, run: string, { name, count }: Grant, at: number): BrakeBook {
  const tally = book.runs[run] ?? { used: {}, allowed: {}, at };
  const allowed = { ...tally.allowed, [name]: count };
  return { ...book, runs: newest({ ...book.runs, [run]: { ...tally, allowed, at } }) };
}

export const grantOver = (one: BrakeClass): GrantName =>
  one === 'create' || one === 'overwrite' ? one : 'destroy';

export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

interface Spent {
  readonly run: Counts;
  readonly day: Counts;
  readonly linked: number | null;
}

function roomFor(one: BrakeClass, { perRun, perDay }: Caps, spent: Spent): number {
  const rooms = namesOver(one).flatMap((name) => [
    roomUnder(name, perRun[name], spent.run, spent.linked),
    roomUnder(name, perDay[name], spent.day, spent.linked),
  ]);
  return Math.max(0, Math.min(...rooms));
}

const namesOver = (one: BrakeClass): readonly CapName[] =>
  isDestroying(one) ? [one, 'destroy'] : [one];

function roomUnder(
  name: CapName,
  cap: Cap | null | undefined,
  used: Counts,
  linked: number | null,
): number {
  if (cap == null) return Infinity;
  const limit = Math.min(cap.records ?? Infinity, shareOf(name, cap.percent, linked));
  return limit - spentUnder(name, used);
}

/** Nobody knows the share of what was never counted: then nobody is taken away, and nothing else is limited. */
function shareOf(name: CapName, percent: number | null, linked: number | null): number {
  if (percent === null) return Infinity;
  if (linked === null) return name === 'create' || name === 'overwrite' ? Infinity : 0;
  return Math.ceil((linked * percent) / 100);
}

const spentUnder = (name: CapName, used: Counts): number =>
  name === 'destroy'
    ? BRAKE_CLASSES.filter(isDestroying).reduce((sum, one) => sum + (used[one] ?? 0), 0)
    : (used[name] ?? 0);

const grantedRoom = ({ allowed, used }: RunTally, name: GrantName): number =>
  Math.max(0, (allowed[name] ?? 0) - spentUnder(name, used));

const add = (counts: Counts, one: BrakeClass, more: number): Counts =>
  more === 0 ? counts : { ...counts, [one]: (counts[one] ?? 0) + more };

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : 1;

function newest(runs: Readonly<Record<string, RunTally>>): Record<string, RunTally> {
  const entries = Object.entries(runs).toSorted(([, a], [, b]) => a.at - b.at);
  return Object.fromEntries(entries.slice(-RUNS_KEPT));
}
