/** A filter is somebody else's code: what it fails on is left alone, with the reason. */
import type { SyncInput } from '../../lib/config/define.ts';
import { labelOf, reasonOf } from '../../lib/engine/record-label.ts';
import { mapCode, mapOf } from '../../lib/engine/sync-map.ts';
import { readInbox } from '../../lib/flow/inbox.ts';
import { acceptMap } from '../../lib/flow/steer.ts';
import { explore } from '../support/flow-world/explore.ts';
import { readRecord } from '../support/flow-world/memory-state.ts';
import {
  addPair,
  ANN,
  BOB,
  bothShow,
  editCrm,
  FIRST,
  memberOf,
  pairs,
  SECOND,
} from '../support/flow-world/scenario-parts.ts';
import { settle } from '../support/flow-world/settle.ts';
import { findProblems } from '../support/flow-world/verdict.ts';
import { createWorld, type World } from '../support/flow-world/world.ts';
import { contextOf } from './explain-world.ts';

type Filter = NonNullable<SyncInput['include']>;

const failing: Filter = (row) => {
  if (row['active'] === 'riddle') throw new TypeError('riddle is no answer');
  return row['active'] !== 'no';
};

async function worldInStep(include: Filter): Promise<World> {
  const world = createWorld({ seed: 1, sync: { include } });
  addPair(world, ANN);
  addPair(world, BOB);
  await settle(world);
  world.clock.advance(60_000);
  return world;
}

const stateOf = (world: World) => {
  const stored = readRecord(world.memory, FIRST);
  if (stored === undefined) throw new Error('the record is stored');
  return stored.state;
};

describe('a row the filter fails on', () => {
  test('is quarantined with the reason, taken away from nobody, and the page goes on', async () => {
    const world = await worldInStep(failing);
    world.crm.update(FIRST, { active: 'riddle', first_name: 'Anna' });
    world.crm.update(SECOND, { first_name: 'Bob' });
    await settle(world);
    expect(labelOf(stateOf(world))).toBe('quarantined');
    expect(reasonOf(stateOf(world))).toBe('the filter failed: riddle is no answer');
    expect(memberOf(world, FIRST)).toMatchObject({ isArchived: false, email: ANN });
    expect(bothShow('first_name', 'Bob', SECOND)(world)).toEqual([]);
    expect((await readInbox(contextOf(world), 5)).items).toMatchObject([
      { kind: 'record', key: FIRST },
    ]);
    expect([world.errors, world.dead]).toEqual([[], []]);
  });

  test('goes on when the row changes, or when the filter does', async () => {
    const world = await worldInStep(failing);
    world.crm.update(FIRST, { active: 'riddle', first_name: 'Anna' });
    await settle(world);
    world.clock.advance(60_000);
    world.crm.update(FIRST, { active: null });
    await settle(world);
    expect(bothShow('first_name', 'Anna')(world)).toEqual([]);
    world.crm.update(FIRST, { active: 'riddle', first_name: 'Anneke' });
    await settle(world);
    world.redeploy({ include: (row) => row['active'] !== 'no' });
    await settle(world);
    const code = mapCode(mapOf(world.sync.spec, world.sync.functions));
    await acceptMap(contextOf(world), { code, by: 'ann' });
    await settle(world);
    expect(bothShow('first_name', 'Anneke')(world)).toEqual([]);
    expect(findProblems(world)).toEqual([]);
  });

  test('ends so whatever crashes in between', async () => {
    const scenario = {
      world: { sync: { include: failing } },
      given: pairs(ANN, BOB),
      when: editCrm({ active: 'riddle', first_name: 'Anna' }),
      allowed: { parked: ['*', 'first_name'] },
      then: (world: World) =>
        memberOf(world, FIRST)?.isArchived === false ? [] : ['the member was taken away'],
    };
    expect(await explore(scenario, { seed: 1 })).toEqual([]);
  });
});

test.each<[string, unknown, string]>([
  [
    'asks for a column nobody reads',
    (row: Parameters<Filter>[0]) => row['nobody'],
    'the filter failed: “nobody” is not read: map the column, or name it in reads',
  ],
  ['is async', async () => true, 'the filter gave a promise, which is no answer'],
])('a filter that %s is no filter', async (_what, include, reason) => {
  const world = createWorld({ seed: 1, sync: { include: include as Filter } });
  addPair(world, ANN);
  await settle(world);
  expect(reasonOf(stateOf(world))).toBe(reason);
  expect(world.monitor.writes).toEqual([]);
  expect([...world.audience.members.values()]).toMatchObject([{ email: ANN, isArchived: false }]);
});
