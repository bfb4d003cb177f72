/** Rows by key. One index look-up per key; the whole page is one statement. */
import type { CrmKey } from '../../engine/model.ts';
import { quoteTable } from '../identifiers.ts';
import { keyArrays } from '../keys.ts';
import { rowExpressions } from '../row-form.ts';
import { createParameters, type Statement } from '../statement.ts';
import type { TableShape } from '../table-shape.ts';
import { keyJoin, keyOrder } from './key-join.ts';

/**
 * `update` takes the lock an UPDATE of other columns than the key takes, so rows that are only
 * referenced by somebody's new child row are not skipped; `delete` takes the stronger one.
 * https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS
 */
export type RowLock = 'none' | 'update' | 'delete';

const lockClauses: Record<RowLock, string> = {
  none: '',
  update: 'for no key update of t skip locked',
  delete: 'for update of t skip locked',
};

/** Rows that are locked by others are missing from the answer. Locks are taken in key order: no deadlocks among us. */
export function readRows(shape: TableShape, keys: readonly CrmKey[], lock: RowLock): Statement {
  const parameters = createParameters();
  const names = keyArrays(keys, shape.key.length).map((texts) => parameters.add(texts));
  return {
    text: `
select ${rowExpressions(shape)}
from ${quoteTable(shape.table)} t
join ${keyJoin(shape, names)}
order by ${keyOrder(shape)}
${lockClauses[lock]}`,
    values: parameters.values,
  };
}
