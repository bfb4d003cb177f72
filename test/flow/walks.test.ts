/** Random walks: everything at once, seeded. A failure names its seed: run it again with `walk(seed)`. */
import { walk } from '../support/flow-world/walk.ts';

const BATCHES = 10;
const WALKS = 30;

describe('the same, and somebody stops the sync, lets it go on, and lets it only look for a while', () => {
  test.each([1, 16, 31, 46])('steered walks from seed %i come to rest in step', async (from) => {
    const failures: string[] = [];
    for (let seed = from; seed < from + 15; seed += 1) {
      const { problems } = await walk(seed, { isSteered: true });
      if (problems.length > 0) failures.push(`seed ${seed}: ${problems.join(' | ')}`);
    }
    expect(failures).toEqual([]);
  });
});

describe('people, two holders, late messages, faults and kills, mixed by chance', () => {
  test.each(Array.from({ length: BATCHES }, (_, batch) => batch * WALKS + 1))(
    'walks from seed %i come to rest with both ends in step',
    async (from) => {
      const failures: string[] = [];
      for (let seed = from; seed < from + WALKS; seed += 1) {
        const { problems } = await walk(seed);
        if (problems.length > 0) failures.push(`seed ${seed}: ${problems.join(' | ')}`);
      }
      expect(failures).toEqual([]);
    },
  );
});
