/** A deliberate bug: a few characters of a file exchanged for others. */
export interface Mutant extends Patch {
  readonly name: string;
  /** What is wrong now, in words. */
  readonly says: string;
  /** Lines of defence that go with it: where two stand one behind the other, each alone may fall unnoticed. */
  readonly also?: readonly Patch[];
  /** No walk gets where it hurts: the test that does. Such mutants have a list of their own (`--stories`). */
  readonly story?: Story;
}

export interface Patch {
  readonly file: string;
  /** Stands in the file exactly once; a patch whose place has moved on says so. */
  readonly search: string;
  readonly replace: string;
}

export interface Story {
  readonly file: string;
  /** The end of its name, as it stands in the file. */
  readonly test: string;
}

export const patchesOf = (mutant: Mutant): readonly Patch[] => [mutant, ...(mutant.also ?? [])];
