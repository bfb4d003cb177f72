/** A person deleted elsewhere, under another row or in another sync, whom only a tombstone remembers. */
import { BOB } from '../support/flow-world/scenarios.ts';
import { settle } from '../support/flow-world/settle.ts';
import type { World } from '../support/flow-world/world.ts';
import { contextOf, worldWithAnn } from './explain-world.ts';

/** Bob is a member nobody has met yet, and was deleted after he had signed up. */
async function worldWithBuriedBob(): Promise<World> {
  const world = await worldWithAnn();
  world.clock.advance(60_000);
  const bob = world.audience.people.signup(BOB);
  world.clock.advance(10_000);
  const name = `app:${world.sync.app}:${bob.id}`;
  await contextOf(world).state.bury([name], world.clock.now());
  return world;
}

describe('a tombstone', () => {
  test('stops the row that would revive the person', async () => {
    const world = await worldWithBuriedBob();
    await settle(world);
    expect(world.table.withMatch(BOB)).toEqual([]);
    const told = world.memory.history.map((each) => JSON.stringify(each)).join();
    expect(told).toContain('existence/tombstone');
  });

  test('lets a later sign-up pass', async () => {
    const world = await worldWithBuriedBob();
    await settle(world);
    world.clock.advance(60_000);
    world.audience.people.unsubscribe(BOB);
    world.audience.people.signup(BOB);
    await settle(world);
    expect(world.table.withMatch(BOB)).toHaveLength(1);
  });
});
