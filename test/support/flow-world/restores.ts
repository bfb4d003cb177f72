/** The state table goes back to what it was a while ago, in the middle of everything. */
import { dumpMemory, restoreMemory, type MemoryDump } from './memory-state.ts';
import type { Chance } from './chance.ts';
import type { World } from './world.ts';

export interface Restores {
  /** Now and then takes a backup, and now and then puts the last one back. */
  turn(): void;
}

export function createRestores(
  world: World,
  { chance, note }: { readonly chance: Chance; readonly note: (text: string) => void },
): Restores {
  let backup: MemoryDump | null = null;
  return {
    turn: () => {
      if (backup === null || chance.isTrue(0.7)) {
        backup = structuredClone(dumpMemory(world.memory));
        return;
      }
      note('the state table is restored');
      restoreMemory(world.memory, structuredClone(backup));
      backup = null;
      world.witness.dismiss();
    },
  };
}
