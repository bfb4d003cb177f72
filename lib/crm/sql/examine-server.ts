/** What the server says of itself and of us. Any role may ask. */
import type { Statement } from '../statement.ts';

export interface ServerAnswer {
  readonly version: number;
  readonly is_standby: boolean;
  readonly is_read_only: boolean;
  /** Where `default_transaction_read_only` was set: `database`, `user`, `configuration file` … */
  readonly read_only_source: string;
  readonly replication_role: string;
  readonly role: string;
  readonly database: string;
  readonly is_superuser: boolean;
  readonly sees_sessions: boolean;
  readonly pid: number;
  readonly now_ms: string;
}

export const examineServer = (): Statement => ({
  text: `
select current_setting('server_version_num')::integer as version,
       pg_is_in_recovery() as is_standby,
       current_setting('default_transaction_read_only') = 'on' as is_read_only,
       (select s.source from pg_settings s where s.name = 'default_transaction_read_only') as read_only_source,
       current_setting('session_replication_role') as replication_role,
       current_user::text as role, current_database()::text as database,
       (select r.rolsuper from pg_roles r where r.rolname = current_user) as is_superuser,
       pg_has_role(current_user, 'pg_read_all_stats', 'usage') as sees_sessions,
       pg_backend_pid() as pid,
       floor(extract(epoch from clock_timestamp()) * 1000)::bigint::text as now_ms`,
  values: [],
});

export interface OpenWriter {
  readonly pid: number | null;
  readonly database: string | null;
  readonly gid: string | null;
  readonly user_name: string | null;
  readonly application: string | null;
  readonly state: string | null;
  /** ISO; null when other roles' sessions are hidden from us. */
  readonly since: string | null;
  readonly seconds: number | null;
}

/**
 * The transaction that holds back the horizon. A replication slot or a standby holds back VACUUM, but not
 * the horizon the log is read below. See horizon-holder.ts, which needs the log.
 */
export const oldestOpenWriter = (): Statement => ({
  text: `
select l.pid, coalesce(a.datname, p.database)::text as database, p.gid,
       coalesce(a.usename, p.owner)::text as user_name, a.application_name as application, a.state,
       to_char(coalesce(p.prepared, a.xact_start) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as since,
       floor(extract(epoch from clock_timestamp() - coalesce(p.prepared, a.xact_start)))::integer as seconds
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
  values: [],
});

export interface BackendAnswer {
  readonly pid: number;
}

export const askBackend = (): Statement => ({
  text: 'select pg_backend_pid() as pid',
  values: [],
});
