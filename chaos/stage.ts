/** The sandbox under chaos: started, hurt and started again on the same data, and in the end stopped, all by process ids of its own. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSandbox, type SandboxUnderTest } from '../test/support/sandbox.ts';

export const RESTARTS = ['stop', 'kill everything', 'kill Postgres', 'kill DynamoDB'] as const;
export type Restart = (typeof RESTARTS)[number];

export interface Stage {
  /** Another one after each restart. */
  sandbox(): SandboxUnderTest;
  restart(how: Restart): Promise<void>;
  /** For good. Its data go, or are left to whoever looks for what went wrong. */
  end(isKept: boolean): Promise<void>;
  /** Where its data are, as the sandbox takes them. */
  readonly args: readonly string[];
}

export async function openStage(contacts: number, seed: number): Promise<Stage> {
  const dataDir = mkdtempSync(join(tmpdir(), 'trivet-chaos-'));
  const people = ['--contacts', String(contacts), '--seed', String(seed)];
  const args = [...people, '--data', dataDir, '--apps', 'news,ads,calls'];
  const open = (): Promise<SandboxUnderTest> => openSandbox(args);
  let current = await open();
  const down = async (how: Restart): Promise<void> => {
    const ended = hasEnded(current) ? Promise.resolve() : once(current.child, 'exit');
    for (const pid of pidsFor(how, current)) send(pid, 'SIGKILL');
    // It cannot do without what was killed, and ends by itself; told to as well, it does so at once.
    if (!hasEnded(current)) current.child.kill('SIGTERM');
    await ended;
    await current.crm.end().catch(() => undefined);
  };
  return {
    sandbox: () => current,
    restart: async (how) => {
      await down(how);
      current = await open();
    },
    end: async (isKept) => {
      await down('stop');
      if (!isKept) rmSync(dataDir, { recursive: true, force: true });
    },
    args,
  };
}

const hasEnded = ({ child }: SandboxUnderTest): boolean =>
  child.exitCode !== null || child.signalCode !== null;

function pidsFor(how: Restart, { child }: SandboxUnderTest): readonly number[] {
  const { pid } = child;
  if (how === 'stop' || pid === undefined) return [];
  const own = listProcesses();
  if (how === 'kill everything') return treeOf(pid, own);
  const name = how === 'kill Postgres' ? /^postgres/ : /^dynoxide/;
  return own.filter((one) => one.parent === pid && name.test(one.name)).map((one) => one.pid);
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
}

function listProcesses(): readonly Process[] {
  const table = execFileSync('ps', ['-eo', 'pid=,ppid=,comm='], { encoding: 'utf8' });
  return table.split('\n').flatMap((line) => {
    const [, pid, parent, name] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), name }];
  });
}

/** A process and everything below it. */
function treeOf(pid: number, all: readonly Process[]): readonly number[] {
  const below = all.filter(({ parent }) => parent === pid);
  return [pid, ...below.flatMap((child) => treeOf(child.pid, all))];
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Some end by themselves when their parent is gone.
  }
}
