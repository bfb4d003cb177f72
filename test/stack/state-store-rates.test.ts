/** What is left of the calls a vendor allows, in the tables: one of two stores it, and a timetable is leased once. */
import { BUCKETS, leaseCalls, LIMITS } from '../../lib/connectors/dialpad/budget.ts';
import type { RateStore } from '../../lib/ports/rates.ts';
import { useStateTables } from './state-store-tables.ts';

const newTables = useStateTables();
const NAME = 'dialpad/42/company';

describe('the rate of a vendor’s calls', () => {
  test('begins full and is written by one of two', async () => {
    const { store, another } = await newTables();
    expect(await store.loadRate(NAME)).toEqual({ version: 0, fullAt: 0 });
    const saves = [store, another()].map((one) => one.saveRate(NAME, { version: 0, fullAt: 7 }));
    expect((await Promise.all(saves)).toSorted()).toEqual(['lost', 'saved']);
    expect(await store.loadRate(NAME)).toEqual({ version: 1, fullAt: 7 });
    expect(await store.loadRate('dialpad/43/company')).toEqual({ version: 0, fullAt: 0 });
  });

  test('leased by six processes at once it never gives out more than the limit in any second', async () => {
    const { another } = await newTables();
    const nowMs = 1_000_000;
    const lease = async (store: RateStore): Promise<readonly number[]> => {
      for (;;) {
        const stored = await store.loadRate(NAME);
        const ask = { wanted: 8, nowMs, horizonMs: 5000 };
        const { times, next } = leaseCalls(BUCKETS.company, stored, ask);
        if ((await store.saveRate(NAME, { ...stored, ...next })) === 'saved') return times;
      }
    };
    const times = (await Promise.all(Array.from({ length: 6 }, () => lease(another()))))
      .flat()
      .toSorted((a, b) => a - b);
    expect(times).toHaveLength(48);
    const { calls, windowMs } = LIMITS.company;
    const inWindow = (from: number): number =>
      times.filter((time) => time >= from && time < from + windowMs).length;
    expect(Math.max(...times.map(inWindow))).toBeLessThanOrEqual(calls);
  });
});
