/** The state table goes back to what it was a while ago, in the middle of everything. */
import {
  createMemoryState,
  dumpMemory,
  type MemoryDump,
  type MemoryState,
} from './memory-state.ts';
import type { Chance } from './chance.ts';
import { isDrained } from './queues.ts';
import type { World } from './world.ts';

export interface Restores {
  /** Now and then takes a backup, and now and then puts the last one back. */
  turn(): void;
  /** A table that went back may hold a write half done whose message is long over: the next sweep finds it. */
  hasHappened(): boolean;
}

export function createRestores(
  world: World,
  { chance, note }: { readonly chance: Chance; readonly note: (text: string) => void },
): Restores {
  let backup: MemoryDump | null = null;
  let hasHappened = false;
  return {
    hasHappened: () => hasHappened,
    turn: () => {
      if (backup === null || chance.isTrue(0.7)) {
        backup = structuredClone(dumpMemory(world.memory));
        return;
      }
      // What was sent since the backup names links that it does not know (SPEC.md, gaps).
      if (!isDrained(world.queues)) return;
      note('the state table is restored');
      restoreMemory(world.memory, structuredClone(backup));
      backup = null;
      hasHappened = true;
      world.witness.dismiss();
      world.monitor.dismiss(true);
    },
  };
}

/** The table as it was: a backup was put back. */
export function restoreMemory(memory: MemoryState, dump: MemoryDump): void {
  const old = createMemoryState(dump);
  memory.history.splice(0, memory.history.length, ...old.history);
  for (const part of Object.keys(memory) as (keyof MemoryState)[]) {
    if (part !== 'history') refill(memory[part], old[part] as Map<unknown, unknown>);
  }
}

function refill(to: Map<unknown, unknown>, from: ReadonlyMap<unknown, unknown>): void {
  to.clear();
  for (const [key, value] of from) to.set(key, value);
}
