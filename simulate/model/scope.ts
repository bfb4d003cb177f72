/** What is tried without exception: one person or two, two fields, so many edits at each end, and so many crashes. */
import type { Policy } from '../../lib/engine/model.ts';
import type { CrmKey } from '../../lib/engine/model.ts';

export interface Scope {
  readonly policy: Policy;
  readonly people: 1 | 2;
  /** Edits at each end. */
  readonly edits: number;
  readonly crashes: number;
}

/** What a person may do: an edit of one field of one of the two. */
export interface Edit {
  readonly end: 'crm' | 'app';
  readonly key: CrmKey;
  readonly column: 'phone' | 'first_name';
}

const KEYS = ['1', '2'] as readonly string[] as readonly CrmKey[];

/** Two people are alike: whoever is edited first is called the first. */
export const editsAt = (end: Edit['end'], people: number): readonly Edit[] =>
  KEYS.slice(0, people).flatMap((key) =>
    (['phone', 'first_name'] as const).map((column) => ({ end, key, column })),
  );
