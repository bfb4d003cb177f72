/**
 * The three-way merge of one field: (pair, CRM now, app now, owner, policy) → what to do and why.
 *
 * Pure and total: both tables below are complete records over their keys, so a missing case does not
 * compile. The laws are in test/engine/merge.laws.test.ts; SPEC.md shows the same tables in prose.
 */
import { standing, type Standing } from './delta.ts';
import type { End, FieldSpec, Owner, Pair, ParkedKind, Policy, Reason } from './model.ts';
import { setDifference, tagsOf, threeWayUnion } from './types/tags.ts';
import { isEmpty, isEquivalent, type Value } from './value.ts';

/** The outcome for one field. A `write` names the value each end shall hold; an end not named already does. */
export type FieldVerdict =
  | { readonly kind: 'nothing' }
  /** `rewrittenBy`: the ends may differ in peace, for this one cannot hold the other's value. */
  | { readonly kind: 'agree'; readonly rewrittenBy?: End; readonly reason: Reason }
  | { readonly kind: 'write'; readonly app?: Value; readonly crm?: Value; readonly reason: Reason }
  | { readonly kind: 'park'; readonly parked: ParkedKind; readonly reason: Reason };

export interface FieldMerge {
  readonly field: FieldSpec;
  readonly pair: Pair | undefined;
  readonly crm: Value;
  readonly app: Value;
  /** When each end's record last changed, epoch ms; null when unknown. Read by `newest` only. */
  readonly crmAt: number | null;
  readonly appAt: number | null;
  /** The CRM's time may still turn up in its log: rather wait for it than decide without. */
  readonly mayWait: boolean;
}

/** Two record times closer than this are the same moment: clocks of two systems are no better. */
export const SAME_MOMENT_MS = 5_000;

type Move = 'nothing' | 'agree' | 'crm-wins' | 'app-wins' | 'policy' | 'meet';

/** Rows: how the field stands. Columns: who owns it. */
const MOVES: Record<Standing, Record<Owner, Move>> = {
  unchanged: { crm: 'nothing', app: 'nothing', shared: 'nothing' },
  uneven: { crm: 'meet', app: 'meet', shared: 'meet' },
  'crm-changed': { crm: 'crm-wins', app: 'app-wins', shared: 'crm-wins' },
  'app-changed': { crm: 'crm-wins', app: 'app-wins', shared: 'app-wins' },
  'both-equal': { crm: 'agree', app: 'agree', shared: 'agree' },
  'both-differ': { crm: 'crm-wins', app: 'app-wins', shared: 'policy' },
  first: { crm: 'meet', app: 'meet', shared: 'meet' },
};

const WHY: Record<Standing, Record<Owner, string>> = {
  unchanged: { crm: '', app: '', shared: '' },
  uneven: {
    crm: 'the ends differ and nothing was agreed',
    app: 'the ends differ and nothing was agreed',
    shared: 'the ends differ and nothing was agreed',
  },
  'crm-changed': {
    crm: 'the CRM, which owns this field, changed it',
    app: 'the CRM changed a field the app owns; the owner’s value is put back',
    shared: 'only the CRM changed it',
  },
  'app-changed': {
    crm: 'the app changed a field the CRM owns; the owner’s value is put back',
    app: 'the app, which owns this field, changed it',
    shared: 'only the app changed it',
  },
  'both-equal': {
    crm: 'both ends changed it to the same value',
    app: 'both ends changed it to the same value',
    shared: 'both ends changed it to the same value',
  },
  'both-differ': {
    crm: 'both ends changed it; the CRM owns it',
    app: 'both ends changed it; the app owns it',
    shared: 'both ends changed it',
  },
  first: { crm: 'first meeting', app: 'first meeting', shared: 'first meeting' },
};

export function mergeField(merge: FieldMerge): FieldVerdict {
  const { field, pair, crm, app } = merge;
  const stands = standing(field, pair, crm, app);
  const move = moveFor(field, stands);
  const reason: Reason = { rule: `${stands}/${field.owner}`, text: WHY[stands][field.owner] };
  switch (move) {
    case 'nothing':
      return { kind: 'nothing' };
    case 'agree':
      return { kind: 'agree', reason };
    case 'crm-wins':
      return settleOn(field, crm, { crm, app }, reason);
    case 'app-wins':
      return settleOn(field, app, { crm, app }, reason);
    case 'policy':
      return applyPolicy(merge, pair, reason);
    case 'meet':
      return meet(merge, stands);
  }
}

/** A united set takes what either end added or removed even when only one end changed: its halves may differ. */
function moveFor(field: FieldSpec, stands: Standing): Move {
  const isChange = stands === 'crm-changed' || stands === 'app-changed';
  const isUnited = field.owner === 'shared' && field.onConflict === 'union' && field.role === 'set';
  return isChange && isUnited ? 'policy' : MOVES[stands][field.owner];
}

/** Both ends shall hold `value`; only the end that does not hold it is written. What nobody can read (undefined) is never it. */
export function settleOn(
  field: FieldSpec,
  value: Value,
  { crm, app }: { readonly crm: Value | undefined; readonly app: Value | undefined },
  reason: Reason,
): FieldVerdict {
  const writeApp = app === undefined || !isEquivalent(field.type, value, app);
  const writeCrm = crm === undefined || !isEquivalent(field.type, value, crm);
  if (!writeApp && !writeCrm) return { kind: 'agree', reason };
  return {
    kind: 'write',
    ...(writeApp ? { app: value } : {}),
    ...(writeCrm ? { crm: value } : {}),
    reason,
  };
}

const POLICIES: Record<
  Policy,
  (merge: FieldMerge, pair: Pair | undefined, reason: Reason) => FieldVerdict
> = {
  crm: ({ field, crm, app }, _pair, reason) =>
    settleOn(
      field,
      crm,
      { crm, app },
      because(reason, 'crm', 'the policy says the CRM’s value stays'),
    ),
  app: ({ field, crm, app }, _pair, reason) =>
    settleOn(
      field,
      app,
      { crm, app },
      because(reason, 'app', 'the policy says the app’s value stays'),
    ),
  newest: takeNewest,
  union: unite,
  manual: leaveToPerson,
};

function applyPolicy(merge: FieldMerge, pair: Pair | undefined, reason: Reason): FieldVerdict {
  return POLICIES[merge.field.onConflict](merge, pair, reason);
}

/** Only sets can be united: anything else would come out empty, so a person decides about it. */
function unite(merge: FieldMerge, pair: Pair | undefined, reason: Reason): FieldVerdict {
  const { field, crm, app } = merge;
  if (field.role !== 'set') return leaveToPerson(merge, pair, reason);
  const why = because(reason, 'union', 'additions and removals of both ends are united');
  return settleOn(field, uniteSets(pair, crm, app), { crm, app }, why);
}

function leaveToPerson(_merge: FieldMerge, _pair: Pair | undefined, reason: Reason): FieldVerdict {
  return {
    kind: 'park',
    parked: 'conflict',
    reason: because(reason, 'manual', 'the policy leaves the choice to a person'),
  };
}

/** Without a base there is no change to wait for: the values met, and their times are all there is. */
function takeNewest(merge: FieldMerge, pair: Pair | undefined, reason: Reason): FieldVerdict {
  const { field, crm, app, crmAt, appAt, mayWait } = merge;
  if (crmAt === null && pair !== undefined && mayWait) {
    const why = 'the CRM’s own change has not been read yet, so its time is unknown';
    return { kind: 'park', parked: 'waiting', reason: because(reason, 'newest', why) };
  }
  if (crmAt === null || appAt === null || Math.abs(crmAt - appAt) <= SAME_MOMENT_MS) {
    const why = 'the two times cannot be told apart, so the CRM’s value stays';
    return settleOn(field, crm, { crm, app }, because(reason, 'newest', why));
  }
  const winner: End = crmAt > appAt ? 'crm' : 'app';
  const why = winner === 'crm' ? 'the CRM’s record changed last' : 'the app’s record changed last';
  return settleOn(
    field,
    winner === 'crm' ? crm : app,
    { crm, app },
    because(reason, 'newest', why),
  );
}

/** First meeting of a field: nothing is known of its past, so nothing may be erased by an emptiness. */
function meet({ field, ...merge }: FieldMerge, stands: Standing): FieldVerdict {
  const { crm, app } = merge;
  const because = (why: string): Reason => ({
    rule: `${stands}/${field.owner}`,
    text: `${WHY[stands][field.owner]}: ${why}`,
  });
  if (isEquivalent(field.type, crm, app))
    return { kind: 'agree', reason: because('both ends hold the same') };
  if (field.owner === 'shared') {
    const filled = 'the end that has a value fills the one that has none';
    if (isEmpty(crm)) return settleOn(field, app, merge, because(filled));
    if (isEmpty(app)) return settleOn(field, crm, merge, because(filled));
    return applyPolicy({ ...merge, field }, undefined, because('the ends differ'));
  }
  const other: End = field.owner === 'crm' ? 'app' : 'crm';
  const own = merge[field.owner];
  if (isEmpty(own) && !field.adoptEmpty && field.compute !== undefined)
    return {
      kind: 'agree',
      rewrittenBy: 'crm',
      reason: because('nothing was computed that would replace it'),
    };
  return isEmpty(own) && !field.adoptEmpty
    ? settleOn(field, merge[other], merge, because('an empty value never erases one'))
    : settleOn(field, own, merge, because('the owner’s value wins'));
}

const because = (reason: Reason, policy: Policy, why: string): Reason => ({
  rule: `${reason.rule}/${policy}`,
  text: `${reason.text}: ${why}`,
});

/** Everything either end holds, less what either end removed. The halves of a pair may differ: each end has its own base. */
function uniteSets(pair: Pair | undefined, crm: Value, app: Value): readonly string[] {
  const removedByCrm = setDifference(tagsOf(pair?.c ?? null), tagsOf(crm)).remove;
  const removedByApp = setDifference(tagsOf(pair?.r ?? null), tagsOf(app)).remove;
  const all = threeWayUnion([], tagsOf(crm), tagsOf(app));
  return setDifference([...removedByCrm, ...removedByApp], all).add;
}
