/**
 * Keys of the rows that name the same person. Needs the index that `matchIndex` prints; without it
 * every page reads the whole table once (about half a second per million rows).
 */
import type { CrmKey } from '../../engine/model.ts';
import { quoteIdentifier, quoteTable, type TableName } from '../identifiers.ts';
import { keyExpression } from '../keys.ts';
import { keyNames } from '../row-form.ts';
import type { Statement } from '../statement.ts';
import type { TableShape } from '../table-shape.ts';
import { keyOrder } from './key-join.ts';

/** The normal form of a match value: blanks around it and case do not tell persons apart. */
export const matchForm = (expression: string): string =>
  `lower(btrim(${expression}::text, E' \\t\\r\\n'))`;

export const matchIndex = (table: TableName, column: string): string =>
  `create index concurrently on ${quoteTable(table)} (${matchForm(quoteIdentifier(column))})`;

export interface MatchAnswer {
  readonly value: string;
  readonly keys: readonly CrmKey[];
}

/** Ten candidates prove ambiguity as well as a thousand; an empty value matches nobody. */
export const findByMatch = (shape: TableShape, values: readonly string[]): Statement => ({
  text: `
select v.value, (array_agg(${keyExpression('t', keyNames(shape))} order by ${keyOrder(shape)}))[1:10] as keys
from unnest($1::text[]) as v(value)
join ${quoteTable(shape.table)} t
  on ${matchForm(`t.${quoteIdentifier(shape.match.name)}`)} = ${matchForm('v.value')}
where ${matchForm('v.value')} <> ''
group by v.value`,
  values: [values],
});
