/** For keys that were there already: does the row hold what we wanted to insert? Then it is our own insert, redone. */
import { castToColumn } from '../column-text.ts';
import { quoteIdentifier, quoteTable } from '../identifiers.ts';
import { keyExpression } from '../keys.ts';
import { keyNames } from '../row-form.ts';
import { createParameters, type Statement } from '../statement.ts';
import type { TableShape } from '../table-shape.ts';
import { groupArrays, type WriteGroup } from '../write-groups.ts';

export interface ComparedRow {
  readonly key: string;
  readonly same: boolean;
}

/**
 * In text form, because not every type has an equality. A difference that is none (`5` and `5.00`)
 * only means that the row is merged again.
 */
export function compareRows(shape: TableShape, group: WriteGroup): Statement {
  const parameters = createParameters();
  const arrays = groupArrays(group, shape.key.length).map(
    (array) => `${parameters.add(array)}::text[]`,
  );
  const names = [...shape.key.map((_, i) => `k${i}`), ...group.columns.map((_, i) => `c${i}`)];
  const same = group.columns.map(
    (column, i) =>
      `t.${quoteIdentifier(column.name)}::text is not distinct from (${castToColumn(column, `v.c${i}`)})::text`,
  );
  const conditions = shape.key.map(
    (column, i) => `t.${quoteIdentifier(column.name)} = v.k${i}::${column.type}`,
  );
  return {
    text: `
select ${keyExpression('t', keyNames(shape))} as key, ${same.join('\n   and ') || 'true'} as same
from unnest(${arrays.join(', ')}) as v(${names.join(', ')})
join ${quoteTable(shape.table)} t on ${conditions.join(' and ')}`,
    values: parameters.values,
  };
}
