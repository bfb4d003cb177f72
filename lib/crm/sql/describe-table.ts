/** The columns of one table. Runs under `search_path = pg_catalog`, which makes every name in it qualified. */
import type { TableName } from '../identifiers.ts';
import type { Statement } from '../statement.ts';
import type { ColumnKind } from '../table-shape.ts';

export interface ColumnDescription {
  readonly name: string;
  readonly type: string;
  /** The qualified name of what a domain is made of; of any other type its own. */
  readonly base_type: string;
  readonly kind: ColumnKind;
  readonly generated: boolean;
  readonly identity: boolean;
  /** A literal naming the identity's sequence. */
  readonly sequence: string | null;
  readonly default_expression: string | null;
  /** pg_class.relkind of the table. */
  readonly relkind: string;
}

/**
 * Domains (over domains) are followed down to their base type. `format_type(oid, -1)` gives `bpchar`
 * where plain `format_type` says `character`, which as a cast would mean `character(1)`.
 * https://www.postgresql.org/docs/current/functions-info.html
 */
export const describeTable = (table: TableName): Statement => ({
  text: `
select a.attname as name,
       format_type(a.atttypid, -1) as type,
       format_type(base.oid, -1) as base_type,
       c.relkind,
       case when base.typname in ('json', 'jsonb') and base.typnamespace = 'pg_catalog'::regnamespace
              then 'json'
            when base.typname = 'bool' and base.typnamespace = 'pg_catalog'::regnamespace
              then 'boolean'
            when base.typtype = 'c' then 'composite'
            when base.typcategory = 'A' and (e.typtype = 'c' or e.typname in ('json', 'jsonb'))
              then 'structured-array'
            when base.typcategory = 'A' then 'array'
            else 'scalar' end as kind,
       a.attgenerated <> '' as generated,
       a.attidentity <> '' as identity,
       case when a.attidentity <> '' then
         quote_literal(pg_get_serial_sequence(quote_ident(n.nspname) || '.' || quote_ident(c.relname), a.attname))
       end as sequence,
       pg_get_expr(d.adbin, d.adrelid) as default_expression
from pg_namespace n
join pg_class c on c.relnamespace = n.oid and c.relkind in ('r', 'p', 'f', 'v')
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
join lateral (
  with recursive chain(oid) as (
    select a.atttypid
    union all
    select t.typbasetype from chain join pg_type t on t.oid = chain.oid where t.typtype = 'd'
  )
  select t.* from chain join pg_type t on t.oid = chain.oid where t.typtype <> 'd'
) base on true
left join pg_type e on e.oid = base.typelem
left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where n.nspname = $1 and c.relname = $2
order by a.attnum`,
  values: [table.schema, table.name],
});
