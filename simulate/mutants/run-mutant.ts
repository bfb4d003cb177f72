/** One mutant put before the simulation: which seed notices it. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Tally } from '../run-seeds.ts';
import type { Mutant } from './mutant.ts';
import type { Tree } from './mutate.ts';

export interface Verdict {
  readonly name: string;
  readonly says: string;
  /** Null: it survived. */
  readonly caughtBy: {
    readonly seed: number;
    readonly kind: string;
    readonly problem: string;
  } | null;
  readonly seeds: number;
  readonly seconds: number;
}

export interface Trial {
  readonly seeds: number;
  readonly jobs: number;
}

export async function runMutant(tree: Tree, mutant: Mutant, trial: Trial): Promise<Verdict> {
  tree.plant(mutant);
  const { name, says } = mutant;
  const tally = await simulate(tree.root, trial);
  const first = tally.failed[0];
  return {
    name,
    says,
    caughtBy:
      first === undefined
        ? null
        : { seed: first.seed, kind: first.kind, problem: first.problems[0] ?? '' },
    seeds: tally.seeds,
    seconds: tally.seconds,
  };
}

async function simulate(root: string, { seeds, jobs }: Trial): Promise<Tally> {
  const args = ['--seeds', String(seeds), '--jobs', String(jobs), '--json', '--no-shrink'];
  const child = spawn(process.execPath, [join(root, 'simulate/main.ts'), ...args], { cwd: root });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  const code = await new Promise<number | null>((done) => child.once('close', done));
  // A mutant that does not even run is a mistake in the list.
  if (code !== 0 && code !== 1) throw new Error(`the simulation ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as Tally;
}
