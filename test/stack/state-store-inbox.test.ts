/** Finding records without knowing their keys: what waits, what needs a person, and all of them in turn. */
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import type { CrmKey, RecordState } from '../../lib/engine/model.ts';
import type { StoredRecord } from '../../lib/ports/state.ts';
import { inboxPlaceOf } from '../../lib/state/record-item.ts';
import { recordKey } from '../../lib/state/table-keys.ts';
import { sampleRecord } from '../state/sample-record.ts';
import { useStateTables, type StateTables } from './state-store-tables.ts';

const sync = 'contacts-news';
const key = (text: string): CrmKey => text as CrmKey;
const fresh = (text: string, more: Partial<RecordState> = {}): StoredRecord => ({
  state: sampleRecord({ key: key(text), ...more }),
  version: 0,
  marks: 0,
});
const waiting = (until: number) => ({
  kind: 'waiting' as const,
  until,
  attempts: 1,
  reason: '503',
});
const quarantined = { kind: 'quarantined' as const, reason: 'refused', at: 1 };

const newTables = useStateTables();

describe('the inbox', () => {
  async function indexRows(tables: StateTables, state: RecordState): Promise<string[]> {
    const place = inboxPlaceOf(sync, state);
    const answer = await tables.client.send(
      new QueryCommand({
        TableName: tables.stateTable,
        IndexName: 'inbox',
        KeyConditionExpression: 'ipk = :ipk',
        ExpressionAttributeValues: { ':ipk': { S: place?.ipk ?? '' } },
      }),
    );
    return (answer.Items ?? []).map((item) => item['sk']?.S ?? '');
  }

  test('holds a record exactly while it is out of traffic', async () => {
    const tables = await newTables();
    const parked = fresh('1', { parking: quarantined });
    await tables.store.save(sync, [fresh('1'), fresh('2')]);
    expect(await indexRows(tables, parked.state)).toStrictEqual([]);
    await tables.store.save(sync, [{ ...parked, version: 1 }]);
    expect(await indexRows(tables, parked.state)).toStrictEqual(['1']);
    await tables.store.save(sync, [{ ...fresh('1'), version: 2 }]);
    expect(await indexRows(tables, parked.state)).toStrictEqual([]);
  });

  test('is left also by who does not remember that the record was in it', async () => {
    const tables = await newTables();
    await tables.store.save(sync, [fresh('1', { parking: quarantined }), fresh('2')]);
    const forgetful = ['1', '2'].map((text) => ({ ...fresh(text), version: 1 }));
    expect(await tables.store.save(sync, forgetful)).toStrictEqual(['saved', 'saved']);
    expect(await tables.store.inbox(sync, null, 10)).toStrictEqual({ records: [], cursor: null });
  });

  test('is read page by page, each record once', async () => {
    const tables = await newTables();
    const conflict = {
      kind: 'conflict' as const,
      crm: 'a',
      app: 'b',
      base: null,
      reason: '',
      at: 1,
    };
    const records = Array.from({ length: 90 }, (_, index) => {
      const kinds = [
        { parking: waiting(index) },
        { parking: quarantined },
        { parked: { f: conflict } },
        {},
      ];
      return fresh(String(index), kinds[index % 4] ?? {});
    });
    await tables.store.save(sync, records);
    const found: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await tables.store.inbox(sync, cursor, 7);
      expect(page.records.length).toBeLessThanOrEqual(7);
      found.push(...page.records.map(({ state }) => state.key));
      cursor = page.cursor;
    } while (cursor !== null);
    const wanted = records.flatMap(({ state }, index) => (index % 4 === 3 ? [] : [state.key]));
    expect(found.sort()).toStrictEqual([...wanted].sort());
  });

  test('gives due records soonest first, over all shards, up to the limit and the present', async () => {
    const tables = await newTables();
    const records = Array.from({ length: 200 }, (_, index) =>
      fresh(String(index), { parking: waiting(1_000_000 + ((index * 37) % 200)) }),
    );
    await tables.store.save(sync, records);
    const due = await tables.store.due(sync, 1_000_099, 1000);
    const times = due.map((text) => 1_000_000 + ((Number(text) * 37) % 200));
    expect(times).toStrictEqual(Array.from({ length: 100 }, (_, index) => 1_000_000 + index));
    expect(await tables.store.due(sync, 1_000_099, 7)).toStrictEqual(due.slice(0, 7));
    expect(await tables.store.due(sync, 999_999, 7)).toStrictEqual([]);
    expect(await tables.store.due('calls', 1_000_099, 7)).toStrictEqual([]);
  });

  test('gives a due record back by its whole key, however long', async () => {
    const tables = await newTables();
    const long = 'x'.repeat(3000);
    await tables.store.save(sync, [
      fresh(long, { parking: waiting(5) }),
      fresh('', { parking: waiting(6) }),
    ]);
    expect(await tables.store.due(sync, 5, 10)).toStrictEqual([long]);
    expect([...(await tables.store.due(sync, 6, 10))].sort()).toStrictEqual(['', long]);
  });

  test('no longer finds due what was put off', async () => {
    const tables = await newTables();
    await tables.store.save(sync, [fresh('1', { parking: waiting(5) })]);
    await tables.store.save(sync, [{ ...fresh('1', { parking: waiting(50) }), version: 1 }]);
    expect(await tables.store.due(sync, 10, 10)).toStrictEqual([]);
    expect(await tables.store.due(sync, 50, 10)).toStrictEqual(['1']);
  });
});

describe('a scan', () => {
  test('meets every record once, in key order of its bucket, whatever the page size', async () => {
    const tables = await newTables();
    const records = Array.from({ length: 300 }, (_, index) => fresh(String(index)));
    await tables.store.save(sync, records);
    await tables.store.claimLinks(sync, [{ id: 'm1' as never, key: key('1') }]);
    for (const limit of [1, 40, 1000]) {
      const found: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await tables.store.scan(sync, cursor, limit);
        expect(page.records.length).toBeLessThanOrEqual(limit);
        found.push(...page.records.map(({ state }) => state.key));
        cursor = page.cursor;
      } while (cursor !== null);
      const places = found.map((text) => Object.values(recordKey(sync, text)).join(' '));
      expect(places).toStrictEqual([...places].sort());
      expect(found).toHaveLength(300);
      expect(new Set(found).size).toBe(300);
    }
  }, 30_000);

  test('refuses a cursor that is none', async () => {
    const { store } = await newTables();
    for (const cursor of ['', 'nonsense', 'WzEsMl0', 'Wy0xXQ']) {
      await expect(store.scan(sync, cursor, 10)).rejects.toThrow(/is no cursor of this walk/);
    }
  });
});
