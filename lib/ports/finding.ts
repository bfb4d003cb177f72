/** What an examination finds, as data: what stands where, how bad it is, and what mends it. */

/** `error`: the sync cannot work, or misses something. `warning`: it works, but not well or not safely. `note`: good to know. */
export type Severity = 'error' | 'warning' | 'note';

export type Remedy =
  /** To be run as it stands, by the owner of the tables or by a superuser. */
  | { readonly kind: 'sql'; readonly text: string; readonly as: 'owner' | 'superuser' }
  /** A command line. */
  | { readonly kind: 'command'; readonly text: string }
  /** What only a person can decide. */
  | { readonly kind: 'advice'; readonly text: string };

export interface Finding {
  readonly severity: Severity;
  /** For programs; never renamed: `crm.trigger-off`. */
  readonly code: string;
  /** The sync it concerns; null when all of them. */
  readonly sync: string | null;
  /** The table, column, role, merge field. */
  readonly where: string;
  /** A sentence. */
  readonly found: string;
  readonly remedy: Remedy | null;
}

/** What could not be looked at from here, and why. No finding: nothing is known. */
export interface Unchecked {
  readonly what: string;
  readonly why: string;
}
