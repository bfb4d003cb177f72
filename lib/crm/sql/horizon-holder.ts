/**
 * Who holds back the horizon: the oldest transaction that has written and not ended, in any
 * database of the server, or a prepared one, which belongs to no process.
 *
 * pg_locks shows every transaction's lock on its own id to everybody, so pid and database are known
 * without rights. When it began is hidden without pg_read_all_stats; then the age is that of the
 * oldest change that waits behind it, which began after it: a lower bound.
 * https://www.postgresql.org/docs/current/view-pg-locks.html
 */
import type { Statement } from '../statement.ts';

export interface HolderAnswer {
  readonly pid: number | null;
  readonly database: string | null;
  readonly gid: string | null;
  readonly age_ms: string;
}

export const horizonHolder = (table: string): Statement => ({
  text: `
select l.pid,
       coalesce(a.datname, p.database)::text as database,
       p.gid,
       greatest(0, floor(extract(epoch from clock_timestamp() - coalesce(
         p.prepared,
         a.xact_start,
         (select min(c.at) from trivet.change_log c
          where c.table_name = $1 and c.xid >= pg_snapshot_xmin(pg_current_snapshot())),
         clock_timestamp()
       )) * 1000))::bigint::text as age_ms
from (
  select l.pid, l.transactionid
  from pg_locks l
  where l.locktype = 'transactionid' and l.mode = 'ExclusiveLock' and l.granted
    and l.pid is distinct from pg_backend_pid()
  order by age(l.transactionid) desc
  limit 1
) l
left join pg_stat_activity a on a.pid = l.pid
left join pg_prepared_xacts p on p.transaction = l.transactionid`,
  values: [table],
});
