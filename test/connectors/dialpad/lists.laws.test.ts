/** Merged lists: nothing a person added is lost, nothing is there twice, doing it again changes nothing. */
import fc from 'fast-check';
import { type ListWrite, mergeList } from '../../../lib/connectors/dialpad/lists.ts';

const keyOf = (entry: string): string => entry.toLowerCase();
const entries = fc.constantFrom('a', 'A', 'b', 'B', 'c', 'd', 'e');
const lists = fc.array(entries, { maxLength: 6 });
const agreements = fc.option(entries, { nil: null });
const primaries = fc.option(entries, { nil: null });

const keysOf = (list: readonly string[]): readonly string[] => list.map(keyOf);

describe('a merged list', () => {
  test('begins with our primary and loses only the one that was agreed on', () => {
    fc.assert(
      fc.property(lists, primaries, agreements, (current, primary, agreed) => {
        const merged = mergeList(current, { primary, extra: undefined, agreed }, keyOf);
        expect(primary === null || keyOf(merged[0] ?? '') === keyOf(primary)).toBe(true);
        const lost = keysOf(current).filter((key) => !keysOf(merged).includes(key));
        expect(lost.filter((key) => key !== (agreed === null ? null : keyOf(agreed)))).toEqual([]);
      }),
    );
  });

  test('has every entry once', () => {
    fc.assert(
      fc.property(
        lists,
        fc.option(primaries, { nil: undefined }),
        fc.option(lists, { nil: undefined }),
        agreements,
        (current, primary, extra, agreed) => {
          const keys = keysOf(mergeList(current, { primary, extra, agreed }, keyOf));
          expect(new Set(keys).size).toBe(keys.length);
        },
      ),
    );
  });

  test('stays as it is when the primary is written again', () => {
    fc.assert(
      fc.property(lists, entries, agreements, (current, primary, agreed) => {
        const write: ListWrite = { primary, extra: undefined, agreed };
        const once = mergeList(current, write, keyOf);
        expect(mergeList(once, write, keyOf)).toEqual(once);
        expect(mergeList(once, { ...write, agreed: primary }, keyOf)).toEqual(once);
      }),
    );
  });

  test('is what it was when nothing is written, but for repeats', () => {
    fc.assert(
      fc.property(fc.uniqueArray(entries, { selector: keyOf }), (current) => {
        const nothing = { primary: undefined, extra: undefined, agreed: null };
        expect(mergeList(current, nothing, keyOf)).toEqual(current);
      }),
    );
  });

  test('has the others that are wanted, and no more of them', () => {
    fc.assert(
      fc.property(lists, lists, (current, extra) => {
        const merged = mergeList(current, { primary: undefined, extra, agreed: null }, keyOf);
        const wanted = new Set(keysOf([...current.slice(0, 1), ...extra]));
        expect(new Set(keysOf(merged))).toEqual(wanted);
      }),
    );
  });
});
