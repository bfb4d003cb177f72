/**
 * Migration 2: what an installation granted to Trivet's own role. Only what was missing then stands
 * here, so that an uninstallation takes back its own and nothing that a person granted.
 */
export const migration2 = `
create table trivet.granted (
  role_name text not null,
  kind text not null,
  schema_name text not null,
  object_name text not null,
  column_name text not null,
  privilege text not null,
  at timestamptz not null default clock_timestamp(),
  primary key (role_name, kind, schema_name, object_name, column_name, privilege)
);

revoke all on trivet.granted from public;
`;
