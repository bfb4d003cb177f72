/** The command line as another process, as a person or a script runs it. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const PROJECT_ROOT = join(import.meta.dirname, '../..');
const ENTRY = join(PROJECT_ROOT, 'bin/trivet.ts');
const READY_MS = 90_000;

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunPlace {
  readonly cwd?: string;
  /** Added to this process's own. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a command to its end. */
export async function runTrivet(args: readonly string[], place: RunPlace = {}): Promise<Ran> {
  const child = start(args, place);
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr?.on('data', (data: Buffer) => (stderr += data.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

export interface RunningTrivet {
  readonly child: ChildProcess;
  /** The line on stdout that says it is ready. */
  readonly line: string;
  /** What it has said on stderr so far. */
  readonly logs: readonly string[];
  /** Its exit code, once it has one. */
  readonly ended: Promise<number | null>;
  /** As Ctrl-C; the answer is its exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL for it and everything below it at once. */
  killAll(): Promise<void>;
}

/** Starts a command that runs until it is stopped, and waits for its first line. */
export async function startTrivet(
  args: readonly string[],
  place: RunPlace = {},
): Promise<RunningTrivet> {
  const child = start(args, place);
  const logs: string[] = [];
  if (child.stdout === null || child.stderr === null) throw new Error('no output to read');
  createInterface({ input: child.stderr }).on('line', (line) => logs.push(line));
  const said = (): string => logs.slice(-20).join('\n');
  const line = await new Promise<string>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`not ready:\n${said()}`)), READY_MS);
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).once('line', (text) => {
      clearTimeout(late);
      resolve(text);
    });
    child.once('exit', (code) => {
      clearTimeout(late);
      reject(new Error(`ended (${code}):\n${said()}`));
    });
  });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  return {
    child,
    line,
    logs,
    ended,
    stop: () => {
      child.kill('SIGINT');
      return ended;
    },
    killAll: async () => {
      for (const pid of treeOf(child.pid as number)) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // Some end by themselves when their parent is gone.
        }
      }
      await ended;
    },
  };
}

/** A command nobody waits for: to be killed. */
export const spawnTrivet = (args: readonly string[]): ChildProcess => start(args, {});

const start = (args: readonly string[], { cwd = PROJECT_ROOT, env }: RunPlace): ChildProcess =>
  spawn(process.execPath, [ENTRY, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

/** A process and everything below it. */
export function treeOf(pid: number): number[] {
  const table = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' });
  const pairs = table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const below = (parent: number): number[] =>
    pairs.filter(([, ppid]) => ppid === parent).flatMap(([child = 0]) => [child, ...below(child)]);
  return [pid, ...below(pid)];
}
