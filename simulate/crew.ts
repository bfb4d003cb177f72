/** Seeds worked in order by one process or several; each block goes to whoever is free. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { findKind, kindsOf } from './kinds.ts';
import { runSeed } from './run-seed.ts';

/** What is kept of a seed: a run of a hundred thousand must not keep their traces. */
export interface SeedResult {
  readonly seed: number;
  readonly kind: string;
  readonly problems: readonly string[];
  readonly steps: number;
}

export interface Block {
  readonly from: number;
  readonly count: number;
  /** @default those each seed says */
  readonly kind: string | null;
}

export async function runBlock({ from, count, kind }: Block): Promise<readonly SeedResult[]> {
  const results: SeedResult[] = [];
  for (let seed = from; seed < from + count; seed += 1) {
    for (const each of kind === null ? kindsOf(seed) : [findKind(kind)]) {
      const run = await runSeed(seed, { kind: each });
      results.push({ seed, kind: run.kind, problems: run.problems, steps: run.steps });
    }
  }
  return results;
}

export interface Crew {
  run(block: Block): Promise<readonly SeedResult[]>;
  dismiss(): Promise<void>;
}

export const createCrew = (jobs: number): readonly Crew[] =>
  jobs === 1 ? [ALONE] : Array.from({ length: jobs }, createMember);

const ALONE: Crew = { run: runBlock, dismiss: () => Promise.resolve() };

function createMember(): Crew {
  const worker = new Worker(new URL('worker.ts', import.meta.url));
  return {
    run: async (block) => {
      // A thread that dies says so instead: `once` listens for its error too, and takes both ears away again.
      const answered = once(worker, 'message');
      worker.postMessage(block);
      const [results] = (await answered) as [readonly SeedResult[]];
      return results;
    },
    dismiss: async () => {
      await worker.terminate();
    },
  };
}
