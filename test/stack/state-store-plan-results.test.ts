/** What became of a plan's pages: kept for whoever sent them, one sync's apart from another's. */
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import type { CrmKey } from '../../lib/engine/model.ts';
import type { PlanResult } from '../../lib/ports/state.ts';
import { testNow, useStateTables } from './state-store-tables.ts';

const sync = 'contacts-news';
const newTables = useStateTables();

const worked = (applied: number): PlanResult => ({
  kind: 'worked',
  applied,
  already: 1,
  moved: [{ key: '7' as CrmKey, reason: 'the row in the CRM changed since' }],
  failed: [],
  unfinished: ['8' as CrmKey],
});
const refused: PlanResult = { kind: 'refused', reason: 'the sync is paused', mayRetry: false };

describe('results of a plan’s pages', () => {
  test('are read by name, and those nobody has worked yet are missing', async () => {
    const { store } = await newTables();
    await store.putPlanResult(sync, 'plan/one/1', worked(3));
    await store.putPlanResult(sync, 'plan/one/2', refused);
    await store.putPlanResult('leads-sales', 'plan/one/3', worked(9));
    const names = ['plan/one/1', 'plan/one/2', 'plan/one/3'];
    expect(await store.readPlanResults(sync, names)).toStrictEqual(
      new Map([
        ['plan/one/1', worked(3)],
        ['plan/one/2', refused],
      ]),
    );
  });

  test('of a page that was worked again are those of the last time', async () => {
    const { store, another } = await newTables();
    await store.putPlanResult(sync, 'plan/one/1', worked(3));
    await another().putPlanResult(sync, 'plan/one/1', worked(0));
    expect(await store.readPlanResults(sync, ['plan/one/1'])).toStrictEqual(
      new Map([['plan/one/1', worked(0)]]),
    );
  });

  test('take a unit each, and are gone by themselves', async () => {
    const { store, meter, client, historyTable } = await newTables();
    meter.reset();
    await store.putPlanResult(sync, 'plan/one/1', worked(3));
    expect(meter.units()).toBe(1);
    const { Items = [] } = await client.send(new ScanCommand({ TableName: historyTable }));
    const lives = Number(Items[0]?.['ttl']?.N) - testNow / 1000;
    expect([Items.length, lives]).toEqual([1, 86_400]);
  });
});
