/** Somebody steers the sync in the middle of everything: stops it, lets it go on, lets it only look. */
import type { Chance } from './chance.ts';
import { changeHealthOf } from './memory-state.ts';
import type { SampleSyncOptions } from './sample-sync.ts';
import type { World } from './world.ts';

export interface Helm {
  /** What a sync that only looks wrote all the same. */
  readonly problems: readonly string[];
  turn(): void;
  /** It works and writes again. */
  letGo(): void;
}

export function createHelm(
  world: World,
  sync: SampleSyncOptions,
  { chance, note }: { readonly chance: Chance; readonly note: (text: string) => void },
): Helm {
  const problems: string[] = [];
  /** How many writes there were when it began to only look; null while it writes. */
  let looksSince: number | null = null;
  const pause = (isPaused: boolean): void => {
    const paused = isPaused ? { since: world.clock.now(), by: 'somebody', reason: null } : null;
    changeHealthOf(world.memory, (health) => ({ ...health, paused }));
  };
  const look = (isLooking: boolean): void => {
    const writes = world.monitor.writes.slice(looksSince ?? world.monitor.writes.length);
    problems.push(...writes.map((write) => `written while it only looked: ${write}`));
    looksSince = isLooking ? world.monitor.writes.length : null;
    world.redeploy({ ...sync, write: !isLooking });
  };
  const turns: Readonly<Record<string, () => void>> = {
    pauses: () => pause(true),
    resumes: () => pause(false),
    'only looks': () => look(true),
    writes: () => look(false),
  };
  return {
    problems,
    turn: () => {
      const [name, act] = chance.pick(Object.entries(turns));
      note(`the sync ${name}`);
      act();
    },
    letGo: () => {
      pause(false);
      look(false);
    },
  };
}
