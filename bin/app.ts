/**
 * The CDK app: the user's config in, one stack out. Context: `config`, `installation`, `timeouts`,
 * `functions` (lib/stack/settings.ts). Synthesis looks nothing up: it needs no account and no network.
 */
import { resolve } from 'node:path';
import { App } from 'aws-cdk-lib';
import { addChecks, STRICT_CONTEXT } from '../lib/stack/checks.ts';
import { readSettings } from '../lib/stack/settings.ts';
import { SyncStack } from '../lib/stack/sync-stack.ts';
import { loadUserConfig } from '../lib/stack/user-config.ts';

const projectRoot = resolve(import.meta.dirname, '..');
const app = new App({ analyticsReporting: false, context: STRICT_CONTEXT });
const { config: file, installation, timeouts, functions } = readSettings(app.node);
const { path: configPath, config } = await loadUserConfig(file);

new SyncStack(app, 'Trivet', {
  stackName: `trivet-${installation}`,
  config,
  installation,
  timeouts,
  sources: { projectRoot, functionsDir: resolve(projectRoot, functions), configPath },
});
addChecks(app);
app.synth();
