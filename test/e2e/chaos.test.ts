/** Two minutes of a bad day, by the command itself: `npm run chaos`. An hour of it is for whoever releases (CONTRIBUTING.md). */
import { join } from 'node:path';
import { PROJECT_ROOT, runScript, type Ran } from '../support/trivet-command.ts';

const chaos = (...args: readonly string[]): Promise<Ran> =>
  runScript(join(PROJECT_ROOT, 'chaos/main.ts'), args);

/** Two minutes of trouble, a start before them, and coming to rest after them, on a busy machine. */
const PATIENCE_MS = 600_000;

describe('a bad day of the whole stack', () => {
  test(
    'ends with all ends in agreement',
    async () => {
      const { code, stdout, stderr } = await chaos('--minutes', '2', '--seed', '1');
      // What happened is there for whoever has to find out why they differ.
      const told = code === 0 ? '' : `${stderr}${stdout}`;
      expect({ code, told }).toEqual({ code: 0, told: '' });
      // A day on which nothing went wrong would prove nothing.
      const [, acts, restarts] =
        /^(\d+) acts .* (\d+) restarts, .*: all ends agree$/m.exec(stdout) ?? [];
      expect(Number(acts)).toBeGreaterThan(60);
      expect(Number(restarts)).toBeGreaterThan(0);
      expect(stderr).toMatch(/ SIGKILL for | sessions of the database are cut/);
    },
    PATIENCE_MS,
  );

  test('a question that is not understood ends with 2 and says what is meant', async () => {
    const { code, stdout, stderr } = await chaos('--minutes', '0');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('--minutes takes a number above 0, and was “0”');
  });
});
