/**
 * From the ends' answers to the record's next state. Pure.
 *
 * Of an answer only the fields this write sent enter the shadow. Everything else in it is a fresh
 * observation and is merged at once: an unsubscribe that came back with the answer to a name change
 * would otherwise become the base and never be heard of again.
 */
import type {
  AppExistence,
  AppSide,
  CrmExistence,
  CrmSide,
  FieldSpec,
  FightMemory,
  Pair,
  ParkedField,
  RecordState,
  Shadow,
} from '../engine/model.ts';
import type { Verdict } from '../engine/judge.ts';
import { fightName, type Fights } from '../engine/fights.ts';
import { isEmpty, isEquivalent, type Value } from '../engine/value.ts';

/** What became of one verdict: who took what was sent, and what they show now. */
export interface Written {
  /** Fields the app took, and what it showed afterwards (undefined: the answer did not carry it). */
  readonly app: ReadonlyMap<FieldSpec, Value | undefined>;
  /** Fields the CRM took, and what a re-read in the same transaction showed. */
  readonly crm: ReadonlyMap<FieldSpec, Value | undefined>;
  /** Fields an end refused for good, with its words. */
  readonly refused: ReadonlyMap<FieldSpec, string>;
  /** Existence the ends have now, where this verdict changed it. */
  readonly existence: { readonly c?: CrmExistence; readonly r?: AppExistence };
  /** Something was sent whose fate is unknown: the intent stays open. */
  readonly isAmbiguous: boolean;
}

export interface Settling {
  readonly fields: readonly FieldSpec[];
  /** What was remembered of undone writes before this verdict. @default what the verdict remembers */
  readonly fightsBefore?: Fights;
  /** What was parked before this verdict. @default nothing that matters */
  readonly parkedBefore?: RecordState['parked'];
  readonly verdict: Verdict;
  readonly crm: CrmSide;
  /** What the CRM showed when it was judged: what was sent to the app came from there. @default what it shows now */
  readonly crmJudged?: CrmSide;
  readonly app: AppSide | null;
  readonly written: Written;
  readonly now: number;
}

export function settleWrites(settling: Settling): RecordState {
  const { fields, verdict, crm, app, written, now } = settling;
  const { state } = verdict;
  const base: Shadow = state.shadow ?? {
    existence: { c: crm.existence, r: app?.existence ?? 'absent' },
    pairs: {},
  };
  const pairs: Record<string, Pair> = { ...base.pairs };
  const parked: Record<string, ParkedField> = { ...state.parked };
  for (const field of fields) {
    const pair = settlePair(field, settling);
    if (pair !== undefined) pairs[field.fingerprint] = pair;
    const refusal = written.refused.get(field);
    if (refusal !== undefined) parked[field.fingerprint] = refuse(field, settling, refusal);
    else if (isUnsent(field, settling)) keepWaiting(field, settling, parked);
  }
  const existence = {
    c: written.existence.c ?? base.existence.c,
    r: written.existence.r ?? base.existence.r,
  };
  return {
    ...state,
    // We have made the end that was missing: if it is gone at the next look, somebody took it away.
    link: isMade(written) ? 'linked' : state.link,
    shadow: { existence, pairs },
    parked,
    fights: fightsAfter(settling),
    intent: written.isAmbiguous ? state.intent : null,
    archivedByUs: isOutByUs(settling),
    wroteAt: now,
  };
}

const isMade = ({ existence }: Written): boolean =>
  existence.c === 'present' && existence.r === 'present';

/** A mark in the CRM, or a row deleted there, says where the app's record is; it was not us who took it out. */
function isOutByUs({ verdict: { action, state }, written }: Settling): boolean {
  const { r } = written.existence;
  if (r === 'present') return false;
  return (
    state.archivedByUs || (r !== undefined && (action === 'archive-app' || action === 'delete-app'))
  );
}

const isUnsent = (field: FieldSpec, { verdict, written }: Settling): boolean =>
  verdict.toApp[field.fingerprint] !== undefined && !written.isAmbiguous && !written.app.has(field);

/** Who has waited long enough for a time need not begin anew because another field’s write came in between. */
function keepWaiting(
  { fingerprint }: FieldSpec,
  { parkedBefore }: Settling,
  parked: Record<string, ParkedField>,
): void {
  const before = parkedBefore?.[fingerprint];
  if (before?.kind === 'waiting') parked[fingerprint] = before;
}

/** A write that did not land was undone by nobody: what the verdict remembered of it is taken back. */
function fightsAfter(settling: Settling): Fights {
  const { fields, fightsBefore, verdict } = settling;
  if (fightsBefore === undefined) return verdict.state.fights;
  const fights: Record<string, FightMemory> = { ...verdict.state.fights };
  for (const field of fields) {
    if (!isUnsent(field, settling)) continue;
    const name = fightName(field, 'app');
    const before = fightsBefore[name];
    if (before === undefined) delete fights[name];
    else fights[name] = before;
  }
  return fights;
}

function settlePair(field: FieldSpec, settling: Settling): Pair | undefined {
  const { verdict, crmJudged = settling.crm, app, written } = settling;
  const name = field.fingerprint;
  const tookApp = written.app.has(field);
  const tookCrm = written.crm.has(field);
  if (!tookApp && !tookCrm) return settleUnsent(field, settling);
  const sentApp = verdict.toApp[name];
  const sentCrm = verdict.toCrm[name];
  const agreed = verdict.state.shadow?.pairs[name];
  // Edited since it was judged, it is news that only the pair with the value we sent will tell.
  const c = tookCrm ? shownOr(written.crm.get(field), sentCrm) : crmJudged.fields[name];
  const r = tookApp
    ? shownOr(written.app.get(field), sentApp)
    : shownOr(app?.fields[name], agreed?.r);
  if (c === undefined) return undefined;
  // A record was made without this field, for the CRM had nothing to say: the app has nothing either.
  if (r === undefined) return tookApp && isEmpty(c) ? { c, r: c } : undefined;
  if (isEquivalent(field.type, c, r)) return { c, r };
  if (tookApp && sentApp !== undefined && !isEquivalent(field.type, r, sentApp)) {
    return { c, r, rewrittenBy: 'app' };
  }
  if (tookCrm && sentCrm !== undefined && !isEquivalent(field.type, c, sentCrm)) {
    return { c, r, rewrittenBy: 'crm' };
  }
  // Nobody rewrote anything, yet the ends differ (a create carries less consent than the row claims):
  // nothing is agreed, and the next look merges the field as a first meeting.
  return undefined;
}

/** What an end showed; an empty value is an answer too, and only no answer is none. */
const shownOr = (shown: Value | undefined, otherwise: Value | undefined): Value | undefined =>
  shown === undefined ? otherwise : shown;

/** A row was made without this field: when both ends show the same all the same, that is agreed. */
function settleUnsent(field: FieldSpec, { verdict, crm, app }: Settling): Pair | undefined {
  if (verdict.action !== 'create-crm') return undefined;
  const c = crm.fields[field.fingerprint];
  const r = app?.fields[field.fingerprint];
  if (c === undefined || r === undefined || !isEquivalent(field.type, c, r)) return undefined;
  return { c, r };
}

function refuse(
  field: FieldSpec,
  { verdict, crm, app, now }: Settling,
  reason: string,
): ParkedField {
  const name = field.fingerprint;
  const base = verdict.state.shadow?.pairs[name];
  return {
    kind: 'rejected',
    // What cannot be read counts as none, as it will at the next look.
    crm:
      crm.broken[name] === undefined
        ? (shownOr(crm.fields[name], verdict.toCrm[name]) ?? null)
        : null,
    app: shownOr(app?.fields[name], base?.r) ?? null,
    base: base ?? null,
    reason,
    at: now,
  };
}
