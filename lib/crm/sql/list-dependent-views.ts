/** Views elsewhere that read schema `trivet`: they cannot stay without it. */
import type { Statement } from '../statement.ts';

export interface DependentView {
  readonly schema: string;
  readonly name: string;
}

export const listDependentViews = (): Statement => ({
  text: `
select distinct n.nspname as schema, v.relname as name
from pg_depend d
join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
join pg_class v on v.oid = r.ev_class
join pg_namespace n on n.oid = v.relnamespace
join pg_class t on d.refclassid = 'pg_class'::regclass and t.oid = d.refobjid
where t.relnamespace = to_regnamespace('trivet') and v.relnamespace <> t.relnamespace
order by 1, 2`,
  values: [],
});
