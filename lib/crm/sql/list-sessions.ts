/** Sessions of Trivet in this database besides our own. An idle one may be of a function that was frozen. */
import type { Statement } from '../statement.ts';

export interface TrivetSession {
  readonly pid: number;
  readonly user_name: string;
  readonly address: string | null;
}

export const listSessions = (): Statement => ({
  text: `
select a.pid, a.usename::text as user_name, host(a.client_addr) as address
from pg_catalog.pg_stat_activity a
where a.datname = pg_catalog.current_database() and a.application_name = 'trivet'
  and a.pid <> pg_catalog.pg_backend_pid()
order by a.pid`,
  values: [],
});
