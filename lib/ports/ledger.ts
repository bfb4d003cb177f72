/**
 * An app that takes records and shows none. Nobody can ask it who is in, so what it was told is kept in our memory
 * (RecordState.ledger); the connector says in which form a record is told, and tells it.
 */
import type { Encoded, LedgerPlan, LedgerRow } from '../engine/ledger.ts';
import type { CrmKey } from '../engine/model.ts';
import type { Value } from '../engine/value.ts';
import type { Budget } from './clock.ts';
import type { Failure, Outcome } from './outcome.ts';

/** What the app is told of one record. */
export interface LedgerCommand extends LedgerPlan {
  readonly key: CrmKey;
}

/** `applied`: the app acknowledged all of it. */
export type LedgerOutcome = { readonly kind: 'applied' } | Failure;

export interface Ledger {
  /** Pure. Values by app path; `now` because some values are only right up to a date. */
  encode(values: Readonly<Record<string, Value>>, now: number): Encoded;
  /**
   * One outcome per command, in order. Everything is taken out before anything is put in: what one record gives
   * up another may bring along. Doing it twice is as good as once.
   */
  send(commands: readonly LedgerCommand[], budget: Budget): Promise<readonly LedgerOutcome[]>;
  /** Where everybody can be replaced at once. */
  readonly replace?: Replace;
}

/** Rows of a session: whoever is in none of its batches is out. The first batch empties the object. */
export interface ReplaceBatch {
  /** A positive integer, ours. */
  readonly session: number;
  /** 1 once in a session; others may come twice. */
  readonly seq: number;
  readonly isLast: boolean;
  readonly rows: readonly LedgerRow[];
  /** What the app had found invalid in the session before. */
  readonly invalidBefore: number;
}

export type ReplaceOutcome =
  /** `isClean`: every row was taken. `invalid`: found so far in the session. */
  | { readonly kind: 'applied'; readonly isClean: boolean; readonly invalid: number }
  /** The session is over; what was taken stays, and the rest is told like any change. */
  | { readonly kind: 'over'; readonly reason: string }
  | Exclude<Failure, { readonly kind: 'rejected' }>;

export interface Replace {
  readonly sessionMs: number;
  /** Whether a session may begin; an app that is only busy says `retry`. */
  mayBegin(budget: Budget): Promise<Outcome<boolean>>;
  /** Whether the first batch of this session has arrived: its answer may have been lost. */
  hasBegun(session: number, budget: Budget): Promise<Outcome<boolean>>;
  send(batch: ReplaceBatch, budget: Budget): Promise<ReplaceOutcome>;
}
