/** What is tried without exception: one person or two, two fields, so many edits at each end, and so many crashes. */
import type { Policy } from '../../lib/engine/model.ts';

export interface Scope {
  readonly policy: Policy;
  readonly people: 1 | 2;
  /** Edits at each end. */
  readonly edits: number;
  readonly crashes: number;
}
