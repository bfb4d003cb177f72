/**
 * The three-way merge of one field: (pair, CRM now, app now, owner, policy) → what to do and why.
 *
 * Pure and total: both tables below are complete records over their keys, so a missing case does not
 * compile. The laws are in test/engine/merge.laws.test.ts; SPEC.md shows the same tables in prose.
 */
import { standing, type Standing } from './delta.ts';
import type { End, FieldSpec, Owner, Pair, Policy, Reason } from './model.ts';
import { setDifference, tagsOf, threeWayUnion } from './types/tags.ts';
import { isEmpty, isEquivalent, type Value } from './value.ts';

/** The outcome for one field. A `write` names the value each end shall hold; an end not named already does. */
export type FieldVerdict =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'agree'; readonly reason: Reason }
  | { readonly kind: 'write'; readonly app?: Value; readonly crm?: Value; readonly reason: Reason }
  | { readonly kind: 'park'; readonly parked: 'conflict' | 'consent'; readonly reason: Reason }
  | { readonly kind: 'wait'; readonly reason: Reason };

export interface FieldMerge {
  readonly field: FieldSpec;
  readonly pair: Pair | undefined;
  readonly crm: Value;
  readonly app: Value;
  /** When each end's record last changed, epoch ms; null when unknown. Read by `newest` only. */
  readonly crmAt: number | null;
  readonly appAt: number | null;
}

/** Two record times closer than this are the same moment: clocks of two systems are no better. */
export const SAME_MOMENT_MS = 5_000;

type Move = 'nothing' | 'agree' | 'crm-wins' | 'app-wins' | 'policy' | 'meet';

/** Rows: how the field stands. Columns: who owns it. */
const MOVES: Record<Standing, Record<Owner, Move>> = {
  unchanged: { crm: 'nothing', app: 'nothing', shared: 'nothing' },
  'crm-changed': { crm: 'crm-wins', app: 'app-wins', shared: 'crm-wins' },
  'app-changed': { crm: 'crm-wins', app: 'app-wins', shared: 'app-wins' },
  'both-equal': { crm: 'agree', app: 'agree', shared: 'agree' },
  'both-differ': { crm: 'crm-wins', app: 'app-wins', shared: 'policy' },
  first: { crm: 'meet', app: 'meet', shared: 'meet' },
};

const WHY: Record<Standing, Record<Owner, string>> = {
  unchanged: { crm: '', app: '', shared: '' },
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
      return meet(merge);
  }
}

/** A united set takes what either end added or removed even when only one end changed: its halves may differ. */
function moveFor(field: FieldSpec, stands: Standing): Move {
  const isChange = stands === 'crm-changed' || stands === 'app-changed';
  const isUnited = field.owner === 'shared' && field.onConflict === 'union';
  return isChange && isUnited ? 'policy' : MOVES[stands][field.owner];
}

/** Both ends shall hold `value`; only the end that does not hold it is written. */
export function settleOn(
  field: FieldSpec,
  value: Value,
  { crm, app }: { readonly crm: Value; readonly app: Value },
  reason: Reason,
): FieldVerdict {
  const writeApp = !isEquivalent(field.type, value, app);
  const writeCrm = !isEquivalent(field.type, value, crm);
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
  union: ({ field, crm, app }, pair, reason) =>
    settleOn(
      field,
      uniteSets(pair, crm, app),
      { crm, app },
      because(reason, 'union', 'additions and removals of both ends are united'),
    ),
  manual: (_merge, _pair, reason) => ({
    kind: 'park',
    parked: 'conflict',
    reason: because(reason, 'manual', 'the policy leaves the choice to a person'),
  }),
};

function applyPolicy(merge: FieldMerge, pair: Pair | undefined, reason: Reason): FieldVerdict {
  return POLICIES[merge.field.onConflict](merge, pair, reason);
}

function takeNewest(merge: FieldMerge, _pair: Pair | undefined, reason: Reason): FieldVerdict {
  const { field, crm, app, crmAt, appAt } = merge;
  if (crmAt === null && merge.pair !== undefined) {
    return {
      kind: 'wait',
      reason: because(
        reason,
        'newest',
        'the CRM’s own change has not been read yet, so its time is unknown',
      ),
    };
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
function meet(merge: FieldMerge): FieldVerdict {
  const { field, crm, app } = merge;
  const rule = `first/${field.owner}`;
  if (isEquivalent(field.type, crm, app)) {
    return { kind: 'agree', reason: { rule, text: 'first meeting: both ends hold the same' } };
  }
  if (field.owner !== 'shared') {
    const own = field.owner === 'crm' ? crm : app;
    const other = field.owner === 'crm' ? app : crm;
    if (isEmpty(own) && !field.adoptEmpty) {
      const text = 'first meeting: an empty value never erases one, so the owner takes it over';
      return settleOn(field, other, { crm, app }, { rule, text });
    }
    return settleOn(
      field,
      own,
      { crm, app },
      { rule, text: 'first meeting: the owner’s value wins' },
    );
  }
  if (isEmpty(crm) || isEmpty(app)) {
    const text = 'first meeting: the end that has a value fills the one that has none';
    return settleOn(field, isEmpty(crm) ? app : crm, { crm, app }, { rule, text });
  }
  return applyPolicy(merge, undefined, { rule, text: 'first meeting: the ends differ' });
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
