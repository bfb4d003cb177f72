/** Digests and spilled slices in memory, each write of its own, in buckets and pages small enough to be crossed. */
import { laneOf } from '../../../lib/engine/hash.ts';
import type { DigestStore, Slice } from '../../../lib/ports/digests.ts';
import { readRecords, type MemoryState } from './memory-state.ts';

/** Few enough that a bucket holds several, and more than one, so that a walk crosses from one to the next. */
const DIGEST_BUCKETS = 2;
const bucketOf = (id: string): number => laneOf(id, DIGEST_BUCKETS);

export function createDigestMemory(
  memory: MemoryState,
  call: <T>(label: string, effect: () => T) => Promise<T>,
): DigestStore {
  const { digests, spills } = memory;
  return {
    digestBuckets: DIGEST_BUCKETS,
    noteDigests: async (_sync, seen) => {
      for (const each of seen)
        await call(`noteDigest ${each.id}`, () => void digests.set(each.id, each));
    },
    dropDigests: async (_sync, ids) => {
      for (const id of ids) await call(`dropDigest ${id}`, () => void digests.delete(id));
    },
    // Two at a time, whatever is asked for, so that buckets have several pages.
    digestsIn: (_sync, bucket, after) =>
      call('digestsIn', () => {
        const seen = [...digests.values()]
          .filter(({ id }) => bucketOf(id) === bucket && (after === null || id > after))
          .toSorted((a, b) => (a.id < b.id ? -1 : 1));
        return seen.length > 2
          ? { seen: seen.slice(0, 2), last: seen[1]?.id ?? null }
          : { seen, last: null };
      }),
    spill: async (_sync, { walk, number, shelf }, entries) => {
      for (let bucket = 0; bucket < DIGEST_BUCKETS; bucket += 1) {
        const mine = [...entries].filter(([id]) => bucketOf(id) === bucket);
        if (mine.length === 0) continue;
        await call(
          `spill ${shelf} ${number}`,
          () => void spills.set(`${shelf}/${number}/${bucket}`, { walk, entries: mine }),
        );
      }
    },
    spilled: <Id extends string>(
      _sync: string,
      { walk, shelf }: Pick<Slice, 'walk' | 'shelf'>,
      bucket: number,
    ) =>
      call('spilled', () => {
        const united = new Map<Id, string | null>();
        for (const [name, chunk] of spills) {
          const isOurs = name.startsWith(`${shelf}/`) && name.endsWith(`/${bucket}`);
          if (!isOurs || chunk.walk !== walk) continue;
          for (const [text, digest] of chunk.entries) {
            const id = text as Id;
            united.set(id, (united.get(id) ?? digest) === digest ? digest : null);
          }
        }
        return united;
      }),
    recordsIn: (_sync, bucket, after) =>
      call('recordsIn', () => {
        const records = readRecords(memory)
          .map(({ state }) => state)
          .filter(({ key }) => bucketOf(key) === bucket && (after === null || key > after))
          .toSorted((a, b) => (a.key < b.key ? -1 : 1));
        return records.length > 2
          ? { records: records.slice(0, 2), last: records[1]?.key ?? null }
          : { records, last: null };
      }),
  };
}
