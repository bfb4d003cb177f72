/** A world as JSON, to be gone on with by other code: by the next release, for one. */
import { dumpMemory } from './memory-state.ts';
import type { World, WorldDump } from './world.ts';

export const dumpWorld = (world: World): WorldDump => ({
  now: world.clock.now(),
  table: world.table.dump(),
  reader: world.reader,
  audience: world.audience.dump(),
  memory: dumpMemory(world.memory),
  queues: Object.fromEntries(
    [...world.queues.groups].map(([group, messages]) => [group, messages.map(({ body }) => body)]),
  ),
});
