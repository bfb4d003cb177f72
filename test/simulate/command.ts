/** `npm run simulate` as a person at a prompt uses it. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { PROJECT_ROOT, type Ran } from '../support/trivet-command.ts';

export async function simulate(args: readonly string[], root = PROJECT_ROOT): Promise<Ran> {
  const child = spawn(process.execPath, [join(root, 'simulate/main.ts'), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  const code = await new Promise<number | null>((done) => child.once('close', done));
  return { code, stdout, stderr };
}
