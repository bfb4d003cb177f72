/** What is handed back because time was up has killed nobody. */
import { deliver, ring } from '../support/flow-world/deliver.ts';
import { PULL_GROUP } from '../support/flow-world/queues.ts';
import { readRecord } from '../support/flow-world/memory-state.ts';
import { addPair, ANN, BOB, bothShow } from '../support/flow-world/scenario-parts.ts';
import { settle } from '../support/flow-world/settle.ts';
import { createWorld, type World } from '../support/flow-world/world.ts';

/** Delivers the lanes' messages as if they had come back once already, with time for so many calls. */
async function redeliver(world: World, calls: number): Promise<void> {
  for (const [group, waiting] of world.queues.groups) {
    if (group === PULL_GROUP || waiting.length === 0) continue;
    for (const message of waiting) message.receiveCount = Math.max(1, message.receiveCount);
    const endsAt = world.steps.count + calls;
    world.hazards.timeIsUp = (step) => step >= endsAt;
    await deliver(world, group);
  }
}

describe('a record whose call ran out of time', () => {
  test.each([3, 4, 5, 6, 7, 8])(
    'again and again, after %i calls, is not taken for one that ends the process',
    async (calls) => {
      const world = createWorld({ seed: 1 });
      const key = addPair(world, ANN);
      await settle(world);
      world.crm.update(key, { phone: '+4930222222' });
      ring(world);
      await deliver(world, PULL_GROUP);
      for (let times = 0; times < 5; times += 1) await redeliver(world, calls);
      world.hazards.timeIsUp = () => false;
      await settle(world);
      expect(readRecord(world.memory, key)?.state.parking).toBeNull();
      expect(bothShow('phone', '+4930222222', key)(world)).toEqual([]);
    },
  );
});

describe('somebody the filter has always left out', () => {
  test('leaves nothing behind when their page is delivered again', async () => {
    const world = createWorld({ seed: 1 });
    addPair(world, ANN);
    await settle(world);
    const key = world.crm.insert({ email: BOB, active: 'no' });
    ring(world);
    await deliver(world, PULL_GROUP);
    await redeliver(world, Infinity);
    await settle(world);
    expect(world.steps.trace.join()).toContain(`save ${key}`);
    expect(readRecord(world.memory, key)).toBeUndefined();
  });
});
