import { QueryCommand } from '@aws-sdk/client-dynamodb';
import type { CrmKey } from '../../lib/engine/model.ts';
import type { HistoryEntry, HistoryPage } from '../../lib/ports/state.ts';
import { testNow, useStateTables } from './state-store-tables.ts';

const sync = 'contacts-news';
const key = (text: string): CrmKey => text as CrmKey;

const newTables = useStateTables();

describe('history', () => {
  const entry = (at: number, after: string): HistoryEntry => ({
    at,
    cause: 'crm',
    decisions: [
      {
        field: 'phone>PHONE:phone',
        action: 'write-app',
        reason: { rule: 'changed/same/shared', text: 'The CRM changed it.' },
        before: null,
        after,
      },
      {
        field: null,
        action: 'leave',
        reason: { rule: 'existence', text: 'Both are there.' },
      },
    ],
  });

  test('keeps a decision about values that no item holds, with their beginnings', async () => {
    const { store } = await newTables();
    const [before, after] = ['b'.repeat(300_000), 'ä'.repeat(150_000)];
    const reason = { rule: 'owner', text: 'the CRM owns it' };
    const decision = { field: 'notes', action: 'write-app', reason, before, after } as const;
    const other = { ...decision, field: 'city', before: 'Bonn', after: 'Köln' };
    const entry = { at: testNow, cause: 'change', decisions: [decision, other] };
    await store.append(sync, [{ key: key('17'), entry }]);
    const [kept] = await store.read(sync, key('17'), 10);
    expect(kept?.decisions[1]).toStrictEqual(other);
    expect(kept?.decisions[0]).toMatchObject({ field: 'notes', reason });
    expect(kept?.decisions[0]?.after).toBe(`${'ä'.repeat(1_000)}…`);
  });

  test('is read newest first, up to the limit, of that record only', async () => {
    const { store } = await newTables();
    const times = [3, 1, 2, 10, 9].map((minute) => testNow - minute * 60_000);
    const entries = times.map((at) => ({ key: key('17'), entry: entry(at, String(at)) }));
    await store.append(sync, [...entries, { key: key('1'), entry: entry(testNow, 'x') }]);
    const read = await store.read(sync, key('17'), 10);
    expect(read).toStrictEqual([...times].sort((a, b) => b - a).map((at) => entry(at, String(at))));
    expect(await store.read(sync, key('17'), 2)).toStrictEqual(read.slice(0, 2));
    expect(await store.read('calls', key('17'), 2)).toStrictEqual([]);
  });

  test('keeps the run, the message and what had been agreed on, whatever form the base has', async () => {
    const { store } = await newTables();
    const reason = { rule: 'resolve', text: 'ann took the app’s value' };
    const told = { field: 'phone', action: 'write-app', reason, after: '2' } as const;
    const bases = [
      { c: '1', r: '1' },
      { c: null, r: null },
      { c: '0', r: '0' },
      { c: '1', r: '+1' },
      { c: '1', r: '+1', rewrittenBy: 'app' },
      { c: ['a'], r: ['a'] },
    ] as const;
    const decisions = bases.flatMap((base) => [
      { ...told, before: '1', base },
      { ...told, base },
    ]);
    const whole = { at: testNow, cause: 'live', run: '17', message: 'a-message', decisions };
    await store.append(sync, [{ key: key('17'), entry: whole }]);
    expect(await store.read(sync, key('17'), 1)).toStrictEqual([whole]);
  });

  test('is read page by page to its end, and a place in it is a text of ours', async () => {
    const { store, another } = await newTables();
    const times = [1, 2, 3, 4, 5].map((minute) => testNow - minute * 60_000);
    await store.append(
      sync,
      times.map((at) => ({ key: key('17'), entry: entry(at, String(at)) })),
    );
    const found: number[] = [];
    let cursor: string | null = null;
    let pages = 0;
    do {
      const page: HistoryPage = await store.readPage(sync, key('17'), { cursor, limit: 2 });
      found.push(...page.entries.map(({ at }) => at));
      ({ cursor } = page);
      pages += 1;
    } while (cursor !== null);
    expect({ found, pages }).toStrictEqual({ found: times, pages: 3 });
    const broken = store.readPage(sync, key('17'), { cursor: 'x', limit: 2 });
    await expect(broken).rejects.toThrow(/no place in a history/);
    const days90 = 90 * 24 * 3_600_000;
    const later = another({ now: () => testNow - 2 * 60_000 + days90 });
    const living = await later.readPage(sync, key('17'), { cursor: null, limit: 2 });
    const [first = 0] = times;
    expect(living).toStrictEqual({ entries: [entry(first, String(first))], cursor: null });
  });

  test('of one record is forgotten, however long, and nobody else’s', async () => {
    const { store } = await newTables();
    const many = Array.from({ length: 130 }, (_, index) => ({
      key: key('17'),
      entry: entry(testNow - index, String(index)),
    }));
    await store.append(sync, [...many, { key: key('18'), entry: entry(testNow, 'x') }]);
    await store.forgetHistory(sync, key('17'));
    await store.forgetHistory(sync, key('17'));
    expect(await store.read(sync, key('17'), 10)).toStrictEqual([]);
    expect(await store.read(sync, key('18'), 10)).toHaveLength(1);
  });

  test('of a redone round is written once, and two rounds of one moment are both kept', async () => {
    const { store } = await newTables();
    const at = testNow - 1000;
    const one = { key: key('17'), entry: entry(at, 'a') };
    const other = { key: key('17'), entry: entry(at, 'b') };
    await store.append(sync, [one, one, other]);
    await store.append(sync, [one]);
    expect(await store.read(sync, key('17'), 10)).toHaveLength(2);
  });

  test('says when it is over, and is not read after that', async () => {
    const { store, another, client, historyTable } = await newTables();
    await store.append(sync, [{ key: key('17'), entry: entry(testNow, 'a') }]);
    const query = new QueryCommand({
      TableName: historyTable,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: 'contacts-news#17' } },
    });
    const [item] = (await client.send(query)).Items ?? [];
    const days90 = 90 * 24 * 3600;
    expect(item?.['ttl']).toStrictEqual({ N: String(testNow / 1000 + days90) });
    const later = another({ now: () => testNow + days90 * 1000 });
    expect(await later.read(sync, key('17'), 10)).toStrictEqual([]);
  });

  test('costs one unit per record and round, and one for the page', async () => {
    const { store, meter } = await newTables();
    const entries = Array.from({ length: 60 }, (_, index) => ({
      key: key(String(index)),
      entry: entry(testNow, 'v'),
    }));
    meter.reset();
    await store.append(sync, entries);
    expect(meter.units()).toBe(61);
    expect(meter.calls()).toBe(3);
  });
});
