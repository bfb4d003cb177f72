/** A bounded look into a table: so many rows, so much of each text. Whichever rows come first are as good as any. */
import { quoteIdentifier, quoteTable, type TableName } from '../identifiers.ts';
import type { Statement } from '../statement.ts';

/** Longer texts are cut: what they begin with tells what they are. */
const TEXT_MAX = 200;

/** Columns are answered by number: `c0`, `c1`, …, each a text or null. */
export const sampleRows = (
  table: TableName,
  columns: readonly string[],
  rows: number,
): Statement => ({
  text: `
select ${columns.map((name, index) => `left(${quoteIdentifier(name)}::text, ${TEXT_MAX}) as c${index}`).join(', ')}
from ${quoteTable(table)}
limit $1`,
  values: [rows],
});
