/** Another map is deployed: nothing is written by it before a person has said which one they have seen. */
import type { FieldInput } from '../../lib/config/define.ts';
import type { CrmKey } from '../../lib/engine/model.ts';
import { mapCode, mapOf } from '../../lib/engine/sync-map.ts';
import { acceptMap, type Accepted } from '../../lib/flow/steer.ts';
import { deliver, ring } from '../support/flow-world/deliver.ts';
import {
  changeHealthOf,
  readCheckpoint,
  readHealth,
  readRecord,
} from '../support/flow-world/memory-state.ts';
import { explore, type Scenario } from '../support/flow-world/explore.ts';
import { laneGroup, PULL_GROUP } from '../support/flow-world/queues.ts';
import { COMPANY, PATHS, type SampleSyncOptions } from '../support/flow-world/sample-sync.ts';
import {
  addPair,
  all,
  ANN,
  BOB,
  bothShow,
  memberOf,
  profileOf,
  textIn,
} from '../support/flow-world/scenarios.ts';
import { drain, settle } from '../support/flow-world/settle.ts';
import { findProblems, findRestlessness } from '../support/flow-world/verdict.ts';
import { createWorld, type World } from '../support/flow-world/world.ts';
import { contextOf } from './explain-world.ts';

const [FIRST, SECOND] = ['1', '2'] as [CrmKey, CrmKey];
const ONE_DAY_MS = 86_400_000;
const WITH_COMPANY = { fields: { company: COMPANY } };
const WITHOUT_CITY: SampleSyncOptions = { fields: { city: null } };

async function worldInStep(sync: SampleSyncOptions = {}): Promise<World> {
  const world = createWorld({ seed: 1, sync });
  addPair(world, ANN, { company: 'Acme' });
  addPair(world, BOB);
  await settle(world);
  world.clock.advance(60_000);
  return world;
}

async function round(world: World): Promise<void> {
  ring(world);
  await drain(world);
}

const codeOf = ({ sync }: World): string => mapCode(mapOf(sync.spec, sync.functions));
const accept = (world: World, code = codeOf(world)): Promise<Accepted> =>
  acceptMap(contextOf(world), { code, by: 'ann' });

async function takeMap(world: World, sync: SampleSyncOptions): Promise<void> {
  world.redeploy(sync);
  await round(world);
  await accept(world);
  await settle(world);
}

describe('another map', () => {
  test('halts the sync with what changed and what to do', async () => {
    const world = await worldInStep();
    world.redeploy({ fields: { company: COMPANY, city: null } });
    await round(world);
    const { halted } = readHealth(world.memory);
    expect(halted?.reason).toBe(
      'the map is another one than before: company ↔ merge_fields.COMPANY added; city ↔ merge_fields.CITY removed. ' +
        'Nothing is written until its plan was seen: npx trivet plan contacts-news, then ' +
        'npx trivet resume contacts-news --accept <the code it prints>',
    );
  });

  test('writes nothing and asks nobody, however often it is rung for', async () => {
    const world = await worldInStep();
    world.crm.update(FIRST, { first_name: 'Anna', company: 'Other' });
    world.redeploy(WITH_COMPANY);
    const before = world.monitor.writes.length;
    world.steps.trace.length = 0;
    for (let times = 0; times < 3; times += 1) await round(world);
    expect(world.monitor.writes.slice(before)).toEqual([]);
    expect(world.steps.trace.filter((line) => /\d (app|crm)\./.test(line))).toEqual([]);
    const since = readHealth(world.memory).halted?.since;
    world.clock.advance(60_000);
    await round(world);
    expect(readHealth(world.memory).halted?.since).toBe(since);
  });

  test('is not worked with by a lane that hears of it before the pull does', async () => {
    const world = await worldInStep();
    world.crm.update(FIRST, { first_name: 'Anna' });
    ring(world);
    await deliver(world, PULL_GROUP);
    world.redeploy(WITH_COMPANY);
    const before = world.monitor.writes.length;
    for (const lane of [0, 1]) await deliver(world, laneGroup(lane));
    expect(world.monitor.writes.slice(before)).toEqual([]);
    await round(world);
    await accept(world);
    await settle(world);
    expect(bothShow('first_name', 'Anna')(world)).toEqual([]);
  });

  test('that is taken back lets the sync go on by itself', async () => {
    const world = await worldInStep();
    world.redeploy(WITH_COMPANY);
    await round(world);
    world.redeploy({});
    world.crm.update(FIRST, { first_name: 'Anna' });
    await settle(world);
    expect(readHealth(world.memory).halted).toBeNull();
    expect(bothShow('first_name', 'Anna')(world)).toEqual([]);
  });

  test.each<[string, SampleSyncOptions]>([
    ['an owner', { fields: { city: { app: PATHS.city, type: COMPANY.type, owner: 'crm' } } }],
    ['a policy', { phonePolicy: 'crm' }],
    ['whom it creates', { create: 'app' }],
    ['what a deleted row does', { onCrmDelete: 'delete' }],
    ['what a deleted record does', { onAppDelete: 'leave' }],
    ['the filter', { include: (row) => row['email'] !== null }],
  ])('may differ in %s', async (_what, sync) => {
    const world = await worldInStep();
    world.redeploy(sync);
    await round(world);
    expect(readHealth(world.memory).halted?.cause).toBe('map');
  });

  test('is not what lanes, schedule, brakes and mode are', async () => {
    const world = await worldInStep();
    world.redeploy({ brakes: { perRun: { archive: 5 } } });
    world.crm.update(FIRST, { first_name: 'Anna' });
    await settle(world);
    expect(bothShow('first_name', 'Anna')(world)).toEqual([]);
  });
});

describe('the code of a plan', () => {
  test('of another map is refused where it is typed', async () => {
    const world = await worldInStep();
    world.redeploy(WITH_COMPANY);
    await round(world);
    expect(await accept(world, 'abcdef')).toMatchObject({ kind: 'wrong-code' });
    expect(readHealth(world.memory).accepted).toBeNull();
  });

  test('is not asked for when the map is the one in use', async () => {
    const world = await worldInStep();
    expect(await accept(world)).toEqual({ kind: 'nothing' });
  });

  test('of another map than the one deployed leaves the sync halted, and it says so', async () => {
    const world = await worldInStep();
    world.redeploy(WITH_COMPANY);
    await round(world);
    await accept(world);
    world.redeploy(WITHOUT_CITY);
    await settle(world);
    expect(readHealth(world.memory).halted?.reason).toContain(
      'accepted by ann, is the code of another map than the one deployed',
    );
    await accept(world);
    await settle(world);
    expect(readHealth(world.memory)).toMatchObject({ halted: null, accepted: null });
  });
});

describe('an added field', () => {
  test('P26 meets for the first time, in every record, and no other field moves', async () => {
    const world = await worldInStep();
    const shadows = (): unknown =>
      [FIRST, SECOND].map((key) => {
        const pairs = { ...readRecord(world.memory, key)?.state.shadow?.pairs };
        delete pairs[Object.keys(pairs).find((name) => name.startsWith('company')) ?? ''];
        return pairs;
      });
    const before = shadows();
    const writes = world.monitor.writes.length;
    await takeMap(world, WITH_COMPANY);
    expect(memberOf(world, FIRST)?.profile[COMPANY.app]).toBe('Acme');
    expect(shadows()).toEqual(before);
    const written = world.monitor.writes.slice(writes);
    expect(written.every((write) => /"fields":\{"merge_fields.COMPANY"/.test(write))).toBe(true);
    expect(written).toHaveLength(1);
    expect(readCheckpoint(world.memory)?.backfill).toBeNull();
    expect(findProblems(world)).toEqual([]);
    expect(await findRestlessness(world)).toEqual([]);
  });

  test('takes the value of the end that has one', async () => {
    const world = await worldInStep();
    world.audience.people.update(BOB, { [COMPANY.app]: 'Globex' });
    await settle(world);
    await takeMap(world, WITH_COMPANY);
    expect(textIn(world, SECOND, 'company')).toBe('Globex');
  });

  test('is walked to the end whatever call dies, while people go on editing', async () => {
    const added: Scenario = {
      given: (world) => {
        addPair(world, ANN, { company: 'Acme' });
        addPair(world, BOB);
      },
      when: (world) => {
        world.redeploy(WITH_COMPANY);
        const accepted = { code: codeOf(world), by: 'ann', at: 1 };
        changeHealthOf(world.memory, (health) => ({ ...health, accepted }));
        world.crm.update(SECOND, { first_name: 'Bobby' });
      },
      then: all(
        (world) => (memberOf(world, FIRST)?.profile[COMPANY.app] === 'Acme' ? [] : ['not added']),
        bothShow('first_name', 'Bobby', SECOND),
      ),
    };
    expect(await explore(added, { seed: 1 })).toEqual([]);
  });
});

describe('a removed field', () => {
  const edited = (world: World): void => {
    world.crm.update(FIRST, { first_name: 'Anna', city: 'Only the CRM' });
    const member = memberOf(world, FIRST);
    if (member !== undefined)
      world.audience.touch(member, () => {
        member.profile[PATHS.phone] = '900';
      });
  };

  test('is left alone at both ends, and its base stays through saves of the record', async () => {
    const world = await worldInStep();
    await takeMap(world, WITHOUT_CITY);
    edited(world);
    await settle(world);
    expect([textIn(world, FIRST, 'city'), profileOf(world, FIRST, 'city')]).toEqual([
      'Only the CRM',
      'Ulm',
    ]);
    expect(bothShow('phone', '900')(world)).toEqual([]);
    const pairs = readRecord(world.memory, FIRST)?.state.shadow?.pairs ?? {};
    expect(pairs['city>merge_fields.CITY:text']).toEqual({ c: 'Ulm', r: 'Ulm' });
  });

  test('that comes back within a month finds its base: who edited it meanwhile is known', async () => {
    const world = await worldInStep();
    await takeMap(world, WITHOUT_CITY);
    edited(world);
    await settle(world);
    world.clock.advance(29 * ONE_DAY_MS);
    await takeMap(world, {});
    // The app owns the city: an edit in the CRM is put back.
    expect(bothShow('city', 'Ulm')(world)).toEqual([]);
    const [entry] = world.memory.history.filter(({ entry: { decisions } }) =>
      decisions.some(({ field, reason }) => field === 'city' && reason.rule === 'crm-changed/app'),
    );
    expect(entry).toBeDefined();
  });

  test('that comes back later meets for the first time, whatever the records still hold', async () => {
    const world = await worldInStep();
    await takeMap(world, WITHOUT_CITY);
    world.crm.update(FIRST, { city: 'Only the CRM' });
    world.clock.advance(31 * ONE_DAY_MS);
    await takeMap(world, {});
    const rules = world.memory.history.flatMap(({ entry }) =>
      entry.decisions.flatMap(({ field, reason }) => (field === 'city' ? [reason.rule] : [])),
    );
    expect(rules.filter((rule) => rule.startsWith('first/'))).not.toEqual([]);
    expect(rules.filter((rule) => rule.startsWith('crm-changed/'))).toEqual([]);
    expect(findProblems(world)).toEqual([]);
  });

  test('that stood parked stands in nobody’s way any more', async () => {
    const world = await worldInStep({ phonePolicy: 'manual' });
    world.crm.update(FIRST, { phone: '200' });
    world.audience.people.update(ANN, { [PATHS.phone]: '300' });
    await settle(world);
    expect(Object.keys(readRecord(world.memory, FIRST)?.state.parked ?? {})).toHaveLength(1);
    await takeMap(world, { fields: { phone: null } });
    expect(readRecord(world.memory, FIRST)?.state.parked).toEqual({});
  });
});

test('a field that is mapped to another place is another field', async () => {
  const world = await worldInStep();
  const elsewhere: FieldInput = { app: COMPANY.app, type: COMPANY.type, owner: 'crm' };
  await takeMap(world, { fields: { first_name: elsewhere } });
  expect(memberOf(world, FIRST)?.profile).toMatchObject({
    [COMPANY.app]: 'Ann',
    [PATHS.first_name]: 'Ann',
  });
  world.crm.update(FIRST, { first_name: 'Anna' });
  await settle(world);
  expect(memberOf(world, FIRST)?.profile).toMatchObject({
    [COMPANY.app]: 'Anna',
    [PATHS.first_name]: 'Ann',
  });
});
