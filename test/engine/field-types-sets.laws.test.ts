/** The laws of the three-way union of sets and of their difference. */
import fc from 'fast-check';
import { setDifference, tags, threeWayUnion } from '../../lib/engine/types/index.ts';
import { valueOf } from './field-types-table.ts';

describe('The laws of sets', () => {
  const sets = fc.array(fc.constantFrom('a', 'A', 'b', 'B', 'c', 'd', 'é', 'É', 'e\u0301'), {
    maxLength: 6,
  });
  const foldsOf = (set: readonly string[]): ReadonlySet<string> =>
    new Set(set.map((tag) => tag.normalize('NFC').toLowerCase()));
  const normal = (set: readonly string[]): readonly string[] =>
    valueOf(tags(), set) as readonly string[];

  test('the union does not depend on which end is which', () => {
    fc.assert(
      fc.property(sets, sets, sets, (base, a, b) => {
        expect(threeWayUnion(base, a, b)).toEqual(threeWayUnion(base, b, a));
      }),
    );
  });

  test('the union of equal sets is that set, whatever the base', () => {
    fc.assert(
      fc.property(sets, sets, (base, a) => {
        expect(threeWayUnion(base, a, a)).toEqual(normal(a));
        expect(threeWayUnion(a, a, a)).toEqual(normal(a));
      }),
    );
  });

  test('uniting again, once both ends hold the union, changes nothing', () => {
    fc.assert(
      fc.property(sets, sets, sets, (base, a, b) => {
        const union = threeWayUnion(base, a, b);
        expect(threeWayUnion(union, union, union)).toEqual(union);
        expect(threeWayUnion(base, union, union)).toEqual(union);
      }),
    );
  });

  test('a change of one end alone is taken as it is', () => {
    fc.assert(
      fc.property(sets, sets, (base, a) => {
        expect(foldsOf(threeWayUnion(base, a, base))).toEqual(foldsOf(a));
      }),
    );
  });

  test('what either end added is in it, what either end removed is not, and nothing else happens', () => {
    fc.assert(
      fc.property(sets, sets, sets, (base, a, b) => {
        const union = foldsOf(threeWayUnion(base, a, b));
        const [inBase, inA, inB] = [foldsOf(base), foldsOf(a), foldsOf(b)];
        for (const tag of foldsOf([...base, ...a, ...b])) {
          const isThere = inBase.has(tag)
            ? inA.has(tag) && inB.has(tag)
            : inA.has(tag) || inB.has(tag);
          expect([tag, union.has(tag)]).toEqual([tag, isThere]);
        }
      }),
    );
  });

  test('without a base a union only adds', () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        expect(foldsOf(threeWayUnion([], a, b))).toEqual(foldsOf([...a, ...b]));
      }),
    );
  });

  test('a difference applied to the one set gives the other, and equivalent sets have none', () => {
    fc.assert(
      fc.property(sets, sets, (from, to) => {
        const { add, remove } = setDifference(from, to);
        const kept = [...foldsOf(from)].filter((tag) => !foldsOf(remove).has(tag));
        expect(tags().key(normal([...kept, ...add]))).toBe(tags().key(normal(to)));
        expect(add.length + remove.length === 0).toBe(
          tags().key(normal(from)) === tags().key(normal(to)),
        );
      }),
    );
  });
});
