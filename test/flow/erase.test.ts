/** Erasing a person: out of both ends and of our memory, whatever happens on the way, and not let in again. */
import type { CrmKey } from '../../lib/engine/model.ts';
import { explainRecord } from '../../lib/flow/explain.ts';
import { orderErasures } from '../../lib/flow/erasures.ts';
import { findByEmail, findByKey } from '../../lib/flow/find-person.ts';
import { syncPulse } from '../../lib/flow/status.ts';
import { askSweep, pauseSync, resumeSync } from '../../lib/flow/steer.ts';
import type { Erasure } from '../../lib/ports/state.ts';
import {
  createClubWorld,
  findClubProblems,
  type ClubOptions,
  type ClubWorld,
} from '../support/flow-world/club-world.ts';
import { ring } from '../support/flow-world/deliver.ts';
import { dumpMemory, readHealth, readRecord } from '../support/flow-world/memory-state.ts';
import { ANN, memberOf } from '../support/flow-world/scenarios.ts';
import { drain, settle } from '../support/flow-world/settle.ts';
import type { World } from '../support/flow-world/world.ts';
import { contextOf, KEY, worldWithAnn } from './explain-world.ts';
import { say } from './held-word.ts';

const erasureOf = (more: Partial<Erasure> = {}): Erasure => ({
  id: 'order-1',
  by: 'ann',
  at: 1,
  key: KEY,
  remoteId: null,
  match: ANN,
  crmRow: true,
  steps: {},
  problem: null,
  doneAt: null,
  ...more,
});

const orderIn = (world: World): Erasure => {
  const [order] = readHealth(world.memory).erasing;
  if (order === undefined) throw new Error('there is no order');
  return order;
};

async function erase(world: World, more: Partial<Erasure> = {}): Promise<Erasure> {
  world.clock.advance(10_000);
  expect(await orderErasures(contextOf(world), [erasureOf(more)])).toBe(true);
  await settle(world);
  return orderIn(world);
}

/** Everything we keep, but the keyed hashes: the memory of the tests has them in the clear. */
function memoryText(world: World): string {
  const { tombstones: _hashed, ...dump } = dumpMemory(world.memory);
  return JSON.stringify(dump);
}

async function knownAnn(options: Parameters<typeof worldWithAnn>[0] = {}): Promise<World> {
  const world = await worldWithAnn(options);
  world.clock.advance(10_000);
  world.crm.update(KEY, { first_name: 'Annabella', phone: '4711' });
  await settle(world);
  expect(memoryText(world)).toContain('Annabella');
  return world;
}

describe('a person erased', () => {
  test('is gone from both ends, and nothing we keep names them', async () => {
    const world = await knownAnn();
    const order = await erase(world);
    expect(order).toMatchObject({
      key: null,
      remoteId: null,
      match: null,
      problem: null,
      doneAt: expect.any(Number) as unknown,
      steps: {
        app: { state: 'removed' },
        crm: { state: 'removed' },
        memory: { state: 'removed' },
      },
    });
    expect(world.audience.byAddress(ANN)).toBeUndefined();
    expect(world.table.rows.has(KEY)).toBe(false);
    expect(memoryText(world)).not.toMatch(/Annabella|4711|ann@/);
    expect([...world.memory.links.values()]).not.toContain(KEY);
    expect(world.memory.history.filter(({ key }) => key === KEY)).toEqual([]);
    expect(world.memory.tombstones.size).toBeGreaterThan(2);
  });

  test('by address, without a row and without a link, is out of the app', async () => {
    const world = await knownAnn({ sync: { create: 'app' } });
    const eve = world.audience.add('eve@app.test', { status: 'subscribed' });
    const found = await findByEmail(contextOf(world), ' eve@APP.test ');
    expect(found).toEqual([
      {
        key: null,
        remoteId: eve.id,
        match: 'eve@app.test',
        isInCrm: false,
        isAtApp: true,
        isKnown: false,
      },
    ]);
    const order = await erase(world, { key: null, remoteId: eve.id, match: 'eve@app.test' });
    expect(order).toMatchObject({ steps: { app: { state: 'removed' } }, problem: null });
    expect(world.audience.byAddress('eve@app.test')).toBeUndefined();
    expect(world.audience.byAddress(ANN)).toBeDefined();
  });

  test('is found by key and by address alike', async () => {
    const world = await knownAnn();
    const byKey = await findByKey(contextOf(world), KEY);
    expect(byKey).toMatchObject([{ key: KEY, isInCrm: true, isAtApp: true, isKnown: true }]);
    expect(await findByEmail(contextOf(world), ANN)).toEqual(byKey);
    expect(await findByKey(contextOf(world), '404' as CrmKey)).toEqual([]);
  });

  test('of more than a hundred open orders none is stored', async () => {
    const world = await knownAnn();
    const many = Array.from({ length: 101 }, (_, index) => erasureOf({ id: `order-${index}` }));
    expect(await orderErasures(contextOf(world), many)).toBe(false);
    expect(readHealth(world.memory).erasing).toEqual([]);
  });

  test('a second order finds nothing, and says so', async () => {
    const world = await knownAnn();
    await erase(world);
    await erase(world, { id: 'order-2' });
    const second = readHealth(world.memory).erasing.find(({ id }) => id === 'order-2');
    expect(second).toMatchObject({
      steps: { app: { state: 'absent' }, crm: { state: 'absent' } },
    });
    expect(second?.doneAt).not.toBeNull();
  });

  test('an archived record goes as well: archived is not erased', async () => {
    const world = await knownAnn();
    world.crm.update(KEY, { active: 'no' });
    await settle(world);
    expect(memberOf(world, KEY)?.isArchived).toBe(true);
    await erase(world);
    expect(world.audience.members.size).toBe(0);
  });

  test('whoever shares the address and belongs to another row stays', async () => {
    const world = await knownAnn();
    const other = world.crm.insert({ email: 'bob@crm.test' });
    await settle(world);
    const bob = memberOf(world, other);
    await erase(world, { match: 'bob@crm.test' });
    expect(world.audience.byAddress('bob@crm.test')?.id).toBe(bob?.id);
    expect(world.audience.byAddress(ANN)).toBeUndefined();
  });
});

describe('a person who was erased is not let in again', () => {
  test('by their own row, which stayed: an edit of it makes nobody in the app', async () => {
    const world = await knownAnn();
    await erase(world, { crmRow: false });
    expect(world.table.rows.has(KEY)).toBe(true);
    world.clock.advance(60_000);
    world.crm.update(KEY, { first_name: 'Anna' });
    await settle(world);
    expect(world.audience.byAddress(ANN)).toBeUndefined();
    expect((await explainRecord(contextOf(world), KEY))?.state).toBe('erased');
  });

  test('by a sweep that finds their row without a partner', async () => {
    const world = await knownAnn();
    await erase(world, { crmRow: false });
    world.clock.advance(60_000);
    await askSweep(contextOf(world), 'ann');
    await settle(world);
    expect(world.audience.byAddress(ANN)).toBeUndefined();
    expect(world.table.rows.has(KEY)).toBe(true);
  });

  test('by another row with the same address', async () => {
    const world = await knownAnn();
    await erase(world);
    world.clock.advance(60_000);
    const again = world.crm.insert({ email: ` ${ANN.toUpperCase()}`, first_name: 'Imported' });
    await settle(world);
    expect(world.audience.byAddress(ANN)).toBeUndefined();
    expect(readRecord(world.memory, again)?.state.deletedAt).not.toBeNull();
  });

  test('by an import into the app without an opt-in: it makes no row', async () => {
    const world = await knownAnn();
    await erase(world);
    world.clock.advance(60_000);
    world.audience.add(ANN, { status: 'transactional' });
    await settle(world);
    expect([...world.table.rows.values()]).toEqual([]);
  });

  test('but their own newer opt-in does', async () => {
    const world = await knownAnn();
    await erase(world);
    world.clock.advance(60_000);
    world.audience.add(ANN, { status: 'subscribed' });
    await settle(world);
    expect([...world.table.rows.values()].map((row) => row['email']?.text)).toEqual([ANN]);
  });

  test('and nobody else is kept out', async () => {
    const world = await knownAnn();
    await erase(world);
    world.crm.insert({ email: 'new@crm.test' });
    await settle(world);
    expect(world.audience.byAddress('new@crm.test')).toBeDefined();
  });
});

describe('an erasure that is interrupted', () => {
  const problems = (world: World): readonly string[] => [
    ...(world.audience.byAddress(ANN) === undefined ? [] : ['still in the app']),
    ...(world.table.rows.has(KEY) ? ['still in the CRM'] : []),
    ...(memoryText(world).includes('Annabella') ? ['still remembered'] : []),
    ...(orderIn(world).doneAt === null ? ['not done'] : []),
    ...(orderIn(world).steps.app?.state === 'removed' ? [] : ['the receipt does not know']),
  ];

  const openOnes = async (world: World) =>
    (await syncPulse(contextOf(world).state, 'contacts-news', world.clock.now())).erasing;

  test('by a kill after any port call is finished by a later round, and its receipt tells all of it', async () => {
    const killedAt = async (call: number): Promise<number> => {
      const world = await knownAnn();
      world.clock.advance(10_000);
      await orderErasures(contextOf(world), [erasureOf()]);
      let calls = 0;
      world.hazards.dies = () => {
        calls += 1;
        return calls === call;
      };
      await settle(world);
      const killed = world.steps.trace.filter((line) => line.startsWith('-- killed')).length;
      const left = [...problems(world), ...world.memory.links.keys()];
      expect([call, killed, left]).toEqual([call, call === 0 ? 0 : 1, []]);
      return calls;
    };
    const calls = await killedAt(0);
    for (let call = 1; call <= Math.min(calls, 70); call += 1) await killedAt(call);
  }, 60_000);

  test('by a busy app says why, and goes on when it answers', async () => {
    const world = await knownAnn();
    world.hazards.appFault = () => 'busy';
    world.clock.advance(10_000);
    await orderErasures(contextOf(world), [erasureOf()]);
    ring(world);
    await drain(world);
    expect(orderIn(world)).toMatchObject({ problem: 'the app: busy', doneAt: null });
    expect(await openOnes(world)).toEqual([
      {
        id: 'order-1',
        order: null,
        by: 'ann',
        at: 1,
        key: KEY,
        problem: 'the app: busy',
        missing: ['app', 'crm', 'memory'],
      },
    ]);
    world.hazards.appFault = () => null;
    world.clock.advance(120_000);
    await settle(world);
    expect(orderIn(world).problem).toBeNull();
    expect(problems(world)).toEqual([]);
    expect(await openOnes(world)).toEqual([]);
  });

  test('by a pause waits, and goes on when the sync does', async () => {
    const world = await knownAnn();
    await pauseSync(contextOf(world), { by: 'bob', reason: null });
    await orderErasures(contextOf(world), [erasureOf()]);
    ring(world);
    await drain(world);
    expect(world.audience.byAddress(ANN)).toBeDefined();
    await resumeSync(contextOf(world));
    await settle(world);
    expect(problems(world)).toEqual([]);
  });

  test('by messages of before that come late: they bring nobody back', async () => {
    const world = await knownAnn();
    world.crm.update(KEY, { first_name: 'Late' });
    ring(world);
    await drain(world);
    const late = world.queues.sent.filter(({ group }) => group.startsWith('lane'));
    await erase(world);
    for (const { group, body } of late)
      world.queues.groups.get(group)?.push({ body, sentAt: 0, receiveCount: 0 });
    await drain(world);
    await settle(world);
    expect(problems(world)).toEqual([]);
    expect(memoryText(world)).not.toContain(ANN);
  });
});

describe('at an app that shows nobody', () => {
  const BEN = '2' as CrmKey;

  async function without(
    ann: CrmKey,
    sync: ClubOptions['sync'] = {},
    ben: string = ANN,
  ): Promise<ClubWorld> {
    const club = createClubWorld({ seed: 1, sync });
    club.world.crm.insert({ email: ANN, phone: '4711', first_name: 'Annabella' });
    club.world.crm.insert({ email: ben, phone: '4712', first_name: 'Ben' });
    await settle(club.world);
    await erase(club.world, { key: ann });
    club.world.clock.advance(60_000);
    return club;
  }

  test('nobody is brought in by a person’s word about what was held before the erasure', async () => {
    const { world, club } = await without(KEY, { brakes: { perRun: { create: 0 } } });
    expect(await say(world, 'approve')).toMatchObject({ orders: 1, applied: 0 });
    await settle(world);
    expect([...club.rows.keys()]).toEqual([]);
    expect(readRecord(world.memory, BEN)?.state.withheld).toBeNull();
  });

  test('who takes their address over is not told of under it, and goes out all the same once they leave', async () => {
    const { world, club } = await without(KEY, {}, 'ben@x.test');
    world.crm.update(BEN, { email: ANN });
    await settle(world);
    expect(club.rows.size).toBe(1);
    world.crm.update(BEN, { active: 'no' });
    await settle(world);
    expect(club.rows.size).toBe(0);
  });

  test('they go out of everything, and whoever shares an address stays in', async () => {
    const { world, club } = createClubWorld({ seed: 1 });
    const ann = world.crm.insert({ email: ANN, phone: '4711', first_name: 'Annabella' });
    world.crm.insert({ email: ANN, phone: '4712', first_name: 'Ben' });
    await settle(world);
    expect(findClubProblems({ world, club })).toEqual([]);
    await erase(world, { key: ann });
    world.clock.advance(60_000);
    await settle(world);
    expect(memoryText(world)).not.toContain('4711');
    expect([...club.rows.keys()].join()).not.toContain('Annabella');
  });
});
