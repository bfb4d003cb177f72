/**
 * What of a table and its database stands in the way of reading it by timestamp. The catalog answers
 * everything but the rows without a timestamp, of which ten thousand are as good as more.
 */
import { quoteIdentifier, quoteTable, type TableName } from '../identifiers.ts';
import { asInstant, type ModifiedColumn } from '../modified-column.ts';
import type { Statement } from '../statement.ts';

export interface ModifiedInspection {
  /** An index that begins with the timestamp and the key, in that order. */
  readonly has_index: boolean;
  /** A BEFORE row trigger for updates: somebody in the database may set the timestamp. */
  readonly has_trigger: boolean;
  readonly is_subscribed: boolean;
}

export const inspectModified = (
  table: TableName,
  modified: string,
  key: readonly string[],
): Statement => ({
  text: `
select exists (
         select from pg_index i
         where i.indrelid = c.oid and i.indisvalid and i.indpred is null
           and (select array_agg(a.attname::text order by place)
                from unnest(i.indkey::int2[]) with ordinality as k(number, place)
                join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number
                where k.place <= cardinality($3::text[])) = $3::text[]
       ) as has_index,
       exists (
         select from pg_trigger t
         where t.tgrelid = c.oid and not t.tgisinternal and t.tgenabled <> 'D'
           and t.tgtype & 1 = 1 and t.tgtype & 2 = 2 and t.tgtype & 16 = 16
       ) as has_trigger,
       exists (select from pg_subscription_rel s where s.srrelid = c.oid) as is_subscribed
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relname = $2`,
  values: [table.schema, table.name, [modified, ...key]],
});

export interface ModifiedCount {
  readonly empty: string;
  readonly future: string;
}

export const COUNT_MAX = 10_000;

/** Rows that no reading meets: without a timestamp, or with one that lies in the future. */
export const countUnread = (table: TableName, modified: ModifiedColumn): Statement => {
  const column = `t.${quoteIdentifier(modified.shape.name)}`;
  const from = `from ${quoteTable(table)} t`;
  return {
    text: `
select (select count(*) from (select ${from} where ${column} is null limit ${COUNT_MAX}) e)::text as empty,
       (select count(*) from (select ${from}
          where ${asInstant(modified, 't')} > now() + $1::text::interval limit ${COUNT_MAX}) f)::text as future`,
    values: [`${modified.clock === 'app' ? modified.overlapMs : 0} milliseconds`],
  };
};

/** What makes a page an index range scan, whatever the size of the table. */
export const modifiedIndex = (table: TableName, modified: string, key: readonly string[]): string =>
  `create index concurrently on ${quoteTable(table)} (${[modified, ...key].map(quoteIdentifier).join(', ')})`;
