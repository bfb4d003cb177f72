/** A sample of what `npm run fuzz` runs, by the command itself. */
import { join } from 'node:path';
import { PROJECT_ROOT, runScript, type Ran } from '../support/trivet-command.ts';

const fuzz = (...args: readonly string[]): Promise<Ran> =>
  runScript(join(PROJECT_ROOT, 'fuzz/main.ts'), args);

interface Told {
  readonly answers: Readonly<Record<string, number>>;
  readonly rung: Readonly<Record<string, number>>;
  readonly failed: readonly string[];
}

describe('requests to the webhook function', () => {
  test('5,000 of every kind are answered by 2xx or 4xx, and ring only where a key’s holder signed', async () => {
    const { code, stdout, stderr } = await fuzz('--inputs', '5000', '--seed', '11', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { answers, rung, failed } = JSON.parse(stdout) as Told;
    expect(failed).toEqual([]);
    // What rang and what was refused, and why: a generator that makes one kind alone would prove nothing.
    for (const sync of ['contacts-news', 'contacts-ads', 'contacts-calls'])
      expect(rung[sync]).toBeGreaterThan(50);
    for (const status of ['200', '202', '400', '401', '404', '405', '413', '414', '431'])
      expect(answers[status]).toBeGreaterThan(20);
    const total = Object.values(answers).reduce((sum, times) => sum + times, 0);
    expect(total).toBe(5_000);
  });

  test('one of them can be had again alone, and is shown', async () => {
    const [once, again] = await Promise.all([
      fuzz('--seed', '11', '--only', '4321'),
      fuzz('--seed', '11', '--only', '4321'),
    ]);
    expect(once.code).toBe(0);
    const shown = (ran: Ran): string => ran.stdout.split('\n}\n')[0] ?? '';
    expect(shown(once)).toContain('"index": 4321');
    expect(shown(again)).toBe(shown(once));
  });

  test.each([
    [['--inputs', 'all'], '--inputs takes a whole number from 1 on, and was “all”'],
    [['--only', '-1'], "Option '--only' argument is ambiguous"],
    [['--storms'], "Unknown option '--storms'"],
  ])('%j ends with 2 and says what is meant', async (args, reason) => {
    const { code, stdout, stderr } = await fuzz(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(reason);
  });
});
