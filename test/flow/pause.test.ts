/** A person stops the sync and lets it go on: nothing is done meanwhile, and nothing is lost. */
import type { CrmKey } from '../../lib/engine/model.ts';
import { laneOf } from '../../lib/engine/hash.ts';
import { pauseSync, resumeSync } from '../../lib/flow/steer.ts';
import { deliver, ring } from '../support/flow-world/deliver.ts';
import { readCheckpoint, readHealth, readRecord } from '../support/flow-world/memory-state.ts';
import { enqueue, laneGroup, PULL_GROUP } from '../support/flow-world/queues.ts';
import { ANN, BOB, addPair, bothShow, CID, memberOf } from '../support/flow-world/scenarios.ts';
import { PATHS } from '../support/flow-world/sample-sync.ts';
import { drain, settle } from '../support/flow-world/settle.ts';
import { findProblems } from '../support/flow-world/verdict.ts';
import { createWorld, noHazards, type World } from '../support/flow-world/world.ts';
import { contextOf } from './explain-world.ts';

const DAY_MS = 86_400_000;
const [FIRST, SECOND] = ['1', '2'] as [CrmKey, CrmKey];

async function worldInStep(): Promise<World> {
  const world = createWorld({ seed: 1 });
  for (const email of [ANN, BOB]) addPair(world, email);
  await settle(world);
  world.clock.advance(60_000);
  return world;
}

const pause = (world: World, reason: string | null = null) =>
  pauseSync(contextOf(world), { by: 'ann', reason });

/** What was called since, but for the sync's own memory and queues. */
async function callsOf(world: World, work: () => Promise<void>): Promise<readonly string[]> {
  const from = world.steps.trace.length;
  await work();
  return world.steps.trace
    .slice(from)
    .map((line) => line.replace(/^\d+ /, ''))
    .filter((label) => /^(app|crm)\./.test(label));
}

async function lookFor(world: World, match: string): Promise<void> {
  const body = { kind: 'look', sync: 'contacts-news', look: [{ remoteId: null, match }] };
  enqueue(world.queues, PULL_GROUP, JSON.stringify(body), world.clock.now());
  await drain(world);
}

describe('a paused sync', () => {
  test('calls nobody, whoever rings, and makes up for it when it is resumed', async () => {
    const world = await worldInStep();
    await pause(world);
    world.crm.update(FIRST, { first_name: 'Anna' });
    world.audience.people.update(BOB, { [PATHS.city]: 'Bern' });
    const calls = await callsOf(world, async () => {
      ring(world);
      await drain(world);
    });
    expect(calls).toEqual([]);
    await resumeSync(contextOf(world));
    await settle(world);
    expect(bothShow('first_name', 'Anna')(world)).toEqual([]);
    expect(bothShow('city', 'Bern', SECOND)(world)).toEqual([]);
    expect(findProblems(world)).toEqual([]);
  });

  test('hands back what was on its way to the lanes', async () => {
    const world = await worldInStep();
    world.crm.update(FIRST, { first_name: 'Anna' });
    ring(world);
    await deliver(world, PULL_GROUP);
    await pause(world);
    const calls = await callsOf(world, () => drain(world));
    expect(calls).toEqual([]);
    expect(readHealth(world.memory).resumeFrom).not.toBeNull();
    await resumeSync(contextOf(world));
    await settle(world);
    expect(bothShow('first_name', 'Anna')(world)).toEqual([]);
  });

  test('keeps whom a webhook named as waiting: a deletion at the app is in no delta', async () => {
    const world = await worldInStep();
    await pause(world);
    world.audience.people.erase(ANN);
    await lookFor(world, ANN);
    expect(readRecord(world.memory, FIRST)?.state.parking?.kind).toBe('waiting');
    await resumeSync(contextOf(world));
    await settle(world);
    expect(world.table.rows.get(FIRST)?.['left_app']?.text).toBe('yes');
  });

  test('keeps whose write a killed delivery left open: they are in no delta once the app has erased them', async () => {
    const world = await worldInStep();
    world.audience.people.signup(CID);
    ring(world);
    await deliver(world, PULL_GROUP);
    const lane = laneGroup(laneOf('3' as CrmKey, world.sync.lanes));
    world.hazards.dies = (_step, label) => label === 'state.save 3 intent';
    await deliver(world, lane);
    Object.assign(world.hazards, noHazards());
    expect(readRecord(world.memory, '3' as CrmKey)?.state.intent).not.toBeNull();
    await pause(world);
    await drain(world);
    world.audience.people.erase(CID);
    await resumeSync(contextOf(world));
    await settle(world);
    expect(readRecord(world.memory, '3' as CrmKey)?.state.intent).toBeNull();
    expect(findProblems(world)).toEqual([]);
  });

  test('keeps a look at two who stand in each other’s way, whatever names them first when it goes on', async () => {
    const world = createWorld({ seed: 1, sync: { lanes: 1 } });
    for (const email of [ANN, BOB]) addPair(world, email);
    await settle(world);
    world.clock.advance(60_000);
    world.crm.update(FIRST, { email: BOB });
    world.crm.update(SECOND, { email: ANN });
    ring(world);
    await deliver(world, PULL_GROUP);
    // Each is parked for the other, and one more look at both is in the queue.
    await deliver(world, laneGroup(0));
    await pause(world);
    await drain(world);
    expect(readRecord(world.memory, FIRST)?.state.parking?.kind).toBe('waiting');
    await resumeSync(contextOf(world));
    const refs = [FIRST, SECOND].map((key) => ({ key, crmAt: world.clock.now() }));
    const message = { sync: 'contacts-news', lane: 0, refs, position: {} };
    enqueue(world.queues, laneGroup(0), JSON.stringify(message), world.clock.now());
    await deliver(world, laneGroup(0));
    await settle(world);
    expect([memberOf(world, FIRST)?.email, memberOf(world, SECOND)?.email]).toEqual([BOB, ANN]);
  });

  test('keeps a person’s order until it goes on', async () => {
    const world = createWorld({ seed: 1, sync: { phonePolicy: 'manual' }, receivesMax: 5 });
    addPair(world, ANN, { phone: 'of-the-crm' });
    await settle(world);
    await pause(world);
    const lane = laneOf(FIRST, world.sync.lanes);
    const order = { kind: 'resolve', key: FIRST, field: 'phone', take: { side: 'crm' }, by: 'bob' };
    const message = { sync: 'contacts-news', lane, refs: [], commands: [order], position: {} };
    enqueue(world.queues, laneGroup(lane), JSON.stringify(message), world.clock.now());
    for (let receive = 0; receive < 12; receive += 1) await deliver(world, laneGroup(lane));
    expect(world.dead).toEqual([]);
    expect(memberOf(world, FIRST)?.profile[PATHS.phone]).toBe('100');
    await resumeSync(contextOf(world));
    await settle(world);
    expect(memberOf(world, FIRST)?.profile[PATHS.phone]).toBe('of-the-crm');
  });

  test('says who paused it and why, and the first word stands', async () => {
    const world = await worldInStep();
    const first = await pause(world, 'the CRM moves');
    const second = await pauseSync(contextOf(world), { by: 'bob', reason: null });
    expect(first).toMatchObject({
      wasPaused: false,
      paused: { by: 'ann', reason: 'the CRM moves' },
    });
    expect(second).toEqual({ wasPaused: true, paused: first.paused });
    expect(await resumeSync(contextOf(world))).toMatchObject({ paused: first.paused });
    expect(await resumeSync(contextOf(world))).toMatchObject({ paused: null });
  });
});

describe('a sync that stood still', () => {
  async function standStill(days: number): Promise<World> {
    const world = await worldInStep();
    await pause(world);
    for (let day = 0; day < days; day += 1) {
      world.clock.advance(DAY_MS);
      ring(world);
      await drain(world);
    }
    return world;
  }

  test('for six days keeps its place in the log', async () => {
    const world = await standStill(6);
    expect(world.reader.mark).not.toBeNull();
    expect(await resumeSync(contextOf(world))).toMatchObject({ hasLostPlace: false });
  });

  test('for longer than a week gives it up, once a day while it lasts, and calls nobody else', async () => {
    const world = await standStill(7);
    const calls = await callsOf(world, async () => {
      world.clock.advance(DAY_MS);
      for (let times = 0; times < 3; times += 1) {
        ring(world);
        await drain(world);
      }
    });
    expect(calls).toEqual(['crm.release', 'crm.purge']);
    expect(world.reader.mark).toBeNull();
  });

  test('for longer than a week takes a new place first, and then walks both ends', async () => {
    const world = await standStill(9);
    world.crm.update(FIRST, { first_name: 'Anna' });
    world.crm.insert({ email: CID, first_name: 'Cid' });
    expect(await resumeSync(contextOf(world))).toMatchObject({ hasLostPlace: true });
    const calls = await callsOf(world, () => deliver(world, PULL_GROUP));
    const order = calls.filter((label) => /currentCheckpoint|app.list/.test(label));
    expect(order.slice(0, 2)).toEqual(['crm.currentCheckpoint', 'app.list']);
    expect(readCheckpoint(world.memory)?.backfill?.reason).toMatch(/mark/);
    // What happens during the backfill is live traffic from the new place on.
    world.crm.update(SECOND, { first_name: 'Bobby' });
    await settle(world);
    expect(bothShow('first_name', 'Anna')(world)).toEqual([]);
    expect(bothShow('first_name', 'Bobby', SECOND)(world)).toEqual([]);
    expect(bothShow('first_name', 'Cid', '3' as CrmKey)(world)).toEqual([]);
    expect(findProblems(world)).toEqual([]);
  });

  test('and cannot reach its database gives its place up later', async () => {
    const world = await standStill(6);
    world.hazards.crmDown = () => true;
    world.clock.advance(2 * DAY_MS);
    ring(world);
    await drain(world);
    expect(readHealth(world.memory).releasedAt).toBeNull();
    expect(world.errors).toEqual([]);
    world.hazards.crmDown = () => false;
    ring(world);
    await drain(world);
    expect(readHealth(world.memory).releasedAt).not.toBeNull();
  });
});
