/** From CDK context to an assembly: the user's config in, one checked stack out. Looks nothing up: needs no account and no network. */
import { resolve } from 'node:path';
import { App } from 'aws-cdk-lib';
import { PATH_METADATA_ENABLE_CONTEXT } from 'aws-cdk-lib/cx-api';
import { addChecks, STRICT_CONTEXT } from './checks.ts';
import { readSettings } from './settings.ts';
import { SyncStack } from './sync-stack.ts';
import { loadUserConfig } from '../config/user-config.ts';

/** The command line asks for construct paths in the template; without it they are wanted as well. */
const WITH_PATHS = { [PATH_METADATA_ENABLE_CONTEXT]: true };

/** Where the assembly goes and which context is given, the CDK's command line says in the environment. */
export async function synthesizeTrivet(projectRoot: string): Promise<void> {
  const app = new App({ analyticsReporting: false, context: { ...STRICT_CONTEXT, ...WITH_PATHS } });
  const { config: file, functions, ...settings } = readSettings(app.node);
  const { path: configPath, config } = await loadUserConfig(file);
  new SyncStack(app, 'Trivet', {
    ...settings,
    stackName: `trivet-${settings.installation}`,
    config,
    sources: { projectRoot, functionsDir: resolve(projectRoot, functions), configPath },
  });
  addChecks(app);
  app.synth();
}
