/** Judges every field of a record that is at both ends: one verdict per field, parked fields left still. */
import { consentWord, isWithdrawn, mergeConsent } from './consent.ts';
import { countRevert, isFight, rememberWrite, type Fights } from './fights.ts';
import { mergeField, settleOn, type FieldVerdict } from './merge.ts';
import type {
  AppSide,
  CrmSide,
  Decision,
  End,
  FieldSpec,
  Pair,
  ParkedField,
  Reason,
  RecordState,
} from './model.ts';
import { isEquivalent, type Value } from './value.ts';

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
  /** What a person ordered, by fingerprint. It goes before owner, policy and parking. */
  readonly orders: Readonly<Record<string, Order>>;
  readonly now: number;
}

export interface Order {
  readonly take: { readonly side: End } | { readonly side: 'value'; readonly value: Value };
  readonly by: string;
}

interface FieldLook extends Look {
  readonly field: FieldSpec;
  readonly pair: Pair | undefined;
  readonly crmValue: Value;
  readonly appValue: Value;
}

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
  const { state, crm, app, now } = look;
  const crmValue = shownBy(field, crm);
  const appValue = shownBy(field, app);
  if (crmValue === undefined) return;
  if (appValue === undefined) {
    draft.unseen.push(field);
    return;
  }
  const pair = state.shadow?.pairs[field.fingerprint];
  const fieldLook: FieldLook = { ...look, field, pair, crmValue, appValue };
  const order = look.orders[field.fingerprint];
  if (order !== undefined) {
    carryOut(draft, fieldLook, obey(fieldLook, order));
    return;
  }
  const broken = brokenHere(field, crm, app);
  if (broken !== null) {
    park(draft, fieldLook, 'rejected', { rule: 'unreadable', text: broken });
    return;
  }
  if (staysParked(field, state.parked[field.fingerprint], crmValue, appValue)) return;
  if (pair !== undefined) {
    draft.fights = countRevert(draft.fights, {
      field,
      end: 'crm',
      agreed: pair.c,
      shown: crmValue,
      now,
    });
    draft.fights = countRevert(draft.fights, {
      field,
      end: 'app',
      agreed: pair.r,
      shown: appValue,
      now,
    });
  }
  draft.isContested ||= isContest(fieldLook);
  carryOut(draft, fieldLook, decide(fieldLook));
}

/** A person's word settles the field; the same reason stands in the history for whoever asks later. */
function obey({ field, crmValue, appValue }: FieldLook, { take, by }: Order): FieldVerdict {
  const value = take.side === 'value' ? take.value : take.side === 'crm' ? crmValue : appValue;
  const whose =
    take.side === 'value'
      ? 'a value of their own'
      : `the ${take.side === 'crm' ? 'CRM' : 'app'}’s value`;
  return settleOn(
    field,
    value,
    { crm: crmValue, app: appValue },
    {
      rule: 'resolve',
      text: `${by} took ${whose}`,
    },
  );
}

function decide({ field, pair, crmValue, appValue, crm, app, state }: FieldLook): FieldVerdict {
  if (field.role !== 'consent') {
    const times = { crmAt: crm.changedAt, appAt: app.changedAt };
    return mergeField({ field, pair, crm: crmValue, app: appValue, ...times });
  }
  const evidence = {
    crmOptInAt: crm.optInAt,
    appOptInAt: app.optInAt,
    withdrawnAt: state.withdrawnAt,
  };
  return mergeConsent({ field, pair, crm: crmValue, app: appValue, evidence });
}

function carryOut(draft: Draft, look: FieldLook, verdict: FieldVerdict): void {
  const { field, crmValue, appValue } = look;
  switch (verdict.kind) {
    case 'nothing':
      delete draft.parked[field.fingerprint];
      return;
    case 'agree':
      delete draft.parked[field.fingerprint];
      draft.agreed[field.fingerprint] = { c: crmValue, r: appValue };
      draft.decisions.push({
        field: field.column,
        action: 'agree',
        reason: verdict.reason,
        after: crmValue,
      });
      return;
    case 'wait':
      draft.decisions.push({ field: field.column, action: 'wait', reason: verdict.reason });
      return;
    case 'park':
      park(draft, look, verdict.parked, verdict.reason);
      return;
    case 'write':
      write(draft, look, verdict);
  }
}

function write(
  draft: Draft,
  look: FieldLook,
  verdict: Extract<FieldVerdict, { kind: 'write' }>,
): void {
  const { field, crmValue, appValue } = look;
  const fighter =
    verdict.app !== undefined && isFight(draft.fights, field, 'app')
      ? 'the app'
      : verdict.crm !== undefined && isFight(draft.fights, field, 'crm')
        ? 'the CRM'
        : null;
  if (fighter !== null) {
    const text = `${fighter} undid our write three times within a day; somebody there wants another value`;
    park(draft, look, 'fight', { rule: 'fight', text });
    return;
  }
  const { reason } = verdict;
  delete draft.parked[field.fingerprint];
  if (verdict.app !== undefined) {
    draft.toApp[field.fingerprint] = verdict.app;
    draft.fights = rememberReplaced(draft.fights, look, 'app', appValue);
    draft.decisions.push({
      field: field.column,
      action: 'write-app',
      reason,
      before: appValue,
      after: verdict.app,
    });
  }
  if (verdict.crm !== undefined) {
    draft.toCrm[field.fingerprint] = verdict.crm;
    draft.fights = rememberReplaced(draft.fights, look, 'crm', crmValue);
    draft.decisions.push({
      field: field.column,
      action: 'write-crm',
      reason,
      before: crmValue,
      after: verdict.crm,
    });
  }
}

/** The value we are about to replace, remembered so that its return can be told from a new edit. */
function rememberReplaced(
  fights: Fights,
  { field, pair, now }: FieldLook,
  end: End,
  replaced: Value,
): Fights {
  const agreed = end === 'crm' ? pair?.c : pair?.r;
  const isPutBack = agreed !== undefined && !isEquivalent(field.type, agreed, replaced);
  return rememberWrite(fights, { field, end, replaced, isPutBack, now });
}

function park(draft: Draft, look: FieldLook, kind: ParkedField['kind'], reason: Reason): void {
  const { field, pair, crmValue, appValue, state, now } = look;
  const old = state.parked[field.fingerprint];
  const isKnown =
    old !== undefined &&
    old.kind === kind &&
    old.reason === reason.text &&
    isEquivalent(field.type, old.crm, crmValue) &&
    isEquivalent(field.type, old.app, appValue);
  if (isKnown) return;
  const base = pair ?? null;
  draft.parked[field.fingerprint] = {
    kind,
    crm: crmValue,
    app: appValue,
    base,
    reason: reason.text,
    at: now,
  };
  draft.decisions.push({
    field: field.column,
    action: 'park',
    reason,
    before: crmValue,
    after: appValue,
  });
}

/** A refused value is not offered again until an end changes; a fight waits for a person unless the ends agree. */
function staysParked(
  field: FieldSpec,
  parked: ParkedField | undefined,
  crm: Value,
  app: Value,
): boolean {
  if (parked === undefined || isEquivalent(field.type, crm, app)) return false;
  if (parked.kind === 'fight') return true;
  if (parked.kind !== 'rejected' && parked.kind !== 'blocked') return false;
  return isEquivalent(field.type, parked.crm, crm) && isEquivalent(field.type, parked.app, app);
}

/** An unreadable value at the end that does not own the field is simply replaced; elsewhere a person must see it. */
function brokenHere(field: FieldSpec, crm: CrmSide, app: AppSide): string | null {
  const atCrm = crm.broken[field.fingerprint];
  const atApp = app.broken[field.fingerprint];
  if (field.role === 'consent') return null;
  if (atCrm !== undefined && field.owner !== 'app')
    return `the CRM’s value cannot be used: ${atCrm}`;
  if (atApp !== undefined && field.owner !== 'crm')
    return `the app’s value cannot be used: ${atApp}`;
  return null;
}

/** What an end shows, an unreadable value of an end that does not own the field counting as empty. */
function shownBy(field: FieldSpec, side: CrmSide | AppSide): Value | undefined {
  const value = side.fields[field.fingerprint];
  if (value !== undefined) return value;
  return side.broken[field.fingerprint] === undefined ? undefined : null;
}

function isContest({ field, pair, crmValue, appValue }: FieldLook): boolean {
  if (isEquivalent(field.type, crmValue, appValue)) return false;
  if (pair === undefined) return field.owner === 'shared' && crmValue !== null && appValue !== null;
  return !isEquivalent(field.type, pair.c, crmValue) && !isEquivalent(field.type, pair.r, appValue);
}

/** When the person withdrew, as far as this look can tell: the later of what we knew and what is new now. */
export function withdrawalSeen(fields: readonly FieldSpec[], look: Look): number | null {
  const { state, crm, app, now } = look;
  const field = fields.find((each) => each.role === 'consent');
  if (field === undefined) return state.withdrawnAt;
  const pair = state.shadow?.pairs[field.fingerprint];
  const isNew = (before: Value | undefined, shown: Value | undefined): boolean =>
    shown !== undefined && isWithdrawn(shown) && consentWord(before) !== consentWord(shown);
  const times = [
    state.withdrawnAt,
    isNew(pair?.c, crm.fields[field.fingerprint]) ? (crm.changedAt ?? now) : null,
    isNew(pair?.r, app.fields[field.fingerprint]) ? (app.changedAt ?? now) : null,
  ].filter((time) => time !== null);
  return times.length === 0 ? null : Math.max(...times);
}
