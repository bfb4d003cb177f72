/**
 * An object of the app that was emptied, restored or exchanged behind the same id looks as if most people had been
 * deleted. Whoever is gone would be marked or deleted in the CRM one by one, so a person is asked before anybody is
 * looked at. Both walks that compare everybody ask here: the sweep, and the listing of an app that tells no changes.
 */
import type { SyncConfig } from '../config/model.ts';
import type { CrmKey, RemoteId } from '../engine/model.ts';
import type { Halted } from '../ports/outcome.ts';
import type { SyncContext } from './context.ts';
import type { Trouble } from './health.ts';

/** Of those who were in step there. */
export interface Headcount {
  readonly expected: number;
  readonly missing: readonly RemoteId[];
}

/** Of so many that are expected the rest is guessed: ids are spread over the buckets by a hash. */
const EXPECTED_ENOUGH = 200;
/** A few people more or fewer are somebody's work. */
const MISSING_MIN = 10;
/** So many of those who are missing are looked at: a call each. */
const LOOKED_AT = 5;

export async function countPeople(
  buckets: number,
  countIn: (bucket: number) => Promise<Headcount>,
): Promise<Headcount> {
  let expected = 0;
  const missing: RemoteId[] = [];
  for (let bucket = 0; bucket < buckets && expected < EXPECTED_ENOUGH; bucket += 1) {
    const count = await countIn(bucket);
    expected += count.expected;
    missing.push(...count.missing);
  }
  return { expected, missing };
}

/**
 * Null: the app has the people this sync knows. Who is missing may be there all the same, where two rounds listed at once or
 * the vendor left a page out (I14): some are looked at before everything stands still.
 */
export async function findOthers(
  { app, budget, log, sync }: Pick<SyncContext, 'app' | 'budget' | 'log' | 'sync'>,
  { expected, missing }: Headcount,
): Promise<Trouble | null> {
  if (missing.length < MISSING_MIN || missing.length * 2 <= expected) return null;
  const targets = missing.slice(0, LOOKED_AT).map((remoteId) => ({ remoteId, match: null }));
  const outcomes = await app.fetch(targets, budget);
  const shown = outcomes.flatMap((outcome) => (outcome.kind === 'ok' ? [outcome.value] : []));
  const [failure] = outcomes.flatMap((outcome) => (outcome.kind === 'ok' ? [] : [outcome]));
  if (shown.length === 0 && failure !== undefined) return failure;
  const there = shown.filter(({ existence }) => existence === 'present');
  if (there.length * 2 > shown.length) {
    log.warn('the listing lacks people who are there', { expected, missing: missing.length });
    return null;
  }
  return halt(sync, missing.length / expected);
}

function halt({ spec }: SyncConfig, missing: number): Halted {
  const share = Math.round(missing * 100);
  const reason =
    `the app does not list ${share} % of the people this sync knows there: its object was emptied, restored or exchanged. ` +
    `Put it right, or leave it as it is, and then say: npx trivet sweep ${spec.name} --adopt (nobody is deleted by that)`;
  return { kind: 'halted', reason, cause: 'emptied' };
}

/** By what the last listings noted. Who has another partner since, or none, is not missed. */
export async function findOthersListed(
  context: SyncContext,
  walk: string,
): Promise<Trouble | null> {
  const { state, sync } = context;
  const { name } = sync.spec;
  const count = await countPeople(state.digestBuckets, async (bucket) => {
    const [spilled, ours] = await Promise.all([
      state.spilled<RemoteId>(name, { walk, shelf: 'listing' }, bucket),
      oursIn(context, bucket),
    ]);
    const away = ours.filter(({ id }) => !spilled.has(id));
    // Where nobody is missing nothing is read of any record.
    if (away.length === 0) return { expected: ours.length, missing: [] };
    const known = await state.load(
      name,
      away.map(({ key }) => key),
    );
    const missed = away.filter(({ id, key }) => {
      const record = known.get(key)?.state;
      return record?.remoteId === id && record.shadow?.existence.r === 'present';
    });
    const expected = ours.length - away.length + missed.length;
    return { expected, missing: missed.map(({ id }) => id) };
  });
  return findOthers(context, count);
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
