/** A failing seed with as few acts as it needs: acts are left out as long as something still goes wrong. */
import { wholeScript, type Script } from '../test/support/flow-world/script.ts';
import type { Kind } from './kinds.ts';
import { runSeed, type SeedRun } from './run-seed.ts';

export interface Shrunk {
  readonly script: Script;
  readonly run: SeedRun;
}

/** Null when the seed does not fail at all. */
export async function shrink(seed: number, kind: Kind): Promise<Shrunk | null> {
  const whole = await attempt(seed, kind, wholeScript(kind.acts));
  if (whole === null) return null;
  let best: Shrunk = await withFewerActs(seed, kind, whole);
  for (const act of best.script.acts) {
    const calm: readonly number[] = [...best.script.calm, act];
    best = (await attempt(seed, kind, { ...best.script, calm })) ?? best;
  }
  return withFewerActs(seed, kind, best);
}

/** Halves, then quarters, down to single acts, until none of them can be spared. */
async function withFewerActs(seed: number, kind: Kind, from: Shrunk): Promise<Shrunk> {
  let best = from;
  let size = Math.ceil(best.script.acts.length / 2);
  while (size >= 1) {
    let start = 0;
    let isSmaller = false;
    while (start < best.script.acts.length) {
      const acts = best.script.acts.toSpliced(start, size);
      const smaller = await attempt(seed, kind, { ...best.script, acts });
      if (smaller === null) start += size;
      else {
        best = smaller;
        isSmaller = true;
      }
    }
    // Single acts are tried again as long as one of them went: the others may have hung on it.
    if (size > 1 || !isSmaller) size = size === 1 ? 0 : Math.ceil(size / 2);
  }
  return best;
}

async function attempt(seed: number, kind: Kind, script: Script): Promise<Shrunk | null> {
  const run = await runSeed(seed, { kind, script });
  const calm = script.calm.filter((act) => script.acts.includes(act));
  return run.problems.length === 0 ? null : { script: { ...script, calm }, run };
}
