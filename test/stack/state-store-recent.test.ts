import type { Action, CrmKey } from '../../lib/engine/model.ts';
import type { HistoryEntry } from '../../lib/ports/state.ts';
import { recentPartition, historyPartition } from '../../lib/state/table-keys.ts';
import { testNow, useStateTables } from './state-store-tables.ts';

const sync = 'contacts-news';
const newTables = useStateTables();

function entry(at: number, ...actions: readonly Action[]): HistoryEntry {
  const reason = { rule: 'changed/same/crm', text: 'The CRM changed it.' };
  const decisions = actions.map((action) => ({ field: 'city', action, reason }));
  return { at, cause: 'crm', decisions };
}

const page = (at: number, keys: readonly string[], ...actions: readonly Action[]) =>
  keys.map((key) => ({ key: key as CrmKey, entry: entry(at, ...actions) }));

describe('recent pages', () => {
  test('are read newest first from a time on, with their counts and what was written', async () => {
    const { store } = await newTables();
    await store.append(sync, page(testNow - 3_000, ['1'], 'agree'));
    await store.append(sync, page(testNow - 2_000, ['2', '3'], 'agree', 'write-app'));
    await store.append(sync, page(testNow - 1_000, ['4'], 'park'));
    await store.append('leads-sales', page(testNow, ['5'], 'write-crm'));
    const text = 'The CRM changed it.';
    expect(await store.recent(sync, testNow - 2_000, 10)).toStrictEqual([
      {
        at: testNow - 1_000,
        cause: 'crm',
        records: 1,
        actions: { park: 1 },
        samples: [
          {
            key: '4',
            field: 'city',
            action: 'park',
            text,
          },
        ],
      },
      {
        at: testNow - 2_000,
        cause: 'crm',
        records: 2,
        actions: {
          agree: 2,
          'write-app': 2,
        },
        samples: [
          {
            key: '2',
            field: 'city',
            action: 'write-app',
            text,
          },
          {
            key: '3',
            field: 'city',
            action: 'write-app',
            text,
          },
          {
            key: '2',
            field: 'city',
            action: 'agree',
            text,
          },
          {
            key: '3',
            field: 'city',
            action: 'agree',
            text,
          },
        ],
      },
    ]);
    expect(await store.recent(sync, 0, 1)).toHaveLength(1);
  });

  test('cost one unit however many records a page has and however long its reasons are', async () => {
    const { store, meter } = await newTables();
    const long = page(
      testNow,
      Array.from({ length: 200 }, (_, n) => `key ${n}`),
      'write-app',
    ).map(({ key, entry: one }) => ({
      key,
      entry: {
        ...one,
        decisions: one.decisions.map((each) => ({
          ...each,
          reason: { rule: 'r', text: 'é'.repeat(400) },
        })),
      },
    }));
    meter.reset();
    await store.append(sync, long);
    expect(meter.units()).toBe(201);
    const [told] = await store.recent(sync, 0, 10);
    expect(told).toMatchObject({ records: 200, actions: { 'write-app': 200 } });
    expect(told?.samples.length).toBeGreaterThan(0);
  });

  test('nothing decided is nothing told, and yesterday is over', async () => {
    const { store, another, meter } = await newTables();
    meter.reset();
    await store.append(sync, []);
    expect(meter.calls()).toBe(0);
    await store.append(sync, page(testNow, ['1'], 'agree'));
    const tomorrow = another({ now: () => testNow + 86_400_000 });
    expect(await tomorrow.recent(sync, 0, 10)).toEqual([]);
  });

  test('lie where no record’s history can be', () => {
    for (const key of ['~recent', '', '~', '#']) {
      expect(historyPartition(sync, key)).not.toBe(recentPartition(sync));
    }
  });
});
