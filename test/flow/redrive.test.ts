/** Messages that exhausted their deliveries: their records say why, and giving them back regresses nothing. */
import type { CrmKey } from '../../lib/engine/model.ts';
import { labelOf } from '../../lib/engine/record-label.ts';
import { lookingAgain } from '../../lib/queue/dead-letters.ts';
import { deliver, ring } from '../support/flow-world/deliver.ts';
import { readRecord, readRecords } from '../support/flow-world/memory-state.ts';
import { enqueue, laneGroup, PULL_GROUP } from '../support/flow-world/queues.ts';
import { PATHS } from '../support/flow-world/sample-sync.ts';
import { addPair, ANN, BOB, bothShow, CID } from '../support/flow-world/scenarios.ts';
import { drain, settle } from '../support/flow-world/settle.ts';
import { findProblems, findRestlessness } from '../support/flow-world/verdict.ts';
import { createWorld, type World } from '../support/flow-world/world.ts';

const FIRST = '1' as CrmKey;
const PEOPLE = [ANN, BOB, CID];

async function inStep(seed = 1): Promise<World> {
  const world = createWorld({ seed, receivesMax: 5 });
  for (const email of PEOPLE) addPair(world, email);
  await settle(world);
  world.clock.advance(60_000);
  return world;
}

/** The same world with a bug in the code that reads rows. */
function withBug(world: World): World {
  const context: World['context'] = (running) => {
    const found = world.context(running);
    const read = (): Promise<never> => Promise.reject(new TypeError('undefined is no function'));
    return { ...found, crm: { ...found.crm, read } };
  };
  return { ...world, context };
}

/** As `trivet redrive` gives it back. */
function redrive(world: World, body: string): void {
  const message = lookingAgain(JSON.parse(body) as Record<string, unknown>);
  const group = laneGroup(Number(message['lane']));
  enqueue(world.queues, group, JSON.stringify(message), world.clock.now());
}

describe('a page that fails at every delivery', () => {
  test('ends among the dead letters, and its records are quarantined with the reason and the way back', async () => {
    const world = await inStep();
    world.crm.update(FIRST, { first_name: 'Anna' });
    ring(world);
    await deliver(world, PULL_GROUP);
    await drain(withBug(world));
    world.errors.length = 0;
    expect(world.dead).toHaveLength(1);
    const state = readRecord(world.memory, FIRST)?.state;
    expect(state && labelOf(state)).toBe('quarantined');
    expect(state?.parking?.reason).toMatch(
      /failed 5 times and is in the dead-letter queue: TypeError; npx trivet redrive contacts-news tries it again/,
    );
    const others = readRecords(world.memory).filter((record) => record.state.key !== FIRST);
    expect(others.map((record) => labelOf(record.state))).toEqual(['in step', 'in step']);
    for (const { body } of world.dead.splice(0)) redrive(world, body);
    await settle(world);
    expect(bothShow('first_name', 'Anna')(world)).toEqual([]);
    expect(findProblems(world)).toEqual([]);
    expect(await findRestlessness(world)).toEqual([]);
  });

  test('leaves the quarantine also when either end changes the record', async () => {
    const world = await inStep();
    world.crm.update(FIRST, { first_name: 'Anna' });
    ring(world);
    await deliver(world, PULL_GROUP);
    await drain(withBug(world));
    world.errors.length = 0;
    world.clock.advance(60_000);
    world.crm.update(FIRST, { first_name: 'Antonia' });
    await settle(world);
    expect(bothShow('first_name', 'Antonia')(world)).toEqual([]);
  });
});

test('whatever was ever sent to a lane, given back late and twice, regresses nothing', async () => {
  for (let seed = 1; seed <= 25; seed += 1) {
    const world = await inStep(seed);
    for (let day = 0; day < 4; day += 1) {
      const key = world.chance.pick(['1', '2', '3'] as CrmKey[]);
      const email = world.chance.pick(PEOPLE);
      world.crm.update(key, { first_name: `N${day}`, phone: `${day}` });
      world.audience.people.update(email, { [PATHS.city]: `C${day}`, [PATHS.phone]: `app ${day}` });
      if (day === 2) world.audience.people.unsubscribe(email);
      await settle(world);
      world.clock.advance(86_400_000);
    }
    const ends = (): string =>
      JSON.stringify([[...world.table.rows.entries()], [...world.audience.members.entries()]]);
    const before = ends();
    for (const { group, body } of [...world.queues.sent, ...world.queues.sent]) {
      if (group !== PULL_GROUP) redrive(world, body);
    }
    await settle(world);
    expect([seed, ends()]).toEqual([seed, before]);
    expect([seed, findProblems(world)]).toEqual([seed, []]);
  }
});
