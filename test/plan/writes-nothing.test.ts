/** A plan writes nothing anywhere: both ends, the memory, the queues and the reader’s mark are as they were. */
import { planWithoutTrace } from '../support/flow-world/foretelling.ts';
import { addPair, ANN, BOB, CID } from '../support/flow-world/scenarios.ts';
import { PATHS } from '../support/flow-world/sample-sync.ts';
import { settle } from '../support/flow-world/settle.ts';
import { walk } from '../support/flow-world/walk.ts';
import { createWorld, type World } from '../support/flow-world/world.ts';

function strangers(world: World): void {
  addPair(world, ANN, { first_name: 'Anna', phone: '200' });
  addPair(world, BOB);
  world.crm.insert({ email: CID, first_name: 'Cid' });
  world.audience.people.signup('new@crm.test', { [PATHS.first_name]: 'New' });
}

describe('a plan', () => {
  test('C7 before the first sync leaves no trace, not even a key taken from the CRM’s sequence', async () => {
    const world = createWorld({ seed: 1 });
    strangers(world);
    expect((await planWithoutTrace(world)).problems).toEqual([]);
    expect(world.memory.documents.size).toBe(0);
  });

  test('of a live sync leaves no trace', async () => {
    const world = createWorld({ seed: 1 });
    strangers(world);
    await settle(world);
    world.audience.people.archive(BOB);
    world.crm.update('1' as never, { first_name: 'Changed', email_status: 'unsubscribed' });
    expect((await planWithoutTrace(world)).problems).toEqual([]);
  });

  test.each([1, 21, 41])(
    'in the middle of walks from seed %i leaves no trace, and carried out later it disturbs nothing',
    async (from) => {
      const failures: string[] = [];
      for (let seed = from; seed < from + 20; seed += 1) {
        const { problems } = await walk(seed, { isPlanned: true });
        if (problems.length > 0) failures.push(`seed ${seed}: ${problems.join(' | ')}`);
      }
      expect(failures).toEqual([]);
    },
  );
});
