import { lstat, readdir, readlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { preparePostgresBinDir } from '../../lib/local/services/postgres-binaries.ts';

test('the copy of Postgres’s programs leads nowhere outside itself: another checkout may go', async () => {
  const lib = join(dirname(await preparePostgresBinDir(18)), 'lib');
  const targets: string[] = [];
  for (const name of await readdir(lib)) {
    const path = join(lib, name);
    if ((await lstat(path)).isSymbolicLink()) targets.push(await readlink(path));
  }
  expect(targets.length).toBeGreaterThan(5);
  expect(targets.filter((target) => target.includes('/'))).toEqual([]);
});
