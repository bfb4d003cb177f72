/** Where `trivet local` keeps its state, and how it is found again, running or not. */
import { dirname, join, resolve } from 'node:path';
import { readStack, type ReadStack } from '../running-stack.ts';

const STATE_DIR = join('.trivet', 'local');

/** Beside the configuration: started from anywhere, the same configuration meets the same state. */
export const stateDirOf = (configPath: string): string => join(dirname(configPath), STATE_DIR);

/** Written at each start and left there, so that a stopped one is still known. */
export const instanceFile = (dataDir: string): string => join(dataDir, 'instance.json');

export interface FoundInstance {
  readonly dataDir: string;
  readonly read: Exclude<ReadStack, { kind: 'missing' }>;
}

/** The state in the nearest directory, from here upwards, that has any. */
export function findInstance(fromDir: string): FoundInstance | null {
  for (let dir = resolve(fromDir); ; dir = dirname(dir)) {
    const found = instanceAt(join(dir, STATE_DIR));
    if (found !== null || dir === dirname(dir)) return found;
  }
}

/** `dir` is a state directory, or the one it lies in. */
export const instanceIn = (dir: string): FoundInstance | null =>
  instanceAt(resolve(dir)) ?? instanceAt(resolve(dir, STATE_DIR));

function instanceAt(dataDir: string): FoundInstance | null {
  const read = readStack(instanceFile(dataDir));
  return read.kind === 'missing' ? null : { dataDir, read };
}
