/**
 * One stack per data directory. The claim is a file naming its owner and the owner's children, so
 * that the next start can refuse a directory in use and end what a crash has left running. (The
 * watchers of guarded-child.ts end orphans within a moment; this is for when they were killed too.)
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identifyProcess, isRunning, type ProcessIdentity } from './process-identity.ts';

export interface DataDirClaim {
  /** Notes a child, so that it can be ended by the next start if we cannot do it. */
  addChild(pid: number): void;
  release(): void;
}

interface ClaimFile {
  readonly owner: ProcessIdentity;
  readonly children: readonly ProcessIdentity[];
}

const reapTimeoutMs = 10_000;

export async function claimDataDir(dataDir: string): Promise<DataDirClaim> {
  const path = join(dataDir, 'processes.json');
  const owner = identifyProcess(process.pid);
  if (owner === undefined) throw new Error('this system has no /proc, which Trivet needs');
  const former = readClaim(path);
  if (former !== undefined && former.owner.pid !== owner.pid && isRunning(former.owner)) {
    throw new Error(
      `${dataDir} is in use by process ${former.owner.pid}. Stop it, or choose another directory.`,
    );
  }
  await endAll(former?.children ?? []);
  const children: ProcessIdentity[] = [];
  const write = (): void => writeClaim(path, { owner, children });
  write();
  return {
    addChild: (pid) => {
      const child = identifyProcess(pid);
      if (child === undefined) return;
      children.push(child);
      write();
    },
    release: () => rmSync(path, { force: true }),
  };
}

function readClaim(path: string): ClaimFile | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ClaimFile;
  } catch {
    // No file, or one that a crash cut short: nothing is known about former processes.
    return undefined;
  }
}

function writeClaim(path: string, claim: ClaimFile): void {
  writeFileSync(`${path}.new`, JSON.stringify(claim));
  renameSync(`${path}.new`, path);
}

async function endAll(children: readonly ProcessIdentity[]): Promise<void> {
  const deadline = Date.now() + reapTimeoutMs;
  for (const child of children.filter(isRunning)) process.kill(child.pid, 'SIGKILL');
  while (children.some(isRunning)) {
    if (Date.now() > deadline) throw new Error('processes of an earlier run cannot be ended');
    await sleep(20);
  }
}
