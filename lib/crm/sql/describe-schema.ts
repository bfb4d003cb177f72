/** What of schema `trivet` is installed: migrations, watched columns, and the functions as they are stored. */
import type { Statement } from '../statement.ts';

export interface SchemaAnswer {
  readonly is_there: boolean;
  readonly has_migrations: boolean;
}

export const findSchema = (): Statement => ({
  text: `
select to_regnamespace('trivet') is not null as is_there,
       to_regclass('trivet.migrations') is not null as has_migrations`,
  values: [],
});

export interface MigrationRow {
  readonly number: number;
}

export const listMigrations = (): Statement => ({
  text: 'select m.number from trivet.migrations m order by m.number',
  values: [],
});

export interface WatchedRow {
  readonly table_name: string;
  readonly columns: readonly string[];
}

export const listWatched = (): Statement => ({
  text: 'select c.table_name, c.columns from trivet.capture c order by c.table_name',
  values: [],
});

export interface FunctionRow {
  readonly name: string;
  readonly body: string;
  readonly is_definer: boolean;
  /** `name=value` of its own settings. */
  readonly settings: readonly string[];
  readonly is_public: boolean;
}

export const listFunctions = (): Statement => ({
  text: `
select p.proname as name, p.prosrc as body, p.prosecdef as is_definer,
       coalesce(p.proconfig, '{}') as settings,
       exists (
         select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee = 0
       ) as is_public
from pg_proc p
where p.pronamespace = to_regnamespace('trivet')
order by p.proname`,
  values: [],
});
