/**
 * The name under which a field's pair is stored: column, app path and type together. A field that is
 * re-mapped or re-typed gets another name, finds no pair, and so meets for the first time instead of
 * being compared with the base of a different field.
 */
import type { FieldType, Json } from './value.ts';

export function fieldFingerprint(column: string, path: string, type: FieldType): string {
  const options = canonicalJson(type.options);
  return `${column}>${path}:${type.name}${options === '{}' || options === 'null' ? '' : options}`;
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
