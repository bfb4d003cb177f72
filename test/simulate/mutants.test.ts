/** What the simulation is worth: deliberate bugs are caught, and their patches still fit. A sample of them; all by `npm run simulate:mutants`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findMutants, MUTANTS, NOTICED } from '../../simulate/mutants/list.ts';
import { copyTree, mutated, ROOT, type Tree } from '../../simulate/mutants/mutate.ts';
import { runMutant } from '../../simulate/mutants/run-mutant.ts';
import { simulate } from './command.ts';

/** Each noticed by another kind of check: convergence, an edit that vanished, consent. */
const SAMPLE = ['fenced-is-skipped', 'no-look-before-overwriting', 'consent-is-a-field'];

describe('the mutants', () => {
  test('are at least twenty-five, each with a name of its own', () => {
    expect(NOTICED.length).toBeGreaterThanOrEqual(25);
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });

  test.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))(
    'fit into the code as it is: %s',
    (_, mutant) => {
      const text = readFileSync(join(ROOT, mutant.file), 'utf8');
      expect(mutated(text, mutant)).not.toBe(text);
    },
  );

  test('that fit nowhere, or in two places, say so', () => {
    const mutant = { name: 'drifted', says: '', file: 'a.ts', search: 'x', replace: 'y' };
    expect(() => mutated('abc', mutant)).toThrow('“drifted” fits in 0 places of a.ts');
    expect(() => mutated('x x', mutant)).toThrow('“drifted” fits in 2 places of a.ts');
  });

  test('that there are not are named, with those there are', () => {
    expect(() => findMutants(['nonsense'])).toThrow('there is no mutant “nonsense”; there is ');
  });
});

describe('a tree with a bug in it', () => {
  let tree: Tree;
  beforeAll(() => {
    tree = copyTree();
  });
  afterAll(() => tree.remove());

  test.each(findMutants(SAMPLE).map((mutant) => [mutant.name, mutant] as const))(
    'is caught: %s',
    async (_, mutant) => {
      const { caughtBy } = await runMutant(tree, mutant, { seeds: 400, jobs: 1 });
      expect(caughtBy?.problem).toEqual(expect.any(String));
    },
  );

  test('fails its seeds with 1, and prints the story and the command', async () => {
    const [mutant] = findMutants(['owner-does-not-count']);
    if (mutant === undefined) throw new Error('the mutant is gone');
    tree.plant(mutant);
    const { code, stdout } = await simulate(['--seeds', '60'], tree.root);
    expect(code).toBe(1);
    expect(stdout).toMatch(/seed \d+ \(\w+\) fails, with \d+ acts? of 40/);
    expect(stdout).toMatch(/to run it again: npm run simulate -- --seed \d+ --acts [\d,]+/);
  });
});
