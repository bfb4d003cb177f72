/** What is remembered of an app that tells no changes: how far it was listed, and what its records showed. */
import type { CrmKey, RemoteId } from '../engine/model.ts';
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
  spill(sync: string, slice: Slice, digests: ReadonlyMap<RemoteId, string>): Promise<void>;
  /** All that a walk saw of one bucket. Null: it saw two things. */
  spilled(
    sync: string,
    walk: string,
    bucket: number,
  ): Promise<ReadonlyMap<RemoteId, string | null>>;
}

export interface Slice {
  readonly walk: string;
  readonly number: number;
}
