/** Digests and spilled slices in memory, each write of its own, in buckets and pages small enough to be crossed. */
import { laneOf } from '../../../lib/engine/hash.ts';
import type { RemoteId } from '../../../lib/engine/model.ts';
import type { DigestStore } from '../../../lib/ports/digests.ts';
import type { MemoryState } from './memory-state.ts';

/** Few enough that a bucket holds several, and more than one, so that a walk crosses from one to the next. */
const DIGEST_BUCKETS = 2;
const bucketOf = (id: RemoteId): number => laneOf(id, DIGEST_BUCKETS);

export function createDigestMemory(
  { digests, spills }: Pick<MemoryState, 'digests' | 'spills'>,
  call: <T>(label: string, effect: () => T) => Promise<T>,
): DigestStore {
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
    spill: async (_sync, { walk, number }, entries) => {
      for (let bucket = 0; bucket < DIGEST_BUCKETS; bucket += 1) {
        const mine = [...entries].filter(([id]) => bucketOf(id) === bucket);
        if (mine.length === 0) continue;
        await call(
          `spill ${number}`,
          () => void spills.set(`${number}/${bucket}`, { walk, entries: mine }),
        );
      }
    },
    spilled: (_sync, walk, bucket) =>
      call('spilled', () => {
        const united = new Map<RemoteId, string | null>();
        for (const [name, chunk] of spills) {
          if (!name.endsWith(`/${bucket}`) || chunk.walk !== walk) continue;
          for (const [id, digest] of chunk.entries)
            united.set(id, (united.get(id) ?? digest) === digest ? digest : null);
        }
        return united;
      }),
  };
}
