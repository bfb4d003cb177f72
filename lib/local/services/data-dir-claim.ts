/**
 * One stack per data directory. The claim is a file naming its owner and the owner's children, so
 * that the next start can refuse a directory in use and end what a crash has left running. (The
 * watchers of guarded-child.ts end orphans within a moment; this is for when they were killed too.)
 * Of two that start at the same moment, a file lets both in; the kernel's name for the directory does not.
 */
import { createHash } from 'node:crypto';
import { readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
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
  const name = await takeName(dataDir);
  const former = readClaim(path);
  const isOther = former !== undefined && former.owner.pid !== owner.pid;
  const holder = isOther && isRunning(former.owner) ? former.owner : undefined;
  if (name === undefined || holder !== undefined) {
    name?.close();
    const who = holder === undefined ? 'a start under way' : `process ${holder.pid}`;
    throw new Error(`${dataDir} is in use by ${who}. Stop it, or choose another directory.`);
  }
  try {
    await endAll(former?.children ?? []);
  } catch (error) {
    name.close();
    throw error;
  }
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
    release: () => {
      rmSync(path, { force: true });
      name.close();
    },
  };
}

/**
 * A socket of the abstract namespace, named for the directory: only one process can hold it, and the
 * kernel takes it back however that process ends. Undefined when another holds it.
 * https://man7.org/linux/man-pages/man7/unix.7.html
 */
async function takeName(dataDir: string): Promise<Server | undefined> {
  const hash = createHash('sha256').update(realpathSync(dataDir)).digest('hex');
  const server = createServer();
  const { promise, resolve, reject } = Promise.withResolvers<Server | undefined>();
  server.once('error', (error: NodeJS.ErrnoException) =>
    error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
  );
  server.listen({ path: `\0trivet-data-${hash}` }, () => resolve(server));
  // What keeps us alive is the work, not the claim to it.
  server.unref();
  return promise;
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
