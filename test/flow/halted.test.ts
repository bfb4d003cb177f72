/** A sync that waits for a person says so at every ring: an alarm hangs on the count. */
import { pullSync } from '../../lib/flow/pull.ts';
import { changeHealthOf } from '../support/flow-world/memory-state.ts';
import { settle } from '../support/flow-world/settle.ts';
import { createWorld, type World } from '../support/flow-world/world.ts';

async function countsOfRing(world: World): Promise<readonly string[]> {
  const counted: string[] = [];
  const silent = () => undefined;
  const log = {
    info: silent,
    warn: silent,
    error: silent,
    count: (metric: string) => void counted.push(metric),
  };
  const message = { kind: 'ring', sync: world.sync.spec.name, source: 'test' } as const;
  const context = { ...world.context(world.start()), log };
  await pullSync(context, [{ message, sentAt: world.clock.now() }]);
  return counted.filter((metric) => metric === 'syncs.halted');
}

describe('a ring', () => {
  test('for a halted sync is counted each time, and for one at work or paused never', async () => {
    const world = createWorld({ seed: 1 });
    await settle(world);
    expect(await countsOfRing(world)).toEqual([]);
    changeHealthOf(world.memory, (health) => ({
      ...health,
      paused: { since: world.clock.now(), by: 'ann', reason: null },
    }));
    expect(await countsOfRing(world)).toEqual([]);
    changeHealthOf(world.memory, (health) => ({
      ...health,
      paused: null,
      // Of the kind that only a person's word ends.
      halted: { since: world.clock.now(), reason: 'another map', cause: 'map' },
    }));
    world.redeploy({ onCrmDelete: 'delete' });
    expect(await countsOfRing(world)).toEqual(['syncs.halted']);
    expect(await countsOfRing(world)).toEqual(['syncs.halted']);
  });
});
