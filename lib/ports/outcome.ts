/** The closed set of ways an outside call can end. Callers switch on `kind`; bugs throw instead. */

/**
 * Try again. `record`: only this one is troubled. `app`: everything at this app is. `budget`: this
 * invocation's time was over before the call began, so nothing happened and nobody is to blame.
 */
export interface Retry {
  readonly kind: 'retry';
  readonly scope: 'record' | 'app' | 'budget';
  /** The vendor's own wait when it gave one. */
  readonly afterMs: number | null;
  readonly reason: string;
  /** The call may have taken effect although no answer came. */
  readonly ambiguous: boolean;
}

/** The other end refused this value for good, in its own words. */
export interface Rejected {
  readonly kind: 'rejected';
  readonly reason: string;
  /** The app path of the one field to blame, when the vendor names it. */
  readonly path: string | null;
}

/** Nothing will work until a person acts: credentials, terms, configuration. */
export interface Halted {
  readonly kind: 'halted';
  readonly reason: string;
  /** The app shows other people than those we know there: only a person's word lets the sync go on. */
  readonly cause?: 'emptied';
}

export type Failure = Retry | Rejected | Halted;

export type Outcome<T> = { readonly kind: 'ok'; readonly value: T } | Retry | Halted;
