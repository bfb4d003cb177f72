/** How a row is asked for and what its answer becomes: every column as text, some also as JSON. */
import type { CrmKey } from '../engine/model.ts';
import type { Json } from '../engine/value.ts';
import type { ColumnRaw, CrmRow } from '../ports/crm.ts';
import { quoteIdentifier } from './identifiers.ts';
import { keyExpression } from './keys.ts';
import type { ColumnShape, TableShape } from './table-shape.ts';

export interface RowAnswer {
  readonly key: CrmKey;
  readonly [column: string]: unknown;
}

/** Columns are answered by number: `c0` is a text, `j0` its JSON form; names could collide with `key`. */
export function rowExpressions(shape: TableShape): string {
  const key = `${keyExpression('t', keyNames(shape))} as key`;
  return [key, ...shape.columns.map(columnExpressions)].join(',\n       ');
}

export const keyNames = (shape: TableShape): readonly string[] =>
  shape.key.map((column) => column.name);

function columnExpressions(column: ColumnShape, index: number): string {
  const name = `t.${quoteIdentifier(column.name)}`;
  const json = jsonExpression(column, name);
  return `${name}::text as c${index}${json === null ? '' : `, ${json} as j${index}`}`;
}

/** Scalars stay text (JavaScript would round a bigint); so do the elements of an array of scalars. */
function jsonExpression(column: ColumnShape, name: string): string | null {
  if (column.kind === 'scalar' || column.kind === 'boolean') return null;
  return column.kind === 'array' ? `to_jsonb(${name}::text[])` : `to_jsonb(${name})`;
}

export function parseRow(shape: TableShape, answer: RowAnswer): CrmRow {
  const columns: Record<string, ColumnRaw> = {};
  shape.columns.forEach((column, index) => {
    const text = answer[`c${index}`] as string | null;
    columns[column.name] = { text, json: jsonOf(column, text, answer[`j${index}`]) };
  });
  return { key: answer.key, columns };
}

/** A boolean is one: a user's filter would take the text 'false' for a yes. */
function jsonOf({ kind }: ColumnShape, text: string | null, json: unknown): Json {
  if (kind === 'boolean') return text === null ? null : text === 'true';
  return kind === 'scalar' ? text : (json as Json);
}
