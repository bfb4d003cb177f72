/**
 * A temporary directory that every user of this machine may enter. The usual one may lie below a
 * private home, where the user that Postgres runs as (when we are root) cannot follow.
 */
import { statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';

export function publicTempDir(): string {
  const found = [tmpdir(), '/tmp', '/var/tmp', '/dev/shm'].find(isPublic);
  if (found === undefined) throw new Error('No temporary directory is open to all users.');
  return found;
}

function isPublic(dir: string): boolean {
  const stats = statSync(dir, { throwIfNoEntry: false });
  if (!stats?.isDirectory() || (stats.mode & 0o005) !== 0o005) return false;
  return dir === dirname(dir) || isPublic(dirname(dir));
}
