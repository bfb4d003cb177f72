/**
 * The table and everything below it (partitions of partitions, old-style children), each with the
 * capture triggers it has. A statement that names a partition fires that partition's triggers only.
 */
import type { TableName } from '../identifiers.ts';
import type { Statement } from '../statement.ts';

export interface RelationRow {
  readonly schema: string;
  readonly name: string;
  readonly relkind: string;
  /** A subscription of this database writes to it. */
  readonly is_subscribed: boolean;
  readonly triggers: readonly {
    readonly name: string;
    readonly enabled: string;
    readonly functionName: string;
  }[];
}

export const listRelations = (table: TableName): Statement => ({
  text: `
with recursive tree(oid) as (
  select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = $1 and c.relname = $2
  union
  select i.inhrelid from pg_inherits i join tree on i.inhparent = tree.oid
)
select n.nspname as schema, c.relname as name, c.relkind::text as relkind,
       exists (select from pg_subscription_rel s where s.srrelid = c.oid) as is_subscribed,
       coalesce((
         select jsonb_agg(jsonb_build_object('name', t.tgname, 'enabled', t.tgenabled, 'functionName', p.proname))
         from pg_trigger t
         join pg_proc p on p.oid = t.tgfoid
         where t.tgrelid = c.oid and p.pronamespace = to_regnamespace('trivet')
       ), '[]') as triggers
from tree
join pg_class c on c.oid = tree.oid
join pg_namespace n on n.oid = c.relnamespace
order by c.oid`,
  values: [table.schema, table.name],
});
