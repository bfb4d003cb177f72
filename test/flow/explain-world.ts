/** A world with one person in it, and the commands' contexts on that world. */
import type { CrmKey } from '../../lib/engine/model.ts';
import type { SyncContext } from '../../lib/flow/context.ts';
import { addPair, ANN, memberOf } from '../support/flow-world/scenarios.ts';
import { drain, settle } from '../support/flow-world/settle.ts';
import { ring } from '../support/flow-world/deliver.ts';
import { createWorld, type World, type WorldOptions } from '../support/flow-world/world.ts';

export const KEY = '1' as CrmKey;

export async function worldWithAnn(options: Partial<WorldOptions> = {}): Promise<World> {
  const world = createWorld({ seed: 1, ...options });
  addPair(world, ANN);
  await settle(world);
  return world;
}

/** What a command works with; whoever waits lets the lanes work meanwhile. */
export function contextOf(world: World): SyncContext {
  const context = world.context(world.start());
  const sleep = async (ms: number): Promise<void> => {
    world.clock.advance(ms);
    await drain(world);
  };
  return { ...context, clock: { now: () => world.clock.now(), sleep } };
}

/** Both ends change the phone; the policy of the world decides what follows. */
export async function changePhoneAtBothEnds(world: World): Promise<void> {
  world.crm.update(KEY, { phone: '200' });
  world.audience.people.update(ANN, { 'merge_fields.PHONE': '300' });
  world.clock.advance(10_000);
  ring(world);
  await drain(world);
}

export const phoneOf = (world: World): readonly (string | null | undefined)[] => [
  world.table.rows.get(KEY)?.['phone']?.text,
  memberOf(world, KEY)?.profile['merge_fields.PHONE'],
];
