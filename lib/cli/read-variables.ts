/** The variables a configuration's secrets are made from: the environment's, and those of `.env` beside it. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseEnv } from 'node:util';
import type { Variables } from './environment-secrets.ts';
import { wrongUsage } from './failure.ts';

export const environmentFileOf = (configPath: string): string => join(dirname(configPath), '.env');

/** As with Node's own --env-file: what the environment says already, wins. */
export function readVariables(configPath: string): Variables {
  const file = environmentFileOf(configPath);
  const own = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
  return readFiles({ ...own, ...process.env });
}

/** A certificate is more easily named than quoted. */
function readFiles(variables: Variables): Variables {
  const path = variables['CRM_DATABASE_CA_FILE'];
  if (path === undefined || path === '') return variables;
  if (!existsSync(path))
    throw wrongUsage(`CRM_DATABASE_CA_FILE names ${path}, which is not there.`);
  return { ...variables, CRM_DATABASE_CA: readFileSync(path, 'utf8') };
}
