/** A deliberate bug: a few characters of one file exchanged for others. */
export interface Mutant {
  readonly name: string;
  /** What is wrong now, in words. */
  readonly says: string;
  readonly file: string;
  /** Stands in the file exactly once; a patch whose place has moved on says so. */
  readonly search: string;
  readonly replace: string;
  /** No seed has noticed it yet, as far as was tried; what would, or what catches it elsewhere. */
  readonly open?: string;
}
