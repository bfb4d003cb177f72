/** One mutant put before the simulation: which seed notices it. */
import { join } from 'node:path';
import { runScript } from '../../test/support/trivet-command.ts';
import { findKind } from '../kinds.ts';
import { runSeed } from '../run-seed.ts';
import type { Tally } from '../run-seeds.ts';
import type { Mutant } from './mutant.ts';
import type { Tree } from './mutate.ts';

export interface Verdict {
  readonly name: string;
  readonly says: string;
  /** Null: it survived. */
  readonly caughtBy: Catch | null;
  readonly seconds: number;
}

export interface Catch {
  /** A seed with its kind of world, or a test. */
  readonly where: string;
  readonly problem: string;
}

export interface Trial {
  readonly seeds: number;
  /** Whether a seed that noticed something notices nothing on the tree as it is. @default by running it */
  readonly holds?: (seed: number, kind: string) => Promise<boolean>;
}

export async function runMutant(
  tree: Tree,
  mutant: Mutant,
  { seeds, holds = holdsWithoutBugs }: Trial,
): Promise<Verdict> {
  tree.plant(mutant);
  let [from, seconds] = [1, 0];
  let caughtBy: Catch | null = null;
  while (from <= seeds && caughtBy === null) {
    const tally = await simulate(tree.root, from, seeds - from + 1);
    for (const { seed, kind, problems } of tally.failed)
      if (caughtBy === null && (await holds(seed, kind)))
        caughtBy = { where: `seed ${seed} ${kind}`, problem: problems[0] ?? '' };
    from += tally.seeds;
    seconds += tally.seconds;
  }
  const { name, says } = mutant;
  return { name, says, caughtBy, seconds };
}

/** One that fails on the tree as it is has noticed nothing. */
const holdsWithoutBugs = async (seed: number, kind: string): Promise<boolean> =>
  (await runSeed(seed, { kind: findKind(kind) })).problems.length === 0;

/** Ends with the block of seeds in which the first one failed. */
async function simulate(root: string, from: number, count: number): Promise<Tally> {
  const args = ['--from', String(from), '--seeds', String(count), '--json', '--no-shrink'];
  const { code, stdout, stderr } = await runScript(join(root, 'simulate/main.ts'), args, root);
  // A mutant that does not even run is a mistake in the list.
  if (code !== 0 && code !== 1) throw new Error(`the simulation ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as Tally;
}
