/** The app has other people than those we know there, behind the same id: a person is asked before anybody is looked at. */
import { labelOf } from '../../lib/engine/record-label.ts';
import { askSweep } from '../../lib/flow/steer.ts';
import { readCheckpoint, readHealth, readRecords } from '../support/flow-world/memory-state.ts';
import { addPair, onceAfter } from '../support/flow-world/scenario-parts.ts';
import { ring } from '../support/flow-world/deliver.ts';
import { drain, settle } from '../support/flow-world/settle.ts';
import { createWorld, type World } from '../support/flow-world/world.ts';
import { contextOf } from './explain-world.ts';

const labels = ({ memory }: World): readonly string[] =>
  readRecords(memory).map(({ state }) => labelOf(state));

describe('an audience that was emptied and filled anew behind the same id', () => {
  const PEOPLE = Array.from({ length: 24 }, (_, index) => `p${index}@crm.test`);

  async function refilled(): Promise<World> {
    const world = createWorld({ seed: 1, sync: { onAppDelete: 'delete' } });
    for (const email of PEOPLE) addPair(world, email);
    await settle(world);
    world.clock.advance(60_000);
    const { audience } = world;
    const old = [...audience.members.values()];
    audience.members.clear();
    for (const [index, { email, status, profile, tags }] of old.entries()) {
      const member = audience.add(email, { status, profile: { ...profile }, tags: [...tags] });
      // Below what its delta was read up to.
      member.change = (index + 1) / 100;
    }
    return world;
  }

  async function sweepUntilHalted(world: World): Promise<void> {
    await askSweep(contextOf(world), 'ann');
    for (let round = 0; round < 5; round += 1) {
      ring(world);
      await drain(world);
      world.clock.advance(5_000);
    }
  }

  test('halts the sync at its next sweep; nobody is deleted, and a person is told what to say', async () => {
    const world = await refilled();
    const writes = world.monitor.writes.length;
    await sweepUntilHalted(world);
    expect(readHealth(world.memory).halted).toMatchObject({ cause: 'emptied' });
    expect(readHealth(world.memory).halted?.reason).toMatch(/100 % .* sweep contacts-news --adopt/);
    expect(world.monitor.writes.slice(writes)).toEqual([]);
    expect(world.table.rows.size).toBe(PEOPLE.length);
  });

  test('is adopted by a person’s word: everybody is found again by address', async () => {
    const world = await refilled();
    const writes = world.monitor.writes.length;
    await sweepUntilHalted(world);
    await askSweep(contextOf(world), 'ann', { adopts: true });
    await settle(world);
    expect(readHealth(world.memory).halted).toBeNull();
    expect(world.monitor.writes.slice(writes)).toEqual([]);
    expect(readCheckpoint(world.memory)?.sweep?.proof).toMatchObject({ equal: PEOPLE.length });
    expect(world.audience.members.size).toBe(PEOPLE.length);
  });

  async function listed(): Promise<World> {
    const world = createWorld({
      seed: 1,
      app: 'listed',
      sync: { onAppDelete: 'delete', phonePolicy: 'app', fields: { email_status: null } },
    });
    for (const email of PEOPLE) addPair(world, email);
    await settle(world);
    world.clock.advance(120_000);
    return world;
  }

  test('does not halt for a listing that another round tore: a look tells that they are there', async () => {
    const world = await listed();
    const { spills } = world.memory;
    // Slices have places of their own, which two walks at once write in turn.
    onceAfter(world, 'state.saveCheckpoint', () => {
      for (const [place, slice] of spills) spills.set(place, { ...slice, walk: 'another' });
    });
    await settle(world);
    expect(readHealth(world.memory).halted).toBeNull();
    expect(labels(world)).toEqual(PEOPLE.map(() => 'in step'));
    expect(world.monitor.writes).toHaveLength(0);
  });

  test('halts an app that is only listed at its next listing, before anybody but a few is looked at', async () => {
    const world = await listed();
    const old = [...world.audience.members.values()];
    world.audience.members.clear();
    for (const { email, profile } of old) world.audience.add(email, { profile: { ...profile } });
    const from = world.steps.count;
    for (let round = 0; round < 5; round += 1) {
      ring(world);
      await drain(world);
      world.clock.advance(5_000);
    }
    expect(readHealth(world.memory).halted).toMatchObject({ cause: 'emptied' });
    const looks = world.steps.trace.slice(from).filter((line) => line.includes('app.fetch'));
    expect(looks).toHaveLength(5);
    expect(world.table.rows.size).toBe(PEOPLE.length);
    await askSweep(contextOf(world), 'ann', { adopts: true });
    await settle(world);
    expect(readHealth(world.memory).halted).toBeNull();
    expect(labels(world)).toEqual(PEOPLE.map(() => 'in step'));
    expect(world.audience.members.size).toBe(PEOPLE.length);
  });
});
