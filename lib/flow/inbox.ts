/**
 * The inbox: everything that waits for a person or for a time, with the values and the reason, so that
 * somebody can decide without looking anywhere else. Read page by page; nothing is written.
 */
import { findMatchField } from '../engine/match-field.ts';
import { isKept } from '../engine/kept-digest.ts';
import type {
  AppSide,
  CrmKey,
  CrmSide,
  Deed,
  End,
  FieldSpec,
  Pair,
  ParkedField,
  RemoteId,
  Withheld,
} from '../engine/model.ts';
import { labelOf, type RecordLabel } from '../engine/record-label.ts';
import type { Json, Value } from '../engine/value.ts';
import type { CrmRow } from '../ports/crm.ts';
import type { StoredRecord, Unmatched } from '../ports/state.ts';
import type { SyncContext } from './context.ts';
import { nameShown } from './name-shown.ts';
import { appSide, crmSide } from './sides.ts';
import { walkInbox } from './walk-inbox.ts';

export type InboxContext = Pick<SyncContext, 'sync' | 'crm' | 'app' | 'state' | 'budget'>;

/** One field of a record out of traffic; the record's other fields go on. */
export interface ParkedItem {
  readonly kind: 'field';
  readonly sync: string;
  readonly key: CrmKey;
  /** The record's match value, for people. */
  readonly name: Value;
  readonly state: RecordLabel;
  readonly field: string;
  readonly parked: ParkedField['kind'];
  readonly crm: Value;
  readonly app: Value;
  /** The end whose value the field's type cannot read, and in the CRM what stands there. */
  readonly unreadable: { readonly end: End; readonly raw: Json } | null;
  readonly agreed: Pair | null;
  readonly reason: string;
  readonly at: number;
  readonly blockedBy: CrmKey | null;
}

/** A whole record out of traffic. */
export interface RecordItem {
  readonly kind: 'record';
  readonly sync: string;
  readonly key: CrmKey;
  readonly name: Value;
  readonly state: 'waiting' | 'quarantined' | 'held';
  readonly reason: string;
  /** Held: what a brake holds. */
  readonly deeds: readonly Deed[];
  /** Waiting: when it is looked at again. Otherwise since when. Epoch ms. */
  readonly at: number;
  readonly attempts: number | null;
  readonly blockedBy: string | null;
  /** By column: the CRM's values now, the app's as last agreed; only those that differ. */
  readonly values: Readonly<Record<string, { readonly crm: Value; readonly agreed: Pair | null }>>;
}

/** An app record that cannot be given a CRM key without guessing. */
export interface UnmatchedItem {
  readonly kind: 'unmatched';
  readonly sync: string;
  readonly remoteId: RemoteId;
  readonly name: Value;
  readonly reason: string;
  readonly candidates: readonly CrmKey[];
  readonly at: number;
  /** What the app showed, by column. */
  readonly values: Readonly<Record<string, Value>>;
}

export type InboxItem = ParkedItem | RecordItem | UnmatchedItem;

export interface Inbox {
  readonly items: readonly InboxItem[];
  /** There is more than was asked for. */
  readonly hasMore: boolean;
}

const PAGE = 100;

export async function readInbox(context: InboxContext, limit: number): Promise<Inbox> {
  const { sync, state } = context;
  const { name } = sync.spec;
  const items: InboxItem[] = [];
  for await (const records of walkInbox(state, name, PAGE)) {
    items.push(...(await itemsOfPage(context, records)));
    if (items.length > limit) break;
  }
  const room = Math.max(limit + 1 - items.length, 0);
  if (room > 0) {
    const unmatched = await state.listUnmatched(name, room);
    items.push(...unmatched.map((each) => unmatchedItem(context, each)));
  }
  return { items: items.slice(0, limit), hasMore: items.length > limit };
}

async function itemsOfPage(
  context: InboxContext,
  records: readonly StoredRecord[],
): Promise<readonly InboxItem[]> {
  if (records.length === 0) return [];
  const rows = await context.crm.read(records.map(({ state }) => state.key));
  const shown = await liveAtApp(context, records);
  return records.flatMap((record) => {
    const { key } = record.state;
    return itemsOf(context, record, { row: rows.get(key), app: shown.get(key) });
  });
}

/** What was parked of a field of which only digests are kept can be seen at its ends alone. */
async function liveAtApp(
  { sync, app, budget }: InboxContext,
  records: readonly StoredRecord[],
): Promise<ReadonlyMap<CrmKey, AppSide>> {
  const hidden = records.filter(({ state: { parked, remoteId } }) => {
    const values = Object.values(parked).map((each) => each.app);
    return remoteId !== null && values.some(isKept);
  });
  if (hidden.length === 0 || app.ledger !== undefined) return new Map();
  const targets = hidden.map(({ state: { remoteId } }) => ({ remoteId, match: null }));
  const outcomes = await app.fetch(targets, budget);
  return new Map(
    hidden.flatMap(({ state: { key } }, index) => {
      const outcome = outcomes[index];
      return outcome?.kind === 'ok' ? [[key, appSide(sync.spec, outcome.value)] as const] : [];
    }),
  );
}

function itemsOf(
  { sync }: InboxContext,
  { state }: StoredRecord,
  { row, app }: { readonly row: CrmRow | undefined; readonly app: AppSide | undefined },
): readonly InboxItem[] {
  const crm = crmSide(sync, row, null);
  const { fields } = sync.spec;
  const pairs = state.shadow?.pairs ?? {};
  const common = {
    sync: sync.spec.name,
    key: state.key,
    name: nameShown(fields, { state, crm: crm.fields }),
  };
  const items: InboxItem[] = [];
  if (state.parking !== null) {
    const values = fields.flatMap((field) => {
      const agreed = pairs[field.fingerprint] ?? null;
      const now = crm.fields[field.fingerprint] ?? null;
      const isSame = agreed !== null && field.type.key(agreed.c) === field.type.key(now);
      return isSame ? [] : [[field.column, { crm: now, agreed }] as const];
    });
    const parking = parkingOf(state.parking);
    items.push({ ...common, ...parking, deeds: [], values: Object.fromEntries(values) });
  } else if (state.withheld?.by === 'brake') {
    items.push({ ...common, ...heldBy(state.withheld), values: {} });
  }
  for (const field of fields) {
    const parked = state.parked[field.fingerprint];
    if (parked === undefined) continue;
    items.push({
      ...common,
      kind: 'field',
      state: labelOf(state),
      field: field.column,
      parked: parked.kind,
      crm: isKept(parked.crm) ? (crm.fields[field.fingerprint] ?? parked.crm) : parked.crm,
      app: isKept(parked.app) ? (app?.fields[field.fingerprint] ?? parked.app) : parked.app,
      unreadable: unreadableIn(field, parked, row, crm),
      agreed: parked.base,
      reason: parked.reason,
      at: parked.at,
      blockedBy: parked.blockedBy ?? null,
    });
  }
  return items;
}

/** The app is not asked for a listing, so what stands there unreadable is not known here; `explain` asks. */
function unreadableIn(
  field: FieldSpec,
  { kind }: ParkedField,
  row: CrmRow | undefined,
  crm: CrmSide,
): ParkedItem['unreadable'] {
  if (kind !== 'unreadable') return null;
  const isCrm = crm.broken[field.fingerprint] !== undefined;
  return isCrm
    ? { end: 'crm', raw: row?.columns[field.column]?.json ?? null }
    : { end: 'app', raw: null };
}

const heldBy = ({
  deeds,
  reason,
  at,
}: Withheld): Omit<RecordItem, 'sync' | 'key' | 'name' | 'values'> => ({
  kind: 'record',
  state: 'held',
  reason,
  deeds,
  at,
  attempts: null,
  blockedBy: null,
});

function parkingOf(
  parking: NonNullable<StoredRecord['state']['parking']>,
): Pick<RecordItem, 'kind' | 'state' | 'reason' | 'at' | 'attempts' | 'blockedBy'> {
  const { reason } = parking;
  return parking.kind === 'waiting'
    ? {
        kind: 'record',
        state: 'waiting',
        reason,
        at: parking.until,
        attempts: parking.attempts,
        blockedBy: null,
      }
    : {
        kind: 'record',
        state: 'quarantined',
        reason,
        at: parking.at,
        attempts: null,
        blockedBy: parking.blockedBy ?? null,
      };
}

function unmatchedItem({ sync }: InboxContext, unmatched: Unmatched): UnmatchedItem {
  const { remoteId, reason, candidates, at, observed } = unmatched;
  const side = appSide(sync.spec, observed);
  const { fields } = sync.spec;
  const match = findMatchField(fields);
  const values = fields.flatMap((field) => {
    const value = side.fields[field.fingerprint];
    return value === undefined ? [] : [[field.column, value] as const];
  });
  return {
    kind: 'unmatched',
    sync: sync.spec.name,
    remoteId,
    name: match === undefined ? null : (side.fields[match.fingerprint] ?? null),
    reason,
    candidates,
    at,
    values: Object.fromEntries(values),
  };
}
