/**
 * The judgement of one record: three legs in, one verdict out. The flow carries the verdict out and
 * asks again with what the ends answered, until there is nothing left to do.
 *
 *   settle the open intent → existence → fields → must we look first? → verdict
 */
import { isInDoubt } from './adoption.ts';
import { obstacleToCreate, valuesForApp } from './app-create.ts';
import { mergeConsent } from './consent.ts';
import { isDropped, mergeExistence, type ExistenceAction } from './existence.ts';
import { settleIntent } from './intent.ts';
import { obeyExistence, type ExistenceOrder } from './orders.ts';
import { evidenceOf, judgeFields, type FieldsVerdict, type Look } from './judge-fields.ts';
import type {
  AppSide,
  CrmSide,
  Decision,
  FieldSpec,
  Pair,
  RecordState,
  Shadow,
  SyncSpec,
} from './model.ts';
import { isEmpty, type Value } from './value.ts';
import { withdrawalSeen } from './withdrawal.ts';

export interface Case {
  readonly spec: SyncSpec;
  readonly state: RecordState;
  readonly crm: CrmSide;
  /** What the app shows; null = nobody looked, or there is nothing to look for, and the shadow is all we have. */
  readonly app: AppSide | null;
  /** `fresh`: the look began in this apply call. `seen`: a message carried it. */
  readonly proof: 'fresh' | 'seen' | 'assumed';
  /** A redelivered message: look before any write, for the first delivery may have written. */
  readonly cautious: boolean;
  readonly orders: Look['orders'];
  /** What a person ordered about the record as a whole. @default nothing */
  readonly existenceOrder?: ExistenceOrder | null;
  readonly now: number;
}

export interface Verdict {
  /** Set when the app must be looked at first; the rest of the verdict then counts for nothing. */
  readonly look: string | null;
  /** The record after everything that needs no write: settled intent, agreements, parked fields. */
  readonly state: RecordState;
  readonly action: ExistenceAction;
  readonly toApp: Readonly<Record<string, Value>>;
  readonly toCrm: Readonly<Record<string, Value>>;
  readonly decisions: readonly Decision[];
  /** A redo must be able to tell our half-finished write from an edit. */
  readonly needsIntent: boolean;
}

const NO_FIELDS: FieldsVerdict = {
  toApp: {},
  toCrm: {},
  agreed: {},
  parked: {},
  fights: {},
  decisions: [],
  isContested: false,
  unseen: [],
};

export function judge(judged: Case): Verdict {
  const { spec, crm, now } = judged;
  if (judged.proof === 'assumed' && judged.state.intent !== null) {
    return lookFirst(judged.state, 'a write of ours may be half finished');
  }
  const app = judged.app ?? assumedApp(judged.state);
  const settled = withoutForeign(spec, settleIntent(spec, judged.state, crm, app));
  const markColumn = spec.mark?.column ?? null;
  const state = {
    ...settled,
    archivedByUs: settled.archivedByUs && isStillOut(settled, app),
    // Before anything is granted on it: what this very look tells of a withdrawal counts already.
    withdrawnAt: withdrawalSeen(spec.fields, { state: settled, crm, app, now }),
  };
  const look: Look = { state, crm, app, markColumn, orders: judged.orders, now };
  const shown = { crm: crm.existence, app: app.existence, archivedByUs: state.archivedByUs };
  const ordered = obeyExistence(judged.existenceOrder ?? null, shown);
  const merged = mergeExistence({
    spec,
    base: state.shadow?.existence ?? null,
    crm: crm.existence,
    app: app.existence,
    planned: state.link === 'planned',
    archivedByUs: state.archivedByUs,
    deletedAt: state.deletedAt ?? (crm.existence === 'absent' ? crm.changedAt : null),
    appChangedAt: app.optInAt ?? app.changedAt,
  });
  const found = ordered ?? merged;
  const obstacle = found.action === 'create-app' ? obstacleToCreate(spec.fields, look) : null;
  const existence = obstacle === null ? found : { ...found, action: 'settle' as const };
  const judgedFields = judgeAction(spec.fields, existence.action, look);
  const fields = obstacle === null ? judgedFields : { ...judgedFields, ...obstacle };
  const next = remember(look, existence.action, fields);
  const reason = reasonToLook(judged, existence.action, fields);
  if (reason !== null) return lookFirst(judged.state, reason);
  const decision = existenceDecision(existence, state, crm, app);
  return {
    look: null,
    state: next,
    action: existence.action,
    toApp: fields.toApp,
    toCrm: fields.toCrm,
    decisions: decision === null ? fields.decisions : [decision, ...fields.decisions],
    needsIntent: needsIntent(spec.fields, existence.action, fields),
  };
}

/**
 * Whoever brought the record back, our taking it out is history; and so it is when somebody deleted for good what
 * we had only archived.
 */
function isStillOut({ shadow }: RecordState, { existence }: AppSide): boolean {
  return existence === 'absent' ? shadow?.existence.r === 'absent' : existence === 'archived';
}

/** Fields that are not mapped any more wait for nobody; what was agreed on them is kept for their return. */
function withoutForeign({ fields }: SyncSpec, state: RecordState): RecordState {
  const known = new Set(fields.map(({ fingerprint }) => fingerprint));
  const entries = Object.entries(state.parked);
  const kept = entries.filter(([name]) => known.has(name));
  return kept.length === entries.length ? state : { ...state, parked: Object.fromEntries(kept) };
}

/**
 * With nobody looking, the app is taken to show what we last agreed on; of parked fields, what was seen
 * when they were parked. What could not be read is nothing to assume: taken for empty, it would agree
 * with an empty CRM, and nobody would hear of it again.
 */
function assumedApp({ shadow, parked }: RecordState): AppSide {
  const agreed = Object.entries(shadow?.pairs ?? {}).map(([name, { r }]) => [name, r] as const);
  const seen = Object.entries(parked).map(([name, { app }]) => [name, app] as const);
  const isRiddle = (name: string): boolean =>
    parked[name]?.kind === 'unreadable' && isEmpty(parked[name].app);
  const assumed = [...agreed, ...seen].filter(([name]) => !isRiddle(name));
  return {
    existence: shadow?.existence.r ?? 'absent',
    fields: Object.fromEntries(assumed),
    broken: {},
    changedAt: null,
    optInAt: null,
  };
}

function judgeAction(
  fields: readonly FieldSpec[],
  action: ExistenceAction,
  look: Look,
): FieldsVerdict {
  const kept = { ...NO_FIELDS, parked: look.state.parked, fights: look.state.fights };
  switch (action) {
    case 'merge':
      return judgeFields(fields, look);
    case 'create-app':
    case 'revive-app':
      return { ...kept, toApp: valuesForApp(fields, look) };
    case 'create-crm':
      return { ...kept, toCrm: valuesForCrm(fields, look) };
    case 'archive-app':
    case 'delete-app':
    case 'delete-crm':
    case 'mark-crm':
    case 'settle':
      return kept;
  }
}

function valuesForCrm(fields: readonly FieldSpec[], look: Look): Record<string, Value> {
  const values: Record<string, Value> = {};
  for (const field of fields) {
    const shown = look.app.fields[field.fingerprint];
    if (shown === undefined || isEmpty(shown) || field.compute !== undefined) continue;
    const value = field.role === 'consent' ? consentForRow(field, shown, look) : shown;
    if (value !== undefined) values[field.fingerprint] = value;
  }
  return values;
}

/** A new row claims no consent that the merge would not write; the next look holds what it must. */
function consentForRow(field: FieldSpec, app: Value, look: Look): Value | undefined {
  const ends = { field, pair: undefined, crm: null, app };
  const verdict = mergeConsent({ ...ends, evidence: evidenceOf(look) });
  return verdict.kind === 'write' ? verdict.crm : undefined;
}

function remember(look: Look, action: ExistenceAction, fields: FieldsVerdict): RecordState {
  const { state, crm, app } = look;
  const isAgreed = action === 'settle' || action === 'merge';
  const isMet =
    action !== 'settle' ||
    crm.existence === 'present' ||
    app.existence !== 'absent' ||
    state.shadow !== null;
  const base = state.shadow?.existence ?? null;
  const isStill = isDropped({ base, crm: crm.existence, app: app.existence });
  const existence =
    isAgreed && !isStill ? { c: crm.existence, r: app.existence } : (base ?? undefined);
  const pairs: Record<string, Pair> = { ...state.shadow?.pairs, ...fields.agreed };
  const shadow: Shadow | null =
    existence !== undefined && isMet ? { existence, pairs } : state.shadow;
  return {
    ...state,
    shadow,
    // Once both ends have shown the record, the absence of either is somebody's doing.
    link: crm.existence !== 'absent' && app.existence !== 'absent' ? 'linked' : state.link,
    parked: fields.parked,
    fights: fields.fights,
    deletedAt: deletionSeen(look, action),
    // Both are said anew by whoever restrains this judgement.
    withheld: null,
    passed: [],
  };
}

/** When the record was deleted: it was at an end when we last looked and is gone now, or we are about to delete it. */
function deletionSeen({ state, crm, app, now }: Look, action: ExistenceAction): number | null {
  if (action === 'merge') return null;
  // What is missing since the sync lost its place was perhaps never deleted.
  if (action === 'settle' && isInDoubt(state)) return state.deletedAt;
  const base = state.shadow?.existence;
  const isKnown = base !== undefined && state.link === 'linked';
  const isGoneFromCrm = isKnown && base.c !== 'absent' && crm.existence === 'absent';
  const isGoneFromApp = isKnown && base.r !== 'absent' && app.existence === 'absent';
  const isOurs = action === 'delete-app' || action === 'delete-crm';
  // Said by the log, or by whoever saw the row a moment ago, of somebody who was never met.
  const said = crm.existence === 'absent' ? crm.changedAt : null;
  if (isGoneFromCrm) return state.deletedAt ?? said ?? now;
  return isGoneFromApp || isOurs ? (state.deletedAt ?? now) : (state.deletedAt ?? said);
}

/** Look before you overwrite: only a CRM-owned plain value may be pushed on the shadow's word. */
function reasonToLook(judged: Case, action: ExistenceAction, fields: FieldsVerdict): string | null {
  if (judged.proof === 'fresh') return null;
  if (judged.state.intent !== null) return 'a write of ours may be half finished';
  const isUnmet = judged.state.shadow === null && judged.state.remoteId === null;
  if (action === 'create-app') return isUnmet ? null : 'the app’s record is to be made again';
  if (action === 'create-crm') return null;
  if (action !== 'merge' && action !== 'settle')
    return `the record is about to be changed: ${action}`;
  if (judged.proof === 'assumed' && isBack(judged))
    return 'the row was out of the sync, and nobody followed what the app did meanwhile';
  if (fields.unseen.length > 0) return 'a field was not shown';
  if (fields.isContested) return 'both ends changed a field';
  if (judged.proof === 'assumed' && parksAnew(judged.state, fields))
    return 'a field is about to be parked for want of what the app may show';
  const writesApp = Object.keys(fields.toApp).length > 0;
  if (writesApp && judged.cautious) return 'the message was delivered before';
  if (writesApp && judged.state.remoteId === null)
    return 'the app’s id of the record is not known yet';
  const overwritten = judged.spec.fields.filter(
    (field) => fields.toApp[field.fingerprint] !== undefined,
  );
  const delicate = overwritten.find((field) => field.owner !== 'crm' || field.role !== 'plain');
  if (delicate !== undefined) return `the app’s ${delicate.path} is about to be overwritten`;
  const isMoved = Object.keys({ ...fields.toApp, ...fields.toCrm, ...fields.agreed }).length > 0;
  if (judged.proof === 'assumed' && isMoved && isInDoubt(judged.state))
    return 'the sync lost its place; what the app holds is not known';
  const isUndated = judged.app !== null && judged.app.changedAt === null;
  const isShared = judged.spec.fields.some(
    ({ fingerprint, owner }) => owner === 'shared' && fields.toCrm[fingerprint] !== undefined,
  );
  if (isUndated && isShared) return 'the app does not say when it changed a shared field';
  if (judged.proof === 'assumed' && Object.keys(fields.toCrm).length > 0) {
    return 'the app’s value is about to be put back into the CRM';
  }
  return null;
}

/** Left in the app while its row was excluded, a record is not what it was when both ends agreed. */
const isBack = ({ state: { shadow }, crm }: Case): boolean =>
  shadow !== null && shadow.existence.c !== 'present' && crm.existence === 'present';

const parksAnew = (state: RecordState, { parked }: FieldsVerdict): boolean =>
  Object.keys(parked).some((name) => parked[name] !== state.parked[name]);

function needsIntent(
  specs: readonly FieldSpec[],
  action: ExistenceAction,
  { toApp, toCrm }: FieldsVerdict,
): boolean {
  if (action === 'mark-crm') return false;
  if (action !== 'merge' && action !== 'settle') return true;
  return specs.some(({ fingerprint, owner, role }) => {
    const isWritten = toApp[fingerprint] !== undefined || toCrm[fingerprint] !== undefined;
    return isWritten && (owner === 'shared' || role === 'consent' || role === 'match');
  });
}

function existenceDecision(
  existence: ReturnType<typeof mergeExistence>,
  state: RecordState,
  crm: CrmSide,
  app: AppSide,
): Decision | null {
  const { action, reason } = existence;
  if (action === 'merge') return null;
  if (action !== 'settle') return { field: null, action, reason };
  const before = state.shadow?.existence;
  const isNews = before === undefined || before.c !== crm.existence || before.r !== app.existence;
  return isNews && before !== undefined ? { field: null, action: 'leave', reason } : null;
}

const lookFirst = (state: RecordState, look: string): Verdict => ({
  look,
  state,
  action: 'settle',
  toApp: {},
  toCrm: {},
  decisions: [],
  needsIntent: false,
});
