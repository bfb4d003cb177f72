/**
 * The sweep: a full comparison of CRM, memory and app that finds what no change ever announced. Both ends are walked
 * first, a slice of a round at a time, beside the live traffic; of each record a digest is kept and spilled, so that
 * memory holds one slice, and a crash costs one. Then a backfill compares bucket by bucket (sweep-rows.ts,
 * sweep-members.ts) and hands whoever differs to its lane, a page at a time, under the brakes like everything else.
 *
 *   due, or asked for ─► app ─► crm ─► compare (backfill: sweep-rows ─► sweep-members) ─► proof
 *
 * Neither end has a snapshot: who changes meanwhile may look different, and is looked at for nothing.
 */
import { NO_TALLY, type Proof } from '../engine/proof.ts';
import type { Json } from '../engine/value.ts';
import type { Budget } from '../ports/clock.ts';
import type { CrmKey } from '../engine/model.ts';
import type { Backfill, Checkpoint, Health } from '../ports/state.ts';
import type { SweepState, SweepWalk } from '../ports/sweep.ts';
import { startBackfill } from './backfill.ts';
import { saveCheckpoint } from './checkpoint.ts';
import type { SyncContext } from './context.ts';
import type { Trouble } from './health.ts';
import { createLegDigests, type LegDigests } from './sweep-digests.ts';
import { firstPlace, type SweepPlace } from './sweep-rows.ts';

/** As much as a slice holds in memory: a few megabytes. */
const SLICE_MAX = 50_000;
const ROWS_PAGE = 2_000;
/** An app that does not go on listing is asked again after this; what is live goes on. */
const REST_MS = 60_000;

export const newSweep = (now: number): SweepState => ({ lastAt: now, walk: null, proof: null });

export interface SweepStep {
  readonly checkpoint: Checkpoint;
  readonly trouble: Trouble | null;
  /** There was more to read than time. */
  readonly hasMore: boolean;
}

export async function stepSweep(
  context: SyncContext,
  checkpoint: Checkpoint,
  order: Health['sweep'],
  isOver: () => boolean,
): Promise<SweepStep> {
  const idle = { checkpoint, trouble: null, hasMore: false };
  // A backfill looks at everybody; one that took the place of our comparison is waited for as well.
  if (checkpoint.backfill !== null) return idle;
  const sweep = checkpoint.sweep ?? newSweep(0);
  const walk = walkNow(context, sweep, order);
  if (walk === null) return idle;
  const now = context.clock.now();
  if (walk.restsUntil !== null && walk.restsUntil > now)
    return { ...idle, checkpoint: { ...checkpoint, sweep: { ...sweep, walk } } };
  const slice = await readSlice(context, walk, isOver);
  const { name } = context.sync.spec;
  const shelf = walk.phase === 'app' ? 'members' : 'rows';
  await context.state.spill(name, { walk: walk.id, number: walk.slices, shelf }, slice.digests);
  const next = advance(walk, slice);
  const isRead = next.phase === 'compare';
  return {
    checkpoint: await saveCheckpoint(context, {
      ...checkpoint,
      sweep: { ...sweep, walk: next },
      ...(isRead ? { backfill: compare(context, next) } : {}),
    }),
    trouble: slice.trouble,
    hasMore: !isRead && slice.restsUntil === null && slice.trouble === null,
  };
}

/** The walk to go on with, or to begin; null: none is due. */
function walkNow(
  context: SyncContext,
  { walk, lastAt, proof }: SweepState,
  order: Health['sweep'],
): SweepWalk | null {
  const answered = Math.max(walk?.order ?? 0, proof?.order ?? 0);
  if (order !== null && order.at > answered)
    return begin(context, `asked for by ${order.by}`, order.at);
  // Its comparison is gone: another backfill took its place, and has looked at everybody since.
  if (walk?.phase === 'compare') return begin(context, walk.reason, walk.order);
  if (walk !== null) return walk;
  const { sweepEveryMs } = context.sync;
  const isDue = sweepEveryMs !== null && context.clock.now() - lastAt >= sweepEveryMs;
  return isDue ? begin(context, 'a sweep: everything is compared', null) : null;
}

const begin = (
  { app, clock, random }: SyncContext,
  reason: string,
  order: number | null,
): SweepWalk => ({
  id: random(),
  order,
  reason,
  startedAt: clock.now(),
  phase: app.ledger === undefined ? 'app' : 'crm',
  cursor: null,
  slices: 0,
  restsUntil: null,
  rows: 0,
  members: app.ledger === undefined ? 0 : null,
});

interface SliceRead {
  readonly digests: ReadonlyMap<string, string>;
  readonly cursor: Json;
  readonly isDone: boolean;
  readonly restsUntil: number | null;
  readonly trouble: Trouble | null;
}

function advance(walk: SweepWalk, { digests, cursor, isDone, restsUntil }: SliceRead): SweepWalk {
  const { phase } = walk;
  const counted =
    phase === 'app'
      ? { members: (walk.members ?? 0) + digests.size }
      : { rows: walk.rows + digests.size };
  const read = { ...walk, ...counted, restsUntil };
  if (!isDone) return { ...read, cursor, slices: walk.slices + 1 };
  return { ...read, phase: phase === 'app' ? 'crm' : 'compare', cursor: null, slices: 0 };
}

const compare = (context: SyncContext, { id, reason, startedAt }: SweepWalk): Backfill => {
  const plain = startBackfill(context, reason, null);
  const listing = { ...plain.listing, next: firstPlace() };
  return { ...plain, id, startedAt, phase: 'sweep-rows', listing };
};

function readSlice(
  context: SyncContext,
  walk: SweepWalk,
  isOver: () => boolean,
): Promise<SliceRead> {
  const digests = createLegDigests(context);
  return walk.phase === 'app'
    ? readMembers(context, digests, walk.cursor, isOver)
    : readRows(context, digests, walk.cursor as CrmKey | null, isOver);
}

/** Seen twice in one slice, and different. */
const CHANGING = '?';

async function readMembers(
  context: SyncContext,
  legs: LegDigests,
  from: Json,
  isOver: () => boolean,
): Promise<SliceRead> {
  const budget: Budget = { remainingMs: () => context.budget.remainingMs(), rank: 'backfill' };
  const digests = new Map<string, string>();
  const ended = { isDone: false, restsUntil: null, trouble: null };
  let cursor = from;
  do {
    const outcome = await context.app.list(cursor, budget);
    if (outcome.kind === 'halted') return { ...ended, digests, cursor, trouble: outcome };
    if (outcome.kind === 'retry') {
      if (outcome.scope === 'budget') break;
      context.log.warn('the app does not go on with its listing', { reason: outcome.reason });
      const restsUntil = context.clock.now() + (outcome.afterMs ?? REST_MS);
      return { ...ended, digests, cursor, restsUntil };
    }
    const { observations, cursor: next, done } = outcome.value;
    for (const observation of observations) {
      const id = observation.remoteId;
      if (id === null) continue;
      const seen = legs.ofMember(observation);
      digests.set(id, (digests.get(id) ?? seen) === seen ? seen : CHANGING);
    }
    if (done) return { ...ended, digests, cursor: next, isDone: true };
    cursor = next;
  } while (digests.size < SLICE_MAX && !isOver());
  return { ...ended, digests, cursor };
}

async function readRows(
  { crm }: SyncContext,
  legs: LegDigests,
  from: CrmKey | null,
  isOver: () => boolean,
): Promise<SliceRead> {
  const digests = new Map<string, string>();
  const ended = { restsUntil: null, trouble: null };
  let cursor = from;
  do {
    const keys = await crm.walk(cursor, ROWS_PAGE);
    const rows = await crm.read(keys);
    for (const [key, row] of rows) digests.set(key, legs.ofRow(row));
    if (keys.length < ROWS_PAGE) return { ...ended, digests, cursor: null, isDone: true };
    cursor = keys.at(-1) ?? null;
  } while (digests.size < SLICE_MAX && !isOver());
  return { ...ended, digests, cursor, isDone: false };
}

/** A backfill has come to its end: if it was our comparison, what it counted is the proof. */
export function endSweep(checkpoint: Checkpoint, ended: Backfill, now: number): Checkpoint {
  const { sweep } = checkpoint;
  const walk = sweep?.walk ?? null;
  if (walk === null || walk.id !== ended.id) return checkpoint;
  const { tally } = (ended.listing.next ?? { tally: NO_TALLY }) as unknown as SweepPlace;
  const { id, order, reason, startedAt, rows, members } = walk;
  const proof: Proof = { ...tally, id, order, reason, startedAt, endedAt: now, rows, members };
  const { listing } = checkpoint;
  return {
    ...checkpoint,
    sweep: { lastAt: startedAt, walk: null, proof },
    // Whoever is listed again and again was listed just now.
    ...(listing === undefined ? {} : { listing: { lastAt: startedAt, walk: null } }),
  };
}
