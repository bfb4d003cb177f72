/** One seed, from the first act to rest. The same seed leaves the same trace, byte for byte. */
import { createHash } from 'node:crypto';
import { dumpWorld } from '../test/support/flow-world/dump.ts';
import { wholeScript, type Script } from '../test/support/flow-world/script.ts';
import { kindOf, type Kind, type Walked } from './kinds.ts';

export interface SeedRun {
  readonly seed: number;
  readonly kind: string;
  readonly problems: readonly string[];
  /** What people did and what went wrong, in words. */
  readonly story: readonly string[];
  /** Every port call with what was done between, and the world it left. */
  readonly trace: readonly string[];
  /** Port calls. */
  readonly steps: number;
  readonly hash: string;
}

export async function runSeed(
  seed: number,
  { kind = kindOf(seed), script = wholeScript(kind.acts) }: SeedOptions = {},
): Promise<SeedRun> {
  const { world, problems, story } = await kind.walk(seed, script);
  const trace = traceOf(world);
  const hash = createHash('sha256').update(trace.join('\n')).digest('hex').slice(0, 16);
  return { seed, kind: kind.name, problems, story, trace, steps: world.steps.count, hash };
}

export interface SeedOptions {
  /** @default as the seed says */
  readonly kind?: Kind;
  /** @default all acts, with their troubles */
  readonly script?: Script;
}

const traceOf = (world: Walked['world']): readonly string[] => [
  ...world.steps.trace,
  ...world.monitor.writes.map((write) => `wrote ${write}`),
  JSON.stringify(dumpWorld(world)),
];
