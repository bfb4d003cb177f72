/** The fragment that joins a table with keys given as one array of texts per key column. */
import { quoteIdentifier } from '../identifiers.ts';
import type { TableShape } from '../table-shape.ts';

/**
 * `unnest($1::text[], …) as k(k0, …)` and the condition. The key's side is cast to the column's
 * type and not the other way round, so that the primary key's index serves.
 */
export function keyJoin(shape: TableShape, parameters: readonly string[]): string {
  return `unnest(${parameters.map((p) => `${p}::text[]`).join(', ')}) as k(${keyNames(shape)})
  on ${shape.key.map((column, i) => `t.${quoteIdentifier(column.name)} = k.k${i}::${column.type}`).join(' and ')}`;
}

const keyNames = (shape: TableShape): string => shape.key.map((_, i) => `k${i}`).join(', ');

export const keyOrder = (shape: TableShape): string =>
  shape.key.map((column) => `t.${quoteIdentifier(column.name)}`).join(', ');
