/** Brakes in the whole flow: how much passes, what is held, what goes on beside it, and what a person lets go. */
import type { BrakesInput } from '../../lib/config/brakes.ts';
import type { CrmKey } from '../../lib/engine/model.ts';
import { labelOf, reasonOf } from '../../lib/engine/record-label.ts';
import { readInbox } from '../../lib/flow/inbox.ts';
import { grantNextRun } from '../../lib/flow/grant.ts';
import { deliverTogether, ring } from '../support/flow-world/deliver.ts';
import { explore, type Scenario } from '../support/flow-world/explore.ts';
import {
  readBook,
  readHealth,
  readRecord,
  readRecords,
} from '../support/flow-world/memory-state.ts';
import { isDrained, laneGroup, PULL_GROUP } from '../support/flow-world/queues.ts';
import { PATHS, type SampleSyncOptions } from '../support/flow-world/sample-sync.ts';
import { addPair, memberOf } from '../support/flow-world/scenarios.ts';
import { drain, settle } from '../support/flow-world/settle.ts';
import { findProblems, findRestlessness } from '../support/flow-world/verdict.ts';
import { createWorld, type World } from '../support/flow-world/world.ts';
import { contextOf } from './explain-world.ts';

const PEOPLE = ['ann', 'bob', 'cid', 'dan', 'eve'].map((name) => `${name}@crm.test`);
const keys = PEOPLE.map((_email, index) => String(index + 1) as CrmKey);
const ONE_DAY_MS = 86_400_000;
const LENIENT = { withoutPartner: true, withoutRow: true };

const perRun = (caps: BrakesInput['perRun'] & object): SampleSyncOptions => ({
  brakes: { perRun: caps },
});

async function worldInStep(sync: SampleSyncOptions, seed = 1): Promise<World> {
  const world = createWorld({ seed, sync });
  for (const email of PEOPLE) addPair(world, email);
  await settle(world);
  world.clock.advance(60_000);
  return world;
}

function removeAll(world: World, which: readonly CrmKey[] = keys): void {
  const transaction = world.table.begin();
  for (const key of which) transaction.remove(key);
  transaction.commit();
}

const archived = ({ audience }: World): number =>
  [...audience.members.values()].filter(({ isArchived }) => isArchived).length;
const held = ({ memory }: World): readonly CrmKey[] =>
  readRecords(memory)
    .filter(({ state }) => state.withheld?.by === 'brake')
    .map(({ state }) => state.key);
const allow = (world: World, count: number): Promise<void> =>
  grantNextRun(contextOf(world), { name: 'destroy', count, by: 'ann' });

describe('more at once than a brake allows', () => {
  const massDelete: Scenario = {
    world: { sync: { ...perRun({ archive: 2 }), lanes: 2 } },
    given: (world) => {
      for (const email of PEOPLE) addPair(world, email);
    },
    when: (world) => removeAll(world),
    then: (world) =>
      archived(world) <= 2 && archived(world) + held(world).length === PEOPLE.length
        ? []
        : [`${archived(world)} archived, ${held(world).length} held`],
    allowed: LENIENT,
  };

  test('lets as many through as the cap says, whatever the lanes and the crashes', async () => {
    expect(await explore(massDelete, { seed: 1 })).toEqual([]);
  });

  test('P29 lets no more through when two lanes ask at the same moment', async () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const world = await worldInStep({ ...perRun({ destroy: 3 }), lanes: 3 }, seed);
      removeAll(world);
      ring(world);
      for (let turn = 0; turn < 30 && !isDrained(world.queues); turn += 1) {
        await deliverTogether(world, [PULL_GROUP, laneGroup(0), laneGroup(1), laneGroup(2)]);
      }
      expect([seed, archived(world), held(world).length]).toEqual([seed, 3, 2]);
    }
  });

  test('holds the others with a reason, and they count as held', async () => {
    const world = await worldInStep(perRun({ archive: 2 }));
    removeAll(world);
    await settle(world);
    const [key = keys[0] as CrmKey] = held(world);
    const state = readRecord(world.memory, key)?.state;
    expect(state && labelOf(state)).toBe('held');
    expect(state && reasonOf(state)).toMatch(
      /more archivings at once.*npx trivet held contacts-news/,
    );
    const { items } = await readInbox(contextOf(world), 10);
    expect(items.map((item) => item.kind === 'record' && [item.state, item.deeds])).toEqual(
      held(world).map(() => ['held', [{ kind: 'archive-app', column: null }]]),
    );
    expect(findProblems(world, LENIENT)).toEqual([]);
    expect(await findRestlessness(world)).toEqual([]);
  });

  test('holds that class alone: the others’ edits, and the record’s own, go on', async () => {
    const world = await worldInStep(perRun({ unsubscribe: 1 }));
    for (const key of keys)
      world.crm.update(key, { email_status: 'unsubscribed', first_name: `N${key}` });
    await settle(world);
    const members = keys.map((key) => memberOf(world, key));
    expect(members.map((member) => member?.profile[PATHS.first_name])).toEqual(
      keys.map((key) => `N${key}`),
    );
    expect(members.filter((member) => member?.status === 'unsubscribed')).toHaveLength(1);
    expect(held(world)).toHaveLength(4);
  });

  test('is under no brake where a person withdrew at the app: the row is told', async () => {
    const world = await worldInStep(perRun({ destroy: 0, unsubscribe: 0 }));
    for (const email of PEOPLE) world.audience.people.unsubscribe(email);
    await settle(world);
    const rows = keys.map((key) => world.table.rows.get(key)?.['email_status']?.text);
    expect(rows).toEqual(keys.map(() => 'unsubscribed'));
    expect(held(world)).toEqual([]);
  });

  test.each([
    ['deletions at the app', { onCrmDelete: 'delete', ...perRun({ delete: 1 }) }, removeAll],
    [
      'deletions of rows',
      { onAppDelete: 'delete', ...perRun({ delete: 1 }) },
      (world: World) => {
        for (const email of PEOPLE) world.audience.people.archive(email);
      },
    ],
    [
      'marks',
      perRun({ overwrite: 1 }),
      (world: World) => {
        for (const email of PEOPLE) world.audience.people.archive(email);
      },
    ],
    [
      'overwritten values',
      perRun({ overwrite: 1 }),
      (world: World) => {
        for (const key of keys) world.crm.update(key, { first_name: 'Everybody' });
      },
    ],
    [
      'new people in the app',
      perRun({ create: 1 }),
      (world: World) => {
        for (const key of keys) world.crm.insert({ email: `new${key}@crm.test` });
      },
    ],
    [
      'new rows',
      perRun({ create: 1 }),
      (world: World) => {
        for (const key of keys) world.audience.people.signup(`new${key}@crm.test`);
      },
    ],
  ] as const)('counts %s', async (_what, sync, happen) => {
    const world = await worldInStep(sync);
    const before = world.monitor.writes.length;
    happen(world);
    await settle(world);
    expect(held(world)).toHaveLength(4);
    const rows = new Set(
      world.monitor.writes.slice(before).map((write) => /"key":"(\d+)"/.exec(write)?.[1]),
    );
    expect(rows.size).toBe(1);
    expect(await findRestlessness(world)).toEqual([]);
  });

  test('may be a share of the linked records, which are counted once a day', async () => {
    const world = await worldInStep(perRun({ archive: '40%', create: '10%' }));
    expect(readBook(world.memory).linked).toBe(5);
    removeAll(world);
    await settle(world);
    expect([archived(world), held(world).length]).toEqual([2, 3]);
    world.clock.advance(ONE_DAY_MS);
    await settle(world);
    expect(readBook(world.memory).linked).toBe(3);
  });

  test('of a day is more than of its runs', async () => {
    const world = await worldInStep({ brakes: { perRun: { archive: 2 }, perDay: { archive: 3 } } });
    for (const [first, second] of [
      [0, 1],
      [2, 3],
    ] as const) {
      removeAll(world, [keys[first], keys[second]] as CrmKey[]);
      await settle(world);
    }
    expect([archived(world), held(world).length]).toEqual([3, 1]);
    world.clock.advance(ONE_DAY_MS);
    removeAll(world, [keys[4] as CrmKey]);
    await settle(world);
    expect([archived(world), held(world).length]).toEqual([4, 1]);
  });
});

describe('what a brake holds', () => {
  test('stays held, however many rounds follow and whoever touches it', async () => {
    const world = await worldInStep(perRun({ archive: 2 }));
    for (const key of keys) world.crm.update(key, { active: 'no' });
    await settle(world);
    const before = held(world);
    expect(before).toHaveLength(3);
    for (const key of before) {
      world.clock.advance(60_000);
      world.crm.update(key, { phone: `touched ${key}` });
      await settle(world);
    }
    expect([archived(world), held(world)]).toEqual([2, before]);
    // Told once, however often it was looked at.
    const told = world.memory.history.flatMap(({ entry: { decisions } }) =>
      decisions.filter(({ reason }) => reason.rule === 'brake/archive'),
    );
    expect(told).toHaveLength(3);
  });

  test('is free again when nobody wants it any more', async () => {
    const world = await worldInStep(perRun({ archive: 2 }));
    for (const key of keys) world.crm.update(key, { active: 'no' });
    await settle(world);
    for (const key of keys) world.crm.update(key, { active: 'yes' });
    await settle(world);
    expect([archived(world), held(world)]).toEqual([0, []]);
    expect(findProblems(world)).toEqual([]);
  });

  test('passes as a person allows it, held ones first, and no more of it', async () => {
    const world = await worldInStep(perRun({ archive: 1 }));
    removeAll(world);
    await settle(world);
    await allow(world, 2);
    await settle(world);
    expect([archived(world), held(world).length]).toEqual([3, 2]);
    expect(readHealth(world.memory).grant).toBeNull();
    await allow(world, 50);
    await settle(world);
    expect([archived(world), held(world)]).toEqual([5, []]);
    expect(findProblems(world, LENIENT)).toEqual([]);
    expect(await findRestlessness(world)).toEqual([]);
  });

  test('passes no more than was allowed, whatever call dies', async () => {
    const granted: Scenario = {
      world: { sync: perRun({ archive: 0 }) },
      given: (world) => {
        for (const email of PEOPLE) addPair(world, email);
      },
      when: (world) => {
        removeAll(world);
        let isAllowed = false;
        world.hazards.between = (_step, label) => {
          if (isAllowed || label !== 'crm.horizonHolder' || held(world).length < 5) return;
          isAllowed = true;
          const health = readHealth(world.memory);
          const grant = { name: 'destroy', count: 3, by: 'ann', at: 1, run: null, cursor: null };
          const next = { ...health, grant, version: health.version + 1 };
          world.memory.documents.set('health', JSON.stringify(next));
        };
      },
      then: (world) =>
        archived(world) <= 3 && archived(world) + held(world).length === 5
          ? []
          : [`${archived(world)} archived, ${held(world).length} held`],
      allowed: LENIENT,
    };
    expect(await explore(granted, { seed: 1 })).toEqual([]);
  });

  test('is not let go by what was allowed for another run', async () => {
    const world = await worldInStep(perRun({ archive: 0 }));
    await allow(world, 3);
    await settle(world);
    removeAll(world);
    await settle(world);
    expect([archived(world), held(world).length]).toEqual([0, 5]);
  });
});

describe('what passed a brake', () => {
  test('and met a busy app is not counted again when it is tried again', async () => {
    const world = await worldInStep(perRun({ archive: 2 }));
    removeAll(world, keys.slice(0, 2));
    let failures = 4;
    world.hazards.appFault = (label) =>
      label.startsWith('push') && (failures -= 1) >= 0 ? 'record-before' : null;
    await settle(world);
    expect([archived(world), held(world)]).toEqual([2, []]);
    const runs = Object.values(readBook(world.memory).runs);
    expect(runs.map(({ used }) => used.archive ?? 0).reduce((a, b) => a + b, 0)).toBe(2);
  });

  test('of a large change read in several slices is one run', async () => {
    const world = createWorld({ seed: 1, pageMax: 1, sync: perRun({ archive: 2 }) });
    for (const email of PEOPLE) addPair(world, email);
    await settle(world);
    removeAll(world);
    // Each slice has time for one page.
    world.hazards.timeIsUp = () => world.steps.trace.at(-1)?.includes('readChanges') ?? false;
    for (let round = 0; round < 12; round += 1) {
      ring(world);
      await drain(world);
    }
    world.hazards.timeIsUp = () => false;
    await settle(world);
    expect([archived(world), held(world).length]).toEqual([2, 3]);
  });

  test('asks its memory nothing where nothing is capped', async () => {
    const world = await worldInStep({});
    removeAll(world);
    await settle(world);
    expect(world.steps.trace.filter((line) => line.includes('Book'))).toEqual([]);
    expect(archived(world)).toBe(5);
  });
});
