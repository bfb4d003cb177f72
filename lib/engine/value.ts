/**
 * Values as the engine sees them, and what a field type must be able to do with them.
 *
 * Terminology
 *   raw    what an end stores: Postgres text or JSON, or the vendor's JSON
 *   value  raw, parsed and brought to its type's normal form; plain JSON, comparable, storable
 *   empty  null: no value. Each type says which raws are empty ('' and all blanks for most)
 */

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** A parsed field value. Numbers travel as canonical decimal text, dates as ISO text, sets as sorted arrays. */
export type Value =
  | null
  | string
  | boolean
  | readonly string[]
  | { readonly [key: string]: string };

export type Parsed =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: string };

/**
 * A field type: how raws of either end become one value, and when two values mean the same.
 *
 * Laws (test/engine/field-types.laws.test.ts): equivalence is reflexive, symmetric and transitive;
 * parsing is idempotent: `parse(value)` gives `value` again.
 */
export interface FieldType<Name extends string = string> {
  /** The type's name, part of the field's fingerprint: 'text', 'email', … */
  readonly name: Name;
  /** What was given to the type's factory, part of the fingerprint. */
  readonly options: Json;
  /** Parses what an end stores. Total: never throws; a value it cannot hold gives the reason. */
  parse(raw: Json | undefined): Parsed;
  /** Equivalence is equality of keys, which makes it an equivalence relation by construction. */
  key(value: Value): string;
}

/** Whether two values mean the same to this type. Raw equality is tried first: it is the common case. */
export function isEquivalent(type: FieldType, a: Value, b: Value): boolean {
  return a === b || type.key(a) === type.key(b);
}

export const EMPTY: Value = null;

export const isEmpty = (value: Value): boolean =>
  value === null || (Array.isArray(value) && value.length === 0);
