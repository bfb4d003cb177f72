/**
 * Boolean: what Postgres prints and accepts
 * (https://www.postgresql.org/docs/current/datatype-boolean.html), JSON, and the words people put into
 * a text merge field. Empty is neither: an unanswered question is not a no.
 */
import type { FieldType, Parsed, Value } from '../value.ts';
import { held, quoted, refused } from './parsed.ts';
import { createScalarType } from './scalar-type.ts';

const WORDS: ReadonlyMap<string, Value> = new Map([
  ...['true', 't', 'yes', 'y', 'on', '1'].map((word) => [word, true] as const),
  ...['false', 'f', 'no', 'n', 'off', '0'].map((word) => [word, false] as const),
]);

export function boolean(): FieldType<'boolean'> {
  return createScalarType({ name: 'boolean', read: readBoolean });
}

function readBoolean(text: string): Parsed {
  const value = WORDS.get(text.toLowerCase());
  return value === undefined ? refused(`${quoted(text)} is neither yes nor no.`) : held(value);
}
