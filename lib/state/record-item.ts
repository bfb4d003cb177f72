/**
 * A record as an item: its state and bookkeeping in one map `s`, so that one statement replaces all of it
 * under the condition on the version inside, and attributes beside the map are never touched.
 */
import type { CrmKey, RecordState } from '../engine/model.ts';
import type { StoredRecord } from '../ports/state.ts';
import {
  describeKeys,
  fromItem,
  requireNumber,
  requireText,
  toItem,
  type Item,
} from './attribute.ts';
import { decodeRecord, encodeRecord, recordFormNames, type RecordForm } from './record-form.ts';
import { itemRevision, requireKnownRevision } from './revision.ts';
import { idOfSortText, inboxPartition, inboxShard, sortText, timeText } from './table-keys.ts';

/** Names in the map that are not part of the state: version, revision, in the inbox or not, marks, a key too long for `sk`. */
type Bookkeeping = {
  readonly v: number;
  readonly g: number;
  readonly x: 0 | 1;
  readonly m?: number;
  readonly k?: string;
};

const knownNames: Readonly<Record<string, true>> = {
  ...recordFormNames,
  ...({ v: true, g: true, x: true, m: true, k: true } satisfies Record<keyof Bookkeeping, true>),
};

/** The place in the inbox index, or null for a record that is not in it. */
export interface InboxPlace {
  readonly ipk: string;
  readonly isk: string;
}

/** In the inbox: whatever waits for a time, a person or another record. `waiting` first, because `due` must find it. */
export function inboxPlaceOf(sync: string, state: RecordState): InboxPlace | null {
  const sk = sortText(state.key);
  const shard = inboxShard(sk);
  if (state.parking?.kind === 'waiting') {
    return { ipk: inboxPartition(sync, 'waiting', shard), isk: timeText(state.parking.until) };
  }
  if (!isInInbox(state)) return null;
  return { ipk: inboxPartition(sync, 'parked', shard), isk: sk };
}

export function isInInbox({ parking, parked, withheld }: RecordState): boolean {
  return parking !== null || Object.keys(parked).length > 0 || withheld?.by === 'brake';
}

/** The map `s` as the save of `record` writes it: its version is the next one. */
export function recordMap(record: StoredRecord): Item {
  const { state } = record;
  const bookkeeping: Bookkeeping = {
    v: record.version + 1,
    g: itemRevision,
    x: isInInbox(state) ? 1 : 0,
    ...(record.marks === 0 ? {} : { m: record.marks }),
    ...(idOfSortText(sortText(state.key)) === null ? { k: state.key } : {}),
  };
  return {
    ...(record.raw as Item | undefined),
    ...toItem({ ...encodeRecord(state), ...bookkeeping }),
  };
}

export function recordOfItem(item: Item): StoredRecord {
  const map = item['s']?.M;
  if (map === undefined) throw new Error(`The item ${describeKeys(item)} is no record.`);
  const key = { pk: requireText(item, 'pk'), sk: requireText(item, 'sk') };
  // Before anything is read: what newer code stored may not mean what it says to us.
  requireKnownRevision(key, requireNumber(map, 'g'));
  const raw = Object.fromEntries(Object.entries(map).filter(([name]) => !isKnown(name)));
  const ours = Object.fromEntries(Object.entries(map).filter(([name]) => isKnown(name)));
  const form = fromItem(ours) as unknown as RecordForm & Bookkeeping;
  const id = idOfSortText(key.sk) ?? form.k;
  if (id === undefined) throw new Error(`The record ${describeKeys(item)} has lost its key.`);
  return {
    state: decodeRecord(id as CrmKey, form),
    version: form.v,
    marks: form.m ?? 0,
    ...(Object.keys(raw).length === 0 ? {} : { raw }),
  };
}

const isKnown = (name: string): boolean => Object.hasOwn(knownNames, name);
