/**
 * What an end refused for good, as a person deals with it: records and fields, with the vendor's own words, how often and
 * when. Read from the sparse index, page by page; nothing is written.
 */
import type { CrmKey, FieldSpec, ParkedField, RecordState } from '../engine/model.ts';
import type { Value } from '../engine/value.ts';
import type { StateStore } from '../ports/state.ts';
import type { SyncContext } from './context.ts';
import { nameShown } from './name-shown.ts';
import { isRefusal } from './quarantine-orders.ts';
import { crmSide } from './sides.ts';
import { walkInbox } from './walk-inbox.ts';

export interface QuarantineFilter {
  readonly key?: CrmKey;
  /** Part of the reason, whatever the case. */
  readonly reason?: string;
}

/** One refusal: of a whole record, or of one field of it. */
export interface Refusal {
  readonly key: CrmKey;
  /** The CRM column; null: the whole record. */
  readonly field: string | null;
  /** The field's fingerprint; null: the whole record. */
  readonly fingerprint: string | null;
  readonly kind: ParkedField['kind'] | 'record';
  /** In the words of whoever refused it. */
  readonly reason: string;
  readonly attempts: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly blockedBy: string | null;
  readonly state: RecordState;
}

export function refusalsIn(
  fields: readonly FieldSpec[],
  state: RecordState,
  { key, reason }: QuarantineFilter,
): readonly Refusal[] {
  if (key !== undefined && key !== state.key) return [];
  const wanted = (text: string): boolean =>
    reason === undefined || text.toLowerCase().includes(reason.toLowerCase());
  const { parking } = state;
  const whole = parking?.kind === 'quarantined' ? [wholeOf(state, parking)] : [];
  const parts = fields.flatMap((field) => {
    const parked = state.parked[field.fingerprint];
    return parked !== undefined && isRefusal(parked) ? [partOf(state, field, parked)] : [];
  });
  return [...whole, ...parts].filter((refusal) => wanted(refusal.reason));
}

const wholeOf = (
  state: RecordState,
  parking: Extract<RecordState['parking'], { kind: 'quarantined' }>,
): Refusal => ({
  key: state.key,
  field: null,
  fingerprint: null,
  kind: 'record',
  reason: parking.reason,
  attempts: parking.attempts ?? 1,
  firstAt: parking.at,
  lastAt: parking.lastAt ?? parking.at,
  blockedBy: parking.blockedBy ?? null,
  state,
});

/** A refused value is not offered again while it is the same, so each refusal is the first of its value. */
const partOf = (
  state: RecordState,
  { column, fingerprint }: FieldSpec,
  { kind, reason, at, blockedBy }: ParkedField,
): Refusal => ({
  key: state.key,
  field: column,
  fingerprint,
  kind,
  reason,
  attempts: 1,
  firstAt: at,
  lastAt: at,
  blockedBy: blockedBy ?? null,
  state,
});

const PAGE = 200;

export async function* walkQuarantine(
  {
    state,
    sync,
  }: { readonly state: Pick<StateStore, 'inbox'>; readonly sync: SyncContext['sync'] },
  filter: QuarantineFilter,
): AsyncGenerator<readonly Refusal[]> {
  const { name, fields } = sync.spec;
  for await (const records of walkInbox(state, name, PAGE))
    yield records.flatMap((record) => refusalsIn(fields, record.state, filter));
}

export interface QuarantineItem extends Omit<Refusal, 'state' | 'fingerprint'> {
  readonly sync: string;
  /** The record's match value, for people. */
  readonly name: Value;
  /** What a refused field shows at the ends; null: the whole record. */
  readonly values: { readonly crm: Value; readonly app: Value } | null;
}

export interface Quarantine {
  readonly total: number;
  /** When the last of them was refused; 0: nothing is. */
  readonly latestAt: number;
  /** How many of each, the most frequent first. */
  readonly reasons: readonly (readonly [reason: string, count: number])[];
  readonly items: readonly QuarantineItem[];
}

export async function listQuarantine(
  context: Pick<SyncContext, 'state' | 'sync' | 'crm'>,
  filter: QuarantineFilter,
  limit: number,
): Promise<Quarantine> {
  const some: Refusal[] = [];
  const reasons = new Map<string, number>();
  let [total, latestAt] = [0, 0];
  for await (const page of walkQuarantine(context, filter)) {
    for (const refusal of page) {
      total += 1;
      latestAt = Math.max(latestAt, refusal.lastAt);
      reasons.set(refusal.reason, (reasons.get(refusal.reason) ?? 0) + 1);
      if (some.length < limit) some.push(refusal);
    }
  }
  return {
    total,
    latestAt,
    reasons: [...reasons].toSorted(([, a], [, b]) => b - a),
    items: await itemsOf(context, some),
  };
}

async function itemsOf(
  { sync, crm }: Pick<SyncContext, 'sync' | 'crm'>,
  refusals: readonly Refusal[],
): Promise<readonly QuarantineItem[]> {
  const rows = await crm.read([...new Set(refusals.map(({ key }) => key))]);
  return refusals.map(({ state, fingerprint, ...refusal }) => {
    const shown = crmSide(sync, rows.get(refusal.key), null).fields;
    const parked = fingerprint === null ? undefined : state.parked[fingerprint];
    const name = nameShown(sync.spec.fields, { state, crm: shown });
    const values = parked === undefined ? null : { crm: parked.crm, app: parked.app };
    return { ...refusal, sync: sync.spec.name, name, values };
  });
}
