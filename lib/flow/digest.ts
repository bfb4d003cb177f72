/**
 * One short text for all that an app's record says in the mapped fields. A listing of a million is compared with
 * what was judged before by these alone: equal digests, nothing to do; different ones, look at the record.
 *
 * Values go in by the key of their field's type, so that what means the same has the same digest: a number with
 * blanks, an address in capitals, a list in another order. 72 bits of HMAC-SHA256: that a changed record keeps its
 * digest is as likely as to guess one of 4.7 × 10²¹ at the first try; and one sync's digests tell
 * nothing about another's. Field names go in too: after a change of the map every digest is another.
 */
import { createHmac } from 'node:crypto';
import { canonicalJson } from '../engine/fingerprint.ts';
import type { FieldSpec, RecordState } from '../engine/model.ts';
import type { SyncContext } from './context.ts';
import { isEmpty, type Json, type Value } from '../engine/value.ts';

export type DigestedField = Pick<FieldSpec, 'fingerprint' | 'path' | 'type'>;

/** 12 characters of base64url. */
const DIGEST_BYTES = 9;

export interface Digester {
  /** Of what a record shows: raw values by path. A path that is missing is empty. */
  ofRaw(raw: Readonly<Record<string, Json>>): string;
  /** Of what was agreed on: the app's values by fingerprint. */
  ofValues(values: Readonly<Record<string, Value>>): string;
}

/** `key`: digests under different keys have nothing in common. */
export function createDigester(fields: readonly DigestedField[], key: string): Digester {
  const inOrder = fields.toSorted((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
  const digestBy = (partOf: (field: DigestedField) => string): string => {
    const parts = inOrder.map((field) => [field.fingerprint, partOf(field)]);
    const mac = createHmac('sha256', key).update(JSON.stringify(parts)).digest();
    return mac.subarray(0, DIGEST_BYTES).toString('base64url');
  };
  return {
    ofRaw: (raw) => digestBy((field) => partOfRaw(field, raw[field.path] ?? null)),
    ofValues: (values) =>
      digestBy((field) => partOfValue(field, values[field.fingerprint] ?? null)),
  };
}

/** Of one sync’s records. */
export const digesterOf = ({ sync }: Pick<SyncContext, 'sync'>): Digester =>
  createDigester(sync.spec.fields, sync.spec.name);

/** A raw that its type cannot hold is equal to itself alone. */
function partOfRaw(field: DigestedField, raw: Json): string {
  const parsed = field.type.parse(raw);
  return parsed.ok ? partOfValue(field, parsed.value) : `broken ${canonicalJson(raw)}`;
}

function partOfValue({ type }: DigestedField, value: Value): string {
  return isEmpty(value) ? '' : `value ${type.key(value)}`;
}

/** The digest of what the app is known to show: what was agreed on, and of parked fields what was seen. */
export function digestOfState(digester: Digester, { shadow, parked }: RecordState): string {
  const agreed = Object.entries(shadow?.pairs ?? {}).map(([name, { r }]) => [name, r] as const);
  const seen = Object.entries(parked).map(([name, { app }]) => [name, app] as const);
  return digester.ofValues(Object.fromEntries([...agreed, ...seen]));
}
