/**
 * The second half of a sweep's comparison: what the app showed, with what the first half expected it to show. By
 * bucket of the app's id. Who is not listed, or shows something else, is looked at in its lane; who is listed and
 * expected by nobody is looked at here, for a lane needs a key. Whoever gets none is remembered as nobody's, and is
 * not looked at again as long as it shows the same.
 */
import { openTally, type TallyBook } from '../engine/proof.ts';
import type { CrmKey, RemoteId } from '../engine/model.ts';
import type { Json } from '../engine/value.ts';
import type { Reference } from '../ports/messages.ts';
import type { Outcome } from '../ports/outcome.ts';
import type { Backfill } from '../ports/state.ts';
import type { ListedPage } from './backfill.ts';
import { wakeWaiting } from './blockers.ts';
import { lookAtNamed } from './compare.ts';
import type { SyncContext } from './context.ts';
import { identify } from './identify.ts';
import { countPeople, findOthers } from './other-people.ts';
import { isAsExpected, UNCLEAR, type Seen } from './sweep-digests.ts';
import { byText, MARKS, pageMax, type SweepPlace } from './sweep-rows.ts';

/** Strangers that are looked at for one page: a call each. */
const STRANGERS_MAX = 50;
const DIGESTS_PAGE = 4_000;

export async function sweepMembers(
  context: SyncContext,
  { id: walk }: Pick<Backfill, 'id'>,
  cursor: Json,
): Promise<Outcome<ListedPage>> {
  const { state, sync } = context;
  const { name } = sync.spec;
  const { bucket, tally, ...place } = cursor as unknown as SweepPlace;
  const after = place.after as RemoteId | null;
  if (bucket === 0 && after === null) {
    const others = await findOthers(context, await countSwept(context, walk));
    if (others !== null) return others;
  }
  const [seen, expected] = await Promise.all([
    state.spilled(name, { walk, shelf: 'members' }, bucket),
    state.spilled(name, { walk, shelf: 'memory' }, bucket),
  ]);
  const book = openTally(tally);
  const nobodys = await knownStrangers(context, bucket, hasStrangers(seen, expected));
  const found = siftMembers({ seen, expected, nobodys, after, refsMax: pageMax(context) }, book);
  await wakeWaiting(
    context,
    found.strangers.map(({ id }) => id),
    walk,
  );
  const met = await meetStrangers(context, found.strangers, book);
  if (met.kind !== 'ok') return met;
  const isBucketDone = found.last === null;
  const next: SweepPlace = {
    bucket: isBucketDone ? bucket + 1 : bucket,
    after: found.last,
    slices: 0,
    tally: book.tally,
  };
  const refs = [...found.refs, ...met.value];
  const isLast = isBucketDone && next.bucket >= state.digestBuckets;
  return { kind: 'ok', value: { refs, cursor: next as unknown as Json, isLast } };
}

/** Of those the first half found in step with their rows. */
const countSwept = ({ state, sync }: SyncContext, walk: string): ReturnType<typeof countPeople> =>
  countPeople(state.digestBuckets, async (bucket) => {
    const { name } = sync.spec;
    const [seen, wanted] = await Promise.all([
      state.spilled(name, { walk, shelf: 'members' }, bucket),
      state.spilled(name, { walk, shelf: 'memory' }, bucket),
    ]);
    const equal = [...wanted].filter(([, text]) => text?.startsWith(MARKS.equal) === true);
    const missing = equal.flatMap(([id]) => (seen.has(id) ? [] : [id]));
    return { expected: equal.length, missing };
  });

type Digests = ReadonlyMap<RemoteId, string | null>;

const hasStrangers = (seen: Digests, expected: Digests): boolean =>
  [...seen.keys()].some((id) => !expected.has(id));

/** What is remembered of those that belong to nobody, where somebody is met whom nobody expects. */
async function knownStrangers(
  { state, sync }: SyncContext,
  bucket: number,
  isAsked: boolean,
): Promise<ReadonlyMap<RemoteId, string>> {
  const known = new Map<RemoteId, string>();
  if (!isAsked) return known;
  let after: RemoteId | null = null;
  do {
    const page = await state.digestsIn(sync.spec.name, bucket, after, DIGESTS_PAGE);
    for (const { id, key, digest } of page.seen) if (key === null) known.set(id, digest);
    after = page.last;
  } while (after !== null);
  return known;
}

interface Sifting {
  readonly seen: Digests;
  readonly expected: Digests;
  readonly nobodys: ReadonlyMap<RemoteId, string>;
  readonly after: RemoteId | null;
  readonly refsMax: number;
}

interface Stranger {
  readonly id: RemoteId;
  readonly seen: Seen | null;
}

interface Sifted {
  readonly refs: Reference[];
  readonly strangers: Stranger[];
  readonly last: RemoteId | null;
}

/** Pure. */
export function siftMembers(sifting: Sifting, book: TallyBook): Sifted {
  const { seen, expected, nobodys, after, refsMax } = sifting;
  const refs: Reference[] = [];
  const strangers: Stranger[] = [];
  const ids = new Set([...expected.keys(), ...seen.keys()]);
  for (const id of [...ids].toSorted(byText)) {
    if (after !== null && id <= after) continue;
    const wanted = expected.get(id);
    if (wanted === undefined) {
      const shown = seen.get(id) ?? null;
      if (shown === 'a') continue;
      if (nobodys.get(id) === shown?.slice(1)) book.count('onlyApp', 'nobody’s');
      else strangers.push({ id, seen: shown });
    } else {
      const ref = checkMember(wanted, seen.get(id), book);
      if (ref !== null) refs.push(ref);
    }
    if (refs.length >= refsMax || strangers.length >= STRANGERS_MAX)
      return { refs, strangers, last: id };
  }
  return { refs, strangers, last: null };
}

/** Null: two records say they are this one. Both are looked at, by the one that was stored last. */
function checkMember(
  wanted: string | null,
  seen: Seen | null | undefined,
  book: TallyBook,
): Reference | null {
  if (wanted === null) return null;
  const cut = wanted.indexOf(' ');
  const [mark, member, key] = [wanted[0], wanted.slice(1, cut), wanted.slice(cut + 1) as CrmKey];
  const isEqual = mark === MARKS.equal;
  if (seen === undefined) {
    // Not every app lists those it has archived.
    if (member === 'a') return null;
    if (isEqual) book.count('onlyCrm', 'missing', key);
    return lookUnless(mark === MARKS.still, key, book);
  }
  if (seen === UNCLEAR) {
    if (isEqual) book.count('differing', 'unseen', key);
    return null;
  }
  if (isAsExpected(member, seen)) {
    if (isEqual) book.count('equal', '');
    return null;
  }
  if (isEqual) book.count('differing', seen === null ? 'changing' : 'drifted', key);
  return lookUnless(mark === MARKS.still, key, book);
}

function lookUnless(isStill: boolean, key: CrmKey, book: TallyBook): Reference | null {
  if (isStill) return null;
  book.send();
  return { key, look: true };
}

/** A key may be claimed for it by a call that died before it told the lane. The others get one, or are nobody's. */
async function meetStrangers(
  context: SyncContext,
  strangers: readonly Stranger[],
  book: TallyBook,
): Promise<Outcome<readonly Reference[]>> {
  if (strangers.length === 0) return { kind: 'ok', value: [] };
  const { state, sync } = context;
  const { name } = sync.spec;
  const ids = strangers.map(({ id }) => id);
  const [links, looked] = [await state.findLinks(name, ids), await lookAtNamed(context, ids)];
  if (looked.kind !== 'ok') return looked;
  const { there, unsure } = looked.value;
  const met = await identify(context, there);
  const found = new Map(met.map((ref) => [ref.observed?.remoteId, ref]));
  const refs: Reference[] = [...met];
  const nobodys: { id: RemoteId; key: null; digest: string }[] = [];
  for (const { id, seen } of strangers) {
    const claimed = links.get(id);
    const ref = found.get(id);
    if (ref !== undefined) book.count('onlyApp', 'new', ref.key);
    else if (claimed !== undefined) {
      book.count('onlyApp', 'new', claimed);
      refs.push({ key: claimed, look: true });
    } else {
      book.count('onlyApp', 'nobody’s');
      const isClear = seen !== null && seen !== UNCLEAR && !unsure.has(id);
      if (isClear) nobodys.push({ id, key: null, digest: seen.slice(1) });
    }
  }
  for (const _ref of refs) book.send();
  await state.noteDigests(name, nobodys);
  return { kind: 'ok', value: refs };
}
