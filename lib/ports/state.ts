/** What the flow remembers. Record writes are conditional on the version read; a lost condition means another holder was here. */
import type { Adoption } from '../engine/adoption.ts';
import type { BrakeBook, Grant } from '../engine/brakes.ts';
import type { CrmKey, RecordState, RemoteId } from '../engine/model.ts';
import type { Retirement } from '../engine/retirement.ts';
import type { SyncMap } from '../engine/sync-map.ts';
import type { Json } from '../engine/value.ts';
import type { AppObservation } from './app.ts';
import type { CrmCheckpoint, HorizonHolder } from './crm.ts';
import type { DigestStore, Listing } from './digests.ts';
import type { SweepOrder, SweepState } from './sweep.ts';
import type { Erasure } from './erasure.ts';
import type { HistoryStore } from './history.ts';

export type { Erasure, ErasureStep } from './erasure.ts';
export type {
  HistoryEntry,
  HistoryPage,
  HistoryStore,
  RecentDecision,
  RecentPage,
} from './history.ts';

/** A record with the version it was read at; version 0 = not stored yet. */
export interface StoredRecord {
  readonly state: RecordState;
  readonly version: number;
  /** How often a page started to work this record alone without finishing (the poison mark). */
  readonly marks: number;
  /**
   * What other code stored in the same item, in the store's own form. Hand it back with every save
   * (`{ ...record, state }` does), or those attributes are lost.
   */
  readonly raw?: object;
}

export type SaveOutcome = 'saved' | 'lost';

export interface RecordStore {
  /** Strongly read. Keys never met are missing from the map. */
  load(sync: string, keys: readonly CrmKey[]): Promise<ReadonlyMap<CrmKey, StoredRecord>>;
  /** One conditional write per record; outcomes in order. The saved version is `version + 1`. */
  save(sync: string, records: readonly StoredRecord[]): Promise<readonly SaveOutcome[]>;
  /** Strongly read: which CRM key each remote id belongs to. */
  findLinks(sync: string, ids: readonly RemoteId[]): Promise<ReadonlyMap<RemoteId, CrmKey>>;
  /** `attribute_not_exists` puts. The answer is the key the id belongs to now: ours, or the one that was there. */
  claimLinks(
    sync: string,
    claims: readonly { id: RemoteId; key: CrmKey }[],
  ): Promise<readonly CrmKey[]>;
  /** Moves a claim, conditional on its present holder. */
  moveLink(sync: string, id: RemoteId, from: CrmKey, to: CrmKey): Promise<SaveOutcome>;
  releaseLink(sync: string, id: RemoteId, from: CrmKey): Promise<SaveOutcome>;
  /** Waiting records whose time has come, soonest first. */
  due(sync: string, now: number, limit: number): Promise<readonly CrmKey[]>;
  /** The inbox: records with a parked field or a parking, a page at a time. */
  inbox(
    sync: string,
    cursor: string | null,
    limit: number,
  ): Promise<{ readonly records: readonly StoredRecord[]; readonly cursor: string | null }>;
  /** Everything of a record, its place in the inbox too; conditional on the version read. Links are released apart. */
  forgetRecord(sync: string, record: StoredRecord): Promise<SaveOutcome>;
  /** Records in key order of their bucket, a page at a time: sweeps, counts. */
  scan(
    sync: string,
    cursor: string | null,
    limit: number,
  ): Promise<{ readonly records: readonly StoredRecord[]; readonly cursor: string | null }>;
}

/** Records parked because another stands in their way; when that one moves they are looked at again. */
export interface BlockedStore {
  block(sync: string, blocker: CrmKey, blocked: CrmKey): Promise<void>;
  unblock(sync: string, blocker: CrmKey, blocked: CrmKey): Promise<void>;
  blockedBy(sync: string, blocker: CrmKey): Promise<readonly CrmKey[]>;
}

/** App records that cannot be given a CRM key without guessing; they wait for a person or for a change. */
export interface Unmatched {
  readonly remoteId: RemoteId;
  readonly reason: string;
  readonly candidates: readonly CrmKey[];
  readonly observed: AppObservation;
  readonly at: number;
}

export interface UnmatchedStore {
  putUnmatched(sync: string, unmatched: Unmatched): Promise<void>;
  /** Of these, whoever is listed. */
  dropUnmatched(sync: string, ids: readonly RemoteId[]): Promise<void>;
  listUnmatched(sync: string, limit: number): Promise<readonly Unmatched[]>;
}

/** Where one lane stands in the CRM walk of a backfill. */
export interface LaneWalk {
  /** Keys at which the outstanding page began and ended; null = the start of the table. */
  readonly from: string | null;
  readonly next: string | null;
  readonly page: number;
  readonly isOutstanding: boolean;
  readonly isDone: boolean;
}

/** A backfill: the app is listed, the CRM is walked, perhaps our memory too; one page outstanding per lane. */
export interface Backfill {
  readonly id: string;
  readonly reason: string;
  readonly startedAt: number;
  /** References sent so far, pages sent again included: progress for people. Missing where older code began it. */
  readonly routed?: number;
  /** When a page was last sent: a backfill that has not moved for long sends its page again. */
  readonly sentAt: number;
  readonly phase:
    | 'match-values'
    | 'app'
    | 'crm'
    | 'memory'
    | 'compare'
    | 'sweep-rows'
    | 'sweep-members';
  /** Some match values belong to several records of the app: whoever is met by one is asked about. */
  readonly shared?: boolean;
  /** A memory phase follows: records whose deeds were withheld while the sync only looked. */
  readonly leftovers?: boolean;
  /** A memory phase follows: records whose row is gone, where nothing else tells of a deleted row. */
  readonly absences?: boolean;
  /** It replaces everybody at the app, in this session. */
  readonly rebuild?: number;
  /** All phases but crm: the outstanding page, where it began, what comes after it, and the lanes still working on it. */
  readonly listing: {
    readonly from: Json;
    readonly next: Json;
    readonly page: number;
    readonly isLast: boolean;
    readonly awaiting: readonly number[];
  };
  /** crm phase, by lane. */
  readonly walks: readonly LaneWalk[];
}

/** Where a sync stands in both sources. Written by its pull only. */
export interface Checkpoint {
  readonly version: number;
  readonly ends: { readonly crm: string; readonly app: string };
  readonly crm: CrmCheckpoint;
  readonly app: Json;
  readonly backfill: Backfill | null;
  readonly round: {
    readonly number: number;
    readonly beganAt: number;
    readonly endedAt: number | null;
    readonly routed: number;
  };
  /** When the last whole walk over the CRM began that came to its end. Missing before the first. */
  readonly sweptAt?: number;
  /** The last `continue` sent, so that a chain that does not move is an error. */
  readonly progress: string | null;
  /** The run the last round belonged to: rounds that follow one another by `continue` are one. */
  readonly run: string;
  /** The last round was to carry out what it judged; false: it only looked. */
  readonly writes: boolean;
  readonly horizon: HorizonHolder | null;
  /** The map that was in use; another one is not worked with before a person has seen what it would do. */
  readonly map: SyncMap;
  readonly retirement: Retirement;
  /** Of apps that tell no changes; missing before the first listing, and in checkpoints of earlier code. */
  readonly listing?: Listing;
  /** Missing in checkpoints of earlier code. */
  readonly sweep?: SweepState;
  /** The last time the sync lost its place; missing: never. */
  readonly adoption?: Adoption;
}

export interface Rebuild {
  readonly by: string;
  readonly at: number;
  /** The session at the app; null: not begun. */
  readonly session: number | null;
  /**
   * The first batch, which empties the object, is not sent · may have arrived · has arrived. `over`: the session
   * ended early, and the rest is told like any change. `done`: everybody was sent.
   */
  readonly stage: 'asked' | 'opening' | 'open' | 'over' | 'done';
  readonly openedAt: number | null;
  /** What the app has found invalid in the session. */
  readonly invalid: number;
}

/** How a sync is doing as a whole. Written by pull, apply and the command line, each conditionally. */
export interface Health {
  readonly version: number;
  /** A person stopped it; it goes on when a person says so. */
  readonly paused: {
    readonly since: number;
    readonly by: string;
    readonly reason: string | null;
  } | null;
  /** What a person allows the next run to do beyond its brakes; `run` once that run has begun. */
  readonly grant:
    | (Grant & {
        readonly by: string;
        readonly at: number;
        readonly run: string | null;
        /** Where the walk over the held records goes on. */
        readonly cursor: string | null;
      })
    | null;
  /** Everybody at the app is to be replaced; until it is done nothing else is told. */
  readonly rebuild: Rebuild | null;
  /** The last order of a person to sweep; whether it was answered, the checkpoint says. */
  readonly sweep: SweepOrder | null;
  readonly erasing: readonly Erasure[];
  /** When the first person was erased: from then on creates ask for the tombstones of erased people. */
  readonly erasedAt: number | null;
  /** When a sync that stood still for too long gave up its place in the CRM's log. */
  readonly releasedAt: number | null;
  readonly cooling: {
    readonly until: number;
    readonly attempts: number;
    readonly reason: string;
  } | null;
  readonly halted: {
    readonly since: number;
    readonly reason: string;
    /**
     * `map`: another map is deployed than the one in use: only a person's word, or the old map, lets it go on.
     * `emptied`: the app shows other people than those we know there: only a person's word does.
     */
    readonly cause?: 'map' | 'emptied';
  } | null;
  /** The code of a map a person has seen the plan of. */
  readonly accepted: { readonly code: string; readonly by: string; readonly at: number } | null;
  /** The lowest positions whose references were handed back. */
  readonly resumeFrom: {
    readonly crm?: CrmCheckpoint;
    readonly app?: Json;
    readonly backfill?: boolean;
  } | null;
}

/** A sync nobody has said anything of; also what a document of earlier code lacks. */
export const HEALTHY: Health = {
  version: 0,
  paused: null,
  grant: null,
  rebuild: null,
  sweep: null,
  erasing: [],
  erasedAt: null,
  releasedAt: null,
  cooling: null,
  halted: null,
  accepted: null,
  resumeFrom: null,
};

/** What brakes let through so far, under the version it was read at; version 0 = not stored yet. */
export interface StoredBook extends BrakeBook {
  readonly version: number;
}

export interface BrakeStore {
  loadBook(sync: string): Promise<StoredBook>;
  /** Conditional on `book.version`; stores version + 1. */
  saveBook(sync: string, book: StoredBook): Promise<SaveOutcome>;
}

/** App records a sync that only looks would make rows for: they are counted and get no CRM key. */
export interface PlannedStore {
  putPlanned(sync: string, ids: readonly RemoteId[]): Promise<void>;
  dropPlanned(sync: string, ids: readonly RemoteId[]): Promise<void>;
  countPlanned(sync: string): Promise<number>;
  listPlanned(sync: string, limit: number): Promise<readonly RemoteId[]>;
}

/** What became of one page of a plan's orders. */
export type PlanResult =
  /** Nobody was touched: the sync rests, or works by another map, or only looks. */
  | {
      readonly kind: 'refused';
      readonly reason: string;
      /** It may be sent again by itself; false: a person is needed first. */
      readonly mayRetry: boolean;
    }
  | {
      readonly kind: 'worked';
      readonly applied: number;
      /** Nothing was left to do for them. */
      readonly already: number;
      readonly moved: readonly PlanExcuse[];
      readonly failed: readonly PlanExcuse[];
      /** Time was over, or another holder was at them: to be sent again. */
      readonly unfinished: readonly CrmKey[];
    };

export interface PlanExcuse {
  readonly key: CrmKey;
  readonly reason: string;
}

/** For whoever sent the orders and waits; gone after a day. */
export interface PlanResultStore {
  putPlanResult(sync: string, name: string, result: PlanResult): Promise<void>;
  /** Pages that nobody has worked yet are missing. */
  readPlanResults(sync: string, names: readonly string[]): Promise<ReadonlyMap<string, PlanResult>>;
}

export interface ControlStore {
  loadCheckpoint(sync: string): Promise<Checkpoint | null>;
  /** Conditional on `checkpoint.version`; stores version + 1. */
  saveCheckpoint(sync: string, checkpoint: Checkpoint): Promise<SaveOutcome>;
  loadHealth(sync: string): Promise<Health>;
  saveHealth(sync: string, health: Health): Promise<SaveOutcome>;
}

/** A record may be known to the app by this identifier. Several records may share one. */
export interface Holding {
  readonly id: string;
  readonly key: CrmKey;
}

/**
 * Who bears which identifier at an app that shows nobody: one item per identifier and record, so that the count
 * is exact whatever is done twice.
 */
export interface HolderStore {
  putHolders(sync: string, holdings: readonly Holding[]): Promise<void>;
  dropHolders(sync: string, holdings: readonly Holding[]): Promise<void>;
  /** Strongly read: the holders of each identifier, at most `limit`; identifiers nobody holds are missing. */
  holdersOf(
    sync: string,
    ids: readonly string[],
    limit: number,
  ): Promise<ReadonlyMap<string, readonly CrmKey[]>>;
}

/** Tombstones are per installation: keyed hashes of CRM key, remote ids and match keys. */
export interface TombstoneStore {
  bury(names: readonly string[], at: number): Promise<void>;
  /** A secret of the installation for digests of values (fields with `pii: 'digest'`); the same for ever. */
  valueKey(): Promise<string>;
  /** When each name was buried, epoch ms; names that never were are missing. */
  buried(names: readonly string[]): Promise<ReadonlyMap<string, number>>;
}

export type StateStore = RecordStore &
  BlockedStore &
  UnmatchedStore &
  HistoryStore &
  ControlStore &
  BrakeStore &
  PlannedStore &
  PlanResultStore &
  HolderStore &
  DigestStore &
  TombstoneStore;

/**
 * An item was written by a newer revision of this code than ours, which may mean something by it that
 * we do not know. Give the message back: the newer deployment will take it (protocol trap P11).
 */
export class NewerItem extends Error {
  readonly kind = 'newer-item';
  /** Which item, by its keys in the table. */
  readonly item: string;
  readonly revision: number;
  constructor(item: string, revision: number, known: number) {
    super(
      `The item ${item} was written by revision ${revision}, and this code knows revisions up to ` +
        `${known}. Deploy the newer version again; until then its records are left alone.`,
    );
    this.name = 'NewerItem';
    this.item = item;
    this.revision = revision;
  }
}

/** The state tables kept throttling or failing after every retry. Nothing is known to be wrong: try again later. */
export class StateUnavailable extends Error {
  readonly kind = 'state-unavailable';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StateUnavailable';
  }
}
