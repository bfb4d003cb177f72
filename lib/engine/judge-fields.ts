/** Judges every field of a record that is at both ends: one verdict per field, parked fields left still. */
import { baseOf } from './adoption.ts';
import {
  consentWord,
  inTermsOf,
  isWithdrawn,
  mergeConsent,
  type ConsentEvidence,
} from './consent.ts';
import { countRevert, forgetFights, isFight, rememberWrite, type Fights } from './fights.ts';
import { mergeField, settleOn, type FieldVerdict } from './merge.ts';
import type {
  AppSide,
  CrmSide,
  Decision,
  End,
  FieldSpec,
  Pair,
  ParkedField,
  RecordState,
} from './model.ts';
import { obey, whyNotUndone, type Order } from './orders.ts';
import { parkedAfter, staysParked, unreadable } from './park-field.ts';
import { isEmpty, isEquivalent, type Value } from './value.ts';

export type { Order } from './orders.ts';

export interface FieldsVerdict {
  readonly toApp: Readonly<Record<string, Value>>;
  readonly toCrm: Readonly<Record<string, Value>>;
  readonly agreed: Readonly<Record<string, Pair>>;
  /** The record's parked fields after this look. */
  readonly parked: Readonly<Record<string, ParkedField>>;
  readonly fights: Fights;
  readonly decisions: readonly Decision[];
  /** Both ends changed a field: what is decided here overrides somebody's edit. */
  readonly isContested: boolean;
  /** A field nobody showed us yet must be looked at. */
  readonly unseen: readonly FieldSpec[];
}

interface Draft {
  toApp: Record<string, Value>;
  toCrm: Record<string, Value>;
  agreed: Record<string, Pair>;
  parked: Record<string, ParkedField>;
  fights: Fights;
  decisions: Decision[];
  isContested: boolean;
  unseen: FieldSpec[];
}

/** One record in front of the judge: what we remember and what both ends show. */
export interface Look {
  readonly state: RecordState;
  readonly crm: CrmSide;
  readonly app: AppSide;
  /** The CRM column `onAppDelete: 'mark'` sets: what it holds then is our own word. */
  readonly markColumn: string | null;
  /** What a person ordered, by fingerprint. It goes before owner, policy and parking. */
  readonly orders: Readonly<Record<string, Order>>;
  readonly now: number;
}

export interface FieldLook extends Look {
  readonly field: FieldSpec;
  readonly pair: Pair | undefined;
  readonly crmValue: Value;
  readonly appValue: Value;
}

/** How long the time of a CRM change may stay unknown: its log is read every minute. */
export const UNDATED_MAX_MS = 10 * 60 * 1000;

export function judgeFields(fields: readonly FieldSpec[], look: Look): FieldsVerdict {
  const draft: Draft = {
    toApp: {},
    toCrm: {},
    agreed: {},
    parked: { ...look.state.parked },
    fights: look.state.fights,
    decisions: [],
    isContested: false,
    unseen: [],
  };
  for (const field of fields) judgeField(draft, field, look);
  return draft;
}

function judgeField(draft: Draft, field: FieldSpec, look: Look): void {
  const { state, crm, app } = look;
  const crmValue = shownBy(field, crm);
  const appValue = shownBy(field, app);
  if (crmValue === undefined) return;
  if (appValue === undefined) {
    draft.unseen.push(field);
    return;
  }
  const shown = { field, crm: crmValue, app: appValue };
  const pair = baseOf(state, state.shadow?.pairs[field.fingerprint], shown);
  const fieldLook: FieldLook = { ...look, field, pair, crmValue, appValue };
  const order = look.orders[field.fingerprint];
  if (order !== undefined && counts(fieldLook, order)) {
    draft.fights = forgetFights(draft.fights, field);
    carryOut(draft, fieldLook, obey(fieldLook, order, evidenceOf(look)));
    return;
  }
  const verdict = unreadable(fieldLook);
  if (verdict !== null) {
    carryOut(draft, fieldLook, verdict);
    return;
  }
  const parked = state.parked[field.fingerprint];
  if (parked !== undefined && staysParked(fieldLook, parked)) {
    // The values go with the time: a person decides about what the ends hold now.
    const reason = { rule: `still-${parked.kind}`, text: parked.reason };
    park(draft, fieldLook, { kind: 'park', parked: parked.kind, reason });
    return;
  }
  if (parked?.kind === 'fight') draft.fights = forgetFights(draft.fights, field);
  draft.fights = countReverts(draft.fights, fieldLook);
  draft.isContested ||= isContest(fieldLook);
  carryOut(draft, fieldLook, decide(fieldLook));
}

/** A person takes a decision back only where nobody has changed since what it wrote. */
function counts(look: FieldLook, { take, undoes }: Order): boolean {
  if (undoes === undefined || take.side !== 'value') return true;
  return (
    unreadable(look) === null && whyNotUndone(look, take.value, undoes, evidenceOf(look)) === null
  );
}

/** What an end shows, an unreadable value counting as none. */
function shownBy(field: FieldSpec, side: CrmSide | AppSide): Value | undefined {
  const value = side.fields[field.fingerprint];
  if (value !== undefined) return value;
  return side.broken[field.fingerprint] === undefined ? undefined : null;
}

/** A write that did not land is judged again with the same change in view; it was not undone once more. */
function countReverts(fights: Fights, look: FieldLook): Fights {
  const { field, pair, state, crm, app, crmValue, appValue, now } = look;
  if (pair === undefined || state.intent !== null || state.parking !== null) return fights;
  const { wroteAt } = state;
  const seen = { field, wroteAt, now };
  const atCrm = { ...seen, agreed: pair.c, shown: crmValue, changedAt: crm.changedAt };
  const atApp = { ...seen, agreed: pair.r, shown: appValue, changedAt: app.changedAt };
  return countRevert(countRevert(fights, { ...atCrm, end: 'crm' }), { ...atApp, end: 'app' });
}

function isContest({ field, pair, crmValue, appValue }: FieldLook): boolean {
  if (isEquivalent(field.type, crmValue, appValue)) return false;
  if (pair === undefined) return field.owner === 'shared' && crmValue !== null && appValue !== null;
  return !isEquivalent(field.type, pair.c, crmValue) && !isEquivalent(field.type, pair.r, appValue);
}

function decide(look: FieldLook): FieldVerdict {
  const { field, pair, crmValue, appValue, crm, app, state, now } = look;
  const ends = { field, pair, crm: crmValue, app: appValue };
  if (field.role === 'consent')
    return unmark(look, mergeConsent({ ...ends, evidence: evidenceOf(look) }));
  const parked = state.parked[field.fingerprint];
  const mayWait = parked?.kind !== 'waiting' || now - parked.at <= UNDATED_MAX_MS;
  return mergeField({ ...ends, crmAt: crm.changedAt, appAt: app.changedAt, mayWait });
}

/** Our own mark gives way to whatever the record says that came back, also to what counts as no word at all. */
function unmark({ field, crm, appValue }: FieldLook, verdict: FieldVerdict): FieldVerdict {
  const isMarked = crm.broken[field.fingerprint] !== undefined;
  if (!isMarked || (verdict.kind !== 'nothing' && verdict.kind !== 'agree')) return verdict;
  const reason = { rule: 'consent/back', text: 'the app has the record again; the mark goes' };
  const word = inTermsOf(field, consentWord(appValue));
  return settleOn(field, word, { crm: undefined, app: appValue }, reason);
}

export const evidenceOf = ({ crm, app, state }: Look): ConsentEvidence => ({
  crmOptInAt: crm.optInAt,
  appOptInAt: app.optInAt,
  withdrawnAt: state.withdrawnAt,
});

function carryOut(draft: Draft, look: FieldLook, verdict: FieldVerdict): void {
  const { field, crmValue, appValue } = look;
  const { fingerprint, column } = field;
  switch (verdict.kind) {
    case 'nothing':
      delete draft.parked[fingerprint];
      return;
    case 'agree':
      delete draft.parked[fingerprint];
      draft.agreed[fingerprint] = { c: crmValue, r: appValue, ...rewriterOf(verdict) };
      draft.decisions.push({
        field: column,
        action: 'agree',
        reason: verdict.reason,
        after: crmValue,
        ...agreedOn(look),
      });
      return;
    case 'park':
      park(draft, look, verdict);
      return;
    case 'write':
      write(draft, look, verdict);
  }
}

const rewriterOf = ({ rewrittenBy }: Extract<FieldVerdict, { kind: 'agree' }>) =>
  rewrittenBy === undefined ? {} : { rewrittenBy };

type Parked = Extract<FieldVerdict, { kind: 'park' }>;
type Write = Extract<FieldVerdict, { kind: 'write' }>;

/** A parking that says nothing new is no second decision. */
function park(draft: Draft, look: FieldLook, verdict: Parked): void {
  const parked = parkedAfter(look, verdict);
  if (parked === null) return;
  const { field, crmValue, appValue } = look;
  draft.parked[field.fingerprint] = parked;
  draft.decisions.push({
    field: field.column,
    action: verdict.parked === 'waiting' ? 'wait' : 'park',
    reason: verdict.reason,
    before: crmValue,
    after: appValue,
    ...agreedOn(look),
  });
}

const agreedOn = ({ pair }: FieldLook): { readonly base?: Pair } =>
  pair === undefined ? {} : { base: pair };

function write(draft: Draft, look: FieldLook, verdict: Write): void {
  const hindrance = fightAgainst(draft.fights, look, verdict) ?? namelessness(look, verdict);
  if (hindrance !== null) {
    park(draft, look, hindrance);
    return;
  }
  const { field, crmValue, appValue } = look;
  const { reason } = verdict;
  delete draft.parked[field.fingerprint];
  if (verdict.app !== undefined) {
    draft.toApp[field.fingerprint] = verdict.app;
    draft.fights = rememberReplaced(draft.fights, look, 'app');
    const values = { before: appValue, after: verdict.app, ...agreedOn(look) };
    draft.decisions.push({ field: field.column, action: 'write-app', reason, ...values });
  }
  // No column is behind a computed field: what the app holds goes nowhere, and the next look replaces it.
  if (verdict.crm !== undefined && field.compute === undefined) {
    draft.toCrm[field.fingerprint] = verdict.crm;
    draft.fights = rememberReplaced(draft.fights, look, 'crm');
    const values = { before: crmValue, after: verdict.crm, ...agreedOn(look) };
    draft.decisions.push({ field: field.column, action: 'write-crm', reason, ...values });
  }
}

/** A fight waits for a person, except that nobody fights a withdrawal down. */
function fightAgainst(fights: Fights, look: FieldLook, verdict: Write): Parked | null {
  const { field, now } = look;
  if (field.role === 'consent' && isWithdrawn(verdict.app ?? verdict.crm)) return null;
  const isFighting = (end: End): boolean =>
    verdict[end] !== undefined && isFight(fights, field, end, now);
  const fighter = isFighting('app') ? 'the app' : isFighting('crm') ? 'the CRM' : null;
  if (fighter === null) return null;
  const text = `${fighter} undid our write three times within a day; somebody there wants another value`;
  return { kind: 'park', parked: 'fight', reason: { rule: 'fight', text } };
}

/** The app knows the person by the match value: it can be exchanged, never taken away. */
function namelessness({ field }: FieldLook, { app }: Write): Parked | null {
  if (field.role !== 'match' || app === undefined || !isEmpty(app)) return null;
  const text = `the app’s record cannot be without its ${field.path}; it keeps the one it has`;
  return { kind: 'park', parked: 'rejected', reason: { rule: 'match-empty', text } };
}

/** The value we are about to replace, remembered so that its return can be told from a new edit. */
function rememberReplaced(fights: Fights, look: FieldLook, end: End): Fights {
  const { field, pair, now } = look;
  const replaced = end === 'crm' ? look.crmValue : look.appValue;
  const agreed = end === 'crm' ? pair?.c : pair?.r;
  const isPutBack = agreed !== undefined && !isEquivalent(field.type, agreed, replaced);
  return rememberWrite(fights, { field, end, replaced, isPutBack, now });
}
