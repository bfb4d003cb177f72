/** How a sync stands, for people and programs: what a few items tell at once, and what takes reading every record. */
import { labelOf, RECORD_LABELS, reasonOf, type RecordLabel } from '../engine/record-label.ts';
import type { RecordState } from '../engine/model.ts';
import type { Backfill, Checkpoint, Health, StateStore } from '../ports/state.ts';
import type { HorizonHolder } from '../ports/crm.ts';
import type { Json } from '../engine/value.ts';

export interface SyncStatus {
  /** Counts of records by state, and `total`. */
  readonly records: Readonly<Record<RecordLabel | 'total', number>>;
  /** Where it stands in both sources; null before the first round. */
  readonly checkpoints: {
    readonly crm: { readonly xid: string; readonly seq: string };
    readonly app: Json;
  } | null;
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
  /** App records without a CRM key, which a person must match. */
  readonly unmatched: number;
  readonly backfill: {
    readonly phase: Backfill['phase'];
    readonly page: number;
    readonly reason: string;
  } | null;
  readonly cooling: Health['cooling'];
  readonly halted: Health['halted'];
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
  const [counted, pulse] = await Promise.all([
    countRecords(state, sync, onPage),
    syncPulse(state, sync, now),
  ]);
  const { checkpoints, round, lag, ...rest } = pulse;
  return { records: counted.records, checkpoints, round, lag, parked: counted.parked, ...rest };
}

/** What a few items tell: everything but the records. For polling. */
export type SyncPulse = Omit<SyncStatus, 'records' | 'parked'>;

export async function syncPulse(state: StateStore, sync: string, now: number): Promise<SyncPulse> {
  const [checkpoint, health, unmatched] = await Promise.all([
    state.loadCheckpoint(sync),
    state.loadHealth(sync),
    state.listUnmatched(sync, UNMATCHED_MAX),
  ]);
  const endedAt = checkpoint?.round.endedAt ?? null;
  return {
    checkpoints: checkpoint === null ? null : { crm: checkpoint.crm.position, app: checkpoint.app },
    round: checkpoint?.round ?? null,
    lag: {
      sinceRoundMs: endedAt === null ? null : now - endedAt,
      horizon: checkpoint?.horizon ?? null,
    },
    unmatched: unmatched.length,
    backfill: backfillOf(checkpoint),
    cooling: health.cooling,
    halted: health.halted,
  };
}

function backfillOf(checkpoint: Checkpoint | null): SyncStatus['backfill'] {
  const backfill = checkpoint?.backfill ?? null;
  if (backfill === null) return null;
  const { phase, listing, walks, reason } = backfill;
  const page = phase === 'app' ? listing.page : Math.max(...walks.map((walk) => walk.page));
  return { phase, page, reason };
}

export interface RecordCount {
  readonly records: Readonly<Record<RecordLabel | 'total', number>>;
  /** Parked records by reason. */
  readonly parked: Readonly<Record<string, number>>;
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
  let cursor: string | null = null;
  do {
    const page = await state.inbox(sync, cursor, SCAN_PAGE);
    for (const { state: record } of page.records) tally.add(record);
    if (tally.count.records.total > max) return null;
    cursor = page.cursor;
  } while (cursor !== null);
  return tally.count;
}

function createTally(): { readonly count: RecordCount; add(record: RecordState): void } {
  const names = [...RECORD_LABELS, 'total'] as const;
  const records = Object.fromEntries(names.map((label) => [label, 0])) as Record<
    (typeof names)[number],
    number
  >;
  const parked: Record<string, number> = {};
  return {
    count: { records, parked },
    add: (record) => {
      records[labelOf(record)] += 1;
      records.total += 1;
      const reason = reasonOf(record);
      if (reason !== null) parked[reason] = (parked[reason] ?? 0) + 1;
    },
  };
}
