/**
 * One stack per data directory. The lock is the kernel's (directory-lock.ts); the file beside it names its
 * holder, so that a second start can say who that is, and the holder's children, so that a start after a
 * crash can end what is left of them. (The watchers of guarded-child.ts end orphans within a moment; this
 * is for when they were killed too.)
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lockDirectory } from './directory-lock.ts';
import { identifyProcess, isRunning, type ProcessIdentity } from './process-identity.ts';

export interface DataDirClaim {
  /** Notes a child, so that it can be ended by the next start if we cannot do it. */
  addChild(pid: number): void;
  release(): void;
}

interface ClaimFile {
  /** What holds it, for people: `trivet local`. */
  readonly holder: string;
  /** ISO time. */
  readonly since: string;
  readonly owner: ProcessIdentity;
  readonly children: readonly ProcessIdentity[];
}

const reapTimeoutMs = 10_000;

/** Another stack works in the directory. The message says which, since when, and what to do. */
export class DataDirInUse extends Error {
  constructor(dataDir: string, claim: ClaimFile | undefined) {
    const who =
      claim === undefined
        ? 'another process'
        : `process ${claim.owner.pid} (${claim.holder}, since ${claim.since})`;
    super(`${dataDir} is in use by ${who}. Stop it, or choose another directory.`);
    this.name = 'DataDirInUse';
  }
}

export async function claimDataDir(dataDir: string, holder = 'trivet'): Promise<DataDirClaim> {
  const path = join(dataDir, 'processes.json');
  const owner = identifyProcess(process.pid);
  if (owner === undefined) throw new Error('this system has no /proc, which Trivet needs');
  const unlock = lockDirectory(dataDir);
  const former = readClaim(path);
  if (unlock === null) throw new DataDirInUse(dataDir, former);
  try {
    await endAll(former?.children ?? []);
  } catch (error) {
    unlock();
    throw error;
  }
  const since = new Date().toISOString();
  const children: ProcessIdentity[] = [];
  const write = (): void => writeClaim(path, { holder, since, owner, children });
  write();
  return {
    addChild: (pid) => {
      const child = identifyProcess(pid);
      if (child === undefined) return;
      children.push(child);
      write();
    },
    release: () => {
      rmSync(path, { force: true });
      unlock();
    },
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
