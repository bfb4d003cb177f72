/** Full calls, and the search for bad rows: laws first. */
import fc from 'fast-check';
import {
  fillCalls,
  foundSoFar,
  nextCall,
  noteAnswer,
  openSearch,
  ROWS_MAX,
  type Search,
} from '../../../lib/connectors/meta/batches.ts';

const rowsOf = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

describe('calls', () => {
  test('are as few as can be, hold every row once and in order, and none is too large', () => {
    fc.assert(
      fc.property(fc.nat({ max: 300 }), fc.integer({ min: 1, max: 40 }), (count, rowsMax) => {
        const calls = fillCalls(rowsOf(count), rowsMax);
        expect(calls).toHaveLength(Math.ceil(count / rowsMax));
        expect(calls.flat()).toEqual(rowsOf(count));
        expect(calls.every((call) => call.length >= 1 && call.length <= rowsMax)).toBe(true);
      }),
    );
  });

  test('hold ten thousand rows', () => {
    expect(ROWS_MAX).toBe(10_000);
    expect(fillCalls(rowsOf(25_000)).map((call) => call.length)).toEqual([10_000, 10_000, 5000]);
    expect(fillCalls([])).toEqual([]);
  });
});

interface Hunt {
  readonly search: Search<number>;
  readonly sent: readonly (readonly number[])[];
}

/** An app that answers by the bad rows it was sent. */
function hunt(count: number, bad: ReadonlySet<number>, callsMax: number): Hunt {
  let search = openSearch(rowsOf(count), callsMax);
  const sent: (readonly number[])[] = [];
  for (let rows = nextCall(search); rows !== null; rows = nextCall(search)) {
    sent.push(rows);
    search = noteAnswer(search, rows.some((row) => bad.has(row)) ? 'dirty' : 'clean');
  }
  return { search, sent };
}

/** Rows of a call with at least one bad among them. */
const cases = fc
  .integer({ min: 1, max: 200 })
  .chain((count) =>
    fc.tuple(
      fc.constant(count),
      fc.uniqueArray(fc.nat({ max: count - 1 }), { minLength: 1, maxLength: 12 }),
    ),
  )
  .map(([count, bad]) => ({ count, bad: new Set(bad) }));

describe('the search for bad rows', () => {
  test('finds all of them and only them, and sends every good row where nothing was wrong', () => {
    fc.assert(
      fc.property(cases, ({ count, bad }) => {
        const { search, sent } = hunt(count, bad, 10_000);
        const found = foundSoFar(search);
        expect(new Set(found.bad)).toEqual(bad);
        expect(found.undecided).toEqual([]);
        const clean = sent.filter((rows) => !rows.some((row) => bad.has(row))).flat();
        const good = rowsOf(count).filter((row) => !bad.has(row));
        expect(clean.toSorted((a, b) => a - b)).toEqual(good);
      }),
    );
  });

  test('calls a row bad only after it was sent alone', () => {
    fc.assert(
      fc.property(cases, ({ count, bad }) => {
        fc.pre(count > 1);
        const { search, sent } = hunt(count, bad, 10_000);
        const alone = sent.flatMap((rows) => (rows.length === 1 ? rows : []));
        expect(alone).toEqual(expect.arrayContaining([...foundSoFar(search).bad]));
      }),
    );
  });

  test('never costs more than it may, and leaves undecided what it could not look at', () => {
    fc.assert(
      fc.property(cases, fc.nat({ max: 30 }), ({ count, bad }, callsMax) => {
        const { search, sent } = hunt(count, bad, callsMax);
        expect(sent.length).toBeLessThanOrEqual(callsMax);
        const found = foundSoFar(search);
        for (const row of bad) {
          expect([...found.bad, ...found.undecided]).toContain(row);
        }
        expect(found.bad.every((row) => bad.has(row))).toBe(true);
        expect(new Set([...found.bad, ...found.undecided]).size).toBe(
          found.bad.length + found.undecided.length,
        );
      }),
    );
  });

  test('costs for one bad row twice the number of halvings at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: ROWS_MAX }), fc.nat(), (count, seed) => {
        const { sent } = hunt(count, new Set([seed % count]), 10_000);
        expect(sent.length).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(count)));
      }),
    );
  });

  test('knows the row of a call of one', () => {
    const search = openSearch(['only'], 5);
    expect(nextCall(search)).toBeNull();
    expect(foundSoFar(search)).toEqual({ bad: ['only'], undecided: [] });
  });

  test('believes an app that changed its mind: a suspect that is clean alone is not bad', () => {
    let search = openSearch(['a', 'b'], 5);
    search = noteAnswer(search, 'clean');
    expect(nextCall(search)).toEqual(['b']);
    expect(foundSoFar(noteAnswer(search, 'clean'))).toEqual({ bad: [], undecided: [] });
  });

  test('is told of a mistake in its use', () => {
    expect(() => noteAnswer(openSearch(['only'], 5), 'clean')).toThrow('nothing was sent');
  });
});
