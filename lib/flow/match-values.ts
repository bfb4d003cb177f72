/**
 * Before the people of an app that cannot be asked for a value are met by one, the app is listed for its match values
 * alone: met page by page, the first of two with one number would be tied to the row before the second was seen. Kept
 * are digests, spilled in slices and sifted by bucket, so that memory holds one slice or one bucket, and a
 * crash costs one. What is left over is small: the values that several records have.
 *
 * The listing has no snapshot: a value that only seems to be shared costs its row a look, one that is missed is met
 * as if it came later.
 */
import { createHash, createHmac } from 'node:crypto';
import { findMatchField } from '../engine/match-field.ts';
import type { FieldSpec } from '../engine/model.ts';
import type { Json } from '../engine/value.ts';
import type { AppObservation } from '../ports/app.ts';
import type { Shelf } from '../ports/digests.ts';
import type { Backfill } from '../ports/state.ts';
import type { SyncContext } from './context.ts';
import type { Trouble } from './health.ts';
import { isListed } from './is-listed.ts';

/** A few megabytes. */
const SLICE_MAX = 50_000;
const BUCKETS_AT_ONCE = 16;
/** 72 bits tell values apart, 36 two records that have the same one. */
const VALUE_DIGEST_BYTES = 9;
const ID_DIGEST_LENGTH = 6;
/** Two records of one slice have it. */
const SEVERAL = '~';

/** Which of these match values several records of the app have. */
export type FindShared = (values: readonly string[]) => Promise<ReadonlySet<string>>;

export const NOTHING_SHARED: FindShared = () => Promise.resolve(new Set());

interface Place {
  readonly cursor: Json;
  readonly slices: number;
  /** The bucket to be sifted next; null: the app is still being listed. */
  readonly bucket: number | null;
  /** Shared values found so far. */
  readonly shared: number;
}

export interface ValuesStep {
  readonly backfill: Backfill;
  readonly trouble: Trouble | null;
}

/** Where people may be met by a value that the app cannot be asked for. */
export const isListedForValues = (context: SyncContext): boolean =>
  isListed(context) && matchFieldOf(context) !== undefined;

/** One slice of the listing, or one bucket of what it left. */
export async function stepMatchValues(
  context: SyncContext,
  backfill: Backfill,
  isOver: () => boolean,
): Promise<ValuesStep> {
  const { listing } = backfill;
  const start: Place = { cursor: null, slices: 0, bucket: null, shared: 0 };
  const place = (listing.next as unknown as Place | null) ?? start;
  const { next, trouble } =
    place.bucket === null
      ? await readSlice(context, backfill, place, isOver)
      : { next: await siftBucket(context, backfill, place, place.bucket), trouble: null };
  const isDone = next.bucket !== null && next.bucket >= context.state.digestBuckets;
  const moved = { ...backfill, sentAt: context.clock.now() };
  if (isDone) {
    const shared = next.shared > 0 ? { shared: true } : {};
    const fresh = { ...listing, from: null, next: null, page: 0, isLast: false };
    return { backfill: { ...moved, ...shared, phase: 'app', listing: fresh }, trouble };
  }
  const page = next.slices;
  return { backfill: { ...moved, listing: { ...listing, next: asJson(next), page } }, trouble };
}

const asJson = (place: Place): Json => place as unknown as Json;

async function readSlice(
  context: SyncContext,
  { id: walk }: Backfill,
  place: Place,
  isOver: () => boolean,
): Promise<{ readonly next: Place; readonly trouble: Trouble | null }> {
  const digests = new Map<string, string>();
  let { cursor } = place;
  let trouble: Trouble | null = null;
  let isLast = false;
  do {
    const outcome = await context.app.list(cursor, context.budget);
    if (outcome.kind !== 'ok') {
      const isUntried = outcome.kind === 'retry' && outcome.scope === 'budget';
      trouble = isUntried ? { ...outcome, scope: 'app', afterMs: 0 } : outcome;
      break;
    }
    note(context, digests, outcome.value.observations);
    isLast = outcome.value.done;
    ({ cursor } = outcome.value);
  } while (!isLast && digests.size < SLICE_MAX && !isOver());
  await spill(context, 'values', { walk, number: place.slices }, digests);
  const slices = place.slices + 1;
  return { next: { ...place, cursor, slices, bucket: isLast ? 0 : null }, trouble };
}

function note(
  context: SyncContext,
  digests: Map<string, string>,
  observations: readonly AppObservation[],
): void {
  const field = matchFieldOf(context);
  if (field === undefined) return;
  for (const { remoteId, existence, raw } of observations) {
    const parsed = field.type.parse(raw[field.path]);
    if (remoteId === null || existence !== 'present' || !parsed.ok) continue;
    if (typeof parsed.value !== 'string') continue;
    const value = digestOf(context, field, parsed.value);
    const bearer = createHash('sha256').update(remoteId).digest('base64url');
    const id = bearer.slice(0, ID_DIGEST_LENGTH);
    digests.set(value, (digests.get(value) ?? id) === id ? id : SEVERAL);
  }
}

async function siftBucket(
  context: SyncContext,
  { id: walk }: Backfill,
  place: Place,
  bucket: number,
): Promise<Place> {
  const { name } = context.sync.spec;
  const seen = await context.state.spilled<string>(name, { walk, shelf: 'values' }, bucket);
  const several = [...seen].filter(([, id]) => id === null || id === SEVERAL);
  // Of one bucket each, so none takes the place of another.
  const shared = new Map(several.map(([value]) => [value, SEVERAL]));
  await spill(context, 'shared', { walk, number: 0 }, shared);
  return { ...place, bucket: bucket + 1, shared: place.shared + shared.size };
}

async function spill(
  { state, sync }: SyncContext,
  shelf: Shelf,
  slice: { readonly walk: string; readonly number: number },
  digests: ReadonlyMap<string, string>,
): Promise<void> {
  if (digests.size > 0) await state.spill(sync.spec.name, { ...slice, shelf }, digests);
}

/** Asked by a backfill that was listed for its values before. */
export function sharedIn(
  context: SyncContext,
  { id: walk, shared }: Pick<Backfill, 'id' | 'shared'>,
): FindShared {
  const field = matchFieldOf(context);
  if (shared !== true || field === undefined) return NOTHING_SHARED;
  return async (values) => {
    const { state, sync } = context;
    const found = new Set<string>();
    if (values.length === 0) return found;
    const wanted = new Map(values.map((value) => [digestOf(context, field, value), value]));
    const place = { walk, shelf: 'shared' } as const;
    for (let from = 0; from < state.digestBuckets; from += BUCKETS_AT_ONCE) {
      const count = Math.min(BUCKETS_AT_ONCE, state.digestBuckets - from);
      const some = Array.from({ length: count }, (_none, index) => from + index);
      const read = await Promise.all(
        some.map((bucket) => state.spilled<string>(sync.spec.name, place, bucket)),
      );
      for (const [digest, value] of wanted)
        if (read.some((each) => each.has(digest))) found.add(value);
    }
    return found;
  };
}

const matchFieldOf = ({ sync }: SyncContext): FieldSpec | undefined =>
  findMatchField(sync.spec.fields);

/** The value itself is in no item of the table. */
const digestOf = ({ sync }: SyncContext, { type }: FieldSpec, value: string): string =>
  createHmac('sha256', sync.spec.name)
    .update(type.key(value))
    .digest()
    .subarray(0, VALUE_DIGEST_BYTES)
    .toString('base64url');
