/** An app's object looked at before a sync relies on it. For the command line: the flow itself never asks. */
import type { FieldSpec } from '../engine/model.ts';
import type { Budget } from './clock.ts';
import type { Finding } from './finding.ts';
import type { Outcome, Rejected } from './outcome.ts';

export type ExaminedField = Pick<FieldSpec, 'column' | 'path' | 'type' | 'owner'>;

/** Something that is missing at the app and can be made there. */
export interface Fix {
  /** The finding's code and place. */
  readonly code: string;
  readonly where: string;
  /** What will be made, for the person who is asked. */
  readonly what: string;
  apply(budget: Budget): Promise<Outcome<null> | Rejected>;
}

export interface AppExamination {
  /** `sync` is filled in by whoever asked. */
  readonly findings: readonly Omit<Finding, 'sync'>[];
  readonly fixes: readonly Fix[];
  /** How far the vendor's clock is ahead of ours; null when it does not say. */
  readonly clockAheadMs: number | null;
}

export interface AppExaminer {
  /** Everything at once: a field that is wrong hides no other. Writes nothing. */
  examine(fields: readonly ExaminedField[], budget: Budget): Promise<AppExamination>;
}
