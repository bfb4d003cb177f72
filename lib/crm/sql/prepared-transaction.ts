/**
 * A prepared transaction of this database, if there is one. It belongs to no session, and nobody knows
 * when it began. To be asked after the sessions were: one that is prepared in between is seen twice and
 * not missed. https://www.postgresql.org/docs/current/view-pg-prepared-xacts.html
 */
import type { Statement } from '../statement.ts';

export interface PreparedTransaction {
  readonly gid: string;
  readonly database: string;
  readonly age_ms: string;
}

export const preparedTransaction = (): Statement => ({
  text: `
select p.gid, p.database::text as database,
       greatest(0, floor(extract(epoch from clock_timestamp() - p.prepared) * 1000))::bigint::text as age_ms
from pg_prepared_xacts p
where p.database = current_database()
order by p.prepared
limit 1`,
  values: [],
});
