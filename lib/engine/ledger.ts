/**
 * The judgement of one record for an app that shows nobody. There is no third leg: the CRM's row, brought to the
 * form in which the app is told, is compared with what the app was told before. Pure.
 *
 *   the filter, consent, an identifier → in or out
 *   in    another digest than the acknowledged one → the row goes in, what it does not name any more comes out
 *   out   whatever the app may hold of the record comes out
 */
import { consentWord, isWithdrawn } from './consent.ts';
import type { JudgedDeed } from './deeds.ts';
import type { ExistenceAction } from './existence.ts';
import type { Verdict } from './judge.ts';
import type { Action, CrmSide, FieldSpec, RecordState, Reason, SyncSpec } from './model.ts';
import type { Json } from './value.ts';

/** A record in the form in which the app is told, as the connector encodes it. */
export interface LedgerRow {
  /** By which the app finds the person. Never empty. */
  readonly ids: readonly string[];
  /** The same digest says that the app knows all of it. */
  readonly digest: string;
  /** What is sent; the connector's own. */
  readonly cells: readonly Json[];
}

export type Encoded =
  | { readonly kind: 'row'; readonly row: LedgerRow }
  /** There is nothing to find anybody by. */
  | { readonly kind: 'nobody'; readonly reason: string };

/** What the app is told of one record. */
export interface LedgerPlan {
  /** Identifiers the record gives up. */
  readonly take: readonly string[];
  /** Out of everything the account has, not of this object alone. */
  readonly everywhere: boolean;
  readonly put: LedgerRow | null;
}

export interface LedgerVerdict extends Verdict {
  /** Null: the app knows it all. */
  readonly plan: LedgerPlan | null;
  readonly deeds: readonly JudgedDeed[];
}

export interface LedgerCase {
  readonly spec: SyncSpec;
  readonly state: RecordState;
  readonly crm: CrmSide;
  readonly encoded: Encoded;
  /** Somebody asks to look at both ends: what cannot be looked at is told again. */
  readonly again: boolean;
  readonly now: number;
}

export function judgeLedger(judged: LedgerCase): LedgerVerdict {
  const { encoded } = judged;
  const out = whyOut(judged);
  if (out !== null) return leave(judged, out);
  return encoded.kind === 'row' ? enter(judged, encoded.row) : nothing(judged);
}

interface Out {
  readonly reason: Reason;
  /** The app keeps what it has. */
  readonly isKept?: boolean;
  readonly everywhere?: boolean;
  /** The person's own word: no brake stands before it. */
  readonly isOwnWord?: boolean;
}

/** Why the record shall not be at the app; null: it shall. */
function whyOut({ spec, crm, encoded }: LedgerCase): Out | null {
  const { onCrmDelete } = spec;
  const isKept = onCrmDelete === 'leave';
  if (crm.existence === 'absent') {
    const text = `the row was deleted; onCrmDelete is “${onCrmDelete}”`;
    return {
      reason: reasonOf(`crm-deleted/${onCrmDelete}`, text),
      isKept,
      everywhere: onCrmDelete === 'delete',
    };
  }
  const consent = spec.fields.find(({ role }) => role === 'consent');
  if (consent !== undefined) {
    const obstacle = consentAgainst(crm, consent);
    if (obstacle !== null) return obstacle;
  }
  if (crm.undecided !== undefined)
    return { reason: reasonOf('undecided', crm.undecided), isKept: true };
  if (crm.existence === 'excluded') {
    const text = isKept
      ? 'the row left the filter; onCrmDelete is “leave”'
      : 'the filter excludes the row';
    return { reason: reasonOf(isKept ? 'excluded/leave' : 'excluded', text), isKept };
  }
  return encoded.kind === 'nobody' ? { reason: reasonOf('nobody', encoded.reason) } : null;
}

function consentAgainst(
  { existence, fields, broken }: CrmSide,
  { fingerprint }: FieldSpec,
): Out | null {
  const riddle = broken[fingerprint];
  // A filter that excludes the row has the last word: what the sync cannot read the filter may well have read.
  if (riddle !== undefined && existence !== 'excluded') {
    // Never guessed: nobody enters on it, and who is in stays until it can be read.
    return { reason: reasonOf('consent-unreadable', riddle), isKept: true };
  }
  const value = fields[fingerprint] ?? null;
  if (!isWithdrawn(value)) return null;
  const word = consentWord(value);
  const text = `the person’s consent is withdrawn: ${word}`;
  // An address that bounces says nothing about what the person wants elsewhere.
  const everywhere = word !== 'cleaned';
  return { reason: reasonOf('withdrawn', text), everywhere, isOwnWord: true };
}

function leave(judged: LedgerCase, out: Out): LedgerVerdict {
  const { state } = judged;
  const { ledger } = state;
  const isLeft = out.isKept === true || (isStill(judged) && out.isOwnWord !== true);
  if (ledger === null || isLeft) return nothing(judged);
  const everywhere = out.everywhere === true;
  const action = everywhere ? 'delete-app' : 'archive-app';
  const brake = everywhere ? 'delete' : 'archive';
  return {
    ...nothing(judged),
    action,
    plan: { take: ledger.ids, everywhere, put: null },
    decisions: [{ field: null, action, reason: out.reason }],
    deeds: [{ kind: action, column: null, class: out.isOwnWord === true ? null : brake }],
  };
}

function enter(judged: LedgerCase, row: LedgerRow): LedgerVerdict {
  const { spec, state, again } = judged;
  const { ledger } = state;
  const isIn = state.shadow?.existence.r === 'present';
  if (!isIn && ledger === null && (!spec.create.inApp || isStill(judged))) return nothing(judged);
  if (ledger?.row === row.digest && !again) return nothing(judged);
  const known = new Set(row.ids);
  const [kind, rule, text] = isIn
    ? ledger?.row === row.digest
      ? (['write-app', 'again', 'the app is told once more, for nobody can look at it'] as const)
      : (['write-app', 'changed', 'the row is another than the app was told'] as const)
    : (['create-app', 'new-in-crm', 'the CRM has a person the app was not told of'] as const);
  const decision = { field: null, action: kind satisfies Action, reason: reasonOf(rule, text) };
  const silent = nothing(judged);
  const existence = { c: 'present', r: isIn ? 'present' : 'absent' } as const;
  const isRepeated = rule === 'again';
  const brake = kind === 'create-app' ? 'create' : isRepeated ? null : 'overwrite';
  return {
    ...silent,
    state: { ...silent.state, link: 'linked', shadow: { existence, pairs: {} } },
    action: (isIn ? 'merge' : 'create-app') satisfies ExistenceAction,
    plan: {
      take: (ledger?.ids ?? []).filter((id) => !known.has(id)),
      everywhere: false,
      put: row,
    },
    decisions: isRepeated ? [] : [decision],
    deeds: [{ kind, column: null, class: brake }],
  };
}

/** Nothing to tell. Who was never told of, and shall not be, leaves no trace. */
/** A person dropped what a brake held of it, and the row has not moved in or out since. */
const isStill = ({ state: { shadow }, crm }: LedgerCase): boolean =>
  shadow?.existence.dropped === true && shadow.existence.c === crm.existence;

function nothing(judged: LedgerCase): LedgerVerdict {
  const { state, crm, now } = judged;
  const { shadow, ledger } = state;
  const isKnown = shadow !== null || ledger !== null;
  const seen = { c: crm.existence, r: shadow?.existence.r ?? 'absent' } as const;
  const existence = isStill(judged) ? { ...seen, dropped: true as const } : seen;
  const isGone = crm.existence === 'absent' && shadow !== null;
  return {
    look: null,
    plan: null,
    deeds: [],
    action: 'settle',
    toApp: {},
    toCrm: {},
    decisions: [],
    needsIntent: false,
    state: {
      ...state,
      shadow: isKnown ? { existence, pairs: shadow?.pairs ?? {} } : null,
      link: isKnown ? 'linked' : state.link,
      deletedAt: isGone ? (state.deletedAt ?? now) : null,
      parked: {},
      withheld: null,
      passed: [],
    },
  };
}

const reasonOf = (rule: string, text: string): Reason => ({ rule: `ledger/${rule}`, text });

/** A person dropped the telling: the app keeps the row it has, as if it had acknowledged this one. */
export function leaveUntold({ state, plan }: LedgerVerdict): RecordState {
  const { ledger } = state;
  const row = plan?.put?.digest ?? null;
  return ledger === null || row === null ? state : { ...state, ledger: { ...ledger, row } };
}

/** Before it is sent: everything the app may come to hold, and nothing acknowledged. */
export function noteLedger(verdict: LedgerVerdict, at: number): RecordState {
  const { state, plan } = verdict;
  if (plan === null) return state;
  const ids = new Set([...(state.ledger?.ids ?? []), ...(plan.put?.ids ?? [])]);
  return { ...state, ledger: { ids: [...ids], row: null }, wroteAt: at };
}

/** After the app acknowledged it. */
export function settleLedger(noted: RecordState, plan: LedgerPlan, at: number): RecordState {
  const { put } = plan;
  const c = noted.shadow?.existence.c ?? 'absent';
  return {
    ...noted,
    ledger: put === null ? null : { ids: put.ids, row: put.digest },
    shadow: { existence: { c, r: put === null ? 'absent' : 'present' }, pairs: {} },
    parking: null,
    passed: [],
    wroteAt: at,
  };
}
