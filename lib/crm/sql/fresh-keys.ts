/** Keys that no row has: made by the column's own sequence or default, those already taken left out. */
import { quoteIdentifier, quoteTable } from '../identifiers.ts';
import type { Statement } from '../statement.ts';
import type { TableShape } from '../table-shape.ts';

export interface FreshKeys {
  readonly key: string;
}

/**
 * Somebody may have inserted keys by hand above the sequence; handing out one of those would tie a
 * new person to a stranger's row. `offset 0` keeps the planner from evaluating the volatile
 * expression twice; `distinct` shows a default that is no source of fresh keys at all.
 */
export function freshKeys(shape: TableShape, count: number, source: string): Statement {
  const [column] = shape.key;
  const name = quoteIdentifier(column?.name ?? '');
  return {
    text: `
select distinct f.value::text as key
from (select ${source}::${column?.type} as value from generate_series(1, $1::int) offset 0) f
where not exists (select from ${quoteTable(shape.table)} t where t.${name} = f.value)`,
    values: [count],
  };
}
