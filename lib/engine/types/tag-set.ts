/**
 * Sets of tags, compared without case. The three-way union keeps what both ends did since they last
 * agreed: every addition, every removal. Without a base nobody can tell a removal from a tag the other
 * end never had, so a first meeting can only add.
 */

/** What tells tags apart. */
export const foldTag = (tag: string): string => tag.normalize('NFC').toLowerCase().normalize('NFC');

/** By fold, in fold order: the first spelling of each tag. */
export function normalTags(tags: readonly string[]): readonly string[] {
  return sorted(spellings(tags));
}

/**
 * The union of two ends by their base: a tag of the base stays if both ends still have it, any other
 * tag is there if either end has it. Does not depend on which end is `a`: of two spellings the one
 * that sorts first is taken.
 */
export function threeWayUnion(
  base: readonly string[],
  a: readonly string[],
  b: readonly string[],
): readonly string[] {
  const [inBase, inA, inB] = [spellings(base), spellings(a), spellings(b)];
  const union = new Map<string, string>();
  for (const fold of new Set([...inA.keys(), ...inB.keys()])) {
    const here = [inA.get(fold), inB.get(fold)].filter((tag) => tag !== undefined);
    const [first] = here.sort(byUnits);
    const isRemoved = inBase.has(fold) && here.length < 2;
    if (first !== undefined && !isRemoved) union.set(fold, first);
  }
  return sorted(union);
}

/**
 * What turns one set into the other. Additions are spelled as in `to`, removals as in `from`: that is
 * the name under which the end knows the tag.
 */
export function setDifference(
  from: readonly string[],
  to: readonly string[],
): { readonly add: readonly string[]; readonly remove: readonly string[] } {
  const [before, after] = [spellings(from), spellings(to)];
  return { add: sorted(without(after, before)), remove: sorted(without(before, after)) };
}

type Spellings = ReadonlyMap<string, string>;

function spellings(tags: readonly string[]): Spellings {
  const byFold = new Map<string, string>();
  for (const tag of tags) if (!byFold.has(foldTag(tag))) byFold.set(foldTag(tag), tag);
  return byFold;
}

const without = (set: Spellings, other: Spellings): Spellings =>
  new Map([...set].filter(([fold]) => !other.has(fold)));

const sorted = (set: Spellings): readonly string[] =>
  [...set].sort(([a], [b]) => byUnits(a, b)).map(([, tag]) => tag);

/** By UTF-16 units, the same on every machine: a locale's order would differ between a laptop and a server. */
const byUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
