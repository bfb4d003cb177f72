/** The traps of positions, clocks, policies and of both ends' own ways. The first half is in traps.test.ts. */
import { createClubWorld, findClubProblems } from '../support/flow-world/club-world.ts';
import { deliver, deliverTogether, ring } from '../support/flow-world/deliver.ts';
import { explore, run, type Scenario } from '../support/flow-world/explore.ts';
import { changeHealthOf, readRecord } from '../support/flow-world/memory-state.ts';
import { laneGroup, PULL_GROUP } from '../support/flow-world/queues.ts';
import { rareScenarios } from '../support/flow-world/rare-scenarios.ts';
import { PATHS } from '../support/flow-world/sample-sync.ts';
import {
  addPair,
  all,
  ANN,
  BOB,
  bothShow,
  CID,
  editApp,
  editCrm,
  FIRST,
  memberOf,
  onceAfter,
  pairs,
  SECOND,
  synced,
  textIn,
} from '../support/flow-world/scenario-parts.ts';
import { otherScenarios } from '../support/flow-world/scenarios.ts';
import { drain, settle } from '../support/flow-world/settle.ts';
import { findProblems } from '../support/flow-world/verdict.ts';
import { createWorld, type World, type WorldOptions } from '../support/flow-world/world.ts';
import type { LaneMessage } from '../../lib/ports/messages.ts';

const SEED = 1;
const DAY_MS = 86_400_000;

async function problemsOf(scenario: Scenario): Promise<readonly string[]> {
  return (await run(scenario, { seed: SEED })).problems;
}

function scenarioOf(from: Readonly<Record<string, Scenario>>, name: string): Scenario {
  const scenario = from[name];
  if (scenario === undefined) throw new Error(`there is no scenario “${name}”`);
  return scenario;
}

async function worldOf(emails: readonly string[], more: Omit<WorldOptions, 'seed'> = {}) {
  const world = createWorld({ seed: SEED, ...more });
  pairs(...emails)(world);
  await settle(world);
  world.clock.advance(60_000);
  return world;
}

describe('positions', () => {
  test.each([1, 8, 16])(
    'P5 nothing is lost when a sync stands still for %i days and its queue drops what is older than fourteen',
    async (days) => {
      const world = await worldOf([ANN, BOB]);
      world.crm.update(FIRST, { first_name: 'Anna' });
      ring(world);
      await deliver(world, PULL_GROUP);
      const paused = { since: world.clock.now(), by: 'a person', reason: null };
      changeHealthOf(world.memory, (health) => ({ ...health, paused }));
      for (let day = 0; day < days; day += 1) {
        world.clock.advance(DAY_MS);
        world.crm.update(SECOND, { first_name: `Bob ${day}` });
        ring(world);
        await deliver(world, PULL_GROUP);
      }
      if (days > 14) world.queues.groups.clear();
      changeHealthOf(world.memory, (health) => ({ ...health, paused: null }));
      await settle(world);
      const isRight = all(
        bothShow('first_name', 'Anna'),
        bothShow('first_name', `Bob ${days - 1}`, SECOND),
      );
      expect([...findProblems(world), ...isRight(world)]).toEqual([]);
    },
  );

  test('P25 what the app changed is routed before what the CRM changed', async () => {
    const world = await worldOf([ANN], { sync: { lanes: 1 } });
    const from = world.queues.sent.length;
    both(world);
    ring(world);
    await deliver(world, PULL_GROUP);
    const refs = world.queues.sent
      .slice(from)
      .filter(({ group }) => group === laneGroup(0))
      .flatMap(({ body }) => (JSON.parse(body) as LaneMessage).refs);
    expect(refs.map((ref) => (ref.observed === undefined ? 'crm' : 'app'))).toEqual(['app', 'crm']);
  });

  test('P31 a person’s order travels in its record’s own lane, and is carried out once', async () => {
    const scenario = scenarioOf(rareScenarios, 'a person takes the CRM’s value');
    expect(await explore(scenario, { seed: SEED })).toEqual([]);
  });

  test('P35 our own write coming back calls no app, and five hundred rings are one round', async () => {
    const world = await worldOf([ANN, BOB]);
    world.audience.people.update(ANN, { [PATHS.city]: 'Bern' });
    ring(world);
    await drain(world);
    const from = world.steps.trace.length;
    for (let count = 0; count < 500; count += 1) ring(world);
    await drain(world);
    const called = world.steps.trace.slice(from).filter((line) => / app\./.test(line));
    const asked = called.filter((line) => !line.endsWith('app.pull'));
    expect({ asked, rounds: called.length < 10 }).toEqual({ asked: [], rounds: true });
  });
});

function both(world: World): void {
  editCrm({ phone: '200' })(world);
  editApp('city', 'Bern')(world);
}

describe('clocks', () => {
  test.each([-5_000, 5_000])(
    'P14 a vendor’s clock that is %i ms off loses no change',
    async (vendorSkewMs) => {
      const scenario: Scenario = {
        world: { vendorSkewMs },
        given: pairs(ANN, BOB),
        when: (world) => {
          world.audience.people.update(ANN, { [PATHS.city]: 'Bern' });
          onceAfter(world, 'crm.write update 1', () => editApp('city', 'Rom')(world));
        },
        then: bothShow('city', 'Rom'),
      };
      expect(await problemsOf(scenario)).toEqual([]);
    },
  );

  test('P14 an edit in the very second of our own write is not taken for it', async () => {
    const scenario: Scenario = {
      ...synced({ phonePolicy: 'app' }),
      given: pairs(ANN, BOB),
      when: (world) => {
        world.crm.update(FIRST, { phone: '200' });
        onceAfter(world, 'app.push update 1', () => editApp('phone', '900')(world));
      },
      then: bothShow('phone', '900'),
    };
    expect(await problemsOf(scenario)).toEqual([]);
  });

  test('P14 a member that is edited while its pages are read is not missed', async () => {
    const scenario: Scenario = {
      world: { pageMax: 1 },
      given: pairs(ANN, BOB, CID),
      when: (world) => {
        for (const email of [ANN, BOB, CID])
          world.audience.people.update(email, { [PATHS.city]: 'Bern' });
        onceAfter(world, 'app.pull', () => editApp('city', 'Rom')(world));
      },
      then: all(bothShow('city', 'Rom'), bothShow('city', 'Bern', SECOND)),
    };
    expect(await problemsOf(scenario)).toEqual([]);
  });

  test.each([-2_000, 2_000])(
    'P15 what a pull whose host is %i ms off saw before our write ended puts nothing back',
    async (skewMs) => {
      const failures: string[] = [];
      for (let seed = 1; seed <= 8; seed += 1) {
        const world = createWorld({ seed, sync: { lanes: 1, phonePolicy: 'app' } });
        pairs(ANN)(world);
        await settle(world);
        world.clock.advance(60_000);
        world.crm.update(FIRST, { phone: '200' });
        ring(world);
        await deliver(world, PULL_GROUP);
        // A change of another field brings the old phone along.
        world.audience.people.update(ANN, { [PATHS.city]: 'Bern' });
        ring(world);
        const skews = [skewMs, 0];
        world.hazards.skewMs = () => skews.shift() ?? 0;
        await deliverTogether(world, [PULL_GROUP, laneGroup(0)]);
        await settle(world);
        const shown = [...bothShow('phone', '200')(world), ...bothShow('city', 'Bern')(world)];
        failures.push(...shown.map((text) => `seed ${seed}: ${text}`));
      }
      expect(failures).toEqual([]);
    },
  );

  test('P16 a correction right after our write is an edit, not what the app makes of it', async () => {
    const scenario: Scenario = {
      ...synced({ phonePolicy: 'newest' }),
      given: pairs(ANN, BOB),
      when: (world) => {
        world.crm.update(FIRST, { phone: 'Jon' });
        onceAfter(world, 'state.save 1', () => {
          world.clock.advance(2_000);
          editApp('phone', 'John')(world);
        });
      },
      then: bothShow('phone', 'John'),
    };
    expect(await problemsOf(scenario)).toEqual([]);
  });

  test('P16 whoever goes back and forth alone fights nobody', async () => {
    const world = await worldOf([ANN]);
    for (const phone of ['A', 'B', 'A', 'B', 'A', 'B', 'A', 'B']) {
      world.crm.update(FIRST, { phone });
      await settle(world);
    }
    expect([...findProblems(world), ...bothShow('phone', 'B')(world)]).toEqual([]);
  });

  test.each([
    [10_000, '900'],
    [2_000, '200'],
  ])('P24 newest goes by the records’ own times: %i ms later is %s', async (laterMs, phone) => {
    const scenario: Scenario = {
      ...synced({ phonePolicy: 'newest' }),
      given: pairs(ANN, BOB),
      when: (world) => {
        world.crm.update(FIRST, { phone: '200' });
        world.clock.advance(laterMs);
        editApp('phone', '900')(world);
      },
      then: bothShow('phone', phone),
    };
    expect(await problemsOf(scenario)).toEqual([]);
  });
});

describe('what ends do in their own way', () => {
  test('P20 of two people with one address one leaves, and the other stays in', async () => {
    const club = createClubWorld({ seed: SEED });
    const { world } = club;
    const first = world.crm.insert({ email: 'a@x.test', phone: '1', first_name: 'Ada' });
    world.crm.insert({ email: 'a@x.test', phone: '2', first_name: 'Eve' });
    await settle(world);
    world.clock.advance(60_000);
    world.crm.remove(first);
    await settle(world);
    expect(findClubProblems(club)).toEqual([]);
    expect([...club.club.rows.values()].flat()).toContain('e:a@x.test');
  });

  test.each([
    'a CRM check refuses the app’s value',
    'a row is locked for a while',
    'a CRM trigger rewrites what we write',
  ])('P21 one row stops no other: %s', async (name) => {
    expect(await problemsOf(scenarioOf(otherScenarios, name))).toEqual([]);
  });

  test('P22 a record that ends its process every time is set aside alone', async () => {
    const scenario: Scenario = {
      world: { sync: { lanes: 1 }, receivesMax: 100 },
      given: pairs(ANN, BOB, CID),
      when: (world) => {
        for (const key of world.table.rows.keys()) world.crm.update(key, { phone: `9${key}` });
        world.hazards.dies = (_step, label) => label === 'state.save 1 intent';
      },
      then: (world) => [
        ...bothShow('phone', '92', SECOND)(world),
        ...(readRecord(world.memory, FIRST)?.state.parking?.kind === 'quarantined'
          ? []
          : ['it is not quarantined']),
      ],
      allowed: { parked: ['*'] },
    };
    expect(await problemsOf(scenario)).toEqual([]);
  });

  test('P27 without a base a union can only add', async () => {
    const world = createWorld({ seed: SEED });
    addPair(world, ANN, { tags: ['a', 'c'] });
    await settle(world);
    const tags = [...(memberOf(world, FIRST)?.tags ?? [])].sort();
    expect({ tags, problems: findProblems(world) }).toEqual({
      tags: ['a', 'b', 'c'],
      problems: [],
    });
  });

  test('P28 a pair whose halves differ says which end rewrote the value', async () => {
    const scenario = scenarioOf(otherScenarios, 'a CRM trigger rewrites what we write');
    const { world, problems } = await run(scenario, { seed: SEED });
    const pairsOf = readRecord(world.memory, FIRST)?.state.shadow?.pairs ?? {};
    const city = Object.entries(pairsOf).find(([name]) => name.startsWith('city>'))?.[1];
    expect({ problems, city }).toEqual({
      problems: [],
      city: { c: 'BERN', r: 'Bern', rewrittenBy: 'crm' },
    });
    expect(textIn(world, FIRST, 'city')).toBe('BERN');
  });
});
