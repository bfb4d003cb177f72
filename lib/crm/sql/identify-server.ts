/**
 * Which server this is and on which line of history. The timeline comes from the WAL's file name:
 * after a promotion the control file says the old one for seconds. Null on a standby, whose rows
 * and horizon are not the primary's. Both functions may be called by any role.
 * https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-BACKUP
 */
import type { Statement } from '../statement.ts';

export interface ServerIdentity {
  readonly system_id: string;
  readonly timeline: string | null;
}

export const identifyServer = (): Statement => ({
  text: `
select (pg_control_system()).system_identifier::text as system_id,
       case when not pg_is_in_recovery() then left(pg_walfile_name(pg_current_wal_lsn()), 8) end as timeline`,
  values: [],
});
