import { QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { NO_RETIREMENT } from '../../lib/engine/retirement.ts';
import type { CrmKey, RemoteId } from '../../lib/engine/model.ts';
import { HEALTHY, NewerItem, type Checkpoint, type Unmatched } from '../../lib/ports/state.ts';
import { blockedKey, controlKey, linkKey } from '../../lib/state/table-keys.ts';
import { hashName } from '../../lib/state/tombstones.ts';
import { useStateTables } from './state-store-tables.ts';

const sync = 'contacts-news';
const key = (text: string): CrmKey => text as CrmKey;
const id = (text: string): RemoteId => text as RemoteId;

const newTables = useStateTables();

describe('links', () => {
  test('belong to whoever claimed first, and everybody is told the same', async () => {
    const tables = await newTables();
    const ids = Array.from({ length: 60 }, (_, index) => id(`m${index}`));
    const claimAs = (text: string) =>
      tables.another().claimLinks(
        sync,
        ids.map((one) => ({ id: one, key: key(`${text}-${one}`) })),
      );
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map(claimAs));
    for (const answer of answers) expect(answer).toStrictEqual(answers[0]);
    const found = await tables.store.findLinks(sync, [...ids, id('nobody')]);
    expect([...found.values()].sort()).toStrictEqual([...(answers[0] ?? [])].sort());
    expect(found.size).toBe(60);
  });

  test('may be claimed again by their holder: a redo is harmless', async () => {
    const { store } = await newTables();
    const claim = [{ id: id('m1'), key: key('17') }];
    expect(await store.claimLinks(sync, claim)).toStrictEqual(['17']);
    expect(await store.claimLinks(sync, claim)).toStrictEqual(['17']);
    expect(await store.claimLinks(sync, [{ id: id('m1'), key: key('42') }])).toStrictEqual(['17']);
  });

  test('asked for twice in one call have one answer', async () => {
    const { store } = await newTables();
    const claims = ['17', '42', '17'].map((text) => ({ id: id('m1'), key: key(text) }));
    expect(await store.claimLinks(sync, claims)).toStrictEqual(['17', '17', '17']);
    expect((await store.findLinks(sync, [id('m1'), id('m1')])).size).toBe(1);
  });

  test('of other syncs, and with ids of any length, are apart', async () => {
    const { store } = await newTables();
    const [long, longer] = [id('x'.repeat(2000)), id('x'.repeat(2001))];
    await store.claimLinks(sync, [
      { id: long, key: key('1') },
      { id: longer, key: key('2') },
    ]);
    expect(await store.findLinks(sync, [long, longer])).toStrictEqual(
      new Map([
        [long, '1'],
        [longer, '2'],
      ]),
    );
    expect((await store.findLinks('calls', [long])).size).toBe(0);
  });

  test('move and go only from the holder that is named, and a redo changes nothing', async () => {
    const { store } = await newTables();
    await store.claimLinks(sync, [{ id: id('m1'), key: key('17') }]);
    const move = (from: string, to: string) => store.moveLink(sync, id('m1'), key(from), key(to));
    expect(await move('3', '42')).toBe('lost');
    expect(await move('17', '42')).toBe('saved');
    expect(await move('17', '42')).toBe('saved');
    expect(await store.releaseLink(sync, id('m1'), key('17'))).toBe('lost');
    expect(await store.releaseLink(sync, id('m1'), key('42'))).toBe('saved');
    expect(await store.releaseLink(sync, id('m1'), key('42'))).toBe('saved');
    expect(await move('42', '43')).toBe('lost');
  });

  test('are moved by one of two', async () => {
    const { store } = await newTables();
    await store.claimLinks(sync, [{ id: id('m1'), key: key('17') }]);
    const moves = ['a', 'b', 'c'].map((to) => store.moveLink(sync, id('m1'), key('17'), key(to)));
    expect((await Promise.all(moves)).sort()).toStrictEqual(['lost', 'lost', 'saved']);
  });

  test('cost a write each', async () => {
    const { store, meter } = await newTables();
    meter.reset();
    await store.claimLinks(sync, [{ id: id('m1'), key: key('17') }]);
    expect(meter.units()).toBe(1);
  });
});

describe('blocked records', () => {
  test('are found by their blocker until they are unblocked; both may be redone', async () => {
    const { store } = await newTables();
    const long = key('x'.repeat(2000));
    await store.block(sync, key('1'), key('2'));
    await store.block(sync, key('1'), key('2'));
    await store.block(sync, key('1'), long);
    await store.block(sync, key('2'), key('3'));
    await store.block(sync, long, key(''));
    expect([...(await store.blockedBy(sync, key('1')))].sort()).toStrictEqual(['2', long]);
    expect(await store.blockedBy(sync, long)).toStrictEqual(['']);
    await store.unblock(sync, key('1'), long);
    await store.unblock(sync, key('1'), long);
    expect(await store.blockedBy(sync, key('1'))).toStrictEqual(['2']);
    expect(await store.blockedBy('calls', key('1'))).toStrictEqual([]);
  });
});

describe('unmatched app records', () => {
  const unmatched = (text: string): Unmatched => ({
    remoteId: id(text),
    reason: 'two contacts have this address',
    candidates: [key('1'), key('2')],
    observed: {
      remoteId: id(text),
      existence: 'present',
      raw: { email_address: 'a@x', 'half \ud83d': [1.5, null, { deep: true }] },
      version: null,
      optInAt: null,
      beganAt: 1,
    },
    at: 2,
  });

  test('are listed as they were put, last put wins, until they are dropped', async () => {
    const { store } = await newTables();
    for (const text of ['m1', 'm2', 'm3']) await store.putUnmatched(sync, unmatched(text));
    await store.putUnmatched(sync, { ...unmatched('m2'), reason: 'again' });
    await store.dropUnmatched(sync, [id('m3'), id('never listed')]);
    await store.dropUnmatched(sync, [id('m3')]);
    await store.dropUnmatched(sync, []);
    const listed = await store.listUnmatched(sync, 10);
    expect(listed).toHaveLength(2);
    expect(listed).toContainEqual(unmatched('m1'));
    expect(listed).toContainEqual({ ...unmatched('m2'), reason: 'again' });
    expect(await store.listUnmatched(sync, 1)).toHaveLength(1);
    expect(await store.listUnmatched('calls', 10)).toStrictEqual([]);
  });
});

describe('the checkpoint and the health of a sync', () => {
  const checkpoint: Checkpoint = {
    version: 0,
    ends: { crm: '7: public.contacts', app: 'acc/aud' },
    crm: { position: { xid: '99', seq: '100' }, mark: 'm', systemId: '7', timeline: '1' },
    app: { since: '2026-09-21T12:00:00+00:00', overlap: [1, null] },
    backfill: null,
    round: { number: 3, beganAt: 1, endedAt: null, routed: 0 },
    progress: null,
    run: '3',
    writes: true,
    horizon: null,
    map: { fields: { f: null }, rules: null },
    retirement: NO_RETIREMENT,
  };

  test('begin as nothing and as healthy', async () => {
    const { store } = await newTables();
    expect(await store.loadCheckpoint(sync)).toBeNull();
    expect(await store.loadHealth(sync)).toStrictEqual(HEALTHY);
  });

  test('are written by one of two, and the loser looks again', async () => {
    const { store, another } = await newTables();
    const saves = [store, another()].map((one) => one.saveCheckpoint(sync, checkpoint));
    expect((await Promise.all(saves)).sort()).toStrictEqual(['lost', 'saved']);
    const read = await store.loadCheckpoint(sync);
    expect(read).toStrictEqual({ ...checkpoint, version: 1 });
    expect(await store.saveCheckpoint(sync, { ...checkpoint, version: 1 })).toBe('saved');
    expect(await store.saveCheckpoint(sync, { ...checkpoint, version: 1 })).toBe('lost');
    expect(await another().loadCheckpoint(sync)).toMatchObject({ version: 2 });
  });

  test('do not mix, neither with each other nor between syncs', async () => {
    const { store } = await newTables();
    const cooling = { until: 9, attempts: 1, reason: '429' };
    const health = { ...HEALTHY, cooling, resumeFrom: { backfill: true } };
    expect(await store.saveHealth(sync, health)).toBe('saved');
    expect(await store.saveHealth(sync, health)).toBe('lost');
    expect(await store.loadHealth(sync)).toStrictEqual({ ...health, version: 1 });
    expect(await store.loadHealth('calls')).toMatchObject({ version: 0 });
    expect(await store.loadCheckpoint(sync)).toBeNull();
  });
});

describe('an item of newer code that is no record', () => {
  test('is refused as well', async () => {
    const { store, client, stateTable } = await newTables();
    await store.saveHealth(sync, HEALTHY);
    await store.claimLinks(sync, [{ id: id('m1'), key: key('17') }]);
    await store.block(sync, key('17'), key('42'));
    const blocked = blockedKey(sync, '17', '42');
    for (const { pk, sk } of [controlKey(sync, 'health'), linkKey(sync, 'm1'), blocked]) {
      await client.send(
        new UpdateItemCommand({
          TableName: stateTable,
          Key: { pk: { S: pk }, sk: { S: sk } },
          UpdateExpression: 'SET g = :g',
          ExpressionAttributeValues: { ':g': { N: '2' } },
        }),
      );
    }
    await expect(store.loadHealth(sync)).rejects.toThrow(NewerItem);
    await expect(store.findLinks(sync, [id('m1')])).rejects.toThrow(NewerItem);
    await expect(store.claimLinks(sync, [{ id: id('m1'), key: key('17') }])).rejects.toThrow(
      NewerItem,
    );
    await expect(store.blockedBy(sync, key('17'))).rejects.toThrow(NewerItem);
    // Nor is it overwritten, or the newer code would take it for one of ours.
    await store.block(sync, key('17'), key('42'));
    await expect(store.blockedBy(sync, key('17'))).rejects.toThrow(NewerItem);
    expect(await store.moveLink(sync, id('m1'), key('17'), key('42'))).toBe('lost');
    expect(await store.releaseLink(sync, id('m1'), key('17'))).toBe('lost');
    await expect(store.findLinks(sync, [id('m1')])).rejects.toThrow(NewerItem);
  });
});

describe('tombstones', () => {
  const tombstoneKey = 'a secret of the installation';

  test('say when a name was buried, and only of names that were', async () => {
    const { another } = await newTables();
    const store = another({ tombstoneKey });
    const names = Array.from({ length: 30 }, (_, index) => `person${index}@example.org`);
    await store.bury([...names, ...names], 1000);
    const buried = await store.buried([...names, 'somebody@example.org']);
    expect(buried).toStrictEqual(new Map(names.map((name) => [name, 1000])));
  });

  test('remember the last burial, whatever order redos come in', async () => {
    const { another } = await newTables();
    const store = another({ tombstoneKey });
    for (const at of [1000, 3000, 2000]) await store.bury(['a', 'b'], at);
    expect(await store.buried(['a', 'b'])).toStrictEqual(
      new Map([
        ['a', 3000],
        ['b', 3000],
      ]),
    );
  });

  test('do not hold the name', async () => {
    const { another, client, stateTable } = await newTables();
    await another({ tombstoneKey }).bury(['ann@example.org'], 1000);
    const rows: string[] = [];
    for (let bucket = 0; bucket < 64; bucket += 1) {
      const pk = `#tombstone#${String(bucket).padStart(2, '0')}`;
      const query = new QueryCommand({
        TableName: stateTable,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: pk } },
      });
      rows.push(...((await client.send(query)).Items ?? []).map((item) => JSON.stringify(item)));
    }
    expect(rows).toHaveLength(1);
    expect(rows[0]).not.toContain('ann');
    expect(rows[0]).toContain(hashName(tombstoneKey, 'ann@example.org'));
    expect(hashName('another key', 'ann@example.org')).not.toBe(
      hashName(tombstoneKey, 'ann@example.org'),
    );
  });

  test('without a key of their own share one that the first to need it made', async () => {
    const { another } = await newTables();
    const stores = Array.from({ length: 5 }, () => another());
    await Promise.all(stores.map((store, index) => store.bury([`n${index}`], 1000)));
    const found = await another().buried(['n0', 'n1', 'n2', 'n3', 'n4']);
    expect(found.size).toBe(5);
  });
});
