/**
 * Up to when timestamps can be read: the start of the oldest transaction of this database that is still
 * open. Whatever it writes will bear that time or a later one. It need not have written yet: the first
 * write of a transaction may come long after its start, and `now()` is its start.
 *
 * Transactions of other databases cannot write here, nor can autovacuum. Sessions of other roles are
 * hidden without pg_read_all_stats; a session with track_activities off shows no start even then, only
 * the lock on its own virtual id. `now()` is our own transaction's start, before the look at the others.
 * https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW
 */
import { instantText } from '../modified-column.ts';
import type { Statement } from '../statement.ts';

export interface OldestTransaction {
  readonly bound: string;
  readonly now: string;
  /** The lowest transaction id still open: what is below has ended. */
  readonly settled: string;
  readonly wal: string;
  /** This role sees when other roles' transactions began. */
  readonly sees_all: boolean;
  /** A session in a transaction whose start nobody can see. */
  readonly unseen_pid: number | null;
  readonly pid: number | null;
  readonly database: string;
  readonly age_ms: string;
}

export const oldestTransaction = (): Statement => ({
  text: `
select ${instantText('least(now(), o.xact_start)')} as bound,
       ${instantText('now()')} as now,
       pg_snapshot_xmin(pg_current_snapshot())::text as settled,
       pg_current_wal_lsn()::text as wal,
       pg_has_role('pg_read_all_stats', 'usage') as sees_all,
       (select s.pid
        from pg_stat_activity s
        join pg_locks l on l.pid = s.pid and l.locktype = 'virtualxid' and l.mode = 'ExclusiveLock'
        where s.datname = current_database() and s.state = 'disabled' and s.pid <> pg_backend_pid()
        limit 1) as unseen_pid,
       o.pid,
       current_database()::text as database,
       greatest(0, floor(extract(epoch from now() - coalesce(o.xact_start, now())) * 1000))::bigint::text as age_ms
from (select) me
left join lateral (
  select a.pid, a.xact_start
  from pg_stat_activity a
  where a.datname = current_database() and a.xact_start is not null
    and a.pid <> pg_backend_pid() and a.backend_type not like 'autovacuum%'
  order by a.xact_start
  limit 1
) o on true`,
  values: [],
});
