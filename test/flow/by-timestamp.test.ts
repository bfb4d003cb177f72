/** A sync whose CRM allows no triggers: changes by timestamp, deletes by the sweep, and the way there and back. */
import { pauseSync, resumeSync } from '../../lib/flow/steer.ts';
import type { LaneMessage, Reference } from '../../lib/ports/messages.ts';
import { readCheckpoint } from '../support/flow-world/memory-state.ts';
import { ring } from '../support/flow-world/deliver.ts';
import {
  addPair,
  ANN,
  BOB,
  bothShow,
  editApp,
  FIRST,
  memberOf,
  SECOND,
  textIn,
} from '../support/flow-world/scenario-parts.ts';
import { PULL_GROUP } from '../support/flow-world/queues.ts';
import { drain, settle } from '../support/flow-world/settle.ts';
import { walk } from '../support/flow-world/walk.ts';
import { createWorld, type World } from '../support/flow-world/world.ts';
import { contextOf } from './explain-world.ts';

const HOUR = 3_600_000;
const TIMED = { modified: { column: 'updated_at', sweepHours: 24 } } as const;

async function inStep(sync: object = TIMED): Promise<World> {
  const world = createWorld({ seed: 1, sync });
  addPair(world, ANN);
  addPair(world, BOB);
  await settle(world);
  return world;
}

const isArchived = (world: World, key = FIRST): boolean =>
  memberOf(world, key)?.isArchived === true;

describe('read by timestamp', () => {
  test('edits travel both ways, and our own writes come back without a word', async () => {
    const world = await inStep();
    world.crm.update(FIRST, { first_name: 'Anna' });
    editApp('city', 'Bonn', SECOND)(world);
    await settle(world);
    const writes = world.monitor.writes.length;
    await settle(world);
    expect(bothShow('first_name', 'Anna')(world)).toEqual([]);
    expect(bothShow('city', 'Bonn', SECOND)(world)).toEqual([]);
    expect(world.monitor.writes).toHaveLength(writes);
    expect(writes).toBe(2);
  });

  test('the echo of our write to the CRM costs one reference, and rounds after it none', async () => {
    const world = await inStep();
    const sent = world.queues.sent.length;
    editApp('city', 'Bonn')(world);
    await settle(world);
    expect(referencesOf(world, sent).filter(({ crmAt }) => crmAt !== undefined)).toHaveLength(1);
    const routed = await roundsRouted(world, 4);
    expect(routed).toEqual([0, 0, 0, 0]);
    const decided = world.memory.history.length;
    world.clock.advance(60_000);
    expect(await roundsRouted(world, 1)).toEqual([0]);
    expect(world.memory.history).toHaveLength(decided);
  });

  test('a transaction that stays open while later rows are synced is not lost', async () => {
    const world = await inStep();
    const slow = world.table.begin();
    slow.update(FIRST, { first_name: 'Late' });
    world.crm.update(SECOND, { first_name: 'Early' });
    await settle(world);
    world.clock.advance(HOUR);
    await settle(world);
    slow.commit();
    await settle(world);
    expect(bothShow('first_name', 'Late')(world)).toEqual([]);
    expect(bothShow('first_name', 'Early', SECOND)(world)).toEqual([]);
  });

  test('a deleted row is found by the sweep, not before, and only that record is touched', async () => {
    const world = await inStep();
    world.crm.remove(FIRST);
    world.clock.advance(23 * HOUR);
    await settle(world);
    const before = isArchived(world);
    const writes = world.monitor.writes.length;
    world.clock.advance(2 * HOUR);
    await settle(world);
    expect([before, isArchived(world), isArchived(world, SECOND)]).toEqual([false, true, false]);
    expect(world.monitor.writes.length - writes).toBe(1);
  });

  test('a change that bears no timestamp is found by the sweep', async () => {
    const world = await inStep();
    const cells = world.table.rows.get(FIRST) ?? {};
    world.table.rows.set(FIRST, { ...cells, first_name: { text: 'Silent', json: 'Silent' } });
    await settle(world);
    const before = memberOf(world, FIRST)?.profile['merge_fields.FNAME'];
    world.clock.advance(25 * HOUR);
    await settle(world);
    expect(before).toBe('Ann');
    expect(bothShow('first_name', 'Silent')(world)).toEqual([]);
  });

  test('a sync that was paused for long keeps its place, and is swept when it goes on', async () => {
    const world = await inStep();
    const context = contextOf(world);
    await pauseSync(context, { by: 'ann', reason: null });
    for (let day = 1; day <= 9; day += 1) {
      world.clock.advance(24 * HOUR);
      ring(world);
      await drain(world);
    }
    world.crm.update(FIRST, { first_name: 'Meanwhile' });
    world.crm.remove(SECOND);
    const { hasLostPlace } = await resumeSync(context);
    await settle(world);
    expect(hasLostPlace).toBe(false);
    expect(bothShow('first_name', 'Meanwhile')(world)).toEqual([]);
    expect(isArchived(world, SECOND)).toBe(true);
  });

  test('a sweep comes when its time is over, once, and says when it began', async () => {
    const world = await inStep();
    const first = readCheckpoint(world.memory)?.sweptAt ?? 0;
    world.clock.advance(25 * HOUR);
    const began = world.clock.now();
    await settle(world);
    const second = readCheckpoint(world.memory)?.sweptAt ?? 0;
    await settle(world);
    expect(first).toBeGreaterThan(0);
    expect(second).toBeGreaterThanOrEqual(began);
    expect(readCheckpoint(world.memory)?.sweptAt).toBe(second);
  });
});

describe('the capture of a live sync is changed', () => {
  test.each([
    ['to timestamps', {}, TIMED],
    ['to the log', TIMED, {}],
  ])('%s: a backfill follows, and no edit or delete of meanwhile is lost', async (_, old, next) => {
    const world = await inStep(old);
    world.crm.update(FIRST, { first_name: 'Before' });
    world.crm.remove(SECOND);
    world.redeploy(next);
    ring(world);
    await drain(world);
    world.crm.update(FIRST, { phone: '999' });
    await settle(world);
    expect(bothShow('first_name', 'Before')(world)).toEqual([]);
    expect(bothShow('phone', '999')(world)).toEqual([]);
    expect(isArchived(world, SECOND)).toBe(true);
    expect(textIn(world, FIRST, 'first_name')).toBe('Before');
    expect(world.errors).toEqual([]);
  });

  test('to timestamps and back while pages are handed back: nothing is lost', async () => {
    const world = await inStep();
    for (const [round, sync] of [{}, TIMED, {}, TIMED].entries()) {
      world.crm.update(FIRST, { first_name: `Round ${round}` });
      world.hazards.appFault = () => 'busy';
      world.hazards.crmDown = (label) => label === 'read';
      ring(world);
      await drain(world);
      world.hazards.appFault = () => null;
      world.hazards.crmDown = () => false;
      world.redeploy(sync);
    }
    await settle(world);
    expect(bothShow('first_name', 'Round 3')(world)).toEqual([]);
  });
});

describe('random walks, read by timestamp', () => {
  test.each([1, 16, 31, 46])('from seed %i come to rest with both ends in step', async (from) => {
    const failures: string[] = [];
    for (let seed = from; seed < from + 15; seed += 1) {
      const { problems } = await walk(seed, { isTimed: true });
      if (problems.length > 0) failures.push(`seed ${seed}: ${problems.join(' | ')}`);
    }
    expect(failures).toEqual([]);
  });
});

const referencesOf = ({ queues }: World, from: number): readonly Reference[] =>
  queues.sent
    .slice(from)
    .filter(({ group }) => group !== PULL_GROUP)
    .flatMap(({ body }) => (JSON.parse(body) as LaneMessage).refs);

/** References routed by each of some rounds. */
async function roundsRouted(world: World, rounds: number): Promise<readonly number[]> {
  const routed: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    world.clock.advance(1_000);
    ring(world);
    await drain(world);
    routed.push(readCheckpoint(world.memory)?.round.routed ?? -1);
  }
  return routed;
}
