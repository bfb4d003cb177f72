/** The fixed set of `npm run simulate`. A failure names its seed: `npm run simulate -- --seed N` tells its story. */
import { runBlock } from '../../simulate/crew.ts';
import { FIXED_COUNT } from '../../simulate/fixed-set.ts';

const BLOCK = 100;

describe('people, two holders, late messages, faults and kills, mixed by chance', () => {
  test.each(Array.from({ length: FIXED_COUNT / BLOCK }, (_, block) => block * BLOCK + 1))(
    'worlds of all kinds from seed %i come to rest with both ends in step',
    async (from) => {
      const results = await runBlock({ from, count: BLOCK, kind: null });
      const failed = results.filter(({ problems }) => problems.length > 0);
      expect(failed.map(({ seed, problems }) => `seed ${seed}: ${problems.join(' | ')}`)).toEqual(
        [],
      );
    },
  );
});
