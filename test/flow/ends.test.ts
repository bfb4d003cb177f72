/** Links and shadows belong to one pair of ends. Under another audience everybody would look deleted. */
import type { SyncContext } from '../../lib/flow/context.ts';
import { deliver, ring } from '../support/flow-world/deliver.ts';
import { readHealth } from '../support/flow-world/memory-state.ts';
import { PULL_GROUP } from '../support/flow-world/queues.ts';
import { ANN, bothShow } from '../support/flow-world/scenarios.ts';
import { drain, settle } from '../support/flow-world/settle.ts';
import type { World } from '../support/flow-world/world.ts';
import { KEY, worldWithAnn } from './explain-world.ts';

/** The same world after somebody put the id of an empty audience into the configuration. */
function withOtherAudience(world: World): World {
  const app = (old: SyncContext['app']): SyncContext['app'] => ({
    ...old,
    object: 'audience-2',
    fetch: (targets) =>
      Promise.resolve(
        targets.map(({ remoteId }) => ({
          kind: 'ok',
          value: {
            remoteId,
            existence: 'absent',
            raw: {},
            version: null,
            optInAt: null,
            beganAt: world.clock.now(),
          },
        })),
      ),
  });
  return {
    ...world,
    context: (running) => {
      const context = world.context(running);
      return { ...context, app: app(context.app) };
    },
  };
}

const reasonOf = ({ memory }: World): string | undefined => readHealth(memory).halted?.reason;

describe('a sync whose audience was changed', () => {
  test('P18 halts, writes nothing and says which one it was', async () => {
    const world = await worldWithAnn();
    const before = world.monitor.writes.length;
    world.crm.update(KEY, { first_name: 'Anna' });
    ring(world);
    await drain(withOtherAudience(world));
    expect(reasonOf(world)).toMatch('was “audience-1” and is “audience-2” now');
    expect(world.monitor.writes.slice(before)).toEqual([]);
    expect(world.table.rows.get(KEY)?.['left_app']?.text ?? null).toBeNull();
  });

  test('does not work what waited in its lanes on the other audience, and loses none of it', async () => {
    const world = await worldWithAnn();
    world.clock.advance(60_000);
    world.crm.update(KEY, { first_name: 'Anna', phone: '200' });
    ring(world);
    await deliver(world, PULL_GROUP);
    await drain(withOtherAudience(world));
    expect(reasonOf(world)).toMatch('“audience-2”');
    expect(world.table.rows.get(KEY)?.['left_app']?.text ?? null).toBeNull();
    expect(world.audience.byAddress(ANN)?.profile['merge_fields.FNAME']).toBe('Ann');

    await settle(world);
    expect(bothShow('first_name', 'Anna')(world)).toEqual([]);
    expect(bothShow('phone', '200')(world)).toEqual([]);
  });
});
