/** Which database of which server this is. Any role may ask. */
import type { Statement } from '../statement.ts';

export interface DatabaseIdentity {
  readonly system_id: string;
  readonly database: string;
}

export const identifyDatabase = (): Statement => ({
  text: `
select (pg_catalog.pg_control_system()).system_identifier::text as system_id,
       pg_catalog.current_database()::text as database`,
  values: [],
});
