/** How a sync stands, for people and programs: what a few items tell at once, and what takes reading every record. */
import type { Counts } from '../engine/brakes.ts';
import type { BrakeClass, Deed, DeedKind, RecordState } from '../engine/model.ts';
import { labelOf, RECORD_LABELS, reasonOf, type RecordLabel } from '../engine/record-label.ts';
import type { Backfill, Checkpoint, Health, StateStore } from '../ports/state.ts';
import type { SweepState } from '../ports/sweep.ts';
import { isTimePosition, type CrmPosition, type HorizonHolder } from '../ports/crm.ts';
import type { Json } from '../engine/value.ts';
import { openErasures, type OpenErasure } from './erasures.ts';
import { heldIn } from './held.ts';
import { walkInbox } from './walk-inbox.ts';

export interface SyncStatus {
  /** Counts of records by state, and `total`. */
  readonly records: Readonly<Record<RecordLabel | 'total', number>>;
  /** Where it stands in both sources; null before the first round. */
  readonly checkpoints: {
    readonly crm: CrmPosition;
    readonly app: Json;
  } | null;
  /** Where the CRM is read by timestamp: how far, and since when what no timestamp shows (deletes above all) was looked for. */
  readonly timestamps: { readonly reached: number; readonly sweptAt: number | null } | null;
  readonly round: {
    readonly number: number;
    readonly beganAt: number;
    readonly endedAt: number | null;
    readonly routed: number;
  } | null;
  readonly lag: {
    /** Since the last round ended, ms. */
    readonly sinceRoundMs: number | null;
    /** The open writer below which the CRM's log is read, with its age; null when nothing holds. */
    readonly horizon: HorizonHolder | null;
  };
  /** Parked records by reason. */
  readonly parked: Readonly<Record<string, number>>;
  /** Records by what a brake holds of them. */
  readonly held: Counts;
  /** App records without a CRM key, which a person must match. */
  readonly unmatched: number;
  readonly backfill: {
    readonly phase: Backfill['phase'];
    readonly page: number;
    readonly reason: string;
  } | null;
  /** The last full proof, and the sweep under way; null before the first round of code that sweeps. */
  readonly sweep: SweepState | null;
  /** The last time the sync lost its place, and met everybody anew; null: never. */
  readonly adoption: { readonly at: number; readonly reason: string } | null;
  /** By whom and why, while a person has stopped it. */
  readonly paused: Health['paused'];
  readonly cooling: Health['cooling'];
  readonly halted: Health['halted'];
  /** False: it only looks. Null before the first round. */
  readonly writes: boolean | null;
  /** What a sync that only looks would do, counted by record; null while there is nothing of it. */
  readonly wouldDo: WouldDo | null;
  /** What a person allowed the next run beyond its brakes. */
  readonly grant: Pick<NonNullable<Health['grant']>, 'name' | 'count' | 'by' | 'at'> | null;
  /** People whose erasure is ordered and not done, oldest first. */
  readonly erasing: readonly OpenErasure[];
}

export interface WouldDo {
  /** Records made, taken away or marked, by deed. */
  readonly byRecord: Readonly<Partial<Record<DeedKind, number>>>;
  /** Records by deed and column. */
  readonly byField: Readonly<Partial<Record<DeedKind, Readonly<Record<string, number>>>>>;
}

const SCAN_PAGE = 500;
const UNMATCHED_MAX = 1_000;

/** All of it, exact. Reads every record; `onPage` is told how many so far. */
export async function syncStatus(
  state: StateStore,
  sync: string,
  now: number,
  onPage?: (counted: number) => void,
): Promise<SyncStatus> {
  const [counted, planned, pulse] = await Promise.all([
    countRecords(state, sync, onPage),
    state.countPlanned(sync),
    syncPulse(state, sync, now),
  ]);
  const { checkpoints, round, lag, ...rest } = pulse;
  const { records, parked, held, deeds } = counted;
  const wouldDo = wouldDoOf(deeds, planned);
  return { records, checkpoints, round, lag, parked, held, ...rest, wouldDo };
}

/** What a few items tell: everything but the records. For polling. */
export type SyncPulse = Omit<SyncStatus, 'records' | 'parked' | 'held' | 'wouldDo'>;

export async function syncPulse(state: StateStore, sync: string, now: number): Promise<SyncPulse> {
  const [checkpoint, health, unmatched] = await Promise.all([
    state.loadCheckpoint(sync),
    state.loadHealth(sync),
    state.listUnmatched(sync, UNMATCHED_MAX),
  ]);
  const { grant } = health;
  const endedAt = checkpoint?.round.endedAt ?? null;
  return {
    checkpoints: checkpoint === null ? null : { crm: checkpoint.crm.position, app: checkpoint.app },
    timestamps: timestampsOf(checkpoint),
    round: checkpoint?.round ?? null,
    lag: {
      sinceRoundMs: endedAt === null ? null : now - endedAt,
      horizon: checkpoint?.horizon ?? null,
    },
    unmatched: unmatched.length,
    backfill: backfillOf(checkpoint),
    sweep: checkpoint?.sweep ?? null,
    adoption: adoptionOf(checkpoint),
    paused: health.paused,
    cooling: health.cooling,
    halted: health.halted,
    writes: checkpoint?.writes ?? null,
    grant:
      grant === null ? null : { name: grant.name, count: grant.count, by: grant.by, at: grant.at },
    erasing: openErasures(health),
  };
}

function timestampsOf(checkpoint: Checkpoint | null): SyncStatus['timestamps'] {
  if (checkpoint === null) return null;
  const { position } = checkpoint.crm;
  if (!isTimePosition(position)) return null;
  return { reached: Date.parse(position.reached), sweptAt: checkpoint.sweptAt ?? null };
}

function adoptionOf(checkpoint: Checkpoint | null): SyncStatus['adoption'] {
  if (checkpoint?.adoption === undefined) return null;
  const { at, reason } = checkpoint.adoption;
  return { at, reason };
}

function backfillOf(checkpoint: Checkpoint | null): SyncStatus['backfill'] {
  const backfill = checkpoint?.backfill ?? null;
  if (backfill === null) return null;
  const { phase, listing, walks, reason } = backfill;
  const page = phase === 'crm' ? Math.max(...walks.map((walk) => walk.page)) : listing.page;
  return { phase, page, reason };
}

export interface RecordCount {
  readonly records: Readonly<Record<RecordLabel | 'total', number>>;
  /** Parked records by reason. */
  readonly parked: Readonly<Record<string, number>>;
  readonly held: Counts;
  /** Deeds withheld by a sync that only looks, each as its kind and its column. */
  readonly deeds: ReadonlyMap<string, { readonly deed: Deed; readonly count: number }>;
}

function wouldDoOf(deeds: RecordCount['deeds'], planned: number): WouldDo | null {
  if (deeds.size === 0 && planned === 0) return null;
  const byRecord: Partial<Record<DeedKind, number>> =
    planned === 0 ? {} : { 'create-crm': planned };
  const byField: Partial<Record<DeedKind, Record<string, number>>> = {};
  for (const { deed, count } of deeds.values()) {
    const { kind, column } = deed;
    if (column === null) byRecord[kind] = (byRecord[kind] ?? 0) + count;
    else byField[kind] = { ...byField[kind], [column]: count };
  }
  return { byRecord, byField };
}

/** Every record, a page at a time: exact, and as long as there are records. `onPage` is told how many so far. */
export async function countRecords(
  state: Pick<StateStore, 'scan'>,
  sync: string,
  onPage: (counted: number) => void = () => undefined,
): Promise<RecordCount> {
  const tally = createTally();
  let cursor: string | null = null;
  do {
    const page = await state.scan(sync, cursor, SCAN_PAGE);
    for (const { state: record } of page.records) tally.add(record);
    onPage(tally.count.records.total);
    cursor = page.cursor;
  } while (cursor !== null);
  return tally.count;
}

/** Those that wait for a time or a person, exact by the sparse index; null when there are more than `max`. */
export async function countParked(
  state: Pick<StateStore, 'inbox'>,
  sync: string,
  max: number,
): Promise<RecordCount | null> {
  const tally = createTally();
  for await (const records of walkInbox(state, sync, SCAN_PAGE)) {
    for (const { state: record } of records) tally.add(record);
    if (tally.count.records.total > max) return null;
  }
  return tally.count;
}

function createTally(): { readonly count: RecordCount; add(record: RecordState): void } {
  const names = [...RECORD_LABELS, 'total'] as const;
  const records = Object.fromEntries(names.map((label) => [label, 0])) as Record<
    (typeof names)[number],
    number
  >;
  const parked: Record<string, number> = {};
  const held: Partial<Record<BrakeClass, number>> = {};
  const deeds = new Map<string, { deed: Deed; count: number }>();
  return {
    count: { records, parked, held, deeds },
    add: (record) => {
      records[labelOf(record)] += 1;
      records.total += 1;
      const reason = reasonOf(record);
      if (reason !== null) parked[reason] = (parked[reason] ?? 0) + 1;
      for (const { class: one } of heldIn(record)) held[one] = (held[one] ?? 0) + 1;
      for (const deed of record.withheld?.by === 'mode' ? record.withheld.deeds : []) {
        const name = `${deed.kind} ${deed.column}`;
        deeds.set(name, { deed, count: (deeds.get(name)?.count ?? 0) + 1 });
      }
    },
  };
}
