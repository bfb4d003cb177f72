/**
 * A sync that left readable changes unread for too long gives up its claim, or a forgotten one
 * would keep the log growing for ever. Its next reading finds no mark and starts anew with a sweep.
 * A reader of a table where nothing happens is not stale, however old its mark.
 */
import type { Statement } from '../statement.ts';

export interface DroppedClaim {
  readonly sync: string;
}

export const dropStaleClaims = (table: string, staleMs: number): Statement => ({
  text: `
delete from trivet.reader r
where r.table_name = $1
  and exists (
    select from trivet.change_log l
    where l.table_name = r.table_name
      and (l.xid, l.seq) > (r.xid, r.seq)
      and l.xid < pg_snapshot_xmin(pg_current_snapshot())
      and l.at < clock_timestamp() - make_interval(secs => $2::float8 / 1000)
  )
returning r.sync`,
  values: [table, staleMs],
});
