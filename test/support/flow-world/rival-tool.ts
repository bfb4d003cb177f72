/** Another tool at the app, which holds one field of one member: whoever writes it is written over, for a while. */
import { PATHS } from './sample-sync.ts';
import type { World } from './world.ts';

export interface RivalTool {
  /** Looks, and writes when it finds something else. */
  look(): void;
}

const VALUE = 'TOOL';
/** Long enough for the field to be parked as a fight. */
const WRITES_MAX = 8;

export function createRivalTool(world: World): RivalTool {
  let wrote = 0;
  return {
    look: () => {
      const [member] = world.audience.members.values();
      const isHeld = member?.profile[PATHS.first_name] === VALUE;
      if (member === undefined || member.isArchived || isHeld || wrote === WRITES_MAX) return;
      wrote += 1;
      world.audience.people.update(member.email, { [PATHS.first_name]: VALUE });
    },
  };
}
