/** What a record carries when it is made (or brought back) in the app, and what stands against making it. */
import { findMatchField } from './match-field.ts';
import { consentForCreate, consentForRevival, inTermsOf } from './consent.ts';
import { evidenceOf, type Look } from './judge-fields.ts';
import type { Decision, FieldSpec, ParkedField } from './model.ts';
import { isEmpty, isEquivalent, type Value } from './value.ts';

/** All values that are not empty, the merged consent, and nothing the app has refused before. */
export function valuesForApp(fields: readonly FieldSpec[], look: Look): Record<string, Value> {
  const values: Record<string, Value> = {};
  for (const field of fields) {
    if (field.isReadOnly === true) continue;
    const value = look.crm.fields[field.fingerprint];
    if (field.role === 'consent') {
      values[field.fingerprint] = consentForApp(field, value ?? null, look);
    } else if (value !== undefined && !isEmpty(value) && !isRefused(field, value, look)) {
      values[field.fingerprint] = value;
    }
  }
  return values;
}

function consentForApp(field: FieldSpec, crm: Value, look: Look): Value {
  const pair = look.state.shadow?.pairs[field.fingerprint];
  const evidence = evidenceOf(look);
  const word =
    pair === undefined
      ? consentForCreate(field, crm, evidence)
      : consentForRevival(field, pair, crm, evidence);
  return inTermsOf(field, word);
}

/** The app refused this very value; it is not offered again until the CRM changes it. */
function isRefused(field: FieldSpec, value: Value, { state }: Look): boolean {
  const parked = state.parked[field.fingerprint];
  return parked?.kind === 'rejected' && isEquivalent(field.type, parked.crm, value);
}

export interface Obstacle {
  readonly parked: Readonly<Record<string, ParkedField>>;
  readonly decisions: readonly Decision[];
}

/** A person without a usable match value cannot be made in the app: null when nothing stands against it. */
export function obstacleToCreate(fields: readonly FieldSpec[], look: Look): Obstacle | null {
  const field = findMatchField(fields);
  if (field === undefined) return null;
  const { state, crm, now } = look;
  const value = crm.fields[field.fingerprint];
  const isUsable = value !== undefined && !isEmpty(value);
  if (isUsable && !isRefused(field, value, look)) return null;
  const broken = crm.broken[field.fingerprint];
  if (isUsable || broken === undefined) return { parked: state.parked, decisions: [] };
  const text = `the CRM’s value cannot be used: ${broken}`;
  if (state.parked[field.fingerprint]?.reason === text)
    return { parked: state.parked, decisions: [] };
  const parked = {
    kind: 'rejected',
    crm: null,
    app: null,
    base: null,
    reason: text,
    at: now,
  } as const;
  const decision = {
    field: field.column,
    action: 'park',
    reason: { rule: 'unreadable', text },
  } as const;
  return { parked: { ...state.parked, [field.fingerprint]: parked }, decisions: [decision] };
}
