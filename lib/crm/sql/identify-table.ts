/**
 * Which server this is, and what the synced table's columns are at this moment, in one statement: a process that stays warm
 * for hours knows the types of when it began. The text is for comparing with an earlier one only.
 */
import type { TableName } from '../identifiers.ts';
import type { Statement } from '../statement.ts';
import { identifyServer, type ServerIdentity } from './identify-server.ts';

export interface TableIdentity extends ServerIdentity {
  /** Null: there is no such table. */
  readonly columns: string | null;
}

export const identifyTable = ({ schema, name }: TableName): Statement => ({
  text: `
select server.*,
       (select string_agg(concat_ws(' ', a.attname, a.atttypid, a.attgenerated, a.attidentity), ',' order by a.attnum)
        from pg_catalog.pg_namespace n
        join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = $2
        join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where n.nspname = $1) as columns
from (${identifyServer().text}) server`,
  values: [schema, name],
});
