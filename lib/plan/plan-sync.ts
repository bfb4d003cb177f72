/** The plan of one sync: rehearsed, counted, and told record by record to whoever wants to keep it. */
import { compareMaps, describeChange, mapCode, mapOf } from '../engine/sync-map.ts';
import type { Caps } from '../engine/caps.ts';
import { endsOf } from '../flow/open-sync.ts';
import type { AppReplica } from '../ports/app.ts';
import type { Checkpoint, StoredBook } from '../ports/state.ts';
import type { Rehearsed } from './met.ts';
import { rehearse, type PlanSources, type Rehearsal, type RehearsalOptions } from './rehearse.ts';
import { createTally, type PlanTally } from './tally.ts';

export interface SyncPlan extends PlanTally {
  readonly sync: string;
  readonly ends: Checkpoint['ends'];
  /** Of the map it was made by. */
  readonly code: string;
  /** How that map differs from the one in use; null: it does not, or none is in use yet. */
  readonly change: string | null;
  /** The number of the last round; null: the sync never worked. */
  readonly round: number | null;
  /** The sync only looks: nothing of this is done until it may write. */
  readonly writes: boolean;
  readonly madeAt: number;
  readonly tookMs: number;
  /** Judged, by CRM key. */
  readonly records: number;
  /** Of the app's listing. */
  readonly listed: number;
  readonly calls: PlannedCalls;
}

/** What doing it would take of the app's interface. */
export interface PlannedCalls {
  readonly listing: number;
  readonly looks: number;
  readonly writes: number;
  readonly total: number;
  /** From how long the listing's calls took just now, and as many at once as the app allows. */
  readonly aboutMs: number;
}

export interface PlanOptions extends RehearsalOptions {
  /** What holds where this is deployed. */
  readonly caps: Caps;
  readonly samplesMax?: number;
  /** Each record as it was judged, in the order of the plan; the plan waits for it. */
  readonly onRecord?: (outcome: Rehearsed) => Promise<void> | void;
}

export async function planSync(sources: PlanSources, options: PlanOptions): Promise<SyncPlan> {
  const { sync, clock, state, app } = sources;
  const { spec, functions } = sync;
  const [checkpoint, book] = await Promise.all([
    state.loadCheckpoint(spec.name),
    state.loadBook(spec.name),
  ]);
  const madeAt = clock.now();
  const ends = await endsOf(sources);
  const rehearsal = await rehearse(sources, options);
  try {
    const tally = await count(sources, rehearsal, options);
    const map = mapOf(spec, functions);
    const change = checkpoint === null ? null : compareMaps(checkpoint.map, map);
    return {
      sync: spec.name,
      ends,
      code: mapCode(map),
      change: change === null ? null : describeChange(change),
      round: checkpoint?.round.number ?? null,
      writes: sync.write,
      madeAt,
      tookMs: clock.now() - madeAt,
      records: rehearsal.records,
      listed: rehearsal.listed,
      calls: callsOf(rehearsal, app.capabilities),
      ...tally.result({ book: withoutVersion(book), caps: options.caps, at: madeAt }),
    };
  } finally {
    rehearsal.close();
  }
}

async function count(
  { sync }: PlanSources,
  rehearsal: Rehearsal,
  { samplesMax, onRecord, signal }: PlanOptions,
): Promise<ReturnType<typeof createTally>> {
  const tally = createTally({
    spec: sync.spec,
    ...(samplesMax === undefined ? {} : { samplesMax }),
  });
  for (const outcome of rehearsal.outcomes()) {
    signal?.throwIfAborted();
    tally.add(outcome);
    await onRecord?.(outcome);
  }
  for (const unmatched of rehearsal.ambiguous()) tally.addAmbiguous(unmatched);
  const { count: alone, samples } = rehearsal.alone;
  tally.addAlone(
    alone,
    samples.flatMap(({ remoteId }) => remoteId ?? []),
  );
  return tally;
}

const withoutVersion = ({ version: _version, ...book }: StoredBook) => book;

function callsOf(
  { listCalls, listMs, calls }: Rehearsal,
  { connectionsMax }: AppReplica['capabilities'],
): PlannedCalls {
  const writes = calls.batches + calls.singles;
  const perCallMs = listCalls === 0 ? 0 : listMs / listCalls;
  const parallel = calls.looks + calls.singles;
  return {
    listing: listCalls,
    looks: calls.looks,
    writes,
    total: listCalls + calls.looks + writes,
    aboutMs: Math.round(perCallMs * (listCalls + calls.batches + parallel / connectionsMax)),
  };
}
