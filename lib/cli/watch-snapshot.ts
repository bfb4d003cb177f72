/** One look at a sync for whoever watches: a few items, however many records there are. */
import { RECORD_LABELS, type RecordLabel } from '../engine/record-label.ts';
import { countParked, syncPulse, type RecordCount, type SyncPulse } from '../flow/status.ts';
import type { RecentDecision, StateStore } from '../ports/state.ts';
import type { LaneDepth, Target } from './target.ts';

/** Counts of all records, as of a moment ago. */
export interface Counted {
  readonly records: RecordCount['records'];
  /** When the count began, epoch ms: nothing in it is older. */
  readonly at: number;
}

export interface RecentTold extends RecentDecision {
  readonly at: number;
}

export interface SyncSnapshot extends SyncPulse {
  readonly name: string;
  readonly state: 'new' | 'halted' | 'resting' | 'backfill' | 'live';
  /** Out of traffic, by state, exact; null when there are too many to read at each look. */
  readonly parked: Readonly<Partial<Record<RecordLabel, number>>> | null;
  /** Null before the first count is done, or when nobody counts. */
  readonly counted: Counted | null;
  readonly lanes: LaneDepth;
  /** Records decided in the last minute. */
  readonly decidedPerMinute: number;
  /** Newest first. */
  readonly recent: readonly RecentTold[];
}

/** Each is read at each look. Where there are more, the background count tells. */
const PARKED_MAX = 500;
const MINUTE_MS = 60_000;
/** Newest first, so these are the latest. A busy minute has more pages: then the rate is of those. */
const PAGES_MAX = 500;
const RECENT_MAX = 50;
/** Samples are also wanted where the last minute was quiet. */
const RECENT_WINDOW_MS = 24 * 60 * MINUTE_MS;

export async function lookAtSync(
  target: Target,
  name: string,
  counted: Counted | null,
): Promise<SyncSnapshot> {
  const { state, clock } = target;
  const now = clock.now();
  const [pulse, parked, lanes, minute, latest] = await Promise.all([
    syncPulse(state, name, now),
    countParked(state, name, PARKED_MAX),
    target.depth(name),
    state.recent(name, now - MINUTE_MS, PAGES_MAX),
    state.recent(name, now - RECENT_WINDOW_MS, RECENT_MAX),
  ]);
  return {
    name,
    state: stateOf(pulse, now),
    counted,
    lanes,
    ...pulse,
    parked: parked === null ? null : nonzero(parked.records),
    decidedPerMinute: rateOf(minute, now),
    recent: latest
      .flatMap(({ at, samples }) =>
        samples.map((sample) => ({
          at,
          ...sample,
        })),
      )
      .slice(0, RECENT_MAX),
  };
}

function stateOf(pulse: SyncPulse, now: number): SyncSnapshot['state'] {
  if (pulse.halted !== null) return 'halted';
  if (pulse.cooling !== null && pulse.cooling.until > now) return 'resting';
  if (pulse.backfill !== null) return 'backfill';
  return pulse.round === null || pulse.round.number === 0 ? 'new' : 'live';
}

function rateOf(pages: Awaited<ReturnType<StateStore['recent']>>, now: number): number {
  const records = pages.reduce((sum, page) => sum + page.records, 0);
  const oldest = pages.at(-1);
  if (pages.length < PAGES_MAX || oldest === undefined) return records;
  return Math.round((records * MINUTE_MS) / Math.max(now - oldest.at, 1));
}

/** Labels of parked records alone stand here; the total is of no use to anybody. */
function nonzero(records: RecordCount['records']): Partial<Record<RecordLabel, number>> {
  const some = RECORD_LABELS.flatMap((label) =>
    records[label] > 0 ? [[label, records[label]] as const] : [],
  );
  return Object.fromEntries(some);
}
