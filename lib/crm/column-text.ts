/** A value as the text that Postgres casts to the column's type, and the cast itself. */
import type { Value } from '../engine/value.ts';
import type { ColumnShape } from './table-shape.ts';

export type ColumnText =
  | { readonly ok: true; readonly text: string | null }
  | { readonly ok: false; readonly reason: string };

export function columnText(column: ColumnShape, value: Value): ColumnText {
  if (value === null) return { ok: true, text: null };
  if (column.kind === 'json') return { ok: true, text: JSON.stringify(value) };
  if (typeof value === 'string') return { ok: true, text: value };
  if (typeof value === 'boolean') return { ok: true, text: String(value) };
  if (isList(value)) {
    if (column.kind === 'array') return { ok: true, text: arrayLiteral(value) };
    return refuse(column, 'a list');
  }
  if (column.kind === 'composite') return { ok: true, text: JSON.stringify(value) };
  return refuse(column, 'an object');
}

const isList = (value: Value): value is readonly string[] => Array.isArray(value);

const refuse = (column: ColumnShape, what: string): ColumnText => ({
  ok: false,
  reason: `Column "${column.name}" of type ${column.type} cannot hold ${what}.`,
});

/** https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO: every element quoted, so NULL is a text. */
export const arrayLiteral = (elements: readonly string[]): string =>
  `{${elements.map((element) => `"${element.replace(/[\\"]/g, '\\$&')}"`).join(',')}}`;

/** `text` is an SQL expression of type text. */
export function castToColumn(column: ColumnShape, text: string): string {
  if (column.kind !== 'composite') return `${text}::${column.type}`;
  // A text that is no object is the composite's own literal, `(…)`.
  return `case when left(${text}, 1) = '{' then jsonb_populate_record(null::${column.type}, ${text}::jsonb) else ${text}::${column.type} end`;
}
