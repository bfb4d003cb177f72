/**
 * Which stack a command talks to: the one its options name, or the only one on this machine. Never a guess,
 * for some commands write; and never AWS by itself, for its credentials may lie around in the environment.
 */
import { relative } from 'node:path';
import { findInstance, instanceIn, type FoundInstance } from '../local/instance/state-dir.ts';
import { readStack, type RunningStack } from '../local/running-stack.ts';
import { findSandboxes } from '../local/sandbox/running.ts';
import { noTarget, wrongUsage } from './failure.ts';
import { openMachineStack, openStoppedInstance } from './machine-target.ts';
import type { Target } from './target.ts';
import type { Need, TargetOptions } from './with-target.ts';

export type Place =
  | { readonly kind: 'sandbox'; readonly stack: RunningStack }
  | { readonly kind: 'local'; readonly instance: FoundInstance }
  | { readonly kind: 'aws' };

const HOW_TO_START =
  'Start one with “npm start” (or “npx trivet sandbox”, or “npx trivet local”) and leave it running, or name a stack on AWS with --stack.';

export async function openTarget(options: TargetOptions, need: Need = {}): Promise<Target> {
  return openPlace(choosePlace(options, process.cwd()), options, need);
}

export async function openPlace(
  place: Place,
  options: TargetOptions,
  need: Need = {},
): Promise<Target> {
  switch (place.kind) {
    case 'sandbox':
      return openMachineStack(place.stack, place.stack.control ?? '');
    case 'local':
      return openLocal(place.instance, need);
    case 'aws': {
      const { openAwsTarget } = await import('./aws-target.ts');
      return openAwsTarget(options);
    }
  }
}

async function openLocal({ dataDir, read }: FoundInstance, need: Need): Promise<Target> {
  switch (read.kind) {
    case 'running':
      return openMachineStack(read.stack, dataDir);
    case 'ended':
      return openStoppedInstance(read.stack, dataDir, need);
    case 'unreadable':
      throw noTarget(`${dataDir} does not tell how to reach “trivet local”: ${read.reason}`);
  }
}

export function choosePlace(options: TargetOptions, dir: string): Place {
  const { sandbox, local, stack, profile, region } = options;
  const isAws = [stack, profile, region].some((each) => each !== undefined);
  const named = [sandbox !== undefined, local !== undefined, isAws].filter(Boolean).length;
  if (named > 1) {
    throw wrongUsage('Name one stack: --sandbox, --local, or --stack with --profile and --region.');
  }
  if (!isAws && options.config !== undefined) {
    throw wrongUsage(
      '--config belongs to --stack: a stack on this machine knows its configuration.',
    );
  }
  if (isAws) return { kind: 'aws' };
  if (sandbox !== undefined) return { kind: 'sandbox', stack: requireSandbox(sandbox, dir) };
  if (local !== undefined) return { kind: 'local', instance: requireInstance(local) };
  return requireOnly(dir);
}

/** The one candidate on this machine. A stopped `trivet local` is one too: its state can be read. */
function requireOnly(dir: string): Place {
  const instance = findInstance(dir);
  const places: readonly Place[] = [
    ...findSandboxes(dir).map((stack) => ({ kind: 'sandbox' as const, stack })),
    ...(instance === null ? [] : [{ kind: 'local' as const, instance }]),
  ];
  const [only, ...others] = places;
  if (only === undefined) {
    throw noTarget(
      `Neither a running sandbox nor “trivet local” was found in ${dir} or above. ${HOW_TO_START}`,
    );
  }
  if (others.length > 0) throw several(places, dir);
  return only;
}

function several(places: readonly Place[], dir: string): Error {
  const choices = places.map((place) => `  ${choiceOf(place, dir)}`);
  return noTarget(`There are several stacks here. Say which:\n${choices.join('\n')}`);
}

function choiceOf(place: Place, dir: string): string {
  switch (place.kind) {
    case 'sandbox': {
      const { control, process: owner, startedAt } = place.stack;
      return `--sandbox ${control ?? ''}   (process ${owner.pid}, since ${startedAt})`;
    }
    case 'local': {
      const { dataDir, read } = place.instance;
      const state =
        read.kind === 'running'
          ? `process ${read.stack.process.pid}, since ${read.stack.startedAt}`
          : 'not running';
      return `--local ${relative(dir, dataDir) || '.'}   (${state})`;
    }
    case 'aws':
      return '--stack NAME';
  }
}

export function requireSandbox(chosen: string, dir: string): RunningStack {
  if (!/^https?:/.test(chosen)) return requireFile(chosen);
  const control = chosen.replace(/\/$/, '');
  const found = findSandboxes(dir).find((stack) => stack.control === control);
  if (found !== undefined) return found;
  throw noTarget(
    `No sandbox with the control API ${control} was started in ${dir} or above. ${HOW_TO_START}`,
  );
}

function requireFile(path: string): RunningStack {
  const read = readStack(path);
  switch (read.kind) {
    case 'running':
      return read.stack;
    case 'ended':
      throw noTarget(
        `${path} describes a sandbox that has ended (process ${read.stack.process.pid}). ${HOW_TO_START}`,
      );
    case 'missing':
      throw noTarget(`There is no ${path}. Name a sandbox by its control URL or its file.`);
    case 'unreadable':
      throw noTarget(`${path} does not describe a running sandbox: ${read.reason}`);
  }
}

function requireInstance(dir: string): FoundInstance {
  const found = instanceIn(dir);
  if (found !== null) return found;
  throw noTarget(
    `There is no “trivet local” in ${dir}: neither running nor stopped. Start it with “npx trivet local”.`,
  );
}
