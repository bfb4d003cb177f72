/**
 * The synthesized stack of a configuration, made once and used by all tests that start it: a synthesis takes longer than
 * everything else of a start together. Kept under what it is made of, so that it is never that of other code. The
 * command itself is started without it where the start is what is tried (test/e2e/narration.test.ts, restart.test.ts).
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { SampleApp } from '../../lib/local/sample/apps.ts';
import { sampleConfigFile } from '../../lib/local/sandbox/sample-config.ts';
import { PROJECT_ROOT, synthesize } from '../../lib/local/synthesize.ts';

const KEPT = join(PROJECT_ROOT, 'node_modules/.cache/trivet-assemblies');

/** The directory of the assembly that a sandbox with these arguments would synthesize. */
export async function assemblyFor(args: readonly string[]): Promise<string> {
  const { values } = parseArgs({
    args: [...args],
    options: { config: { type: 'string' }, apps: { type: 'string', default: 'news' } },
    strict: false,
  });
  const sample = sampleConfigFile(String(values.apps).split(',') as SampleApp[]);
  const configPath = typeof values.config === 'string' ? values.config : sample.path;
  try {
    const kept = join(KEPT, digestOf(configPath));
    if (!existsSync(kept)) await make(configPath, kept);
    return kept;
  } finally {
    sample.remove();
  }
}

/** Made beside its place: whoever finds it there finds the whole of it. */
async function make(configPath: string, kept: string): Promise<void> {
  mkdirSync(KEPT, { recursive: true });
  dropOld();
  const draft = mkdtempSync(join(KEPT, 'draft-'));
  try {
    await synthesize({ configPath, timeouts: 'short', brakes: 'off', outDir: draft });
    renameSync(draft, kept);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    // Another worker was quicker.
    if (!existsSync(kept)) throw error;
  }
}

const DAY_MS = 86_400_000;

/** Nobody comes back to code of days ago, and nobody runs on it any more. */
function dropOld(): void {
  for (const name of readdirSync(KEPT)) {
    const path = join(KEPT, name);
    const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: Infinity };
    if (mtimeMs < Date.now() - DAY_MS) rmSync(path, { recursive: true, force: true });
  }
}

/** Of all that a bundle or the template can be made of. */
function digestOf(configPath: string): string {
  const hash = createHash('sha256');
  const files = [
    ...['lib', 'functions', 'bin'].flatMap((folder) => filesBelow(join(PROJECT_ROOT, folder))),
    join(PROJECT_ROOT, 'package-lock.json'),
    ...filesBelow(dirname(configPath)),
  ];
  for (const file of files) hash.update(readFileSync(file));
  return hash.update(readFileSync(configPath)).digest('hex').slice(0, 24);
}

const filesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .toSorted();
