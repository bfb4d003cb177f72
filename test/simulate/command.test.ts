/** The command: what it answers, how it ends, and that a seed is a run that can be had again. */
import { findKind, KINDS, kindsOf } from '../../simulate/kinds.ts';
import { runSeed } from '../../simulate/run-seed.ts';
import { simulate } from './command.ts';

/** The first seed of each kind. */
const SEEDS = KINDS.map(({ name }) => {
  const seeds = Array.from({ length: 24 }, (_, index) => index + 1);
  const seed = seeds.find((each) => kindsOf(each).some((kind) => kind.name === name));
  if (seed === undefined) throw new Error(`no seed is of the kind ${name}`);
  return [name, seed] as const;
});

describe('one seed', () => {
  test.each(SEEDS)(
    'of the kind “%s” leaves the same trace in two processes',
    async (kind, seed) => {
      const args = ['--seed', String(seed), '--kind', kind, '--trace'];
      const [first, second] = await Promise.all([simulate(args), simulate(args)]);
      expect(first.code).toBe(0);
      expect(first.stdout.split('\n').length).toBeGreaterThan(100);
      expect(second.stdout).toBe(first.stdout);
      const { hash } = await runSeed(seed, { kind: findKind(kind) });
      expect(first.stdout).toContain(`trace ${hash}`);
    },
  );

  test('leaves another trace than the next', async () => {
    const [first, second] = await Promise.all([runSeed(8), runSeed(10)]);
    expect(first.kind).toBe(second.kind);
    expect(first.hash).not.toBe(second.hash);
  });

  test('can be had with some of its acts alone, and with nothing going wrong in them', async () => {
    const { code, stdout } = await simulate(['--seed', '8', '--acts', '3,5', '--calm', '5']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/seed 8 \(delta\), \d+ calls, trace [0-9a-f]{16}\n$/);
  });
});

describe('many seeds', () => {
  test('are told as one object, and two processes find what one finds', async () => {
    const args = ['--seeds', '40', '--from', '100', '--json'];
    const [alone, shared] = await Promise.all([simulate(args), simulate([...args, '--jobs', '2'])]);
    expect([alone.code, shared.code]).toEqual([0, 0]);
    const told = JSON.parse(alone.stdout) as Record<string, unknown>;
    expect(told).toMatchObject({ seeds: 40, failed: [], shrunk: [] });
    expect(JSON.parse(shared.stdout)).toMatchObject({ seeds: 40, steps: told['steps'] });
  });

  test('may be of one kind', async () => {
    const { stdout } = await simulate(['--seeds', '5', '--kind', 'ledger']);
    expect(stdout).toMatch(/^5 seeds \(5 ledger\), [\d,]+ calls in [\d.]+ s: none failed\n$/);
  });
});

describe('a question that is not understood', () => {
  test.each([
    [['--seeds', 'many'], '--seeds takes a whole number from 1 on, and was “many”'],
    [['--kind', 'lake'], 'there is no kind of world “lake”; there is delta, listed, ledger, timed'],
    [['--acts', '3'], '--trace, --acts and --calm need --seed S'],
    [['--seed', '3', '--acts', '3,x'], '--acts takes numbers of acts with commas between'],
    [['--seed', '3', '--calm', '3'], '--calm needs --acts'],
    [['--storms'], "Unknown option '--storms'"],
  ])('%j ends with 2 and says what is meant', async (args, reason) => {
    const { code, stdout, stderr } = await simulate(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(reason);
  });

  test('help says how', async () => {
    const { code, stdout } = await simulate(['--help']);
    expect(code).toBe(0);
    for (const { name } of KINDS) expect(stdout).toContain(`  ${name} `);
  });
});
