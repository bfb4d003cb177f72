/** One table and its columns as the catalog describes them, for a person who wants to know whether a sync fits. */
import type { TableName } from '../identifiers.ts';
import type { Statement } from '../statement.ts';

export interface TableAnswer {
  readonly relkind: string;
  readonly rows: string;
  /** Policies apply to the current role. */
  readonly has_row_security: boolean;
}

export const examineTable = (table: TableName): Statement => ({
  text: `
select c.relkind::text as relkind, c.reltuples::bigint::text as rows,
       case when c.relkind in ('r', 'p') then row_security_active(c.oid) else false end as has_row_security
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relname = $2`,
  values: [table.schema, table.name],
});

export interface ColumnAnswer {
  readonly name: string;
  /** As written in DDL: `character varying(20)`. */
  readonly type: string;
  /** `pg_type.typcategory` of the base type, `j` for json: https://www.postgresql.org/docs/current/catalog-pg-type.html */
  readonly category: string;
  /** Of `varchar(n)` and `char(n)`. */
  readonly length_max: number | null;
  readonly labels: readonly string[] | null;
  readonly not_null: boolean;
  readonly has_default: boolean;
  readonly is_generated: boolean;
  /** Columns of a unique index on this column alone, or on a form of it. */
  readonly is_unique: boolean;
}

export const examineColumns = (table: TableName): Statement => ({
  text: `
select a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
       case when base.typname in ('json', 'jsonb') then 'j' else base.typcategory::text end as category,
       case when base.typname in ('varchar', 'bpchar') and greatest(a.atttypmod, base.typtypmod) > 4
            then greatest(a.atttypmod, base.typtypmod) - 4 end as length_max,
       case when base.typtype = 'e' then (
         select array_agg(e.enumlabel::text order by e.enumsortorder) from pg_enum e where e.enumtypid = base.oid
       ) end as labels,
       a.attnotnull as not_null,
       a.atthasdef or a.attidentity <> '' as has_default,
       a.attgenerated <> '' as is_generated,
       exists (
         select from pg_index i
         where i.indrelid = a.attrelid and i.indisunique and i.indisvalid and i.indnkeyatts = 1
           and (i.indkey[0] = a.attnum or (i.indkey[0] = 0 and exists (
             select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = i.indexrelid
               and d.refobjid = a.attrelid and d.refobjsubid = a.attnum)))
       ) as is_unique
from pg_namespace n
join pg_class c on c.relnamespace = n.oid
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
join lateral (
  with recursive chain(oid, typmod) as (
    select a.atttypid, -1
    union all
    select t.typbasetype, t.typtypmod from chain join pg_type t on t.oid = chain.oid where t.typtype = 'd'
  )
  select t.oid, t.typname, t.typtype, t.typcategory, chain.typmod as typtypmod
  from chain join pg_type t on t.oid = chain.oid where t.typtype <> 'd'
) base on true
where n.nspname = $1 and c.relname = $2
order by a.attnum`,
  values: [table.schema, table.name],
});

/** How rows are found by their match value, were there only indexes. The plan names one, or scans all the same. */
export const explainMatch = (quotedTable: string, matchExpression: string): Statement => ({
  text: `explain (format json) select from ${quotedTable} t where ${matchExpression} = 'ann@example.test'`,
  values: [],
});
