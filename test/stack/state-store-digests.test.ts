/** What an app's records showed, and what a walk has seen, in the tables. */
import { createHash } from 'node:crypto';
import type { CrmKey, RemoteId } from '../../lib/engine/model.ts';
import type { SeenDigest } from '../../lib/ports/digests.ts';
import { bucketOf } from '../../lib/state/table-keys.ts';
import { useStateTables } from './state-store-tables.ts';

const newTables = useStateTables();
const sync = 'contacts-calls';
const id = (n: number): RemoteId =>
  `shared_contact_pool_Company:5012345678901234_uid_main-${n}` as RemoteId;
const seenOf = (n: number, digest = `digest-${n}`): SeenDigest => ({
  id: id(n),
  key: n % 5 === 0 ? null : (String(n) as CrmKey),
  digest,
});
const byId = (a: SeenDigest, b: SeenDigest): number => (a.id < b.id ? -1 : 1);

describe('digests', () => {
  test('P36 are found bucket by bucket in the order of ids, in pages that leave nobody out', async () => {
    const { store } = await newTables();
    const noted = Array.from({ length: 200 }, (_, n) => seenOf(n));
    await store.noteDigests(sync, noted);
    await store.noteDigests(sync, [seenOf(7, 'another')]);
    await store.dropDigests(sync, [id(8), id(999)]);
    const found: SeenDigest[] = [];
    for (let bucket = 0; bucket < store.digestBuckets; bucket += 1) {
      let after: RemoteId | null = null;
      do {
        const page: Awaited<ReturnType<typeof store.digestsIn>> = await store.digestsIn(
          sync,
          bucket,
          after,
          2,
        );
        expect(page.seen).toEqual(page.seen.toSorted(byId));
        found.push(...page.seen);
        after = page.last;
      } while (after !== null);
    }
    const wanted = noted.filter((each) => each.id !== id(8) && each.id !== id(7));
    expect(found.toSorted(byId)).toEqual([...wanted, seenOf(7, 'another')].toSorted(byId));
  });

  test('of a walk are united over its slices; a slice done again takes its own place, and another walk’s is not seen', async () => {
    const { store } = await newTables();
    const spill = (walk: string, number: number, digests: readonly (readonly [number, string])[]) =>
      store.spill(
        sync,
        { walk, number, shelf: 'listing' },
        new Map(digests.map(([n, digest]) => [id(n), digest])),
      );
    await spill('old', 0, [[1, 'x']]);
    await spill('old', 1, [[2, 'x']]);
    await spill('new', 0, [[1, 'wrong']]);
    await spill('new', 0, [
      [1, 'a'],
      [3, 'c'],
    ]);
    await spill('new', 2, [
      [1, 'a'],
      [3, 'd'],
    ]);
    const found = new Map<RemoteId, string | null>();
    for (let bucket = 0; bucket < store.digestBuckets; bucket += 1) {
      for (const [each, digest] of await store.spilled(
        sync,
        { walk: 'new', shelf: 'listing' },
        bucket,
      ))
        found.set(each, digest);
    }
    expect(found).toEqual(
      new Map([
        [id(1), 'a'],
        [id(3), null],
      ]),
    );
  });

  const digestOf = (n: number): string =>
    createHash('sha256').update(String(n)).digest('base64url').slice(0, 12);

  test('of a slice of thirty thousand records cost a write unit for more than forty-five', async () => {
    const { store, meter } = await newTables();
    const count = 30_000;
    const digests = new Map(Array.from({ length: count }, (_, n) => [id(n), digestOf(n)]));
    await store.spill(sync, { walk: 'w', number: 0, shelf: 'listing' }, digests);
    expect(meter.calls()).toBe(store.digestBuckets);
    expect(count / meter.units()).toBeGreaterThan(45);
  });

  test('that are compared cost a read unit for more than twenty-five', async () => {
    const { store, meter } = await newTables();
    const inBucket = Array.from({ length: 30_000 }, (_, n) => n).filter(
      (n) => bucketOf(id(n)) === 0,
    );
    const seen = inBucket.map((n) => seenOf(n, digestOf(n)));
    await store.noteDigests(sync, seen);
    await store.spill(
      sync,
      { walk: 'w', number: 0, shelf: 'listing' },
      new Map(seen.map((each) => [each.id, each.digest])),
    );
    meter.reset();
    expect((await store.digestsIn(sync, 0, null, 4000)).seen).toHaveLength(seen.length);
    expect((await store.spilled(sync, { walk: 'w', shelf: 'listing' }, 0)).size).toBe(seen.length);
    expect(seen.length / meter.units()).toBeGreaterThan(25);
  });
});
