/** Which failures belong to a row of the page, and what becomes of that row when it stands alone. */
import { CrmUnavailable, type CrmOutcome } from '../ports/crm.ts';
import { codeOf, messageOf } from './failures.ts';

export interface WriteFailure {
  /** How often the same page may be tried as it is. */
  readonly attemptsMax: number;
  /** The outcome of the one row that cannot be blamed on another. */
  readonly outcome: CrmOutcome;
}

/** The database would take the row and said nothing, yet nothing happened: class 02, "no data". */
export class RowRefused extends Error {
  readonly code = '02000';
  override readonly name = 'RowRefused';
}

const transient: Readonly<Record<string, number>> = {
  '40001': 3,
  '40P01': 3,
  '55P03': 1,
  // A page that is too slow is cut: its parts are quicker, and one slow trigger blames only its row.
  '57014': 1,
};

/** Null: not a matter of rows; the error is thrown on. */
export function judgeFailure(error: unknown): WriteFailure | null {
  // The connection has wrapped what it takes for trouble of the database as a whole.
  const cause = error instanceof CrmUnavailable ? error.cause : error;
  const code = codeOf(cause);
  const attemptsMax = transient[code];
  if (attemptsMax !== undefined) return { attemptsMax, outcome: { kind: 'locked' } };
  if (!/^(02|22|23|P0)/.test(code)) return null;
  return {
    attemptsMax: 1,
    outcome: { kind: 'rejected', reason: messageOf(cause), sqlstate: code },
  };
}
