/** The CRM as the flow sees it: a change log, rows by key, and set-based optimistic writes. */
import type { CrmKey } from '../engine/model.ts';
import type { Json, Value } from '../engine/value.ts';

/** A place in the change log: decimal texts of xid8 and bigint. Compare with `comparePositions`, never as text. */
export interface LogPosition {
  readonly xid: string;
  readonly seq: string;
}

/** Proof that this is still the database we read last time (restores, rewinds, another server). */
export interface CrmCheckpoint {
  readonly position: LogPosition;
  /** The random mark our last read left in `trivet.reader`; null before the first. */
  readonly mark: string | null;
  readonly systemId: string;
  readonly timeline: string;
}

export interface CrmChange {
  readonly key: CrmKey;
  /** When the statement ran, epoch ms (the log's `at`); the newest when a key changed more than once. */
  readonly at: number;
}

/** Who holds back the horizon: the oldest open writer, wherever in the cluster it is. */
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
  | { readonly kind: 'lost'; readonly reason: string };

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
  /** The present: everything committed from here on will be read by `readChanges`. */
  currentCheckpoint(): Promise<CrmCheckpoint>;
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
  /** Fresh keys no row has yet, from the key column's sequence or as random UUIDs. */
  allocate(count: number): Promise<readonly CrmKey[]>;
  /** Gives up this sync's claim on the log: nothing is kept for it, and its next reading finds its place lost. */
  release(): Promise<void>;
  /** Drops log rows every reader has passed, except above `restarts`. Cheap when there is nothing to drop. */
  purge(restarts: readonly LogPosition[]): Promise<void>;
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

export function comparePositions(a: LogPosition, b: LogPosition): number {
  const byXid = BigInt(a.xid) - BigInt(b.xid);
  const difference = byXid === 0n ? BigInt(a.seq) - BigInt(b.seq) : byXid;
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}
