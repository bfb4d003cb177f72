/**
 * An app that tells no changes is listed as a whole, on a cadence of its own, in slices of a round: what each page
 * shows is kept as digests and spilled, so that memory holds one slice, and a crash costs one. Behind the last page a
 * backfill compares what was seen with what was judged before (compare.ts), and looks where they differ.
 *
 * The listing has no snapshot: who changes meanwhile may be missed or seen twice. Neither is taken for anything but a
 * reason to look.
 */
import type { RemoteId } from '../engine/model.ts';
import type { AppObservation } from '../ports/app.ts';
import type { Listing, ListingWalk } from '../ports/digests.ts';
import type { Backfill, Checkpoint } from '../ports/state.ts';
import { startBackfill } from './backfill.ts';
import { saveCheckpoint } from './checkpoint.ts';
import type { SyncContext } from './context.ts';
import { digesterOf, type Digester } from './digest.ts';
import type { Trouble } from './health.ts';
import { isListed } from './is-listed.ts';

const LIST_EVERY_MS = 60 * 60_000;
/** As much as a slice holds in memory: a few megabytes. */
const SLICE_MAX = 50_000;
/** An app that does not go on listing is asked again after this; what is live goes on. */
const REST_MS = 60_000;

/** The first sync walks everybody itself. */
export const startListing = (context: SyncContext): Pick<Checkpoint, 'listing'> =>
  isListed(context) ? { listing: { lastAt: context.clock.now(), walk: null } } : {};

export interface ListingStep {
  readonly checkpoint: Checkpoint;
  readonly trouble: Trouble | null;
  /** There was more to list than time. */
  readonly hasMore: boolean;
}

/** Goes on with the walk, or begins one when it is time; never beside a backfill, which looks at everybody anyway. */
export async function stepListing(
  context: SyncContext,
  checkpoint: Checkpoint,
  isOver: () => boolean,
): Promise<ListingStep> {
  const listing = checkpoint.listing ?? { lastAt: 0, walk: null };
  const idle = { checkpoint, trouble: null, hasMore: false };
  // A sweep lists everybody itself.
  const isBusy = checkpoint.backfill !== null || (checkpoint.sweep?.walk ?? null) !== null;
  if (!isListed(context) || isBusy) return idle;
  const walk = listing.walk ?? begin(context, listing);
  const now = context.clock.now();
  if (walk === null || (walk.restsUntil !== null && walk.restsUntil > now)) return idle;
  const slice = await readSlice(context, walk, isOver);
  await context.state.spill(
    context.sync.spec.name,
    { walk: walk.id, number: walk.slices, shelf: 'listing' },
    slice.digests,
  );
  const next = {
    ...walk,
    cursor: slice.cursor,
    slices: walk.slices + 1,
    restsUntil: slice.restsUntil,
  };
  const after = slice.isDone
    ? {
        ...checkpoint,
        listing: { lastAt: walk.startedAt, walk: null },
        backfill: compare(context, walk),
      }
    : { ...checkpoint, listing: { ...listing, walk: next } };
  return {
    checkpoint: await saveCheckpoint(context, after),
    trouble: slice.trouble,
    hasMore: !slice.isDone && slice.restsUntil === null && slice.trouble === null,
  };
}

function begin({ app, clock, random }: SyncContext, { lastAt }: Listing): ListingWalk | null {
  const now = clock.now();
  const everyMs = app.capabilities.listEveryMs ?? LIST_EVERY_MS;
  if (now - lastAt < everyMs) return null;
  return { id: random(), startedAt: now, cursor: null, slices: 0, restsUntil: null };
}

/** Its pages are differences, found bucket by bucket; nobody walks the CRM for it. */
function compare(context: SyncContext, { id, startedAt }: ListingWalk): Backfill {
  const plain = startBackfill(context, 'the app was listed', null);
  return { ...plain, id, startedAt, phase: 'compare' };
}

interface SliceRead {
  readonly digests: ReadonlyMap<RemoteId, string>;
  readonly cursor: ListingWalk['cursor'];
  readonly isDone: boolean;
  readonly restsUntil: number | null;
  readonly trouble: Trouble | null;
}

async function readSlice(
  context: SyncContext,
  walk: ListingWalk,
  isOver: () => boolean,
): Promise<SliceRead> {
  const digester = digesterOf(context);
  const digests = new Map<RemoteId, string>();
  let { cursor } = walk;
  const ended = { isDone: false, restsUntil: null, trouble: null };
  do {
    const outcome = await context.app.list(cursor, context.budget);
    if (outcome.kind === 'halted') return { ...ended, digests, cursor, trouble: outcome };
    if (outcome.kind === 'retry') {
      if (outcome.scope === 'budget') break;
      context.log.warn('the app does not go on with its listing', { reason: outcome.reason });
      const restsUntil = context.clock.now() + (outcome.afterMs ?? REST_MS);
      return { ...ended, digests, cursor, restsUntil };
    }
    const { observations, cursor: next, done } = outcome.value;
    note(digester, digests, observations);
    if (done) return { ...ended, digests, cursor: next, isDone: true };
    cursor = next;
  } while (digests.size < SLICE_MAX && !isOver());
  return { ...ended, digests, cursor };
}

/** Seen twice in one slice, and different: whatever was judged before, it is another now. */
const CHANGING = '~';

function note(
  digester: Digester,
  digests: Map<RemoteId, string>,
  observations: readonly AppObservation[],
): void {
  for (const { remoteId, raw } of observations) {
    if (remoteId === null) continue;
    const digest = digester.ofRaw(raw);
    const before = digests.get(remoteId) ?? digest;
    digests.set(remoteId, before === digest ? digest : CHANGING);
  }
}
