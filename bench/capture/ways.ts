/**
 * Ways to learn what changed, each as triggers on one table that can be switched on and off: ours, and those that
 * docs/adr/0014-what-capture-costs.md weighs it against.
 */
import type { Client } from 'pg';
import { installCapture } from '../../lib/crm/install.ts';

export interface Way {
  readonly name: string;
  readonly says: string;
  /** Makes its triggers, switched off. */
  install(client: Client): Promise<void>;
  readonly triggers: readonly string[];
}

const COLUMNS = ['email', 'first_name', 'last_name', 'phone', 'company', 'city'];
const OURS = ['trivet_capture_insert', 'trivet_capture_update', 'trivet_capture_delete'];

const switchedOff = async (client: Client, triggers: readonly string[]): Promise<void> => {
  for (const trigger of triggers)
    await client.query(`alter table contacts disable trigger ${trigger}`);
};

export const TRIVET: Way = {
  name: 'Trivet',
  says: 'statement triggers with transition tables, up to 500 keys to a log row',
  install: async (client) => {
    const table = { schema: 'public', name: 'contacts' };
    await installCapture(client, [{ table, key: ['id'], columns: COLUMNS }]);
    await switchedOff(client, OURS);
  },
  triggers: OURS,
};

const LOG = `create table if not exists other_log (
  xid xid8 not null default pg_current_xact_id(), seq bigint generated always as identity,
  at timestamptz not null default clock_timestamp(), key bigint not null, primary key (xid, seq))`;

const changedBetween = (old: string, now: string): string =>
  COLUMNS.map((column) => `${old}.${column} is distinct from ${now}.${column}`).join(' or ');

/** A log row for each row, by a row trigger: what most home-made change logs do. */
export const ROW_TRIGGER: Way = {
  name: 'row trigger',
  says: 'a log row for each changed row, by a trigger for each row',
  install: async (client) => {
    await client.query(LOG);
    await client.query(`create or replace function log_row() returns trigger language plpgsql as
      $$ begin insert into other_log (key) values (new.id); return null; end $$`);
    await client.query(`create trigger log_row after update on contacts for each row
      when (${changedBetween('old', 'new')}) execute function log_row()`);
    await switchedOff(client, ['log_row']);
  },
  triggers: ['log_row'],
};

/** As ours, but without uniting keys: each is a log row of its own. */
export const ROW_PER_KEY: Way = {
  name: 'log row per key',
  says: 'a statement trigger with transition tables, a log row for each changed row',
  install: async (client) => {
    await client.query(LOG);
    await client.query(`create or replace function log_keys() returns trigger language plpgsql as
      $$ begin
        insert into other_log (key)
        select n.id from news n join olds o using (id) where ${changedBetween('o', 'n')};
        return null;
      end $$`);
    await client.query(`create trigger log_keys after update on contacts
      referencing old table as olds new table as news for each statement execute function log_keys()`);
    await switchedOff(client, ['log_keys']);
  },
  triggers: ['log_keys'],
};

/** A time of change that is kept by a trigger and found by an index: capture mode `timestamp`. */
export const TIMESTAMP: Way = {
  name: 'updated_at',
  says: 'no log: a trigger sets a time of change, which is indexed',
  install: async (client) => {
    await client.query(`create or replace function touch() returns trigger language plpgsql as
      $$ begin new.updated_at = clock_timestamp(); return new; end $$`);
    await client.query(`create trigger touch before update on contacts
      for each row execute function touch()`);
    await switchedOff(client, ['touch']);
  },
  triggers: ['touch'],
};

/** A mark in the row itself that somebody must clear again: each update is two. */
export const MARK: Way = {
  name: 'mark and clear',
  says: 'no log: a trigger marks the row, and whoever has read it clears the mark by a second update',
  install: async (client) => {
    await client.query(`create or replace function mark() returns trigger language plpgsql as
      $$ begin
        if new.is_changed is not distinct from old.is_changed then new.is_changed = true; end if;
        return new;
      end $$`);
    await client.query(`create trigger mark before update on contacts
      for each row execute function mark()`);
    await switchedOff(client, ['mark']);
  },
  triggers: ['mark'],
};

export const WAYS: readonly Way[] = [TRIVET, ROW_TRIGGER, ROW_PER_KEY, TIMESTAMP, MARK];

export async function switchWay(client: Client, way: Way | null): Promise<void> {
  for (const other of WAYS) await switchedOff(client, other.triggers);
  const mode = way === TRIVET ? 'enable always' : 'enable';
  for (const trigger of way?.triggers ?? []) {
    await client.query(`alter table contacts ${mode} trigger ${trigger}`);
  }
}
