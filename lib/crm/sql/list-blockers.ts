/**
 * Who holds locks on relations that a change of triggers has to wait for: everything that writes or is
 * stronger. Since when is hidden from those who may not see other roles' sessions.
 * https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES
 */
import type { TableName } from '../identifiers.ts';
import type { Statement } from '../statement.ts';

export interface Blocker {
  readonly pid: number;
  readonly application: string | null;
  readonly seconds: number | null;
}

export const listBlockers = (relations: readonly TableName[]): Statement => ({
  text: `
select distinct l.pid, a.application_name as application,
       extract(epoch from clock_timestamp() - a.xact_start)::integer as seconds
from pg_catalog.pg_locks l
join pg_catalog.pg_class c on c.oid = l.relation
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join unnest($1::text[], $2::text[]) as r(schema_name, name) on r.schema_name = n.nspname and r.name = c.relname
left join pg_catalog.pg_stat_activity a on a.pid = l.pid
where l.locktype = 'relation' and l.granted and l.pid <> pg_catalog.pg_backend_pid()
  and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
order by l.pid
limit 5`,
  values: [relations.map(({ schema }) => schema), relations.map(({ name }) => name)],
});
