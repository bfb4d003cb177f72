/** The CRM as the flow sees it: what changed, rows by key, and set-based optimistic writes. */
import type { CrmKey } from '../engine/model.ts';
import type { Json, Value } from '../engine/value.ts';

/** A place in the change log: decimal texts of xid8 and bigint. Compare with `comparePositions`, never as text. */
export interface LogPosition {
  readonly xid: string;
  readonly seq: string;
}

/**
 * A place among timestamps (capture `timestamp`). Instants are texts in UTC with microseconds and of
 * one width, so they compare as text; a timestamp of the CRM's never goes through a number.
 */
export interface TimePosition {
  /** Everything older was handed on. */
  readonly reached: string;
  /** Transactions below this id had ended before the last pass began: what they wrote was handed on by it. */
  readonly settled: string;
  /** A pass of several pages that is under way; null between passes. */
  readonly pass: {
    /** What `reached` and `settled` will be at its end. */
    readonly until: string;
    readonly settled: string;
    /** Pages read so far. */
    readonly page: number;
    /** The last row read: its timestamp in the column's own text form, and its key. */
    readonly modified: string;
    readonly key: CrmKey;
  } | null;
}

export type CrmPosition = LogPosition | TimePosition;

export const isTimePosition = (position: CrmPosition): position is TimePosition =>
  'reached' in position;

/** Proof that this is still the database we read last time (restores, rewinds, another server). */
export interface CrmCheckpoint {
  readonly position: CrmPosition;
  /**
   * The random mark our last read left in `trivet.reader`; null before the first. Where the CRM is read
   * by timestamp we leave nothing there: then it is how far its WAL was.
   */
  readonly mark: string | null;
  /** The mark before it: two rounds that went on from there at once are no restore. Missing in checkpoints of earlier code. */
  readonly before?: string | null;
  readonly systemId: string;
  readonly timeline: string;
}

export interface CrmChange {
  readonly key: CrmKey;
  /** When the statement ran, epoch ms (the log's `at`); the newest when a key changed more than once. */
  readonly at: number;
  /** Set where the last word on the row is that it was deleted: when. Timestamps do not tell. */
  readonly goneAt?: number;
}

/**
 * Who holds back the horizon: the oldest open writer, wherever in the cluster it is. Where the CRM is read
 * by timestamp: the oldest transaction of its database, whether it has written or not.
 */
export interface HorizonHolder {
  readonly pid: number | null;
  readonly database: string | null;
  /** The prepared transaction's gid, when that is what holds. */
  readonly gid: string | null;
  readonly ageMs: number;
}

export type ChangePage =
  | {
      readonly kind: 'page';
      readonly changes: readonly CrmChange[];
      /** The log says "look at the whole table" (TRUNCATE, or a capture that could not name keys). */
      readonly resweep: boolean;
      /** To be stored once every change of the page was handed on. */
      readonly checkpoint: CrmCheckpoint;
      /** There may be more below the horizon. */
      readonly more: boolean;
    }
  /** `isGap`: the database is the one we know; only our place in its log is gone. */
  | { readonly kind: 'lost'; readonly reason: string; readonly isGap?: boolean };

/** One column as read: its text form (what optimistic writes compare) and, for arrays and json, its JSON form. */
export interface ColumnRaw {
  readonly text: string | null;
  readonly json: Json;
}

export interface CrmRow {
  readonly key: CrmKey;
  readonly columns: Readonly<Record<string, ColumnRaw>>;
}

export type CrmCommand =
  | {
      readonly kind: 'update';
      readonly key: CrmKey;
      readonly set: Readonly<Record<string, Value>>;
      /** Text forms the row must still have; otherwise a person was here: `moved`. */
      readonly expect: Readonly<Record<string, string | null>>;
    }
  | {
      readonly kind: 'insert';
      /** Allocated before, so that a redo inserts the same row (`on conflict do nothing`). */
      readonly key: CrmKey;
      readonly set: Readonly<Record<string, Value>>;
      /** Do not insert when another row already has this match value (checked in the same statement). */
      readonly unlessMatch: { readonly column: string; readonly value: string } | null;
    }
  | {
      readonly kind: 'delete';
      readonly key: CrmKey;
      readonly expect: Readonly<Record<string, string | null>>;
    };

export type CrmOutcome =
  /** `row` is a re-read in the same transaction: triggers may have rewritten what we sent. Null after a delete. */
  | { readonly kind: 'applied'; readonly row: CrmRow | null }
  /** The row is no longer what the merge saw; `row` is what it is now (null: gone). Merge again. */
  | { readonly kind: 'moved'; readonly row: CrmRow | null }
  /** Somebody holds the row's lock. Merge again later. */
  | { readonly kind: 'locked' }
  /** An insert found the match value taken by these rows. */
  | { readonly kind: 'taken'; readonly keys: readonly CrmKey[] }
  /** SQLSTATE class 22, 23 or P0: the database refuses this row, in its own words. */
  | { readonly kind: 'rejected'; readonly reason: string; readonly sqlstate: string };

/** One table of the CRM, for one sync. Throws `CrmUnavailable` when the database cannot be reached. */
export interface CrmReplica {
  /** Which end this is: (system identifier, qualified table). */
  identify(): Promise<{
    readonly systemId: string;
    readonly timeline: string;
    readonly table: string;
  }>;
  /**
   * The present: everything committed from here on will be read by `readChanges`. `afterLoss`: the database went back, and
   * the mark it shows is an old one; who knows that one too must not take it for the place before this.
   */
  currentCheckpoint(options?: { readonly afterLoss: boolean }): Promise<CrmCheckpoint>;
  /** Whether this sync has read the CRM before: it left a mark there. False where none is left (capture `timestamp`). */
  hasMark?(): Promise<boolean>;
  /** Why this place is not one of the database that answers now: it went back, or is another. Null: it is. Leaves no mark. */
  whyLost?(place: CrmCheckpoint): Promise<string | null>;
  /** Log rows of the table above the checkpoint and below the horizon, keys united. Leaves the reader's mark when the page is not empty. */
  readChanges(after: CrmCheckpoint, limit: number): Promise<ChangePage>;
  /** The oldest open writer in the cluster, or null when nothing holds the horizon. */
  horizonHolder(): Promise<HorizonHolder | null>;
  /** Keys in key order above `after`, at most `limit`. */
  walk(after: CrmKey | null, limit: number): Promise<readonly CrmKey[]>;
  /** About how many rows a walk will show: progress for people, nothing else. */
  size?(): Promise<number>;
  /** Rows by key; a key without a row is missing from the map. */
  read(keys: readonly CrmKey[]): Promise<ReadonlyMap<CrmKey, CrmRow>>;
  /** Keys of the rows whose match column is equivalent to each value (lower-cased, trimmed for e-mail). */
  findByMatch(values: readonly string[]): Promise<ReadonlyMap<string, readonly CrmKey[]>>;
  /** Keys of rows that were changed or deleted lately, the newest first; none where nothing tells of them (capture `timestamp`). */
  touchedLately(limit: number): Promise<readonly CrmKey[]>;
  /** Fresh keys no row has yet, from the key column's sequence or as random UUIDs. */
  allocate(count: number): Promise<readonly CrmKey[]>;
  /**
   * Gives up this sync's claim on the log: nothing is kept for it, and its next reading finds its place
   * lost. Nothing to give up, and no place lost, where the CRM is read by timestamp.
   */
  release(): Promise<void>;
  /** Drops log rows every reader has passed, except above `restarts`. Cheap when there is nothing to drop. */
  purge(restarts: readonly CrmPosition[]): Promise<void>;
  /** Set-based, in key order, one outcome per command in the same order. */
  write(commands: readonly CrmCommand[]): Promise<readonly CrmOutcome[]>;
}

/** The database cannot be reached or refuses us as a whole; the message says which and what to do. */
export class CrmUnavailable extends Error {
  readonly kind: 'retry' | 'halted';
  constructor(message: string, kind: 'retry' | 'halted', options?: ErrorOptions) {
    super(message, options);
    this.name = 'CrmUnavailable';
    this.kind = kind;
  }
}

/**
 * The lower of two places: reading again from there meets all that was read from either. Places of two
 * captures have no order; one of another capture than the one in use is a lost position, and the walk
 * that began when the capture was changed has met all that was read before it.
 */
export function lowerPosition(a: CrmPosition, b: CrmPosition): CrmPosition {
  if (isTimePosition(a) && isTimePosition(b)) return lowerTime(a, b);
  if (isTimePosition(a) || isTimePosition(b)) return a;
  return comparePositions(a, b) <= 0 ? a : b;
}

function lowerTime(a: TimePosition, b: TimePosition): TimePosition {
  if (a.reached !== b.reached) return a.reached < b.reached ? a : b;
  if (a.pass === null || b.pass === null) return a.pass === null ? a : b;
  const isSamePass = a.pass.until === b.pass.until && a.pass.settled === b.pass.settled;
  if (isSamePass && a.pass.page !== b.pass.page) return a.pass.page < b.pass.page ? a : b;
  // Keys have no order out here: the pass goes again from its start.
  const isSamePlace =
    isSamePass && a.pass.modified === b.pass.modified && a.pass.key === b.pass.key;
  return isSamePlace ? a : { ...a, pass: null };
}

/** What of a place moves only when something was read: a clock that goes on is no progress. */
export const progressOf = (position: CrmPosition): Json =>
  isTimePosition(position) ? position.pass : { xid: position.xid, seq: position.seq };

export function comparePositions(a: LogPosition, b: LogPosition): number {
  const byXid = BigInt(a.xid) - BigInt(b.xid);
  const difference = byXid === 0n ? BigInt(a.seq) - BigInt(b.seq) : byXid;
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}
