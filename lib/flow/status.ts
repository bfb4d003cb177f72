/** How a sync stands, for people and programs. Reads every record of the sync: for looking, not for polling. */
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
}

const SCAN_PAGE = 500;
const UNMATCHED_MAX = 1_000;

export async function syncStatus(
  state: StateStore,
  sync: string,
  now: number,
): Promise<SyncStatus> {
  const [counted, checkpoint, health, unmatched] = await Promise.all([
    countRecords(state, sync),
    state.loadCheckpoint(sync),
    state.loadHealth(sync),
    state.listUnmatched(sync, UNMATCHED_MAX),
  ]);
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
  };
}

async function countRecords(
  state: StateStore,
  sync: string,
): Promise<{ records: Record<RecordLabel | 'total', number>; parked: Record<string, number> }> {
  const records = Object.fromEntries(
    [...RECORD_LABELS, 'total'].map((label) => [label, 0]),
  ) as Record<RecordLabel | 'total', number>;
  const parked: Record<string, number> = {};
  let cursor: string | null = null;
  do {
    const page = await state.scan(sync, cursor, SCAN_PAGE);
    for (const { state: record } of page.records) {
      records[labelOf(record)] += 1;
      records.total += 1;
      const reason = reasonOf(record);
      if (reason !== null) parked[reason] = (parked[reason] ?? 0) + 1;
    }
    cursor = page.cursor;
  } while (cursor !== null);
  return { records, parked };
}
