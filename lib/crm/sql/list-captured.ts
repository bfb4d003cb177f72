/** Every trigger in this database that calls a function of schema `trivet`. */
import type { Statement } from '../statement.ts';

export interface CapturedRow {
  readonly schema: string;
  readonly name: string;
  readonly trigger: string;
  readonly function_name: string;
}

export const listCaptured = (): Statement => ({
  text: `
select n.nspname as schema, c.relname as name, t.tgname as trigger, p.proname as function_name
from pg_trigger t
join pg_proc p on p.oid = t.tgfoid and p.pronamespace = to_regnamespace('trivet')
join pg_class c on c.oid = t.tgrelid
join pg_namespace n on n.oid = c.relnamespace
where not t.tgisinternal
order by c.oid, t.tgname`,
  values: [],
});
