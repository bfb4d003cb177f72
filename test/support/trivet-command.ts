/** The command line, and the project's other scripts, as a person at a prompt uses them. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

export const PROJECT_ROOT = join(import.meta.dirname, '../..');

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export const trivet = (args: readonly string[], cwd = PROJECT_ROOT): Promise<Ran> =>
  runScript(join(PROJECT_ROOT, 'bin/trivet.ts'), args, cwd);

/** Runs a script to its end. */
export async function runScript(
  path: string,
  args: readonly string[],
  cwd = PROJECT_ROOT,
): Promise<Ran> {
  const child = spawn(process.execPath, [path, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  const code = await new Promise<number | null>((done) => child.once('close', done));
  return { code, stdout, stderr };
}
