/** Whether the table can be captured by this key and these columns, as the catalog says. */
import type { TableName } from '../identifiers.ts';
import type { Statement } from '../statement.ts';

export interface CaptureColumn {
  readonly name: string;
  /** For a virtual generated column (Postgres 18): the columns it is made of. Otherwise null. */
  readonly made_of: readonly string[] | null;
  /** Its text does not depend on any setting: whole numbers, texts, UUIDs and such. */
  readonly has_one_text: boolean;
  /** Sets of columns with a unique index, none of them nullable, that this column is part of. */
  readonly unique_sets: readonly (readonly string[])[];
}

/**
 * A virtual column has no value in a transition table, so its sources are watched instead.
 * https://www.postgresql.org/docs/current/ddl-generated-columns.html
 */
export const describeCapture = (table: TableName): Statement => ({
  text: `
select a.attname as name,
       case when a.attgenerated = 'v' then (
         select array_agg(s.attname::text)
         from pg_attrdef d
         join pg_depend p on p.classid = 'pg_attrdef'::regclass and p.objid = d.oid
           and p.refclassid = 'pg_class'::regclass and p.refobjid = d.adrelid and p.refobjsubid <> a.attnum
         join pg_attribute s on s.attrelid = d.adrelid and s.attnum = p.refobjsubid
         where d.adrelid = a.attrelid and d.adnum = a.attnum
       ) end as made_of,
       a.atttypid = any ('{bool,int2,int4,int8,numeric,text,varchar,bpchar,uuid}'::regtype[]) as has_one_text,
       coalesce((
         select jsonb_agg(u.names)
         from pg_index i
         cross join lateral (
           select array_agg(k.attname::text order by k.attname) as names, bool_and(k.attnotnull) as solid
           from pg_attribute k
           where k.attrelid = i.indrelid and k.attnum = any ((i.indkey::int2[])[0:i.indnkeyatts - 1])
         ) u
         where i.indrelid = a.attrelid and i.indisunique and i.indimmediate and i.indisvalid
           and i.indpred is null and i.indexprs is null and u.solid and a.attname = any (u.names)
       ), '[]') as unique_sets
from pg_attribute a
join pg_class c on c.oid = a.attrelid
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relname = $2 and a.attnum > 0 and not a.attisdropped`,
  values: [table.schema, table.name],
});
