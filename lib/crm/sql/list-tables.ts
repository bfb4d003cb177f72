/** Every table and view a role may read, with what a configuration must know of it. Trivet's own and the system's are left out. */
import type { Statement } from '../statement.ts';

export interface ListedColumn {
  readonly name: string;
  /** As Postgres writes it: `character varying(255)`, `sales.mood`. */
  readonly type: string;
  /** The type below all domains, `text`, `int8`, `timestamptz`, …; of an array that of its elements. */
  readonly base: string;
  readonly kind: 'scalar' | 'array' | 'composite' | 'enum';
  readonly not_null: boolean;
  /** The database fills it in: a default, an identity, or computed. */
  readonly filled: boolean;
  /** Written by the database alone. */
  readonly generated: boolean;
  /** The words of an enum. */
  readonly labels: readonly string[];
}

export interface ListedTable {
  readonly schema: string;
  readonly name: string;
  /** pg_class.relkind: r table, p partitioned, v and m views, f foreign. */
  readonly relkind: string;
  readonly is_partition: boolean;
  /** An estimate; null: never analyzed. */
  readonly rows: string | null;
  readonly columns: readonly ListedColumn[];
  /** In the order of the key; empty without one. */
  readonly primary_key: readonly string[];
  /** Columns of unique indexes over whole tables; `solid`: none of them may be null. */
  readonly uniques: readonly { readonly columns: readonly string[]; readonly solid: boolean }[];
}

/** Domains are followed down to their base type. */
export const listTables = (): Statement => ({
  text: `
select n.nspname as schema, c.relname as name, c.relkind::text as relkind, c.relispartition as is_partition,
       case when c.reltuples >= 0 then c.reltuples::bigint::text end as rows,
       coalesce((
         select jsonb_agg(jsonb_build_object(
           'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
           'base', case when base.typcategory = 'A' then coalesce(e.typname, base.typname) else base.typname end,
           'kind', case when base.typcategory = 'A' then 'array' when base.typtype = 'c' then 'composite'
                        when base.typtype = 'e' then 'enum' else 'scalar' end,
           'not_null', a.attnotnull,
           'filled', a.atthasdef or a.attidentity <> '' or a.attgenerated <> '',
           'generated', a.attgenerated <> '' or a.attidentity = 'a',
           'labels', coalesce((select jsonb_agg(l.enumlabel order by l.enumsortorder) from pg_enum l where l.enumtypid = base.oid), '[]')
         ) order by a.attnum)
         from pg_attribute a
         join lateral (
           with recursive chain(oid) as (
             select a.atttypid
             union all
             select t.typbasetype from chain join pg_type t on t.oid = chain.oid where t.typtype = 'd'
           )
           select t.oid, t.typname, t.typtype, t.typcategory, t.typelem
           from chain join pg_type t on t.oid = chain.oid where t.typtype <> 'd'
         ) base on true
         left join pg_type e on e.oid = base.typelem
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
       ), '[]') as columns,
       coalesce((
         select jsonb_agg(k.attname order by array_position(i.indkey::int2[], k.attnum))
         from pg_index i join pg_attribute k on k.attrelid = i.indrelid and k.attnum = any (i.indkey::int2[])
         where i.indrelid = c.oid and i.indisprimary
       ), '[]') as primary_key,
       coalesce((
         select jsonb_agg(jsonb_build_object('columns', u.names, 'solid', u.solid) order by i.indexrelid)
         from pg_index i
         cross join lateral (
           select jsonb_agg(k.attname order by k.attnum) as names, bool_and(k.attnotnull) as solid
           from pg_attribute k
           where k.attrelid = i.indrelid and k.attnum = any ((i.indkey::int2[])[0:i.indnkeyatts - 1])
         ) u
         where i.indrelid = c.oid and i.indisunique and i.indimmediate and i.indisvalid
           and i.indpred is null and i.indexprs is null
       ), '[]') as uniques
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not in ('information_schema', 'trivet')
  and n.nspname !~ '^pg_' and has_table_privilege(c.oid, 'select') and has_schema_privilege(n.oid, 'usage')
order by n.nspname, c.relname`,
  values: [],
});
