/** Loads the one module a user writes. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TrivetConfig } from './model.ts';

export interface UserConfig {
  readonly path: string;
  readonly config: TrivetConfig;
}

/** `file` is relative to the working directory. Throws a sentence that names file and remedy. */
export async function loadUserConfig(file: string): Promise<UserConfig> {
  const path = resolve(file);
  if (!existsSync(path)) {
    throw new Error(
      `There is no config at ${file}. Write one, or name it: -c config=path/to/trivet.config.ts`,
    );
  }
  const module = (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
  if (!isTrivetConfig(module.default)) {
    throw new Error(`${file} must end in: export default defineTrivet({ … })`);
  }
  return { path, config: module.default };
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
