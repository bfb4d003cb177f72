/** Loads the one module a user writes. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TrivetConfig } from './model.ts';
import { ConfigError } from './problems.ts';

export interface UserConfig {
  readonly path: string;
  readonly config: TrivetConfig;
}

/** `file` is relative to the working directory. Throws a sentence that names file and remedy. */
export async function loadUserConfig(file: string): Promise<UserConfig> {
  const path = resolve(file);
  if (!existsSync(path)) {
    throw new Error(
      `There is no config at ${file}. Write one, or name it: --config path/to/trivet.config.ts (with cdk: -c config=…)`,
    );
  }
  const module = await importConfig(file, path);
  if (!isTrivetConfig(module.default)) {
    throw new Error(`${file} must end in: export default defineTrivet({ … })`);
  }
  return { path, config: module.default };
}

async function importConfig(file: string, path: string): Promise<{ readonly default?: unknown }> {
  try {
    return (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
  } catch (error) {
    // By name: the configuration may have loaded another copy of the module than we did.
    if (error instanceof Error && error.name === 'ConfigError' && 'problems' in error) {
      throw new ConfigError(error.problems as readonly string[], file);
    }
    throw new Error(`${file} cannot be loaded: ${wordsOf(error, path)}`, { cause: error });
  }
}

/** With the line of the file where it went wrong, if the stack has one. */
function wordsOf(error: unknown, path: string): string {
  if (!(error instanceof Error)) return String(error);
  const [, place] = /^(\d+)/.exec((error.stack ?? '').split(`${path}:`)[1] ?? '') ?? [];
  return place === undefined ? error.message : `${error.message} (line ${place})`;
}

/** Only tells a compiled configuration from something else: defineTrivet has checked what is in it. */
function isTrivetConfig(candidate: unknown): candidate is TrivetConfig {
  return (
    typeof candidate === 'object' &&
    candidate !== null &&
    'crm' in candidate &&
    'apps' in candidate &&
    'syncs' in candidate &&
    Array.isArray(candidate.syncs)
  );
}
