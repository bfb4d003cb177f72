/**
 * Starts a real Postgres on 127.0.0.1 from npm packages alone, as any user.
 *
 * As root the server runs as `nobody`, because Postgres refuses root. Its data directory may then
 * lie where `nobody` cannot follow (a private home); so it is entered before the change of user and
 * named `/proc/self/cwd` afterwards, which needs no right on any directory above it.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from './free-port.ts';
import { spawnGuarded, type GuardedChild } from './guarded-child.ts';
import { preparePostgresBinDir, type PostgresMajor } from './postgres-binaries.ts';
import { processesIn } from './process-identity.ts';
import { publicTempDir } from './public-temp-dir.ts';

export interface PostgresOptions {
  /** @default 18 */
  readonly major?: PostgresMajor;
  /** A directory with `initdb` and `postgres` to use instead of the npm packages. */
  readonly binDir?: string;
  /** Kept, and used again when it already holds a cluster. Without it the data go at stop. */
  readonly dataDir?: string;
  /** Survive a crash of the machine (fsync). A crash of the process alone is always survived. @default false */
  readonly durable?: boolean;
  /** @default a free one */
  readonly port?: number;
  /** It stays in recovery: it is ready when it can be read. @default false */
  readonly isStandby?: boolean;
  /** Server settings beyond ours, such as `{ log_statement: 'all' }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface PostgresServer {
  /** Superuser access to the database `postgres`. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly exited: Promise<unknown>;
  stop(): Promise<void>;
}

const nobody = 65_534;
const ownCwd = '/proc/self/cwd';
const passwordFile = 'trivet-password';
const startAttemptsMax = 3;
/** How long the processes of a crashed server may take to notice and end. */
const crashPatienceMs = 10_000;

export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const binDir = options.binDir ?? (await preparePostgresBinDir(options.major ?? 18));
  if (options.dataDir !== undefined) return startIn(options.dataDir, binDir, options);
  const dataDir = await mkdtemp(join(publicTempDir(), 'trivet-pg-'));
  const remove = (): Promise<void> => rm(dataDir, { recursive: true, force: true });
  try {
    const server = await startIn(dataDir, binDir, options);
    return { ...server, stop: () => server.stop().then(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function startIn(
  dataDir: string,
  binDir: string,
  options: PostgresOptions,
): Promise<PostgresServer> {
  const userId = process.getuid?.() === 0 ? nobody : undefined;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  if (userId !== undefined) await chown(dataDir, userId, userId);
  if (!existsSync(join(dataDir, 'PG_VERSION'))) await initCluster(binDir, dataDir, userId);
  const password = await readFile(join(dataDir, passwordFile), 'utf8');
  await clearStaleLock(dataDir);
  const { server, port } = await startServer(binDir, dataDir, userId, options);
  return {
    url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    port,
    pid: server.pid,
    exited: server.exited,
    // SIGINT: end sessions, write a checkpoint. SIGQUIT: as a crash, but with its children.
    stop: () => server.stop(['SIGINT', 'SIGQUIT', 'SIGKILL'], 10_000),
  };
}

/**
 * A new cluster is made beside its place and renamed into it when it is complete, password and all: a
 * kill in between leaves nothing that the next start could take for a cluster.
 */
async function initCluster(binDir: string, dataDir: string, userId?: number): Promise<void> {
  const draft = `${dataDir}.new`;
  const cluster = join(draft, 'cluster');
  if (existsSync(cluster)) await untilDeserted(cluster);
  await rm(draft, { recursive: true, force: true });
  const password = randomBytes(18).toString('base64url');
  await mkdir(cluster, { recursive: true, mode: 0o700 });
  await writeFile(join(draft, passwordFile), password, { mode: 0o600 });
  if (userId !== undefined) {
    for (const path of [draft, cluster, join(draft, passwordFile)]) {
      await chown(path, userId, userId);
    }
  }
  const args = ['-D', ownCwd, '-U', 'postgres', '-A', 'scram-sha-256'];
  const result = await runToEnd(
    spawnGuarded({
      command: join(binDir, 'initdb'),
      // Relative to the cluster, for whoever may not follow the way from the root.
      args: [...args, `--pwfile=../${passwordFile}`, '-E', 'UTF8', '--locale=C', '--no-sync'],
      cwd: cluster,
      orphanRemoves: draft,
      ...(userId === undefined ? {} : { userId }),
    }),
  );
  if (result.code !== 0) {
    await rm(draft, { recursive: true, force: true });
    throw new Error(`initdb failed: ${result.output}`);
  }
  await rename(join(draft, passwordFile), join(cluster, passwordFile));
  await rename(cluster, dataDir);
  await rm(draft, { recursive: true, force: true });
}

/**
 * After a crash the lock file names a postmaster that is gone; but its pid may belong to somebody
 * else by now, or to its own unreaped remains, and Postgres would refuse to start. Every process of
 * a cluster works in its data directory, so if there is none the file says nothing any more.
 */
async function clearStaleLock(dataDir: string): Promise<void> {
  await untilDeserted(dataDir);
  await rm(join(dataDir, 'postmaster.pid'), { force: true });
}

async function untilDeserted(dataDir: string): Promise<void> {
  const deadline = Date.now() + crashPatienceMs;
  while (processesIn(dataDir).length > 0) {
    if (Date.now() > deadline) throw new Error(`a Postgres is already running in ${dataDir}`);
    await sleep(50);
  }
}

async function runToEnd(child: GuardedChild): Promise<{ code: number | null; output: string }> {
  let output = '';
  child.process.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.process.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const { code } = await child.exited;
  return { code, output };
}

/** A free port may be taken by somebody else before the server binds it: then try another. */
async function startServer(
  binDir: string,
  dataDir: string,
  userId: number | undefined,
  options: PostgresOptions,
): Promise<{ server: GuardedChild; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await findFreePort());
    const server = spawnGuarded({
      command: join(binDir, 'postgres'),
      args: serverArgs(port, options),
      cwd: dataDir,
      orphanSignal: 'QUIT',
      ...(options.dataDir === undefined ? { orphanRemoves: dataDir } : {}),
      ...(userId === undefined ? {} : { userId }),
    });
    const failure = await untilReady(server, options.isStandby === true);
    if (failure === undefined) return { server, port };
    if (!failure.includes('could not bind') || attempt === startAttemptsMax) {
      throw new Error(`Postgres did not start in ${dataDir}: ${failure}`);
    }
  }
}

function serverArgs(port: number, options: PostgresOptions): string[] {
  const durable = options.durable ? 'on' : 'off';
  const settings: Record<string, string> = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: durable,
    full_page_writes: durable,
    max_connections: '200',
    // Prepared transactions and logical replication hold back the horizon: tests must be able to.
    max_prepared_transactions: '20',
    wal_level: 'logical',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...options.settings,
  };
  return ['-D', ownCwd, ...Object.entries(settings).flatMap(([key, to]) => ['-c', `${key}=${to}`])];
}

/** Undefined when the server accepts connections, otherwise its last words. */
async function untilReady(server: GuardedChild, isStandby: boolean): Promise<string | undefined> {
  const ready = isStandby ? /ready to accept read.only connections/ : /ready to accept connections/;
  const lastWords: string[] = [];
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const { stdout, stderr } = server.process;
  stdout?.resume();
  if (stderr === null) throw new Error('the server has no log');
  createInterface({ input: stderr }).on('line', (line) => {
    if (ready.test(line)) resolve(undefined);
    lastWords.push(line);
    if (lastWords.length > 20) lastWords.shift();
  });
  void server.exited.then(() => resolve(lastWords.join('\n') || 'it ended without a word'));
  return promise;
}
