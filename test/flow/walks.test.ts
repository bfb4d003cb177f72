/** A few of the simulation's seeds, of all kinds; the fixed set is test/simulate/fixed-set.test.ts. */
import { runBlock } from '../../simulate/crew.ts';
import { SAMPLE_COUNT } from '../../simulate/fixed-set.ts';
import { KINDS } from '../../simulate/kinds.ts';

describe('people, two holders, late messages, faults and kills, mixed by chance', () => {
  test.each(KINDS.map(({ name }) => name))(
    'worlds of the kind %s come to rest with both ends in step',
    async (kind) => {
      const count = SAMPLE_COUNT / KINDS.length;
      const results = await runBlock({ from: 1, count, kind });
      const failed = results.filter(({ problems }) => problems.length > 0);
      expect(failed.map(({ seed, problems }) => `seed ${seed}: ${problems.join(' | ')}`)).toEqual(
        [],
      );
    },
  );
});
