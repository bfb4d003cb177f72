/**
 * A page of the change log: above the position, below the horizon.
 *
 * The horizon is the lowest transaction id still open. A row at or above it may yet be joined by
 * rows *below* it in log order, from a transaction that began early and commits late; reading past
 * it would lose those. https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-PG-SNAPSHOT
 *
 * Ordered and compared by the qualified columns: their text form sorts '10' before '9'. The page
 * ends at the limit of keys, a log row holding up to 500, but never holds less than one row.
 */
import type { LogPosition } from '../../ports/crm.ts';
import type { Statement } from '../statement.ts';

export interface LogRow {
  readonly xid_text: string;
  readonly seq_text: string;
  /** 'insert', 'update' or 'delete' of these keys. */
  readonly op: string;
  readonly keys: readonly string[] | null;
  readonly at_ms: string;
  /** How many rows were found before the page was cut at the limit of keys. */
  readonly found: string;
}

export const readLog = (table: string, after: LogPosition, keyLimit: number): Statement => ({
  text: `
select p.xid::text as xid_text, p.seq::text as seq_text, p.op, p.keys, p.found,
       floor(extract(epoch from p.at) * 1000)::bigint::text as at_ms
from (
  select l.*, count(*) over () as found, row_number() over place as place,
         sum(greatest(l.key_count, 1)) over place as keys_until_here
  from (
    select l.xid, l.seq, l.at, l.op, l.keys, l.key_count
    from trivet.change_log l
    where l.table_name = $1
      and (l.xid, l.seq) > ($2::text::xid8, $3::text::bigint)
      and l.xid < pg_snapshot_xmin(pg_current_snapshot())
    order by l.xid, l.seq
    limit $4::int + 1
  ) l
  window place as (order by l.xid, l.seq)
) p
where p.keys_until_here <= $4::int or p.place = 1
order by p.xid, p.seq`,
  values: [table, after.xid, after.seq, keyLimit],
});
