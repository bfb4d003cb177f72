/** Orders to erase a person, as they stand with their sync until they are done. */
import type { CrmKey, RemoteId } from '../engine/model.ts';

/** One part of an erasure. `going`: begun; after a crash what is not there any more was taken then. */
export interface ErasureStep {
  readonly state: 'going' | 'removed' | 'absent';
  readonly at: number;
}

/** A person to be erased from one sync. Once it is done, nothing in it names them. */
export interface Erasure {
  readonly id: string;
  /** What a person ordered at once, in however many syncs; missing in orders of earlier code. */
  readonly order?: string;
  /** Keyed hash of what the person was named by, for the receipt; missing in orders of earlier code. */
  readonly subject?: string;
  readonly by: string;
  readonly at: number;
  /** Null: nobody has a row for them. */
  readonly key: CrmKey | null;
  readonly remoteId: RemoteId | null;
  readonly match: string | null;
  /** The row goes too. */
  readonly crmRow: boolean;
  readonly steps: Readonly<Partial<Record<'app' | 'crm' | 'memory', ErasureStep>>>;
  /** Why the last try did not end it; every round tries again. */
  readonly problem: string | null;
  readonly doneAt: number | null;
}
