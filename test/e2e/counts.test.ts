/** The counts the project promises, in a small size: `npm run bench -- counts` has them in full. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Section } from '../../bench/figure.ts';

const ROOT = join(import.meta.dirname, '../..');

const bench = (...args: readonly string[]): Promise<{ code: number; said: string; out: string }> =>
  new Promise((resolve) => {
    const options = { cwd: ROOT, maxBuffer: 16 * 2 ** 20 };
    const command = [join(ROOT, 'bench/main.ts'), ...args];
    execFile(process.execPath, command, options, (error, out, said) => {
      resolve({ code: error === null ? 0 : Number(error.code), said, out });
    });
  });

test('calls to the app and units of state stay within what is promised', async () => {
  const { code, said, out } = await bench('counts', '--quick', '--json');
  expect({ code, broken: said.match(/out of its bound: .*/g) }).toEqual({ code: 0, broken: null });
  const [counts] = JSON.parse(out) as Section[];
  const bounded = counts?.figures.filter(({ bound }) => bound !== null) ?? [];
  expect(bounded.length).toBeGreaterThan(25);
});
