/** The laws of brakes: what passes never exceeds a cap, what is held passes only by a person's word. */
import fc from 'fast-check';
import {
  allow,
  dayOf,
  NEW_BOOK,
  reserve,
  type BrakeBook,
  type Counts,
  type Request,
} from '../../lib/engine/brakes.ts';
import {
  BRAKE_CLASSES,
  DEFAULT_CAPS,
  isCapped,
  isDestroying,
  NO_CAPS,
  withDefaultCaps,
  type Cap,
  type CapName,
  type Caps,
} from '../../lib/engine/caps.ts';
import type { BrakeClass } from '../../lib/engine/model.ts';

const NAMES: readonly CapName[] = [...BRAKE_CLASSES, 'destroy'];
const MORNING = Date.UTC(2026, 0, 5, 8);
const DAY_MS = 86_400_000;

const count = fc.nat({ max: 30 });
const counts: fc.Arbitrary<Counts> = fc.dictionary(fc.constantFrom(...BRAKE_CLASSES), count, {
  noNullPrototype: true,
});
const cap: fc.Arbitrary<Cap> = fc.record({
  records: fc.option(fc.nat({ max: 40 })),
  percent: fc.option(fc.nat({ max: 60 })),
  atLeast: fc.option(fc.nat({ max: 20 })),
}) as fc.Arbitrary<Cap>;
const table = fc.dictionary(fc.constantFrom(...NAMES), cap, { noNullPrototype: true });
const caps: fc.Arbitrary<Caps> = fc.record({ perRun: table, perDay: table });
const request: fc.Arbitrary<Request> = fc.record({
  run: fc.constantFrom('1', '2', '3'),
  at: fc.constantFrom(MORNING, MORNING + 3_600_000, MORNING + DAY_MS),
  fresh: counts,
  held: counts,
});
const requests = fc.array(request, { maxLength: 12 });
const linkedBook = fc
  .option(fc.nat({ max: 100 }))
  .map((linked): BrakeBook => ({ ...NEW_BOOK, linked }));

interface Passed {
  readonly request: Request;
  readonly fresh: Counts;
  readonly held: Counts;
}

function ask(book: BrakeBook, limits: Caps, all: readonly Request[]) {
  const passed: Passed[] = [];
  for (const each of all) {
    const passage = reserve(book, limits, each);
    book = passage.book;
    passed.push({ request: each, fresh: passage.fresh, held: passage.held });
  }
  return { book, passed };
}

const sumOf = (passed: readonly Passed[], names: (one: BrakeClass) => boolean): number =>
  passed
    .flatMap(({ fresh, held }) =>
      BRAKE_CLASSES.filter(names).map((one) => (fresh[one] ?? 0) + (held[one] ?? 0)),
    )
    .reduce((a, b) => a + b, 0);

const under =
  (name: CapName) =>
  (one: BrakeClass): boolean =>
    name === 'destroy' ? isDestroying(one) : one === name;

const limitOf = (name: CapName, limit: Cap | null | undefined, linked: number | null): number => {
  if (limit == null) return Infinity;
  const { records, percent, atLeast = null } = limit;
  const isOpen = name === 'create' || name === 'overwrite';
  const unknown = atLeast ?? (isOpen ? Infinity : 0);
  const counted = Math.max(atLeast ?? 0, Math.ceil(((linked ?? 0) * (percent ?? 0)) / 100));
  const share = percent === null ? Infinity : linked === null ? unknown : counted;
  return Math.min(records ?? Infinity, share);
};

describe('What passes a brake', () => {
  test('never exceeds any cap, per run and per day, in whatever portions it is asked for', () => {
    fc.assert(
      fc.property(linkedBook, caps, requests, (book, limits, all) => {
        const { passed } = ask(book, limits, all);
        for (const name of NAMES) {
          for (const run of ['1', '2', '3']) {
            const inRun = passed.filter((each) => each.request.run === run);
            const most = limitOf(name, limits.perRun[name], book.linked);
            expect(sumOf(inRun, under(name))).toBeLessThanOrEqual(most);
          }
          for (const at of [MORNING, MORNING + DAY_MS]) {
            const inDay = passed.filter((each) => dayOf(each.request.at) === dayOf(at));
            const most = limitOf(name, limits.perDay[name], book.linked);
            expect(sumOf(inDay, under(name))).toBeLessThanOrEqual(most);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test('is all that is asked for as long as every cap has room', () => {
    fc.assert(
      fc.property(caps, request, (limits, asked) => {
        const { fresh } = reserve({ ...NEW_BOOK, linked: 100 }, limits, asked);
        const total = (name: CapName): number =>
          BRAKE_CLASSES.filter(under(name)).reduce((sum, one) => sum + (asked.fresh[one] ?? 0), 0);
        const fits = NAMES.every(
          (name) =>
            total(name) <= limitOf(name, limits.perRun[name], 100) &&
            total(name) <= limitOf(name, limits.perDay[name], 100),
        );
        const free = BRAKE_CLASSES.filter((one) => fits || !isCapped(limits, one));
        expect(free.map((one) => fresh[one] ?? 0)).toEqual(
          free.map((one) => asked.fresh[one] ?? 0),
        );
      }),
      { numRuns: 500 },
    );
  });

  test('of what is held already is nothing without a person’s word', () => {
    fc.assert(
      fc.property(caps, requests, (limits, all) => {
        const { passed } = ask(NEW_BOOK, limits, all);
        for (const { held } of passed)
          expect(BRAKE_CLASSES.every((one) => (held[one] ?? 0) === 0)).toBe(true);
      }),
    );
  });

  test('in a run a person allowed is at most what they allowed, held and new together, or what the caps allow', () => {
    fc.assert(
      fc.property(caps, fc.nat({ max: 50 }), requests, (limits, allowed, all) => {
        const book = allow(
          { ...NEW_BOOK, linked: 100 },
          '1',
          { name: 'destroy', count: allowed },
          MORNING,
        );
        const { passed } = ask(book, limits, all);
        const mine = passed.filter((each) => each.request.run === '1');
        const others = passed.filter((each) => each.request.run !== '1');
        const most = limitOf('destroy', limits.perRun.destroy, 100);
        expect(sumOf(mine, isDestroying)).toBeLessThanOrEqual(Math.max(allowed, most));
        for (const { held } of others)
          expect(BRAKE_CLASSES.every((one) => (held[one] ?? 0) === 0)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('in a run a person allowed is everything they allowed', () => {
    const book = allow(NEW_BOOK, '1', { name: 'destroy', count: 25 }, MORNING);
    const asked = { run: '1', at: MORNING, fresh: { archive: 15 }, held: { delete: 20 } };
    const { fresh, held } = reserve(book, DEFAULT_CAPS, asked);
    expect([fresh.archive, held.delete]).toEqual([15, 10]);
  });

  test('of one class is not another: who allows people to be taken away allows nobody to be made', () => {
    const limits = { perRun: { create: { records: 0, percent: null } }, perDay: {} };
    const asked = { run: '1', at: MORNING, fresh: {}, held: { create: 5 } };
    const passes = (name: 'destroy' | 'create'): number | undefined =>
      reserve(allow(NEW_BOOK, '1', { name, count: 3 }, MORNING), limits, asked).held.create;
    expect([passes('destroy'), passes('create')]).toEqual([0, 3]);
  });

  test('is not asked about where nothing is capped', () => {
    expect(BRAKE_CLASSES.filter((one) => isCapped(NO_CAPS, one))).toEqual([]);
    expect(BRAKE_CLASSES.filter((one) => isCapped(DEFAULT_CAPS, one))).toEqual([...BRAKE_CLASSES]);
  });
});

describe('The caps', () => {
  test('of a real system hold for every class, and give way class by class to what the configuration says', () => {
    expect(withDefaultCaps(NO_CAPS)).toEqual(DEFAULT_CAPS);
    const own = { perRun: { destroy: null, create: { records: 5, percent: null } }, perDay: {} };
    const { perRun, perDay } = withDefaultCaps(own);
    expect(perRun).toEqual({
      destroy: null,
      create: own.perRun.create,
      subscribe: DEFAULT_CAPS.perRun.subscribe,
      refuse: DEFAULT_CAPS.perRun.refuse,
      overwrite: DEFAULT_CAPS.perRun.overwrite,
    });
    // No day’s default comes between a person’s number for a run and what it says.
    expect(Object.keys(perDay).toSorted()).toEqual(['overwrite', 'refuse', 'subscribe']);
  });

  test('of a real system let an ordinary day of a small table pass, and no day of a large one do mass damage', () => {
    const passes = (linked: number | null, one: BrakeClass): number =>
      reserve({ ...NEW_BOOK, linked }, DEFAULT_CAPS, {
        run: '1',
        at: MORNING,
        fresh: { [one]: 10_000_000 },
        held: {},
      }).fresh[one] ?? 0;
    const table = [null, 50, 100_000, 10_000_000].map((linked) =>
      BRAKE_CLASSES.map((one) => passes(linked, one)),
    );
    expect([BRAKE_CLASSES, ...table]).toEqual([
      ['overwrite', 'create', 'subscribe', 'refuse', 'archive', 'unsubscribe', 'delete'],
      // The first sync: nobody has counted anybody.
      [200, 100, 25, 100, 10, 10, 10],
      [200, 100, 25, 100, 10, 10, 10],
      [20_000, 10_000, 1_000, 20_000, 500, 100, 10],
      [20_000, 10_000, 1_000, 20_000, 500, 100, 10],
    ]);
  });

  test('of a share have a floor, so that a small table is not held by it', () => {
    const limits = {
      perRun: { archive: { records: null, percent: 1, atLeast: 5 } },
      perDay: {},
    };
    const asked = { run: '1', at: MORNING, fresh: { archive: 9 }, held: {} };
    const passes = [null, 0, 50, 700].map(
      (linked) => reserve({ ...NEW_BOOK, linked }, limits, asked).fresh.archive,
    );
    expect(passes).toEqual([5, 5, 5, 7]);
  });

  test('given in percent round up, and take nobody away before the records were counted', () => {
    const limits = { perRun: { archive: { records: null, percent: 1 } }, perDay: {} };
    const asked = { run: '1', at: MORNING, fresh: { archive: 9 }, held: {} };
    const passes = [null, 0, 1, 150].map(
      (linked) => reserve({ ...NEW_BOOK, linked }, limits, asked).fresh.archive,
    );
    expect(passes).toEqual([0, 0, 1, 2]);
  });
});

test('The book stays small, and remembers the run it is asked about', () => {
  const limits = { perRun: { archive: { records: 1, percent: null } }, perDay: {} };
  let book: BrakeBook = NEW_BOOK;
  for (let run = 0; run < 200; run += 1) {
    const at = MORNING + run * 3_600_000;
    for (const expected of [1, 0]) {
      const passage = reserve(book, limits, {
        run: String(run),
        at,
        fresh: { archive: 1 },
        held: {},
      });
      expect(passage.fresh.archive).toBe(expected);
      book = passage.book;
    }
  }
  expect(JSON.stringify(book).length).toBeLessThan(2_000);
});
