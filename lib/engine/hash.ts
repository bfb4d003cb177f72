/** A small stable hash (FNV-1a, 64 bit, over UTF-16 units): lanes and fight memory. Not for secrets. */
const OFFSET = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;

export function fnv1a(text: string): bigint {
  let hash = OFFSET;
  for (let i = 0; i < text.length; i += 1) {
    hash ^= BigInt(text.charCodeAt(i));
    hash = (hash * PRIME) & 0xffffffffffffffffn;
  }
  return hash;
}

/** The lane a record always travels in. The lane count is fixed when the sync is first deployed. */
export const laneOf = (key: string, lanes: number): number => Number(fnv1a(key) % BigInt(lanes));

export const digest = (text: string): string => fnv1a(text).toString(36);
