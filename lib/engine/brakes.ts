/**
 * Brakes: how much that is hard to undo may be done in one run and in one day. A cap counts records. Room is
 * taken before the write, for as many as fit; the others are held for a person, and nothing of another class
 * waits for them.
 */
import {
  BRAKE_CLASSES,
  isDestroying,
  limitOf,
  namesOver,
  type CapName,
  type Caps,
} from './caps.ts';
import type { BrakeClass } from './model.ts';

export type Counts = Readonly<Partial<Record<BrakeClass, number>>>;

/** What a person can allow a run: taking people away in whichever way, or one of the other classes. */
export type GrantName = 'destroy' | 'create' | 'overwrite' | 'subscribe' | 'refuse';

export interface RunTally {
  readonly used: Counts;
  /** A person allowed the run so many records in all, whatever the caps say. */
  readonly allowed: Readonly<Partial<Record<GrantName, number>>>;
  readonly at: number;
  /** It was said that this run holds something. */
  readonly isTold?: true;
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
  /** Classes of which something asked for the first time does not pass. */
  readonly stopped: readonly BrakeClass[];
  /** Nothing was stopped in this run before. */
  readonly isFirstStop: boolean;
}

/** Older runs are over: what was asked in them is passed or held. */
const RUNS_KEPT = 20;
const DAYS_KEPT = 2;

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
  const stopped = BRAKE_CLASSES.filter((one) => (fresh[one] ?? 0) < (request.fresh[one] ?? 0));
  const isFirstStop = stopped.length > 0 && tally.isTold !== true;
  const told = isFirstStop ? { isTold: true as const } : {};
  return {
    book: {
      ...book,
      runs: newest({ ...book.runs, [run]: { ...tally, ...told, at } }),
      days: Object.fromEntries(
        Object.entries({ ...book.days, [day]: used })
          .toSorted(byName)
          .slice(-DAYS_KEPT),
      ),
    },
    fresh,
    held,
    stopped,
    isFirstStop,
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

export function grantOver(one: BrakeClass): GrantName {
  switch (one) {
    case 'archive':
    case 'unsubscribe':
    case 'delete':
      return 'destroy';
    case 'create':
    case 'overwrite':
    case 'subscribe':
    case 'refuse':
      return one;
  }
}

export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

interface Spent {
  readonly run: Counts;
  readonly day: Counts;
  readonly linked: number | null;
}

function roomFor(one: BrakeClass, { perRun, perDay }: Caps, spent: Spent): number {
  const rooms = namesOver(one).flatMap((name) => [
    limitOf(name, perRun[name], spent.linked) - spentUnder(name, spent.run),
    limitOf(name, perDay[name], spent.linked) - spentUnder(name, spent.day),
  ]);
  return Math.max(0, Math.min(...rooms));
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
