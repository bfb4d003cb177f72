/** What is remembered of an app that tells no changes: how far it was listed, and what its records showed. */
import type { CrmKey, RecordState, RemoteId } from '../engine/model.ts';
import type { Json } from '../engine/value.ts';

/** Where an app that tells no changes stands in being listed, again and again. */
export interface Listing {
  /** When the last one that was finished began. */
  readonly lastAt: number;
  readonly walk: ListingWalk | null;
}

export interface ListingWalk {
  readonly id: string;
  readonly startedAt: number;
  readonly cursor: Json;
  /** Slices spilled so far. */
  readonly slices: number;
  /** The app does not go on with its listing; everything else of the sync goes on meanwhile. */
  readonly restsUntil: number | null;
}

/** What an app's record showed when it was last judged to the end. `key` null: it belongs to nobody. */
export interface SeenDigest {
  readonly id: RemoteId;
  readonly key: CrmKey | null;
  readonly digest: string;
}

/** Digests by bucket of the app's id, in the order of ids; and what a walk spilled, by the same buckets. */
export interface DigestStore {
  readonly digestBuckets: number;
  noteDigests(sync: string, seen: readonly SeenDigest[]): Promise<void>;
  dropDigests(sync: string, ids: readonly RemoteId[]): Promise<void>;
  /** Those after an id; `last`: the id up to which nothing is left out, null at the bucket's end. */
  digestsIn(
    sync: string,
    bucket: number,
    after: RemoteId | null,
    limit: number,
  ): Promise<{ readonly seen: readonly SeenDigest[]; readonly last: RemoteId | null }>;
  /** One slice of a walk, by id. The same slice again takes its place. */
  spill(sync: string, slice: Slice, digests: ReadonlyMap<string, string>): Promise<void>;
  /** All that a walk saw of one bucket. Null: it saw two things. */
  spilled<Id extends string = RemoteId>(
    sync: string,
    walk: Pick<Slice, 'walk' | 'shelf'>,
    bucket: number,
  ): Promise<ReadonlyMap<Id, string | null>>;
  /** Records by bucket of their key, in key order, after one; `last`: as with digests. */
  recordsIn(
    sync: string,
    bucket: number,
    after: CrmKey | null,
    limit: number,
  ): Promise<{ readonly records: readonly RecordState[]; readonly last: CrmKey | null }>;
}

/**
 * Where slices lie. What one walk spills on its shelf the next one writes over: the listing of an app without a delta,
 * the three of a sweep (the CRM's rows by key; the app's records, and what we remember of them, by the app's id), and the two
 * of a first meeting (match values by their digest, and those of them that several of the app's records have).
 */
export type Shelf = 'listing' | 'rows' | 'members' | 'memory' | 'values' | 'shared';

export interface Slice {
  readonly walk: string;
  readonly number: number;
  readonly shelf: Shelf;
}
