/** The next keys in key order: an index range scan from where the last page ended, however large the table. */
import type { CrmKey } from '../../engine/model.ts';
import { quoteTable } from '../identifiers.ts';
import { keyExpression, keyTexts } from '../keys.ts';
import { keyNames } from '../row-form.ts';
import { createParameters, type Statement } from '../statement.ts';
import type { TableShape } from '../table-shape.ts';
import { keyOrder } from './key-join.ts';

/** The comparison is on the columns' own types: as text, '10' would come before '9'. */
export function walkKeys(shape: TableShape, after: CrmKey | null, limit: number): Statement {
  const parameters = createParameters();
  const bounds =
    after === null
      ? null
      : keyTexts(after, shape.key.length).map(
          (text, i) => `${parameters.add(text)}::text::${shape.key[i]?.type}`,
        );
  return {
    text: `
select ${keyExpression('t', keyNames(shape))} as key
from ${quoteTable(shape.table)} t
${bounds === null ? '' : `where (${keyOrder(shape)}) > (${bounds.join(', ')})`}
order by ${keyOrder(shape)}
limit ${parameters.add(limit)}`,
    values: parameters.values,
  };
}
