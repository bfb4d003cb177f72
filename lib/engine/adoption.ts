/**
 * What is remembered of a record once the sync has lost its place: a database or our own tables were restored, another
 * one answers, or an end is another than before. Nobody knows which of the agreed values either end still means, so
 * each field is met anew, the first time the record is judged again; and until it came to rest nobody is taken away
 * or brought back on the strength of it but by a person's word. No record is written for the sake of that. Pure.
 */
import type { AppSide, CrmSide, FieldSpec, Pair, RecordState } from './model.ts';
import { isEquivalent, type Value } from './value.ts';

/** Of a sync; the last one that began. */
export interface Adoption {
  readonly number: number;
  readonly at: number;
  readonly reason: string;
  /** `values`: the same two ends, and their word anew. `partner`: the app is another one, whose records nobody knows yet. */
  readonly forgets: 'values' | 'partner';
  /** The person's order it answers, by its time; null: the sync found out by itself. */
  readonly order: number | null;
}

export const nextAdoption = (
  before: Adoption | null | undefined,
  next: Omit<Adoption, 'number'>,
): Adoption => ({ ...next, number: (before?.number ?? 0) + 1 });

/** The record as it is to be judged; the very same object when it has met the last adoption. */
export function meetAnew(state: RecordState, adoption: Adoption | null | undefined): RecordState {
  if (adoption == null || (state.adopted?.number ?? 0) >= adoption.number) return state;
  const { number, forgets } = adoption;
  if (forgets === 'partner')
    return { ...withoutPartner(state), adopted: { number, isInDoubt: false } };
  const isKnown = state.shadow !== null || state.ledger !== null || state.intent !== null;
  // An older version may be the newest there is.
  return { ...state, appVersion: null, fights: {}, adopted: { number, isInDoubt: isKnown } };
}

/** Whom we knew at the other app is no partner here. What the person said, and that they were deleted, stays. */
const withoutPartner = (state: RecordState): RecordState => ({
  key: state.key,
  withdrawnAt: state.withdrawnAt,
  deletedAt: state.deletedAt,
  renewal: state.renewal,
  remoteId: null,
  link: 'planned',
  shadow: null,
  intent: null,
  parked: {},
  parking: null,
  fights: {},
  wroteAt: null,
  appVersion: null,
  archivedByUs: false,
  withheld: null,
  passed: [],
  ledger: null,
});

export const isInDoubt = ({ adopted }: Pick<RecordState, 'adopted'>): boolean =>
  adopted?.isInDoubt === true;

export interface Shown {
  readonly field: Pick<FieldSpec, 'type'>;
  readonly crm: Value;
  readonly app: Value;
}

/** The base of the merge: in doubt only a pair that both ends still show, for nobody has moved from that. */
export function baseOf(
  state: Pick<RecordState, 'adopted'>,
  pair: Pair | undefined,
  { field, crm, app }: Shown,
): Pair | undefined {
  if (pair === undefined || !isInDoubt(state)) return pair;
  const isUntouched =
    isEquivalent(field.type, pair.c, crm) && isEquivalent(field.type, pair.r, app);
  return isUntouched ? pair : undefined;
}

/** The record has come to rest: what stands in no pair by then is not agreed on. */
export function settleDoubt(
  fields: readonly FieldSpec[],
  state: RecordState,
  { crm, app }: { readonly crm: CrmSide; readonly app: AppSide | null },
): RecordState {
  const { adopted, shadow } = state;
  if (adopted?.isInDoubt !== true) return state;
  const settled = { ...state, adopted: { ...adopted, isInDoubt: false } };
  if (shadow === null) return settled;
  const kept = fields.flatMap((field) => {
    const name = field.fingerprint;
    const pair = shadow.pairs[name];
    const shown = {
      field,
      crm: crm.fields[name] ?? null,
      app: app?.fields[name] ?? pair?.r ?? null,
    };
    const base = state.parked[name] === undefined ? baseOf(state, pair, shown) : undefined;
    return base === undefined ? [] : [[name, base] as const];
  });
  return { ...settled, shadow: { ...shadow, pairs: Object.fromEntries(kept) } };
}
