/**
 * What a sweep keeps of each leg: a letter for existence and a digest of the mapped fields. A million rows are
 * compared with a million records by these alone; nobody is judged whose texts are the same.
 *
 *   p<digest>  present, and this is what it says      p  present, whatever it says
 *   x          the filter excludes the row             a  archived at the app
 *   ?          nothing to compare with: look
 */
import type { CrmSide, RecordState } from '../engine/model.ts';
import { isEquivalent } from '../engine/value.ts';
import type { AppObservation } from '../ports/app.ts';
import type { CrmRow } from '../ports/crm.ts';
import type { SyncContext } from './context.ts';
import { digesterOf, digestOfState } from './digest.ts';
import { judgeRow } from './judge-row.ts';
import { crmSide } from './sides.ts';
import { newState } from './work.ts';

export type Seen = string;
export const UNCLEAR = '?';

export interface LegDigests {
  ofRow(row: CrmRow): Seen;
  /** Null: no row is expected. */
  expectedRow(state: RecordState): Seen | null;
  ofMember(observation: AppObservation): Seen;
  /** Null: nobody is expected. */
  expectedMember(state: RecordState): Seen | null;
  /** What both agreed on is the same at both ends. */
  isEven(state: RecordState): boolean;
}

/** What is expected without a digest is expected whatever it says. */
export const isAsExpected = (expected: Seen, seen: Seen | null): boolean =>
  seen !== null &&
  seen !== UNCLEAR &&
  (expected.length === 1 ? seen[0] === expected : seen === expected);

export function createLegDigests(context: SyncContext): LegDigests {
  const { sync } = context;
  const digester = digesterOf(context);
  const { fields } = sync.spec;
  return {
    ofRow: (row) => ofRow(context, crmSide(sync, row, null), row),
    expectedRow: (state) => {
      if (context.app.ledger !== undefined) return toldOf(state);
      const { shadow, parked } = state;
      if (shadow === null || shadow.existence.c === 'absent') return null;
      if (shadow.existence.c === 'excluded') return 'x';
      if (shadow.existence.r !== 'present') return 'p';
      const agreed = Object.entries(shadow.pairs).map(([name, { c }]) => [name, c] as const);
      const seen = Object.entries(parked).map(([name, { crm }]) => [name, crm] as const);
      return `p${digester.ofValues(Object.fromEntries([...agreed, ...seen]))}`;
    },
    ofMember: ({ existence, raw }) => {
      if (existence !== 'present') return 'a';
      const isWhole = fields.every(({ path }) => raw[path] !== undefined);
      return isWhole ? `p${digester.ofRaw(raw)}` : UNCLEAR;
    },
    expectedMember: (state) => {
      const existence = state.shadow?.existence;
      if (existence === undefined || existence.r === 'absent') return null;
      if (existence.r === 'archived') return 'a';
      return existence.c === 'present' ? `p${digestOfState(digester, state)}` : 'p';
    },
    isEven: ({ shadow, parked }) => {
      if (shadow?.existence.c !== 'present' || shadow.existence.r !== 'present') return true;
      return fields.every(({ fingerprint, type }) => {
        const pair = shadow.pairs[fingerprint];
        const isSettled = pair === undefined || pair.rewrittenBy !== undefined;
        return isSettled || parked[fingerprint] !== undefined || isEquivalent(type, pair.c, pair.r);
      });
    },
  };

  function ofRow({ app, clock }: SyncContext, side: CrmSide, row: CrmRow): Seen {
    if (side.undecided !== undefined) return UNCLEAR;
    if (app.ledger !== undefined) {
      const state = newState(row.key);
      const { plan } = judgeRow(sync, app.ledger, {
        state,
        crm: side,
        again: false,
        now: clock.now(),
      });
      return plan?.put == null ? 'x' : `p${plan.put.digest}`;
    }
    if (side.existence !== 'present') return 'x';
    return Object.keys(side.broken).length > 0 ? UNCLEAR : `p${digester.ofValues(side.fields)}`;
  }
}

/** What an app that shows nobody was told is all there is to compare the row with. */
function toldOf({ shadow, ledger }: RecordState): Seen | null {
  if (ledger !== null) return ledger.row === null ? UNCLEAR : `p${ledger.row}`;
  return shadow === null || shadow.existence.c === 'absent' ? null : 'x';
}
