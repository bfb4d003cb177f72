/** Synthesizes the stack in a process of its own, as `npx cdk synth` does. */
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';

export const PROJECT_ROOT = resolve(import.meta.dirname, '../..');

export interface Synthesis {
  /** The user's config module. */
  readonly configPath: string;
  /** See lib/stack/timings.ts. */
  readonly timeouts: 'short' | 'local';
  /** `off`: no brakes but those the configuration names. */
  readonly brakes: 'on' | 'off';
  /** Where the cloud assembly goes. */
  readonly outDir: string;
  /** Ends it when aborted. */
  readonly signal?: AbortSignal;
  /** Is told the process that synthesizes: it may outlive us, and two must not write one directory. */
  readonly onProcess?: (pid: number) => void;
}

export async function synthesize({
  configPath,
  timeouts,
  brakes,
  outDir,
  signal,
  onProcess = () => undefined,
}: Synthesis): Promise<string> {
  const child = spawn(process.execPath, [join(PROJECT_ROOT, 'bin/app.ts')], {
    cwd: PROJECT_ROOT,
    env: {
      ...process.env,
      // Under `npx -c` every npx below would read the outer command line as its own.
      npm_config_call: undefined,
      // What AWS would refuse is found where a stack is synthesized for AWS (lib/stack/checks.ts). Nothing is deployed
      // from here, and these rules take a third of the time until somebody sees it start.
      CDK_VALIDATION: 'false',
      CDK_OUTDIR: outDir,
      CDK_CONTEXT_JSON: JSON.stringify({ config: configPath, timeouts, brakes }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Not spawn's own signal: that one does not wait for the end, and files would still be written.
  const end = (): void => void child.kill();
  signal?.addEventListener('abort', end);
  if (child.pid !== undefined) onProcess(child.pid);
  let said = '';
  child.stdout.on('data', (data: Buffer) => (said += data.toString()));
  child.stderr.on('data', (data: Buffer) => (said += data.toString()));
  const code = await new Promise<number | null>((done, fail) => {
    child.once('error', fail);
    child.once('close', done);
  });
  signal?.removeEventListener('abort', end);
  if (code !== 0) throw new Error(`the stack could not be synthesized:\n${said}`);
  return outDir;
}
