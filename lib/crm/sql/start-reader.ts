/**
 * Takes a place at the present and claims the log from there. Everything that commits from now on
 * has at least the transaction id that is lowest among those open now.
 */
import type { Statement } from '../statement.ts';

export interface StartedReader {
  readonly xid_text: string;
}

export const startReader = (sync: string, table: string, mark: string): Statement => ({
  text: `
insert into trivet.reader as r
  (sync, table_name, xid, seq, mark, previous_xid, previous_seq, previous_mark)
select $1, $2, p.xid, 0, $3, p.xid, 0, null
from (select pg_snapshot_xmin(pg_current_snapshot()) as xid) p
on conflict (sync) do update
  set table_name = excluded.table_name, xid = excluded.xid, seq = excluded.seq, mark = excluded.mark,
      previous_xid = excluded.previous_xid, previous_seq = excluded.previous_seq,
      previous_mark = r.mark, at = clock_timestamp()
returning r.xid::text as xid_text`,
  values: [sync, table, mark],
});
