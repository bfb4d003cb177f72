import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import type { CrmKey, RecordState } from '../../lib/engine/model.ts';
import type { StoredRecord } from '../../lib/ports/state.ts';
import { recordKey } from '../../lib/state/table-keys.ts';
import { anyState } from '../state/records.arbitrary.ts';
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

async function mustLoad(tables: StateTables, text: string): Promise<StoredRecord> {
  const record = (await tables.store.load(sync, [key(text)])).get(key(text));
  if (record === undefined) throw new Error(`no record ${text}`);
  return record;
}

const itemKeyOf = (text: string) => {
  const { pk, sk } = recordKey(sync, text);
  return { pk: { S: pk }, sk: { S: sk } };
};

describe('records', () => {
  test('are found again under the version they were saved with; the others are missing', async () => {
    const { store } = await newTables();
    const records = [fresh('1'), fresh('o\'neil "x" ?', { remoteId: null }), fresh('')];
    expect(await store.save(sync, records)).toStrictEqual(['saved', 'saved', 'saved']);
    const keys = [...records.map(({ state }) => state.key), key('1'), key('never met')];
    const loaded = await store.load(sync, keys);
    expect([...loaded.keys()].sort()).toStrictEqual(['', '1', 'o\'neil "x" ?']);
    for (const record of records) {
      expect(loaded.get(record.state.key)).toStrictEqual({ ...record, version: 1 });
    }
  });

  test('come back from the table as they went, whatever their state', async () => {
    const { store } = await newTables();
    const page = fc.uniqueArray(anyState, { selector: ({ key }) => key, maxLength: 60 });
    const save = async (states: readonly RecordState[]): Promise<void> => {
      const before = await store.load(
        sync,
        states.map((state) => state.key),
      );
      const records = states.map((state) => {
        return { state, version: before.get(state.key)?.version ?? 0, marks: 0 };
      });
      expect(await store.save(sync, records)).toStrictEqual(records.map(() => 'saved'));
      const loaded = await store.load(
        sync,
        states.map((state) => state.key),
      );
      for (const { state, version } of records) {
        expect(loaded.get(state.key)).toStrictEqual({ state, version: version + 1, marks: 0 });
      }
    };
    await fc.assert(fc.asyncProperty(page, save), { numRuns: 10 });
  }, 60_000);

  test('of another sync are not ours', async () => {
    const { store } = await newTables();
    await store.save('calls', [fresh('1')]);
    expect(await store.load(sync, [key('1')])).toStrictEqual(new Map());
  });

  test('cross a page of any length', async () => {
    const { store, meter } = await newTables();
    const records = Array.from({ length: 530 }, (_, index) => fresh(String(index)));
    meter.reset();
    expect(new Set(await store.save(sync, records))).toStrictEqual(new Set(['saved']));
    expect(meter.calls()).toBe(22);
    meter.reset();
    const loaded = await store.load(
      sync,
      records.map(({ state }) => state.key),
    );
    expect(loaded.size).toBe(530);
    expect(meter.calls()).toBe(6);
    const next = [...loaded.values()].map((record) => ({ ...record, marks: 1 }));
    expect(new Set(await store.save(sync, next))).toStrictEqual(new Set(['saved']));
  });

  test('named twice in one save are a bug of the caller', async () => {
    const { store } = await newTables();
    await expect(store.save(sync, [fresh('1'), fresh('1')])).rejects.toThrow(/twice/);
  });

  test('too big for the service are named, and do not keep others of the page from being saved', async () => {
    const { store } = await newTables();
    const pairs = { a: { c: 'x'.repeat(420_000), r: null } };
    const existence = { c: 'present' as const, r: 'present' as const };
    const big = fresh('17', { shadow: { existence, pairs } });
    await expect(store.save(sync, [big, fresh('18')])).rejects.toThrow(/#05 17: ValidationError/);
    expect((await store.load(sync, [key('17'), key('18')])).size).toBe(1);
  });
});

describe('the version of a record', () => {
  test('lets one of two concurrent savers win, for a first save and for a later one', async () => {
    const tables = await newTables();
    const other = tables.another();
    const first = await Promise.all([
      tables.store.save(sync, [fresh('1')]),
      other.save(sync, [fresh('1')]),
    ]);
    expect(first.flat().sort()).toStrictEqual(['lost', 'saved']);
    const read = await mustLoad(tables, '1');
    const second = await Promise.all(
      ['a', 'b', 'c'].map((id) =>
        tables
          .another()
          .save(sync, [{ ...read, state: sampleRecord({ key: key('1'), remoteId: id as never }) }]),
      ),
    );
    expect(second.flat().sort()).toStrictEqual(['lost', 'lost', 'saved']);
    expect(await mustLoad(tables, '1')).toMatchObject({ version: 2 });
  });

  test('lets one of fifty win', async () => {
    const tables = await newTables();
    await tables.store.save(sync, [fresh('1')]);
    const read = await mustLoad(tables, '1');
    const saves = Array.from({ length: 50 }, (_, marks) =>
      tables.store.save(sync, [{ ...read, marks }]),
    );
    const outcomes = (await Promise.all(saves)).flat();
    expect(outcomes.filter((outcome) => outcome === 'saved')).toHaveLength(1);
    const { marks, version } = await mustLoad(tables, '1');
    expect([outcomes[marks], version]).toStrictEqual(['saved', 2]);
  });

  test('makes ten increments by ten holders ten', async () => {
    const tables = await newTables();
    await tables.store.save(sync, [fresh('1')]);
    const increment = async (): Promise<void> => {
      for (;;) {
        const read = await mustLoad(tables, '1');
        const [outcome] = await tables.store.save(sync, [{ ...read, marks: read.marks + 1 }]);
        if (outcome === 'saved') return;
      }
    };
    await Promise.all(Array.from({ length: 10 }, increment));
    expect(await mustLoad(tables, '1')).toMatchObject({ marks: 10, version: 11 });
  }, 30_000);

  test('guards a record that is in the inbox as well', async () => {
    const tables = await newTables();
    await tables.store.save(sync, [fresh('1', { parking: quarantined })]);
    const read = await mustLoad(tables, '1');
    const saves = [quarantined, null, waiting(5)].map((parking) =>
      tables.store.save(sync, [{ ...read, state: { ...read.state, parking } }]),
    );
    expect((await Promise.all(saves)).flat().sort()).toStrictEqual(['lost', 'lost', 'saved']);
  });

  test('guards its forgetting: who was overtaken forgets nothing, and a record that is gone stays so', async () => {
    const tables = await newTables();
    const { store } = tables;
    await store.save(sync, [fresh('17', { parking: quarantined })]);
    const seen = await mustLoad(tables, '17');
    await store.save(sync, [{ ...seen, state: { ...seen.state, parking: waiting(9) } }]);
    expect(await store.forgetRecord(sync, seen)).toBe('lost');
    expect(await store.forgetRecord(sync, await mustLoad(tables, '17'))).toBe('saved');
    expect(await store.load(sync, [key('17')])).toEqual(new Map());
    expect((await store.inbox(sync, null, 10)).records).toEqual([]);
    expect(await store.forgetRecord(sync, seen)).toBe('saved');
  });

  test('counts on through the saves of one holder, without a load between', async () => {
    const tables = await newTables();
    let record = fresh('1');
    for (const parking of [null, waiting(9), quarantined, null, null]) {
      record = { ...record, state: { ...record.state, parking } };
      expect(await tables.store.save(sync, [record])).toStrictEqual(['saved']);
      record = { ...record, version: record.version + 1 };
    }
    expect(await mustLoad(tables, '1')).toStrictEqual(record);
    expect(await tables.store.inbox(sync, null, 10)).toStrictEqual({ records: [], cursor: null });
  });
});

describe('an item written by newer code', () => {
  async function withNewerItem(): Promise<StateTables> {
    const tables = await newTables();
    await tables.store.save(sync, [fresh('1', { parking: quarantined }), fresh('2')]);
    await tables.client.send(
      new UpdateItemCommand({
        TableName: tables.stateTable,
        Key: itemKeyOf('1'),
        UpdateExpression: 'SET s.g = :g, s.v = :v',
        ExpressionAttributeValues: { ':g': { N: '2' }, ':v': { N: '2' } },
      }),
    );
    return tables;
  }

  test('is refused wherever it is read, and only it', async () => {
    const { store } = await withNewerItem();
    const newer = { name: 'NewerItem', kind: 'newer-item', revision: 2 };
    await expect(store.load(sync, [key('2'), key('1')])).rejects.toMatchObject(newer);
    await expect(store.scan(sync, null, 10)).rejects.toMatchObject(newer);
    await expect(store.inbox(sync, null, 10)).rejects.toMatchObject(newer);
    await expect(store.load(sync, [key('2')])).resolves.toHaveProperty('size', 1);
  });

  test('is not overwritten by who read it before', async () => {
    const { store } = await withNewerItem();
    expect(await store.save(sync, [{ ...fresh('1'), version: 1 }])).toStrictEqual(['lost']);
  });
});

describe('attributes we do not know', () => {
  test('survive our saves, beside the record and in it, in the inbox and out of it', async () => {
    const tables = await newTables();
    await tables.store.save(sync, [fresh('1')]);
    await tables.client.send(
      new UpdateItemCommand({
        TableName: tables.stateTable,
        Key: itemKeyOf('1'),
        UpdateExpression: 'SET beside = :n, s.zz = :n',
        ExpressionAttributeValues: { ':n': { NS: ['1', '2'] } },
      }),
    );
    let record = await mustLoad(tables, '1');
    for (const parking of [null, quarantined, quarantined, null]) {
      record = { ...record, state: { ...record.state, parking } };
      expect(await tables.store.save(sync, [record])).toStrictEqual(['saved']);
      record = { ...record, version: record.version + 1 };
    }
    const stored = await tables.client.send(
      new GetItemCommand({ TableName: tables.stateTable, Key: itemKeyOf('1') }),
    );
    expect(stored.Item?.['beside']).toStrictEqual({ NS: ['1', '2'] });
    expect(stored.Item?.['s']?.M?.['zz']).toStrictEqual({ NS: ['1', '2'] });
    expect(stored.Item).not.toHaveProperty('ipk');
  });
});

describe('units', () => {
  test('are one read for a record, found or not, and one write for its update', async () => {
    const { store, meter } = await newTables();
    const records = Array.from({ length: 50 }, (_, index) => fresh(String(index)));
    meter.reset();
    await store.save(sync, records);
    expect(meter.units()).toBe(50);
    meter.reset();
    const loaded = await store.load(
      sync,
      records.map(({ state }) => state.key),
    );
    expect(meter.units()).toBe(50);
    meter.reset();
    await store.save(sync, [...loaded.values()]);
    expect(meter.units()).toBe(50);
    meter.reset();
    await store.load(sync, [key('never met')]);
    expect(meter.units()).toBe(1);
  });

  test('are one more in the index when a record enters it, and none while it stays', async () => {
    const { store, meter } = await newTables();
    await store.save(sync, [fresh('1')]);
    meter.reset();
    await store.save(sync, [{ ...fresh('1', { parking: quarantined }), version: 1 }]);
    expect(meter.units()).toBe(2);
    meter.reset();
    await store.save(sync, [{ ...fresh('1', { parking: quarantined }), version: 2, marks: 1 }]);
    expect(meter.units()).toBe(1);
  });
});
