/**
 * The name under which a field's pair is stored: column, app path and type together. A field that is
 * re-mapped or re-typed gets another name, finds no pair, and so meets for the first time instead of
 * being compared with the base of a different field.
 */
import type { FieldType, Json } from './value.ts';

export function fieldFingerprint(
  column: string,
  path: string,
  type: FieldType,
  pii?: 'digest',
): string {
  const options = canonicalJson(type.options);
  const form = options === '{}' || options === 'null' ? '' : options;
  // A digest is no base for a field that keeps values, nor the other way round.
  return `${column}>${path}:${type.name}${form}${pii === undefined ? '' : `#${pii}`}`;
}

/** JSON with sorted keys: equal meaning, equal text. */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonicalJson(v)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}
