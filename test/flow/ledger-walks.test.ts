/** Random walks with an app that shows nobody, seeded. A failure names its seed: run it again with `walkClub(seed)`. */
import { walkClub } from '../support/flow-world/club-walk.ts';

const BATCHES = 4;
const WALKS = 40;

describe('people who share addresses, late messages, faults and kills, mixed by chance', () => {
  test.each(Array.from({ length: BATCHES }, (_, batch) => batch * WALKS + 1))(
    'walks from seed %i leave exactly those in the app who are to be in it',
    async (from) => {
      const failures: string[] = [];
      for (let seed = from; seed < from + WALKS; seed += 1) {
        const { problems } = await walkClub(seed);
        if (problems.length > 0) failures.push(`seed ${seed}: ${problems.join(' | ')}`);
      }
      expect(failures).toEqual([]);
    },
  );
});
