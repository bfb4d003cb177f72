/** How a sync stands, for people and programs. Reads every record of the sync: for looking, not for polling. */
import type { Deed, DeedKind } from '../engine/model.ts';
import { labelOf, RECORD_LABELS, reasonOf, type RecordLabel } from '../engine/record-label.ts';
import type { StateStore, Backfill, Health } from '../ports/state.ts';
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
}

export interface WouldDo {
  /** Records made, taken away or marked, by deed. */
  readonly byRecord: Readonly<Partial<Record<DeedKind, number>>>;
  /** Records by deed and column. */
  readonly byField: Readonly<Partial<Record<DeedKind, Readonly<Record<string, number>>>>>;
}

const SCAN_PAGE = 500;
const UNMATCHED_MAX = 1_000;

export async function syncStatus(
  state: StateStore,
  sync: string,
  now: number,
): Promise<SyncStatus> {
  const [counted, checkpoint, health, unmatched, planned] = await Promise.all([
    countRecords(state, sync),
    state.loadCheckpoint(sync),
    state.loadHealth(sync),
    state.listUnmatched(sync, UNMATCHED_MAX),
    state.countPlanned(sync),
  ]);
  const { grant } = health;
  const backfill = checkpoint?.backfill ?? null;
  const endedAt = checkpoint?.round.endedAt ?? null;
  return {
    records: counted.records,
    checkpoints: checkpoint === null ? null : { crm: checkpoint.crm.position, app: checkpoint.app },
    round: checkpoint?.round ?? null,
    lag: {
      sinceRoundMs: endedAt === null ? null : now - endedAt,
      horizon: checkpoint?.horizon ?? null,
    },
    parked: counted.parked,
    unmatched: unmatched.length,
    backfill:
      backfill === null
        ? null
        : {
            phase: backfill.phase,
            page:
              backfill.phase === 'app'
                ? backfill.listing.page
                : Math.max(...backfill.walks.map(({ page }) => page)),
            reason: backfill.reason,
          },
    paused: health.paused,
    cooling: health.cooling,
    halted: health.halted,
    writes: checkpoint?.writes ?? null,
    wouldDo: wouldDoOf(counted.deeds, planned),
    grant:
      grant === null ? null : { name: grant.name, count: grant.count, by: grant.by, at: grant.at },
  };
}

interface Counted {
  readonly records: Record<RecordLabel | 'total', number>;
  readonly parked: Record<string, number>;
  /** Deeds withheld by a sync that only looks, each as its kind and its column. */
  readonly deeds: ReadonlyMap<string, { readonly deed: Deed; readonly count: number }>;
}

function wouldDoOf(deeds: Counted['deeds'], planned: number): WouldDo | null {
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

async function countRecords(state: StateStore, sync: string): Promise<Counted> {
  const records = Object.fromEntries(
    [...RECORD_LABELS, 'total'].map((label) => [label, 0]),
  ) as Record<RecordLabel | 'total', number>;
  const parked: Record<string, number> = {};
  const deeds = new Map<string, { deed: Deed; count: number }>();
  let cursor: string | null = null;
  do {
    const page = await state.scan(sync, cursor, SCAN_PAGE);
    for (const { state: record } of page.records) {
      records[labelOf(record)] += 1;
      records.total += 1;
      const reason = reasonOf(record);
      if (reason !== null) parked[reason] = (parked[reason] ?? 0) + 1;
      for (const deed of record.withheld?.by === 'mode' ? record.withheld.deeds : []) {
        const name = `${deed.kind} ${deed.column}`;
        deeds.set(name, { deed, count: (deeds.get(name)?.count ?? 0) + 1 });
      }
    }
    cursor = page.cursor;
  } while (cursor !== null);
  return { records, parked, deeds };
}
