/**
 * Migration 1: schema `trivet`. The CRM's own tables get no column, its roles no right: the capture
 * functions write the log in their owner's name.
 */

/**
 * `xid` is the top transaction's id, also inside savepoints, so a row is readable exactly when its
 * transaction has ended. `keys` null asks for a look at the whole table. The primary key is the
 * order of reading. https://www.postgresql.org/docs/current/datatype-oid.html (xid8)
 *
 * A reader's row claims the log from `previous_*` on: the checkpoint before the newest page is what
 * a crashed round starts from again. The floor is what a purge has taken. `capture` says which
 * columns the installed functions watch.
 */
export const migration1 = `
create table trivet.change_log (
  table_name text not null,
  xid xid8 not null default pg_current_xact_id(),
  seq bigint generated always as identity,
  at timestamptz not null default clock_timestamp(),
  op text not null,
  keys text[],
  key_count integer not null generated always as (coalesce(cardinality(keys), 0)) stored,
  note text,
  primary key (table_name, xid, seq)
);

create table trivet.reader (
  sync text primary key,
  table_name text not null,
  xid xid8 not null,
  seq bigint not null,
  mark text not null,
  previous_xid xid8 not null,
  previous_seq bigint not null,
  previous_mark text,
  at timestamptz not null default clock_timestamp()
);

create table trivet.floor (
  table_name text primary key,
  xid xid8 not null,
  seq bigint not null
);

create table trivet.capture (
  table_name text primary key,
  columns text[] not null,
  at timestamptz not null default clock_timestamp()
);

revoke all on all tables in schema trivet from public;
`;
