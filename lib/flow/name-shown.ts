/** Who a record is about, for people to read. */
import { findMatchField } from '../engine/match-field.ts';
import type { FieldSpec, RecordState } from '../engine/model.ts';
import type { Value } from '../engine/value.ts';

/** A record's match value, for people: as the CRM shows it, else as the app was last known to. */
export function nameShown(
  fields: readonly FieldSpec[],
  { state, crm }: { readonly state: RecordState; readonly crm: Readonly<Record<string, Value>> },
): Value {
  const match = findMatchField(fields);
  if (match === undefined) return null;
  return crm[match.fingerprint] ?? state.shadow?.pairs[match.fingerprint]?.r ?? null;
}
