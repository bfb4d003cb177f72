/**
 * A page of the rows written since: an index range scan in the order (timestamp, key), from where the
 * last page ended. A million rows of one instant are as many pages, each bounded.
 *
 * Rows without a timestamp, or with one beyond the bound, are not met. A pass begins an overlap before
 * what was reached; of that stretch only rows are news whose writer may have been open when it was read
 * before, which the row's xmin tells (of 32 bits, so the epoch is put before it).
 * https://www.postgresql.org/docs/current/ddl-system-columns.html
 */
import type { CrmKey } from '../../engine/model.ts';
import type { TimePosition } from '../../ports/crm.ts';
import { quoteIdentifier, quoteTable } from '../identifiers.ts';
import { keyExpression, keyTexts } from '../keys.ts';
import { asInstant, inColumn, type ModifiedColumn } from '../modified-column.ts';
import { keyNames } from '../row-form.ts';
import { createParameters, type Statement } from '../statement.ts';
import type { TableShape } from '../table-shape.ts';
import { keyOrder } from './key-join.ts';

export interface ModifiedRow {
  readonly key: CrmKey;
  /** In the column's own text form, exact. */
  readonly modified: string;
  readonly at_ms: string;
  /** False: handed on by an earlier pass. */
  readonly is_news: boolean;
}

export interface ModifiedPage {
  readonly position: TimePosition;
  /** Up to where this pass reads, not including it. */
  readonly until: string;
  readonly limit: number;
}

export function readModified(
  shape: TableShape,
  modified: ModifiedColumn,
  page: ModifiedPage,
): Statement {
  const parameters = createParameters();
  const add = (value: unknown): string => parameters.add(value);
  const column = `t.${quoteIdentifier(modified.shape.name)}`;
  // A parameter that is named nowhere is an error, so each is added where it is used.
  const reached = (): string => `${add(page.position.reached)}::text::timestamptz`;
  const overlap = (): string => `${add(`${modified.overlapMs} milliseconds`)}::text::interval`;
  const until = `${add(page.until)}::text::timestamptz`;
  const ahead = modified.clock === 'app' ? ` + ${overlap()}` : '';
  const { pass } = page.position;
  const start =
    pass === null
      ? `${column} >= ${lowest(modified, `(${reached()} - ${overlap()})`, until)}`
      : `(${column}, ${keyOrder(shape)}) > (${[
          `${add(pass.modified)}::text::${modified.shape.type}`,
          ...keyTexts(pass.key, shape.key.length).map(
            (text, i) => `${add(text)}::text::${shape.key[i]?.type}`,
          ),
        ].join(', ')})`;
  const isNews = modified.hasWriter
    ? `${column} >= ${inColumn(modified, reached())} or ${writer} >= ${add(page.position.settled)}::text::bigint`
    : 'true';
  return {
    text: `
select ${keyExpression('t', keyNames(shape))} as key, ${column}::text as modified,
       floor(extract(epoch from ${asInstant(modified, 't')}) * 1000)::bigint::text as at_ms,
       (${isNews}) as is_news
from ${quoteTable(shape.table)} t
where ${start}
  and ${column} < ${inColumn(modified, `(${until}${ahead})`)}
order by ${column}, ${keyOrder(shape)}
limit ${add(page.limit)}`,
    values: parameters.values,
  };
}

/** The row's last writer as a 64 bit id. Rows older than one turn of the counter read as old, which they are. */
const newest = '(select pg_snapshot_xmax(pg_current_snapshot())::text::bigint)';
const writer = `(${newest} - ((${newest} - t.xmin::text::bigint) & 4294967295))`;

/**
 * The earliest a wall clock shows from that instant on. When an hour comes twice in autumn, it goes back
 * behind what it showed; between two readings that may have happened once.
 */
function lowest(modified: ModifiedColumn, from: string, until: string): string {
  if (modified.isZoned) return from;
  const offset = (at: string): string => `(${inColumn(modified, at)} - (${at} at time zone 'UTC'))`;
  const shifted = [until, `(${from} + interval '1 hour')`].map(
    (at) => `(${from} at time zone 'UTC') + ${offset(at)}`,
  );
  return `least(${inColumn(modified, from)}, ${shifted.join(', ')})`;
}
