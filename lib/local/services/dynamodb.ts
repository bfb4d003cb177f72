/**
 * DynamoDB on this machine: the `dynoxide` program, one static binary from an npm package.
 * With a data directory every acknowledged write survives a SIGKILL; without one it is in memory.
 */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findFreePort } from './free-port.ts';
import { spawnGuarded, type GuardedChild } from './guarded-child.ts';
import { findPackageDir } from './package-dir.ts';

export interface DynamoDbOptions {
  readonly dataDir?: string;
  readonly port?: number;
}

export interface DynamoDbServer {
  readonly endpoint: string;
  readonly pid: number;
  readonly exited: Promise<unknown>;
  stop(): Promise<void>;
}

const startAttemptsMax = 3;

export async function startDynamoDb(options: DynamoDbOptions = {}): Promise<DynamoDbServer> {
  const command = join(findPackageDir('@dynoxide/linux-x64'), 'dynoxide');
  if (!existsSync(command)) throw new Error(`${command} is missing: run \`npm ci\` again.`);
  if (options.dataDir !== undefined) await mkdir(options.dataDir, { recursive: true });
  const storage =
    options.dataDir === undefined ? [] : ['--db-path', join(options.dataDir, 'tables.sqlite')];
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await findFreePort());
    const args = ['serve', '--host', '127.0.0.1', '--port', String(port), ...storage];
    const server = spawnGuarded({ command, args });
    const failure = await untilListening(server);
    if (failure === undefined) {
      return {
        endpoint: `http://127.0.0.1:${port}`,
        pid: server.pid,
        exited: server.exited,
        stop: () => server.stop(['SIGTERM', 'SIGKILL']),
      };
    }
    if (attempt === startAttemptsMax) throw new Error(`DynamoDB did not start: ${failure}`);
  }
}

/** Undefined when it listens, otherwise its last words. */
async function untilListening(server: GuardedChild): Promise<string | undefined> {
  const words: string[] = [];
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  for (const stream of [server.process.stdout, server.process.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      if (line.includes('listening on')) resolve(undefined);
      if (words.length < 20) words.push(line);
    });
  }
  void server.exited.then(() => resolve(words.join('\n') || 'it ended without a word'));
  return promise;
}
