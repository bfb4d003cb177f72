/** Whether anybody waits: one small item that spares idle rounds eight queries, and forgets nobody. */
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { CrmKey } from '../../lib/engine/model.ts';
import type { StoredRecord } from '../../lib/ports/state.ts';
import { sampleRecord } from '../state/sample-record.ts';
import { testNow, useStateTables, type StateTables } from './state-store-tables.ts';

const sync = 'contacts-news';
const MINUTE = 60_000;
const record = (text: string, until: number | null, version = 0): StoredRecord => ({
  state: sampleRecord({
    key: text as CrmKey,
    parking: until === null ? null : { kind: 'waiting', until, attempts: 1, reason: '503' },
  }),
  version,
  marks: 0,
});

const newTables = useStateTables();

/** A store whose clock stands so many minutes after the test began. */
const storeAt = (tables: StateTables, minutes: number) =>
  tables.another({ now: () => testNow + minutes * MINUTE });
const dueAt = (tables: StateTables, minutes: number) =>
  storeAt(tables, minutes).due(sync, testNow + minutes * MINUTE, 10);

describe('the note of who waits', () => {
  test('makes asking for due records one read while nobody waits', async () => {
    const tables = await newTables();
    await tables.store.save(sync, [record('1', null)]);
    expect(await dueAt(tables, 0)).toStrictEqual([]);
    tables.meter.reset();
    expect(await dueAt(tables, 1)).toStrictEqual([]);
    expect([tables.meter.calls(), tables.meter.units()]).toStrictEqual([1, 1]);
  });

  test('is there before the record that waits, at whatever moment that comes', async () => {
    const tables = await newTables();
    await dueAt(tables, 0);
    await storeAt(tables, 1).save(sync, [record('1', testNow + 2 * MINUTE)]);
    expect(await dueAt(tables, 1)).toStrictEqual([]);
    expect(await dueAt(tables, 2)).toStrictEqual(['1']);
  });

  test('stays while somebody waits for later, and goes minutes after the last one was let go', async () => {
    const tables = await newTables();
    const { store, meter } = tables;
    await store.save(sync, [record('1', testNow + 30 * MINUTE)]);
    expect(await dueAt(tables, 20)).toStrictEqual([]);
    expect(await dueAt(tables, 31)).toStrictEqual(['1']);
    await store.save(sync, [record('1', null, 1)]);
    expect(await dueAt(tables, 40)).toStrictEqual([]);
    meter.reset();
    expect(await dueAt(tables, 41)).toStrictEqual([]);
    expect(meter.calls()).toBe(1);
  });

  test('is not taken back in the minutes in which the index may not show a new one yet', async () => {
    const tables = await newTables();
    const { store, meter } = tables;
    await store.save(sync, [record('1', testNow)]);
    // The index shows nobody, as it does for a moment after a save.
    await store.save(sync, [record('1', null, 1)]);
    for (const minutes of [1, 4]) {
      meter.reset();
      expect(await dueAt(tables, minutes)).toStrictEqual([]);
      expect(meter.calls()).toBeGreaterThan(1);
    }
  });

  test('does not hide for longer than an hour whom code without notes stored', async () => {
    const tables = await newTables();
    await tables.store.save(sync, [record('1', testNow)]);
    await closeNote(tables);
    expect(await dueAt(tables, 59)).toStrictEqual([]);
    expect(await dueAt(tables, 61)).toStrictEqual(['1']);
    expect(await dueAt(tables, 62)).toStrictEqual(['1']);
  });
});

/** As if the record had been stored by code that leaves no note: nobody waits, it says. */
async function closeNote({ client, stateTable }: StateTables): Promise<void> {
  const command = new PutItemCommand({
    TableName: stateTable,
    Item: {
      pk: { S: `${sync}#control` },
      sk: { S: 'waiting' },
      at: { N: '0' },
      l: { N: String(testNow) },
      g: { N: '1' },
    },
  });
  await client.send(command);
}
