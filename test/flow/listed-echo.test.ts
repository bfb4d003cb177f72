/** What an app that is only listed is called for: counted, in the world in memory. */
import type { World } from '../support/flow-world/world.ts';
import { LISTED } from '../support/flow-world/listed-scenarios.ts';
import { plantedId } from '../support/flow-world/audience-writes.ts';
import { deliver, ring } from '../support/flow-world/deliver.ts';
import { readRecords } from '../support/flow-world/memory-state.ts';
import { enqueue, PULL_GROUP } from '../support/flow-world/queues.ts';
import { PATHS } from '../support/flow-world/sample-sync.ts';
import { drain, settle } from '../support/flow-world/settle.ts';
import { createWorld } from '../support/flow-world/world.ts';
import { digestOfState } from '../../lib/flow/digest.ts';
import { digesterOf } from '../../lib/flow/digest.ts';

const ANN = 'ann@x.test';

/** Calls to the app since then, by what they asked. */
const callsSince = ({ steps }: World, from: number): string[] =>
  steps.trace.slice(from).flatMap((line) => /app\.(?<what>\w+)/.exec(line)?.groups?.['what'] ?? []);

async function started(): Promise<World> {
  const world = createWorld({ seed: 3, ...LISTED });
  world.crm.insert({ email: ANN, first_name: 'Ann' });
  world.crm.insert({ email: 'bob@x.test', first_name: 'Bob' });
  await settle(world);
  return world;
}

/** A signed event that says what our write has left behind. */
function tell(world: World, index: number): void {
  const state = readRecords(world.memory)[index]?.state;
  if (state === undefined) throw new Error('there is no such record');
  const digest = digestOfState(digesterOf({ sync: world.sync }), state);
  const look = [{ remoteId: state.remoteId, match: null, digest }];
  const message = JSON.stringify({ kind: 'look', sync: world.sync.spec.name, look });
  enqueue(world.queues, PULL_GROUP, message, world.clock.now());
}

test('a listing in which nothing changed looks at nobody and reads no record', async () => {
  const world = await started();
  world.clock.advance(61_000);
  const from = world.steps.trace.length;
  ring(world);
  await drain(world);
  expect(callsSince(world, from)).toEqual(['list']);
  expect(world.steps.trace.slice(from).filter((line) => line.endsWith('state.load'))).toEqual([]);
});

test('after a write of ours the next listing looks at nobody: no echo', async () => {
  const world = await started();
  const [key] = [...world.table.rows.keys()];
  if (key === undefined) throw new Error('there is no row');
  world.crm.update(key, { first_name: 'Anna' });
  ring(world);
  await drain(world);
  world.clock.advance(61_000);
  const from = world.steps.trace.length;
  ring(world);
  await drain(world);
  expect(callsSince(world, from)).toEqual(['list']);
});

test('an event of our own write costs no call; one that says something else costs one look', async () => {
  const world = await started();
  const from = world.steps.trace.length;
  tell(world, 0);
  await drain(world);
  expect(callsSince(world, from)).toEqual([]);
  tell(world, 1);
  world.audience.people.update(ANN, { [PATHS.phone]: '7' });
  const [key] = [...world.table.rows.keys()];
  const look = [{ remoteId: plantedId(key as never), match: null, digest: 'another' }];
  const message = JSON.stringify({ kind: 'look', sync: world.sync.spec.name, look });
  enqueue(world.queues, PULL_GROUP, message, world.clock.now());
  await deliver(world, PULL_GROUP);
  await drain(world);
  expect(callsSince(world, from)).toEqual(['fetch']);
});
