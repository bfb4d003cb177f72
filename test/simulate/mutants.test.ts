/** What the simulation is worth: deliberate bugs are caught, and their patches still fit. A sample of them; all by `npm run simulate:mutants`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findMutants, MUTANTS, SEED_MUTANTS } from '../../simulate/mutants/list.ts';
import { mutatedFiles, ROOT } from '../../simulate/mutants/mutate.ts';
import { runMutant } from '../../simulate/mutants/run-mutant.ts';
import { runStory } from '../../simulate/mutants/run-story.ts';
import { STORY_MUTANTS } from '../../simulate/mutants/story-mutants.ts';
import { simulate } from './command.ts';
import { mutantsOf, useTree } from './mutated-tree.ts';

/** Each noticed by another kind of check: convergence, an edit that vanished, consent. */
const SAMPLE = ['fenced-is-skipped', 'no-look-before-overwriting', 'consent-is-a-field'];

const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

describe('the mutants', () => {
  test('are at least twenty-five, each with a name of its own', () => {
    expect(SEED_MUTANTS.length).toBeGreaterThanOrEqual(25);
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });

  test.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))(
    'fit into the code as it is: %s',
    (_, mutant) => {
      for (const [file, text] of mutatedFiles(mutant, textOf)) expect(text).not.toBe(textOf(file));
    },
  );

  test('that no seed notices name a test that is there', () => {
    for (const { story } of STORY_MUTANTS)
      expect(textOf(story?.file ?? '')).toContain(`'${story?.test}'`);
    expect(SEED_MUTANTS.filter(({ story }) => story !== undefined)).toEqual([]);
  });

  test('that fit nowhere, or in two places, say so', () => {
    const mutant = { name: 'drifted', says: '', file: 'a.ts', search: 'x', replace: 'y' };
    expect(() => mutatedFiles(mutant, () => 'abc')).toThrow('“drifted” fits in 0 places of a.ts');
    expect(() => mutatedFiles(mutant, () => 'x x')).toThrow('“drifted” fits in 2 places of a.ts');
  });

  test('of several lines are all in, also in one file', () => {
    const line = { file: 'a.ts', search: 'x', replace: 'y' };
    const also = [
      { file: 'a.ts', search: 'b', replace: 'c' },
      { file: 'b.ts', search: 'b', replace: 'd' },
    ];
    const texts = mutatedFiles({ name: 'two', says: '', ...line, also }, () => 'x b');
    expect(Object.fromEntries(texts)).toEqual({ 'a.ts': 'y c', 'b.ts': 'x d' });
  });

  test('that there are not are named, with those there are', () => {
    expect(() => findMutants(['nonsense'])).toThrow('there is no mutant “nonsense”; there is ');
  });
});

describe('a tree with a bug in it', () => {
  const tree = useTree();

  test.each(mutantsOf(SAMPLE))('is caught: %s', async (_, mutant) => {
    const { caughtBy } = await runMutant(tree(), mutant, { seeds: 400 });
    expect(caughtBy?.problem).toEqual(expect.any(String));
  });

  test('has survived when those seeds alone fail that fail without it, too', async () => {
    const [mutant] = findMutants(['owner-does-not-count']);
    if (mutant === undefined) throw new Error('the mutant is gone');
    const caught = await runMutant(tree(), mutant, { seeds: 60 });
    expect(caught.caughtBy?.where).toMatch(/^seed \d+ \w+$/);
    const held: string[] = [];
    const survived = await runMutant(tree(), mutant, {
      seeds: 60,
      holds: (seed, kind) => {
        held.push(`seed ${seed} ${kind}`);
        return Promise.resolve(false);
      },
    });
    expect(survived.caughtBy).toBeNull();
    expect(held).toContain(caught.caughtBy?.where);
    expect(held.length).toBeGreaterThan(1);
  });

  test('is caught by the test it names, if no seed notices it', async () => {
    const [mutant] = findMutants(['no-look-at-contests']);
    if (mutant?.story === undefined) throw new Error('the mutant is gone');
    const { caughtBy } = await runStory(tree(), mutant, mutant.story);
    expect(caughtBy?.where).toBe(mutant.story.file);
    await expect(runStory(tree(), mutant, { ...mutant.story, test: 'nonsense' })).rejects.toThrow(
      `no test of ${mutant.story.file} is called “nonsense”`,
    );
  });

  test('fails its seeds with 1, and prints the story and the command', async () => {
    const [mutant] = findMutants(['owner-does-not-count']);
    if (mutant === undefined) throw new Error('the mutant is gone');
    tree().plant(mutant);
    const { code, stdout } = await simulate(['--seeds', '60'], tree().root);
    expect(code).toBe(1);
    expect(stdout).toMatch(/seed \d+ \(\w+\) fails, with \d+ acts? of 40/);
    expect(stdout).toMatch(/to run it again: npm run simulate -- --seed \d+ --acts [\d,]+/);
  });
});
