/** A copy of the tree for the tests of one `describe`, to plant bugs in. */
import { findMutants } from '../../simulate/mutants/list.ts';
import type { Mutant } from '../../simulate/mutants/mutant.ts';
import { copyTree, type Tree } from '../../simulate/mutants/mutate.ts';

/** Call once in a `describe`; the tree is there as soon as its tests run. */
export function useTree(): () => Tree {
  let tree: Tree | null = null;
  beforeAll(() => {
    tree = copyTree();
  });
  afterAll(() => tree?.remove());
  return () => {
    if (tree === null) throw new Error('the tree is asked for before any test runs');
    return tree;
  };
}

/** For `test.each`: those of the list with these names. */
export const mutantsOf = (names: readonly string[]): readonly (readonly [string, Mutant])[] =>
  findMutants(names).map((mutant) => [mutant.name, mutant]);
