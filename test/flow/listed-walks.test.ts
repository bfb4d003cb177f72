/** Random walks of an app that is only listed. A failure names its seed: run it again with `walk(seed, { app: 'listed' })`. */
import { walk } from '../support/flow-world/walk.ts';

const BATCHES = 6;
const WALKS = 25;

describe('an app without changes, times and order: people, webhooks, two holders, faults and kills, mixed by chance', () => {
  test.each(Array.from({ length: BATCHES }, (_, batch) => batch * WALKS + 1))(
    'walks from seed %i come to rest with both ends in step',
    async (from) => {
      const failures: string[] = [];
      for (let seed = from; seed < from + WALKS; seed += 1) {
        const { problems } = await walk(seed, { app: 'listed', isSteered: seed % 3 === 0 });
        if (problems.length > 0) failures.push(`seed ${seed}: ${problems.join(' | ')}`);
      }
      expect(failures).toEqual([]);
    },
  );
});
