/**
 * The values people type. Nothing computes with a value, it is only asked whether two of one field are the same: so their names
 * are given anew in every state, in the order in which they stand there, and what stands nowhere any more is forgotten.
 */
import { digest } from '../../lib/engine/hash.ts';
import { FIGHT_REVERTS_MAX } from '../../lib/engine/fights.ts';
import type { CrmKey, FightMemory, RecordState } from '../../lib/engine/model.ts';
import { text } from '../../lib/engine/types/index.ts';

export type Edited = 'phone' | 'first_name';

export const valueOf = (key: CrmKey, column: Edited, name: number | string): string =>
  `${key}.${column}.${name}`;

/** What somebody types now; nobody has typed it before. */
export const newValue = (key: CrmKey, column: Edited, end: string, now: number): string =>
  valueOf(key, column, `${end}${now}`);

const VALUE = /"\d+\.(phone|first_name)\.\w+"/g;

/** New names of values by old ones, of one person. */
export type Names = ReadonlyMap<string, string>;

/** The names for what stands in a text, in which there is one person. */
export function namesFor(key: CrmKey, json: string): Names {
  const names = new Map<string, string>();
  const counts = { phone: 0, first_name: 0 };
  for (const [quoted, column] of json.matchAll(VALUE)) {
    const value = quoted.slice(1, -1);
    if (names.has(value)) continue;
    names.set(value, valueOf(key, column as Edited, counts[column as Edited]));
    counts[column as Edited] += 1;
  }
  return names;
}

export const renamed = (json: string, names: Names): string =>
  json.replaceAll(VALUE, (quoted) => `"${names.get(quoted.slice(1, -1)) ?? ''}"`);

/** Without the person: people are compared by it. */
export const anonymous = (json: string): string =>
  json.replaceAll(/"\d+\.((?:phone|first_name)\.\w+)"/g, '"$1"');

const TYPE = text();
const digestOf = (value: string): string => digest(TYPE.key(value));
const COUNTED = '!';

/**
 * What a write replaced is remembered as the digest of one value. Where that value stands nowhere any more nobody can show
 * it again, and below the limit such a memory is as good as none.
 */
export function renamedFights(fights: RecordState['fights'], names: Names): RecordState['fights'] {
  const byDigest = new Map([...names].map(([old, name]) => [digestOf(old), digestOf(name)]));
  const kept = Object.entries(fights).flatMap(([field, memory]): [string, FightMemory][] => {
    const isCounted = memory.before.startsWith(COUNTED);
    const before = byDigest.get(isCounted ? memory.before.slice(COUNTED.length) : memory.before);
    if (before !== undefined)
      return [[field, { ...memory, before: isCounted ? `${COUNTED}${before}` : before }]];
    return memory.reverts < FIGHT_REVERTS_MAX ? [] : [[field, memory]];
  });
  return Object.fromEntries(kept);
}
