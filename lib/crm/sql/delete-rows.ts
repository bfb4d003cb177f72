/** Deletes rows that are locked and compared already. */
import type { CrmKey } from '../../engine/model.ts';
import { quoteIdentifier, quoteTable } from '../identifiers.ts';
import { keyArrays } from '../keys.ts';
import { createParameters, type Statement } from '../statement.ts';
import type { TableShape } from '../table-shape.ts';

export function deleteRows(shape: TableShape, keys: readonly CrmKey[]): Statement {
  const parameters = createParameters();
  const arrays = keyArrays(keys, shape.key.length).map((texts) => parameters.add(texts));
  const conditions = shape.key.map(
    (column, i) => `t.${quoteIdentifier(column.name)} = k.k${i}::${column.type}`,
  );
  return {
    text: `
delete from ${quoteTable(shape.table)} t
using unnest(${arrays.map((p) => `${p}::text[]`).join(', ')}) as k(${shape.key.map((_, i) => `k${i}`).join(', ')})
where ${conditions.join(' and ')}`,
    values: parameters.values,
  };
}
