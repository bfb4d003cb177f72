/**
 * The app's records in the scratch database, by id and by match value: as the app listed them, and as a rehearsal
 * leaves them. What it wrote stands beside the listing, so that both can still be asked for.
 */
import { findMatchField } from '../engine/match-field.ts';
import type { RemoteId, SyncSpec } from '../engine/model.ts';
import type { Json } from '../engine/value.ts';
import type { AppObservation, FetchTarget } from '../ports/app.ts';
import { createMatchForm } from './match-form.ts';
import type { Scratch } from './scratch.ts';

export const APP_SCHEMA = [
  'create table member (seq integer primary key, id text unique, match text, json text)',
  'create index member_match on member (match) where match is not null',
  'create table listed (seq integer primary key, id text unique, match text, json text not null)',
  'create index listed_match on listed (match) where match is not null',
];

/** The records of the app by id and by match value, as listed and as the rehearsal leaves them. */
export interface Shelf {
  list(observed: AppObservation): void;
  original(target: FetchTarget): AppObservation | undefined;
  /** Those of these match values that the app listed several records with. */
  shared(values: readonly string[]): ReadonlySet<string>;
  /** Undefined: not in the listing, and not made by the rehearsal. */
  find(target: FetchTarget): AppObservation | undefined;
  absent(target: FetchTarget): AppObservation;
  holder(match: Json | undefined): RemoteId | null;
  add(raw: AppObservation['raw']): AppObservation;
  put(id: RemoteId, observed: AppObservation | null): void;
  change(id: RemoteId, change: Partial<AppObservation>): AppObservation;
}

interface ShelfOptions {
  readonly scratch: Scratch;
  readonly spec: SyncSpec;
  readonly now: () => number;
}

type Table = 'member' | 'listed';

export function createShelf(options: ShelfOptions): Shelf {
  let made = 0;
  const { now } = options;
  const { read, put, isChanged, isListedTwice } = createTables(options);
  /** What was written over is no more where the listing shows it. */
  const find = (target: FetchTarget): AppObservation | undefined => {
    const ours = read('member', target);
    if (ours !== undefined) return ours;
    const listed = read('listed', target);
    const isStale = listed?.remoteId != null && isChanged(listed.remoteId);
    return isStale ? undefined : listed;
  };
  return {
    absent: (target) => absentAt(target, now()),
    find,
    original: (target) => read('listed', target),
    shared: (values) => new Set(values.filter((value) => isListedTwice(value))),
    list: (observed) => {
      if (observed.remoteId !== null) put('listed', observed.remoteId, observed);
    },
    put: (id, observed) => put('member', id, observed),
    holder: (match) =>
      typeof match === 'string' ? (find({ remoteId: null, match })?.remoteId ?? null) : null,
    add: (raw) => {
      made += 1;
      const id = `(made by the rehearsal: ${made})` as RemoteId;
      const nobody = absentAt({ remoteId: id, match: null }, now());
      const observed: AppObservation = { ...nobody, existence: 'present', raw };
      put('member', id, observed);
      return observed;
    },
    change: (id, change) => {
      const before = find({ remoteId: id, match: null }) as AppObservation;
      const observed = { ...before, ...change, beganAt: now() };
      put('member', id, observed);
      return observed;
    },
  };
}

function absentAt({ remoteId }: FetchTarget, beganAt: number): AppObservation {
  return { remoteId, existence: 'absent', raw: {}, version: null, optInAt: null, beganAt };
}

function createTables({ scratch, spec, now }: ShelfOptions) {
  const formOf = createMatchForm(spec);
  const path = findMatchField(spec.fields)?.path ?? '';
  const rowOf = (table: Table, target: FetchTarget): { json: string | null } | undefined =>
    target.remoteId === null
      ? scratch.first(
          `select json from ${table} where match = ? order by seq limit 1`,
          formOf(target.match),
        )
      : scratch.first(`select json from ${table} where id = ?`, target.remoteId);
  return {
    read: (table: Table, target: FetchTarget): AppObservation | undefined => {
      const row = rowOf(table, target);
      if (row === undefined) return undefined;
      return row.json === null ? absentAt(target, now()) : (JSON.parse(row.json) as AppObservation);
    },
    /** A record that moves while it is listed is listed twice; the later sight counts. */
    put: (table: Table, id: RemoteId, observed: AppObservation | null): void =>
      scratch.run(
        `insert into ${table} (id, match, json) values (?, ?, ?)
         on conflict (id) do update set match = excluded.match, json = excluded.json`,
        id,
        observed === null ? null : formOf(observed.raw[path]),
        observed === null ? null : JSON.stringify(observed),
      ),
    isListedTwice: (value: string): boolean =>
      scratch.all('select id from listed where match = ? limit 2', formOf(value)).length === 2,
    isChanged: (id: RemoteId): boolean =>
      scratch.first('select seq from member where id = ?', id) !== undefined,
  };
}
