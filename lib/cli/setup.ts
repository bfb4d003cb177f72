/**
 * What `install`, `uninstall` and `doctor` work on: a stack like any other command's, or a configuration
 * whose stack was never started, with the secrets it would be started with.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadUserConfig, type UserConfig } from '../config/user-config.ts';
import { findInstance, stateDirOf } from '../local/instance/state-dir.ts';
import { findSandboxes } from '../local/sandbox/running.ts';
import { readEnvironmentSecrets, type Variables } from './environment-secrets.ts';
import { choosePlace, openPlace, type Place } from './find-target.ts';
import { CommandFailure, EXIT, noTarget } from './failure.ts';
import { readVariables } from './read-variables.ts';
import { readJsonSecret } from './secret-book.ts';
import type { Target } from './target.ts';
import type { Spot, TargetOptions } from './with-target.ts';

export interface Setup extends Spot {
  /** Null when nothing was ever started. */
  readonly target: Target | null;
  /** The environment, and `.env` beside the configuration; nothing in the sandbox, which is a world of its own. */
  readonly variables: Variables;
  /** A secret's JSON: as whoever runs has it, or as the next start would. */
  readSecret(name: string): Promise<unknown>;
  close(): Promise<void>;
}

/** The person who asks may not read it. Nothing is known then; the functions have rights of their own. */
export class HiddenSecret extends Error {}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html */
function explainSecret(error: unknown, name: string): unknown {
  if (!(error instanceof Error)) return error;
  if (error.name === 'AccessDeniedException') {
    return new HiddenSecret(
      `these credentials may not read the secret ${name}. (${error.message})`,
    );
  }
  if (error.name === 'ResourceNotFoundException') {
    return new Error(
      `There is no secret ${name}. Make it as README and RUNBOOK say, with a value.`,
    );
  }
  return error;
}

const CONFIG_DEFAULT = 'trivet.config.ts';

type SetupPlace = Place | { readonly kind: 'config'; readonly path: string };

export async function openSetup(options: TargetOptions): Promise<Setup> {
  const place = chooseSetup(options, process.cwd());
  if (place.kind === 'config') return openConfig(await loadUserConfig(place.path));
  const target = await openPlace(place, options);
  const variables = variablesOf(place, options);
  // A stack that is stopped takes its secrets from the environment when it is started again.
  const own = target.isRunning ? {} : secretTexts(target.config, variables);
  return {
    mode: target.mode,
    name: target.name,
    isRunning: target.isRunning,
    config: target.config,
    target,
    variables,
    readSecret: async (name) => {
      const text = own[name];
      if (text !== undefined) return JSON.parse(text) as unknown;
      try {
        return await readJsonSecret(target.secrets, name);
      } catch (error) {
        throw explainSecret(error, name);
      }
    },
    close: () => target.close(),
  };
}

/** A configuration that is named, the only stack here, or the configuration that lies here. */
export function chooseSetup(options: TargetOptions, dir: string): SetupPlace {
  const { sandbox, local, stack, profile, region, config } = options;
  const isNamed = [sandbox, local, stack, profile, region].some((each) => each !== undefined);
  if (isNamed) return choosePlace(options, dir);
  if (config !== undefined) return { kind: 'config', path: resolve(dir, config) };
  const isAnyHere = findInstance(dir) !== null || findSandboxes(dir).length > 0;
  const path = resolve(dir, CONFIG_DEFAULT);
  if (isAnyHere) return choosePlace(options, dir);
  if (existsSync(path)) return { kind: 'config', path };
  throw noTarget(
    `There is no ${CONFIG_DEFAULT} in ${dir}, and no stack in it or above. Name a configuration (--config FILE) or a stack on AWS (--stack NAME).`,
  );
}

export function openConfig({ path, config }: UserConfig): Setup {
  const variables = readVariables(path);
  const texts = secretTexts(config, variables);
  const { problems } = readEnvironmentSecrets(config, variables);
  return {
    mode: 'local',
    name: stateDirOf(path),
    isRunning: false,
    config,
    target: null,
    variables,
    readSecret: async (name) => {
      const text = texts[name];
      if (text !== undefined) return JSON.parse(text) as unknown;
      throw new CommandFailure(
        `The secret ${name} is not known: ${problems.join(' ')}`,
        EXIT.needsPerson,
      );
    },
    close: () => Promise.resolve(),
  };
}

const secretTexts = (
  config: Spot['config'],
  variables: Variables,
): Readonly<Record<string, string>> => readEnvironmentSecrets(config, variables).values;

function variablesOf(place: Place, { config }: TargetOptions): Variables {
  switch (place.kind) {
    case 'sandbox':
      return {};
    case 'local': {
      const { read } = place.instance;
      return read.kind === 'unreadable' ? {} : readVariables(read.stack.configPath);
    }
    case 'aws':
      return readVariables(resolve(config ?? CONFIG_DEFAULT));
  }
}
