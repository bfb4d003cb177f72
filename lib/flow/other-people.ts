/**
 * An object of the app that was emptied, restored or exchanged behind the same id looks as if most people had been
 * deleted. Whoever is gone would be marked or deleted in the CRM one by one, so a person is asked before anybody is
 * looked at. Both walks that compare everybody ask here: the sweep, and the listing of an app that tells no changes.
 */
import type { SyncConfig } from '../config/model.ts';
import type { CrmKey, RemoteId } from '../engine/model.ts';
import type { Halted } from '../ports/outcome.ts';
import type { SyncContext } from './context.ts';

/** Of those who were in step there. */
export interface Headcount {
  readonly expected: number;
  readonly missing: number;
}

/** Of so many that are expected the rest is guessed: ids are spread over the buckets by a hash. */
const EXPECTED_ENOUGH = 200;
/** A few people more or fewer are somebody's work. */
const MISSING_MIN = 10;

export async function countPeople(
  buckets: number,
  countIn: (bucket: number) => Promise<Headcount>,
): Promise<Headcount> {
  let [expected, missing] = [0, 0];
  for (let bucket = 0; bucket < buckets && expected < EXPECTED_ENOUGH; bucket += 1) {
    const count = await countIn(bucket);
    expected += count.expected;
    missing += count.missing;
  }
  return { expected, missing };
}

export const areOthers = ({ expected, missing }: Headcount): boolean =>
  missing >= MISSING_MIN && missing * 2 > expected;

export function haltForOthers({ spec }: SyncConfig, { expected, missing }: Headcount): Halted {
  const share = Math.round((missing / expected) * 100);
  const reason =
    `the app does not list ${share} % of the people this sync knows there: its object was emptied, restored or exchanged. ` +
    `Put it right, or leave it as it is, and then say: npx trivet sweep ${spec.name} --adopt (nobody is deleted by that)`;
  return { kind: 'halted', reason, cause: 'emptied' };
}

/** By what the last listings noted. Who has another partner since, or none, is not missed. */
export async function findOthersListed(
  context: Pick<SyncContext, 'state' | 'sync'>,
  walk: string,
): Promise<Halted | null> {
  const { state, sync } = context;
  const { name } = sync.spec;
  const count = await countPeople(state.digestBuckets, async (bucket) => {
    const [spilled, ours] = await Promise.all([
      state.spilled<RemoteId>(name, { walk, shelf: 'listing' }, bucket),
      oursIn(context, bucket),
    ]);
    const away = ours.filter(({ id }) => !spilled.has(id));
    // Where nobody is missing nothing is read of any record.
    if (away.length === 0) return { expected: ours.length, missing: 0 };
    const known = await state.load(
      name,
      away.map(({ key }) => key),
    );
    const missed = away.filter(({ id, key }) => {
      const record = known.get(key)?.state;
      return record?.remoteId === id && record.shadow?.existence.r === 'present';
    });
    return { expected: ours.length - away.length + missed.length, missing: missed.length };
  });
  return areOthers(count) ? haltForOthers(sync, count) : null;
}

interface Ours {
  readonly id: RemoteId;
  readonly key: CrmKey;
}

/** Some of a bucket: enough to guess by. */
async function oursIn(
  { state, sync }: Pick<SyncContext, 'state' | 'sync'>,
  bucket: number,
): Promise<readonly Ours[]> {
  const ours: Ours[] = [];
  let after: RemoteId | null = null;
  do {
    const page = await state.digestsIn(sync.spec.name, bucket, after, EXPECTED_ENOUGH);
    ours.push(...page.seen.flatMap(({ id, key }) => (key === null ? [] : [{ id, key }])));
    after = page.last;
  } while (after !== null && ours.length < EXPECTED_ENOUGH);
  return ours;
}
