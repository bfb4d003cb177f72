/** The state table, a queue or the database is out for a while: nothing is wrong with the records that were on their way. */
import { deliver, ring } from '../support/flow-world/deliver.ts';
import {
  changeHealthOf,
  readHealth,
  readRecord,
  readRecords,
} from '../support/flow-world/memory-state.ts';
import { laneGroup, PULL_GROUP } from '../support/flow-world/queues.ts';
import { PATHS } from '../support/flow-world/sample-sync.ts';
import {
  addPair,
  ANN,
  BOB,
  bothShow,
  CID,
  FIRST,
  memberOf,
  SECOND,
} from '../support/flow-world/scenario-parts.ts';
import { settle } from '../support/flow-world/settle.ts';
import type { Side } from '../support/flow-world/weather.ts';
import { createWorld, type World } from '../support/flow-world/world.ts';

const LANE = laneGroup(0);

async function inStep(): Promise<World> {
  const world = createWorld({ seed: 1, pageMax: 1, receivesMax: 100, sync: { lanes: 1 } });
  for (const email of [ANN, BOB, CID]) addPair(world, email);
  await settle(world);
  world.clock.advance(60_000);
  return world;
}

/** Two rows change, and their page is in its lane. */
async function changed(): Promise<World> {
  const world = await inStep();
  world.crm.update(FIRST, { phone: '200' });
  world.crm.update(SECOND, { phone: '300' });
  ring(world);
  await deliver(world, PULL_GROUP);
  return world;
}

/** The same page is handed over again and again, and each time something it calls does not answer. */
async function failing(prepare: (world: World, time: number) => void): Promise<World> {
  const world = await changed();
  for (let time = 0; time < 8; time += 1) {
    prepare(world, time);
    await deliver(world, LANE);
  }
  return world;
}

const parked = ({ memory }: World): readonly (string | null)[] =>
  readRecords(memory).map(({ state }) => state.parking?.reason ?? null);

/** Once at the nth call of this name, and then not any more. */
function onceAt(nth: number, name: RegExp, side: Side): (label: string) => Side | null {
  let seen = 0;
  return (label) => {
    seen += name.test(label) ? 1 : 0;
    return seen === nth && name.test(label) ? side : null;
  };
}

describe('records whose page failed eight times', () => {
  test.each([
    ['before', 1],
    ['after', 1],
    ['before', 2],
    ['after', 2],
    ['before', 3],
  ] as const)(
    'because the state table was throttled (%s its write %i) are not taken for killers',
    async (side, nth) => {
      const world = await failing(({ weather }) => {
        weather.stateFault = onceAt(nth, /^state\.(save|append)/, side);
      });
      expect(world.errors).toHaveLength(8);
      world.weather.stateFault = () => null;
      await settle(world);
      expect(parked(world)).toEqual([null, null, null]);
      expect([bothShow('phone', '200')(world), bothShow('phone', '300', SECOND)(world)]).toEqual([
        [],
        [],
      ]);
    },
  );

  test('because the CRM did not answer are not taken for killers', async () => {
    const world = await inStep();
    let tries = 0;
    world.hazards.crmDown = (label) => {
      const isDown = label.startsWith('write');
      tries += isDown ? 1 : 0;
      return isDown;
    };
    for (let time = 0; time < 8; time += 1) {
      world.audience.people.update(ANN, { [PATHS.city]: `C${time}` });
      ring(world);
      await deliver(world, PULL_GROUP);
      // It was in somebody's hands before, who was killed over it.
      for (const message of world.queues.groups.get(LANE) ?? []) message.receiveCount = 1;
      await deliver(world, LANE);
      world.clock.advance(120_000);
    }
    expect(tries).toBe(8);
    world.hazards.crmDown = () => false;
    await settle(world);
    expect(parked(world)).toEqual([null, null, null]);
    expect(bothShow('city', 'C7')(world)).toEqual([]);
  });

  test('because a queue refused what follows from them are not quarantined with their page', async () => {
    const world = await inStep();
    // Who waits for somebody’s address is told in a message of its own.
    world.crm.update(FIRST, { email: BOB });
    await settle(world);
    world.crm.update(SECOND, { email: 'bobby@crm.test' });
    ring(world);
    await deliver(world, PULL_GROUP);
    world.weather.queueFault = () => 'before';
    for (let time = 0; time < 8; time += 1) await deliver(world, LANE);
    expect(world.errors.length).toBeGreaterThan(5);
    world.weather.queueFault = () => null;
    await settle(world);
    expect(parked(world)).toEqual([null, null, null]);
    expect(memberOf(world, FIRST)?.email).toBe(BOB);
  });
});

describe('a place handed back late', () => {
  test('does not move a round forward that had gone back and died before it read again', async () => {
    const world = await changed();
    const later = structuredClone(world.queues.groups.get(LANE)?.at(-1));
    if (later === undefined) throw new Error('nothing is in the lane');
    world.hazards.appFault = () => 'busy';
    await deliver(world, LANE);
    world.hazards.appFault = () => null;
    world.clock.advance(120_000);
    const before = readHealth(world.memory).resumeFrom;
    expect(before?.crm).toBeDefined();
    // The round takes the place over, and dies.
    const from = world.steps.count;
    world.hazards.dies = (step, label) => step > from && label === 'state.saveHealth';
    ring(world);
    await deliver(world, PULL_GROUP);
    world.hazards.dies = () => false;
    expect(readHealth(world.memory).resumeFrom).toBeNull();
    // A message of later on comes a second time while the sync rests, and hands its own place back.
    const paused = { since: world.clock.now(), by: 'somebody', reason: null };
    changeHealthOf(world.memory, (health) => ({ ...health, paused }));
    world.queues.groups.set(LANE, [later]);
    await deliver(world, LANE);
    changeHealthOf(world.memory, (health) => ({ ...health, paused: null }));
    expect(readHealth(world.memory).resumeFrom?.crm).toBeDefined();
    await settle(world);
    expect([bothShow('phone', '200')(world), bothShow('phone', '300', SECOND)(world)]).toEqual([
      [],
      [],
    ]);
    expect(readRecord(world.memory, FIRST)?.state.intent).toBeNull();
  });
});
