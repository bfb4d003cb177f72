/** A sync that waits for a person says so at every ring: an alarm hangs on the count. */
import { pullSync } from '../../lib/flow/pull.ts';
import { changeHealthOf, readHealth } from '../support/flow-world/memory-state.ts';
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

test('a first round that the app stops is none: nothing was remembered yet that could be lost', async () => {
  const world = createWorld({ seed: 1 });
  world.crm.insert({ email: 'ann@x.test', first_name: 'Ann' });
  const message = { kind: 'ring', sync: world.sync.spec.name, source: 'test' } as const;
  const context = world.context(world.start());
  const reason = 'the key is not accepted';
  const app = {
    ...context.app,
    present: () => Promise.resolve({ kind: 'halted', reason } as const),
  };
  await pullSync({ ...context, app }, [{ message, sentAt: world.clock.now() }]);
  expect(readHealth(world.memory).halted?.reason).toBe(reason);
  await settle(world);
  const checkpoint = await context.state.loadCheckpoint(world.sync.spec.name);
  expect([checkpoint?.round.number, checkpoint?.adoption]).toEqual([expect.any(Number), undefined]);
});
