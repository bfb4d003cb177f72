/** Somebody makes plans in the middle of everything, and carries them out later, however much has moved in between. */
import { CrmUnavailable } from '../../../lib/ports/crm.ts';
import type { PlannedRecord } from '../../../lib/plan/planned-record.ts';
import { carry } from './carrying.ts';
import { planWithoutTrace } from './foretelling.ts';
import { Crash } from './running.ts';
import type { Stage } from './stage.ts';
import type { World } from './world.ts';

/** One turn makes a plan, the next carries it out, however much has moved in between. */
export function createPlanner(
  world: World,
  note: Stage['note'],
): { turn: () => Promise<readonly string[]> } {
  let kept: readonly PlannedRecord[] | null = null;
  return {
    turn: async () => {
      const records = kept;
      if (records === null) {
        const { problems, foretold } = await planWithoutTrace(world);
        kept = foretold.records;
        note(`planned: ${kept.length} records`);
        return problems;
      }
      const carried = await carry(world, records).catch(unlessKilled);
      // Whoever was killed over it begins again.
      if (carried === null) return [];
      kept = null;
      note(`carried out: ${carried.applied}, ${carried.moved} had moved`);
      return [];
    },
  };
}

/** Whoever carries a plan out is a process like any other: it has an end to its time, and says that the CRM is away. */
function unlessKilled(error: unknown): null {
  if (error instanceof Crash || error instanceof CrmUnavailable || /time is up/.test(String(error)))
    return null;
  throw error;
}
