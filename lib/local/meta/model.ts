/** What a simulated ad account remembers. Times are epoch milliseconds, ids are decimal text. */
import type { Settings } from './settings.ts';

export interface Identity {
  /** Without `act_`. */
  readonly accountId: string;
  readonly accountName: string;
  readonly accessToken: string;
}

export interface AudienceRecord {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly customerFileSource: string;
  readonly retentionDays: number | null;
  readonly isValueBased: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Null: nothing was ever uploaded. */
  readonly contentUpdatedAt: number | null;
  /** Until then the last change is being worked in. */
  readonly settlesAt: number;
  /** An operation status that is so by the vendor's decision (471, 415, 100 …), not by what was uploaded. */
  readonly forcedStatus: number | null;
  /** How many lookalikes were made from it. */
  readonly lookalikes: number;
}

/** Identifiers of one person by key; only those that were not empty. */
export type Identifiers = Readonly<Record<string, string>>;

/** Limited Data Use, as asked for one person in one audience. */
export interface DataProcessing {
  readonly country: number;
  readonly state: number;
}

/** One person as a row described them: in the audience until a row that means them is removed. */
export interface Entry {
  /** Follows from the identifiers. */
  readonly id: string;
  readonly identifiers: Identifiers;
  readonly dataProcessing: DataProcessing | null;
}

/** What an EXTERN_ID stands for in this ad account. */
export interface Extern {
  readonly externId: string;
  readonly identifiers: Identifiers;
  readonly sentAt: number;
}

export type Operation = 'add' | 'remove' | 'replace' | 'remove-everywhere';

export interface Session {
  readonly id: string;
  /** Null for removals from every audience. */
  readonly audienceId: string | null;
  readonly operation: Operation;
  readonly schema: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly lastSeq: number;
  readonly received: number;
  readonly matched: number;
  readonly invalid: number;
}

export type Change =
  | { readonly kind: 'identity'; readonly identity: Identity }
  | { readonly kind: 'settings'; readonly settings: Settings }
  | { readonly kind: 'clock'; readonly offsetMs: number }
  | { readonly kind: 'audience'; readonly audience: AudienceRecord }
  | { readonly kind: 'audience-gone'; readonly id: string }
  | {
      readonly kind: 'members';
      readonly audienceId: string;
      readonly added: readonly Entry[];
      readonly removed: readonly string[];
    }
  | { readonly kind: 'members-gone'; readonly audienceId: string }
  | { readonly kind: 'externs'; readonly externs: readonly Extern[] }
  | { readonly kind: 'session'; readonly session: Session };
