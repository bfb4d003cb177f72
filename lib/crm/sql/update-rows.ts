/**
 * Sets the same columns of many rows. The rows are locked and compared already, so nothing is asked
 * here but the key. Values are cast without length and assigned: too long a text is an error and
 * not cut. https://www.postgresql.org/docs/current/sql-expressions.html#SQL-SYNTAX-TYPE-CASTS
 */
import { castToColumn } from '../column-text.ts';
import { quoteIdentifier, quoteTable } from '../identifiers.ts';
import { stampExpression, stampOf } from '../modified-column.ts';
import { createParameters, type Statement } from '../statement.ts';
import type { ColumnShape, TableShape } from '../table-shape.ts';
import { groupArrays, type WriteGroup } from '../write-groups.ts';

export function updateRows(shape: TableShape, group: WriteGroup): Statement {
  const parameters = createParameters();
  const arrays = groupArrays(group, shape.key.length).map((array) => parameters.add(array));
  const sets = group.columns.map(
    (column, i) => `${quoteIdentifier(column.name)} = ${castToColumn(column, `v.c${i}`)}`,
  );
  sets.push(...stampSet(shape, group.columns));
  const names = [...shape.key.map((_, i) => `k${i}`), ...group.columns.map((_, i) => `c${i}`)];
  const conditions = shape.key.map(
    (column, i) => `t.${quoteIdentifier(column.name)} = v.k${i}::${column.type}`,
  );
  return {
    text: `
update ${quoteTable(shape.table)} t
set ${sets.join(',\n    ')}
from unnest(${arrays.map((p) => `${p}::text[]`).join(', ')}) as v(${names.join(', ')})
where ${conditions.join(' and ')}`,
    values: parameters.values,
  };
}

/** Unless the command itself sets the timestamp. */
function stampSet(shape: TableShape, set: readonly ColumnShape[]): readonly string[] {
  const stamp = stampOf(shape.modified);
  if (stamp === null || shape.modified === null || set.some(({ name }) => name === stamp.name)) {
    return [];
  }
  return [`${quoteIdentifier(stamp.name)} = ${stampExpression(shape.modified)}`];
}
