/** The configuration of `--apps`: a module of two lines, for the stack is synthesized from a file. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SampleApp } from '../sample/apps.ts';
import { PROJECT_ROOT } from '../synthesize.ts';

const ALONE: readonly SampleApp[] = ['news'];
/** With Mailchimp alone: the one to read, and to start one's own from. */
export const SAMPLE_CONFIG_PATH = join(PROJECT_ROOT, 'lib/local/sample/trivet.config.ts');
const APPS = join(PROJECT_ROOT, 'lib/local/sample/apps.ts');

export interface SampleConfigFile {
  readonly path: string;
  /** Takes away what was written. */
  remove(): void;
}

export function sampleConfigFile(apps: readonly SampleApp[]): SampleConfigFile {
  if (apps.join() === ALONE.join()) return { path: SAMPLE_CONFIG_PATH, remove: () => undefined };
  const dir = mkdtempSync(join(tmpdir(), 'trivet-sample-'));
  const path = join(dir, 'trivet.config.ts');
  // Without a package.json nearby, what type of module it is would be guessed, with a warning.
  writeFileSync(join(dir, 'package.json'), '{ "type": "module" }\n');
  const lines = [
    `import { sampleConfig } from ${JSON.stringify(APPS)};`,
    `export default sampleConfig(${JSON.stringify(apps)});`,
  ];
  writeFileSync(path, `${lines.join('\n')}\n`);
  return { path, remove: () => rmSync(dir, { recursive: true, force: true }) };
}
