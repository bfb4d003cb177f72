/**
 * Which of some rights a role lacks, whoever gave the others: itself, a role it is in, or PUBLIC. What is
 * not there can be no right: it counts as missing. https://www.postgresql.org/docs/current/functions-info.html
 */
import type { Right } from '../grants.ts';
import type { Statement } from '../statement.ts';

export interface MissingRight {
  /** Its place among those asked for, from 1. */
  readonly place: number;
}

export const findMissingRights = (role: string, rights: readonly Right[]): Statement => ({
  text: `
select r.place::integer as place
from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
  with ordinality as r(kind, schema_name, name, column_name, privilege, place)
left join pg_catalog.pg_namespace n on n.nspname = r.schema_name
left join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = r.name
left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = r.column_name
where not coalesce(case r.kind
  when 'database' then pg_catalog.has_database_privilege($1::name, pg_catalog.current_database(), r.privilege)
  when 'schema' then pg_catalog.has_schema_privilege($1::name, n.oid, r.privilege)
  when 'table' then pg_catalog.has_table_privilege($1::name, c.oid, r.privilege)
  when 'column' then pg_catalog.has_column_privilege($1::name, c.oid, a.attnum, r.privilege)
  when 'sequence' then pg_catalog.has_sequence_privilege($1::name, c.oid, r.privilege)
  when 'role' then pg_catalog.pg_has_role($1::name, r.name::name, r.privilege)
end, false)
order by r.place`,
  values: [
    role,
    rights.map(({ kind }) => kind),
    rights.map(({ schema }) => schema),
    rights.map(({ name }) => name),
    rights.map(({ column }) => column),
    rights.map(({ privilege }) => privilege),
  ],
});

export interface FoundRole {
  readonly name: string;
}

export const findRole = (role: string): Statement => ({
  text: 'select r.rolname as name from pg_catalog.pg_roles r where r.rolname = $1',
  values: [role],
});

export interface GrantedRow {
  readonly role_name: string;
  readonly kind: Right['kind'];
  readonly schema_name: string;
  readonly object_name: string;
  readonly column_name: string;
  readonly privilege: string;
}

/** What installations granted, of that what is still there to be taken back. */
export const listGranted = (): Statement => ({
  text: `
select g.role_name, g.kind, g.schema_name, g.object_name, g.column_name, g.privilege
from trivet.granted g
join pg_catalog.pg_roles r on r.rolname = g.role_name
left join pg_catalog.pg_namespace n on n.nspname = g.schema_name
left join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = g.object_name
left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = g.column_name
where case g.kind
  when 'database' then true
  when 'schema' then n.oid is not null
  when 'column' then a.attnum is not null
  else c.oid is not null
end
order by g.role_name, g.kind, g.schema_name, g.object_name, g.column_name, g.privilege`,
  values: [],
});
