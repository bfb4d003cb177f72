import fc from 'fast-check';
import { NEW_BOOK } from '../../lib/engine/brakes.ts';
import type { Caps } from '../../lib/engine/caps.ts';
import type { BrakeClass, CrmKey, RemoteId } from '../../lib/engine/model.ts';
import { reservePassage } from '../../lib/flow/book.ts';
import { newState } from '../../lib/flow/work.ts';
import type { StoredRecord } from '../../lib/ports/state.ts';
import { useStateTables } from './state-store-tables.ts';

const sync = 'contacts-news';
const newTables = useStateTables();
const ids = (count: number): RemoteId[] =>
  Array.from({ length: count }, (_, index) => `m${index}` as RemoteId);

describe('the book of the brakes', () => {
  test('begins empty and is written by one of two', async () => {
    const { store, another } = await newTables();
    expect(await store.loadBook(sync)).toStrictEqual({ ...NEW_BOOK, version: 0 });
    const saves = [store, another()].map((one) => one.saveBook(sync, { ...NEW_BOOK, version: 0 }));
    expect((await Promise.all(saves)).toSorted()).toEqual(['lost', 'saved']);
    expect(await store.loadBook(sync)).toStrictEqual({ ...NEW_BOOK, version: 1 });
  });

  test('lets no more through than the cap, however many lanes ask at once', async () => {
    const caps: Caps = {
      perRun: { destroy: { records: 10, percent: null }, archive: { records: 7, percent: null } },
      perDay: {},
    };
    const classes = fc.constantFrom<BrakeClass>('archive', 'unsubscribe', 'delete');
    const asked = fc.array(fc.tuple(classes, fc.integer({ min: 1, max: 6 })), {
      minLength: 2,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(asked, async (lanes) => {
        const { another } = await newTables();
        const passed = await Promise.all(
          lanes.map(([one, count]) =>
            reservePassage(another(), sync, caps, {
              run: '1',
              at: Date.UTC(2026, 0, 5),
              fresh: { [one]: count },
              held: {},
            }).then(({ fresh }) => [one, fresh[one] ?? 0] as const),
          ),
        );
        const sum = (
          of: (one: BrakeClass) => boolean,
          from: readonly (readonly [BrakeClass, number])[],
        ) => from.filter(([one]) => of(one)).reduce((total, [, count]) => total + count, 0);
        const isArchive = (one: BrakeClass): boolean => one === 'archive';
        expect(sum(isArchive, passed)).toBeLessThanOrEqual(7);
        expect(sum(() => true, passed)).toBeLessThanOrEqual(10);
        // Nothing is held needlessly either.
        const wanted = Math.min(7, sum(isArchive, lanes)) + sum((one) => !isArchive(one), lanes);
        expect(sum(() => true, passed)).toBe(Math.min(10, wanted));
      }),
      { numRuns: 15 },
    );
  });
});

describe('planned rows', () => {
  test('are counted once each, listed and dropped', async () => {
    const { store } = await newTables();
    await store.putPlanned(sync, ids(60));
    await store.putPlanned(sync, ids(70));
    expect(await store.countPlanned(sync)).toBe(70);
    expect(await store.countPlanned('calls')).toBe(0);
    const some = await store.listPlanned(sync, 25);
    expect(new Set(some).size).toBe(25);
    await store.dropPlanned(sync, [...some, 'nobody' as RemoteId]);
    expect(await store.countPlanned(sync)).toBe(45);
    const left = await store.listPlanned(sync, 1_000);
    expect(new Set([...some, ...left])).toEqual(new Set(ids(70)));
  });
});

describe('a record with deeds withheld', () => {
  const record = (key: string, by: 'mode' | 'brake'): StoredRecord => ({
    version: 0,
    marks: 0,
    state: {
      ...newState(key as CrmKey),
      withheld: {
        by,
        deeds: [
          { kind: 'unsubscribe-app', column: 'email_status' },
          { kind: 'archive-app', column: null },
        ],
        reason: 'too many at once',
        at: 5,
        run: '12',
      },
      passed: ['create'],
      renewal: 3,
    },
  });

  test('comes back as it went, and is in the inbox only where a person is waited for', async () => {
    const { store } = await newTables();
    const records = [record('1', 'mode'), record('2', 'brake')];
    await store.save(sync, records);
    const loaded = await store.load(sync, ['1', '2'] as CrmKey[]);
    expect([...loaded.values()].map(({ state }) => state)).toEqual(
      expect.arrayContaining(records.map(({ state }) => state)),
    );
    const { records: inbox } = await store.inbox(sync, null, 10);
    expect(inbox.map(({ state }) => state.key)).toEqual(['2']);
  });
});
