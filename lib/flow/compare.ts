/**
 * What a walk over the app has seen, against what was judged before: by bucket of the app's id, in the order of ids,
 * so that one bucket of what was seen is in memory and what is known streams by. Equal: nothing to do, and nothing
 * was read of the record. Different, or not seen any more: look at it, for absence proves nothing by itself (I14).
 */
import type { RemoteId } from '../engine/model.ts';
import type { Json } from '../engine/value.ts';
import type { AppObservation } from '../ports/app.ts';
import type { Budget } from '../ports/clock.ts';
import type { Reference } from '../ports/messages.ts';
import type { Outcome } from '../ports/outcome.ts';
import type { SeenDigest } from '../ports/digests.ts';
import type { Backfill } from '../ports/state.ts';
import type { ListedPage } from './backfill.ts';
import { wakeWaiting } from './blockers.ts';
import type { SyncContext } from './context.ts';
import { identify } from './identify.ts';
import { findOthersListed } from './other-people.ts';

/** Digests read at once. */
const PAGE = 4_000;
/** Records of nobody that are looked at for one page: a call each. */
const STRANGERS_MAX = 50;

interface Place {
  readonly bucket: number;
  readonly after: RemoteId | null;
}

export async function compareListed(
  context: SyncContext,
  { id: walk }: Pick<Backfill, 'id'>,
  cursor: Json,
): Promise<Outcome<ListedPage>> {
  const { state, sync } = context;
  const { name } = sync.spec;
  const { bucket, after } = (cursor ?? { bucket: 0, after: null }) as unknown as Place;
  if (bucket === 0 && after === null) {
    const others = await findOthersListed(context, walk);
    if (others !== null) return others;
  }
  const [spilled, known] = await Promise.all([
    state.spilled(name, { walk, shelf: 'listing' }, bucket),
    state.digestsIn(name, bucket, after, PAGE),
  ]);
  const found = sift({ spilled, known, after });
  const moved = [...found.forgotten, ...found.strangers.map(({ id }) => id)];
  await wakeWaiting(context, moved, walk);
  const met = await meetStrangers(context, found.strangers);
  if (met.kind !== 'ok') return met;
  await state.dropDigests(name, found.forgotten);
  const isBucketDone = found.last === null;
  const next: Place = isBucketDone
    ? { bucket: bucket + 1, after: null }
    : { bucket, after: found.last };
  return {
    kind: 'ok',
    value: {
      refs: [...found.refs, ...met.value],
      cursor: { ...next },
      isLast: isBucketDone && next.bucket >= state.digestBuckets,
    },
  };
}

interface Sifting {
  readonly spilled: ReadonlyMap<RemoteId, string | null>;
  readonly known: { readonly seen: readonly SeenDigest[]; readonly last: RemoteId | null };
  readonly after: RemoteId | null;
}

interface Stranger {
  readonly id: RemoteId;
  readonly digest: string | null;
}

interface Sifted {
  readonly refs: Reference[];
  readonly strangers: Stranger[];
  /** Records of nobody that are gone. */
  readonly forgotten: RemoteId[];
  /** Up to where the bucket was sifted; null: to its end. */
  last: RemoteId | null;
}

/** Pure. */
export function sift({ spilled, known, after }: Sifting): Sifted {
  const found: Sifted = { refs: [], strangers: [], forgotten: [], last: known.last };
  const byId = new Map(known.seen.map((each) => [each.id, each]));
  const isInReach = (id: RemoteId): boolean =>
    (after === null || id > after) && (known.last === null || id <= known.last);
  const ids = new Set([...byId.keys(), ...[...spilled.keys()].filter(isInReach)]);
  for (const id of [...ids].toSorted((a, b) => (a < b ? -1 : 1))) {
    siftOne(found, { id, seen: byId.get(id), digest: spilled.get(id) });
    if (found.strangers.length < STRANGERS_MAX) continue;
    found.last = id;
    break;
  }
  return found;
}

interface One {
  readonly id: RemoteId;
  readonly seen: SeenDigest | undefined;
  /** Undefined: the walk did not meet it. Null: it met two of it. */
  readonly digest: string | null | undefined;
}

function siftOne(found: Sifted, { id, seen, digest }: One): void {
  if (seen === undefined) {
    found.strangers.push({ id, digest: digest ?? null });
  } else if (digest === undefined) {
    // Deleted, or made while the walk was under way, or missed because it changed: the look tells.
    if (seen.key === null) found.forgotten.push(id);
    else found.refs.push({ key: seen.key, look: true });
  } else if (digest !== seen.digest) {
    if (seen.key === null) found.strangers.push({ id, digest });
    else found.refs.push({ key: seen.key, look: true });
  }
}

/**
 * Whom no digest tells of is looked at here: a key may be claimed for it already by a call that died before it told
 * the lane what it had seen. The others are given a key, or remembered as nobody's.
 */
async function meetStrangers(
  context: SyncContext,
  strangers: readonly Stranger[],
): Promise<Outcome<readonly Reference[]>> {
  if (strangers.length === 0) return { kind: 'ok', value: [] };
  const { state, sync } = context;
  const { name } = sync.spec;
  const ids = strangers.map(({ id }) => id);
  const looked = await lookAtNamed(context, ids);
  if (looked.kind !== 'ok') return looked;
  const { there, unsure } = looked.value;
  const met = await identify(context, there);
  const taken = new Set(met.map(({ observed }) => observed?.remoteId));
  const left = strangers.filter(({ id }) => !taken.has(id) && !unsure.has(id));
  const links = await state.findLinks(
    name,
    left.map(({ id }) => id),
  );
  const gone = [...links.values()].map((key): Reference => ({ key, look: true }));
  const nobodys = left.flatMap(({ id, digest }) =>
    links.has(id) || digest === null ? [] : [{ id, key: null, digest }],
  );
  await state.noteDigests(name, nobodys);
  return { kind: 'ok', value: [...met, ...gone] };
}

export interface Looks {
  readonly there: readonly AppObservation[];
  /** Nobody knows: nothing may be remembered of them, or the next walk would not look again. */
  readonly unsure: ReadonlySet<RemoteId>;
}

/** Those that are there now. One that is troubled is met again by the next walk; trouble with the app ends this one. */
export async function lookAtNamed(
  context: SyncContext,
  ids: readonly RemoteId[],
): Promise<Outcome<Looks>> {
  const unsure = new Set<RemoteId>();
  if (ids.length === 0) return { kind: 'ok', value: { there: [], unsure } };
  const budget: Budget = { remainingMs: () => context.budget.remainingMs(), rank: 'backfill' };
  const targets = ids.map((remoteId) => ({ remoteId, match: null }));
  const outcomes = await context.app.fetch(targets, budget);
  const there: AppObservation[] = [];
  for (const [index, id] of ids.entries()) {
    const outcome = outcomes[index];
    if (outcome?.kind === 'ok') {
      if (outcome.value.existence !== 'absent') there.push(outcome.value);
      continue;
    }
    if (outcome?.kind === 'halted' || (outcome !== undefined && outcome.scope !== 'record'))
      return outcome;
    unsure.add(id);
  }
  return { kind: 'ok', value: { there, unsure } };
}
