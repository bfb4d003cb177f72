/** The sequences that the key columns take fresh values from: identities, serials and plain defaults. */
import type { TableName } from '../identifiers.ts';
import type { Statement } from '../statement.ts';

export interface SequenceRow {
  readonly schema: string;
  readonly name: string;
}

export const listSequences = (table: TableName, key: readonly string[]): Statement => ({
  text: `
select distinct sn.nspname as schema, s.relname as name
from pg_namespace n
join pg_class c on c.relnamespace = n.oid
join pg_attribute a on a.attrelid = c.oid and a.attname = any ($3::text[])
left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
join pg_depend p
  on (p.classid = 'pg_attrdef'::regclass and p.objid = d.oid and p.refclassid = 'pg_class'::regclass)
  or (p.classid = 'pg_class'::regclass and p.refobjid = c.oid and p.refobjsubid = a.attnum and p.deptype = 'i')
join pg_class s on s.relkind = 'S' and s.oid in (p.objid, p.refobjid)
join pg_namespace sn on sn.oid = s.relnamespace
where n.nspname = $1 and c.relname = $2`,
  values: [table.schema, table.name, key],
});
