/**
 * What is remembered, as a rehearsal sees it: read from the real store, written to the scratch database only.
 * The type of `StateSource` holds no method that writes, so nothing here can.
 */
import type { CrmKey, RemoteId } from '../engine/model.ts';
import { newState } from '../flow/work.ts';
import {
  HEALTHY,
  type Checkpoint,
  type Health,
  type HistoryEntry,
  type HolderStore,
  type Holding,
  type StateStore,
  type StoredBook,
  type StoredRecord,
  type Unmatched,
} from '../ports/state.ts';
import type { Scratch } from './scratch.ts';

/** What may be asked of the real store. */
export type StateSource = Pick<
  StateStore,
  'load' | 'findLinks' | 'blockedBy' | 'buried' | 'holdersOf'
>;

export const STATE_SCHEMA = [
  'create table record (key text primary key, json text not null, due real)',
  'create index record_due on record (due) where due is not null',
  'create table link (id text primary key, key text not null)',
  'create table blocked (blocker text, blocked text, is_gone int, primary key (blocker, blocked))',
  'create table holder (id text, key text, is_gone int, primary key (id, key))',
  'create table unmatched (id text primary key, json text not null)',
  'create table buried (name text primary key, at real not null)',
];

export interface ScratchStateOptions {
  readonly scratch: Scratch;
  readonly source: StateSource;
  /** Nothing is remembered yet: the real store need not be asked. */
  readonly isNew: boolean;
  readonly checkpoint: Checkpoint | null;
  readonly book: StoredBook;
  /** When the first person was erased: from then on whoever is to be made is asked for. */
  readonly erasedAt: Health['erasedAt'];
  readonly told: (key: CrmKey, entry: HistoryEntry) => void;
}

export interface ScratchState {
  readonly store: StateStore;
  /** The record as the rehearsal leaves it; undefined: it was not changed. */
  changed(key: CrmKey): StoredRecord | undefined;
  /** As the real store has them. What was read for this page is kept until the next. */
  original(sync: string, keys: readonly CrmKey[]): Promise<ReadonlyMap<CrmKey, StoredRecord>>;
  nextPage(): void;
  /** Of those set aside in the rehearsal, who may be looked at again first. */
  firstDue(): { readonly key: CrmKey; readonly at: number } | null;
  health(): Health;
}

export function createScratchState(options: ScratchStateOptions): ScratchState {
  const { scratch, source, isNew, checkpoint } = options;
  let page = new Map<CrmKey, StoredRecord | null>();
  let book = options.book;
  // Neither paused nor halted: the plan says what the sync would do if it worked.
  let health: Health = { ...HEALTHY, erasedAt: options.erasedAt };
  const changed = (key: CrmKey): StoredRecord | undefined => {
    const row = scratch.first<{ json: string }>('select json from record where key = ?', key);
    return row === undefined ? undefined : (JSON.parse(row.json) as StoredRecord);
  };
  const original = async (sync: string, keys: readonly CrmKey[]) => {
    const unread = keys.filter((key) => !page.has(key));
    const read = isNew || unread.length === 0 ? null : await source.load(sync, unread);
    for (const key of unread) page.set(key, read?.get(key) ?? null);
    return new Map(keys.flatMap((key) => entryOf(key, page.get(key) ?? undefined)));
  };
  const store: StateStore = {
    load: async (sync, keys) => {
      const ours = new Map(keys.flatMap((key) => entryOf(key, changed(key))));
      const rest = keys.filter((key) => !ours.has(key));
      return new Map([...ours, ...(await original(sync, rest))]);
    },
    save: (_sync, records) => {
      for (const record of records) saveRecord(scratch, record);
      return Promise.resolve(records.map(() => 'saved' as const));
    },
    // What the real store still has shows through a scratch without it: somebody of whom nothing is known stands there.
    forgetRecord: (_sync, record) => {
      saveRecord(scratch, { ...record, state: newState(record.state.key), marks: 0 });
      return Promise.resolve('saved');
    },
    ...createLinks(options),
    ...createNotes(options),
    ...createHolders(options),
    append: (_sync, entries) => {
      for (const { key, entry } of entries) options.told(key, entry);
      return Promise.resolve();
    },
    loadCheckpoint: () => Promise.resolve(checkpoint),
    loadHealth: () => Promise.resolve(health),
    saveHealth: (_sync, next) => {
      health = { ...next, version: next.version + 1 };
      return Promise.resolve('saved');
    },
    loadBook: () => Promise.resolve(book),
    saveBook: (_sync, next) => {
      book = { ...next, version: next.version + 1 };
      return Promise.resolve('saved');
    },
    ...NOT_REHEARSED,
  };
  return {
    store,
    changed,
    original,
    nextPage: () => {
      page = new Map();
    },
    firstDue: () =>
      scratch.first<{ key: CrmKey; at: number }>(
        'select key, due as at from record where due is not null order by due limit 1',
      ) ?? null,
    health: () => health,
  };
}

const entryOf = <V>(key: CrmKey, value: V | undefined): readonly (readonly [CrmKey, V])[] =>
  value === undefined ? [] : [[key, value]];

/** Who waits for the time of a change waits for the CRM's log, which a rehearsal does not read. */
function dueOf({ state: { parking, parked } }: StoredRecord): number | null {
  const isUndated = Object.values(parked).some(({ kind }) => kind === 'waiting');
  return parking?.kind === 'waiting' && !isUndated ? parking.until : null;
}

function saveRecord(scratch: Scratch, record: StoredRecord): void {
  const saved = { ...record, version: record.version + 1 };
  scratch.run(
    'insert or replace into record values (?, ?, ?)',
    record.state.key,
    JSON.stringify(saved),
    dueOf(saved),
  );
}

function createLinks({
  scratch,
  source,
  isNew,
}: ScratchStateOptions): Pick<StateStore, 'findLinks' | 'claimLinks' | 'moveLink' | 'releaseLink'> {
  const ourLink = (id: RemoteId): CrmKey | undefined =>
    scratch.first<{ key: CrmKey }>('select key from link where id = ?', id)?.key;
  const put = (id: RemoteId, key: CrmKey): void =>
    scratch.run('insert or replace into link values (?, ?)', id, key);
  const findLinks: StateStore['findLinks'] = async (sync, ids) => {
    const found = new Map<RemoteId, CrmKey>();
    const rest: RemoteId[] = [];
    for (const id of ids) {
      const key = ourLink(id);
      if (key === undefined) rest.push(id);
      else found.set(id, key);
    }
    const real = isNew || rest.length === 0 ? [] : await source.findLinks(sync, rest);
    return new Map([...found, ...real]);
  };
  return {
    findLinks,
    claimLinks: async (sync, claims) => {
      const ids = claims.map(({ id }) => id);
      const held = new Map(await findLinks(sync, ids));
      return claims.map(({ id, key }) => {
        const holder = held.get(id) ?? key;
        if (!held.has(id)) put(id, key);
        held.set(id, holder);
        return holder;
      });
    },
    moveLink: async (sync, id, from, to) => {
      const holder = (await findLinks(sync, [id])).get(id);
      if (holder !== from && holder !== to) return 'lost';
      put(id, to);
      return 'saved';
    },
    releaseLink: () => Promise.reject(new Error('a rehearsal releases no link')),
  };
}

/** Notes beside the records: who blocks whom, who has no row, who is buried. */
function createNotes({
  scratch,
  source,
  isNew,
}: ScratchStateOptions): Pick<
  StateStore,
  'block' | 'unblock' | 'blockedBy' | 'putUnmatched' | 'dropUnmatched' | 'bury' | 'buried'
> {
  const note = (blocker: CrmKey, blocked: CrmKey, isGone: 0 | 1): Promise<void> =>
    done(() =>
      scratch.run('insert or replace into blocked values (?, ?, ?)', blocker, blocked, isGone),
    );
  return {
    block: (_sync, blocker, blocked) => note(blocker, blocked, 0),
    unblock: (_sync, blocker, blocked) => note(blocker, blocked, 1),
    blockedBy: async (sync, blocker) => {
      const ours = scratch.all<{ blocked: CrmKey; is_gone: number }>(
        'select blocked, is_gone from blocked where blocker = ?',
        blocker,
      );
      const keys = new Set(isNew ? [] : await source.blockedBy(sync, blocker));
      for (const { blocked, is_gone } of ours) {
        if (is_gone === 1) keys.delete(blocked);
        else keys.add(blocked);
      }
      return [...keys];
    },
    putUnmatched: (_sync, unmatched: Unmatched) =>
      done(() =>
        scratch.run(
          'insert or replace into unmatched values (?, ?)',
          unmatched.remoteId,
          JSON.stringify(unmatched),
        ),
      ),
    dropUnmatched: (_sync, ids) =>
      done(() => {
        for (const id of ids) scratch.run('delete from unmatched where id = ?', id);
      }),
    bury: (names, at) =>
      done(() => {
        for (const name of names)
          scratch.run('insert or replace into buried values (?, ?)', name, at);
      }),
    buried: async (names) => {
      const real = names.length === 0 ? new Map<string, number>() : await source.buried(names);
      const ours = names.flatMap((name) => {
        const row = scratch.first<{ at: number }>('select at from buried where name = ?', name);
        return row === undefined ? [] : [[name, row.at] as const];
      });
      return new Map([...real, ...ours]);
    },
  };
}

/** Who bears what at an app that shows nobody: the real store's, and over it what the rehearsal did. */
function createHolders({ scratch, source, isNew }: ScratchStateOptions): HolderStore {
  const note = (holdings: readonly Holding[], isGone: 0 | 1): Promise<void> =>
    done(() => {
      for (const { id, key } of holdings)
        scratch.run('insert or replace into holder values (?, ?, ?)', id, key, isGone);
    });
  const keysOf = (id: string, real: readonly CrmKey[]): readonly CrmKey[] => {
    const keys = new Set(real);
    const ours = scratch.all<{ key: CrmKey; is_gone: number }>(
      'select key, is_gone from holder where id = ?',
      id,
    );
    for (const { key, is_gone } of ours) {
      if (is_gone === 1) keys.delete(key);
      else keys.add(key);
    }
    return [...keys];
  };
  return {
    putHolders: (_sync, holdings) => note(holdings, 0),
    dropHolders: (_sync, holdings) => note(holdings, 1),
    holdersOf: async (sync, ids, limit) => {
      // What the rehearsal took away must not hide somebody behind the limit.
      const real = isNew
        ? new Map<string, readonly CrmKey[]>()
        : await source.holdersOf(sync, ids, limit + HELD_MAX);
      const held = ids.map((id) => [id, keysOf(id, real.get(id) ?? []).slice(0, limit)] as const);
      return new Map(held.filter(([, keys]) => keys.length > 0));
    },
  };
}

const HELD_MAX = 100;

const done = (effect: () => void): Promise<void> => {
  effect();
  return Promise.resolve();
};

const never = (name: string) => (): Promise<never> =>
  Promise.reject(new Error(`a rehearsal of the lanes calls ${name}`));

/** What only rounds of the pull and people's questions need. */
const NOT_REHEARSED = {
  due: never('due'),
  inbox: never('inbox'),
  scan: never('scan'),
  listUnmatched: never('listUnmatched'),
  read: never('read'),
  readPage: never('readPage'),
  forgetHistory: never('forgetHistory'),
  valueKey: never('valueKey'),
  recent: never('recent'),
  saveCheckpoint: never('saveCheckpoint'),
  putPlanned: never('putPlanned'),
  dropPlanned: never('dropPlanned'),
  countPlanned: never('countPlanned'),
  listPlanned: never('listPlanned'),
  // What the app shows is not noted for any later listing: nothing of it has happened.
  digestBuckets: 0,
  noteDigests: () => Promise.resolve(),
  dropDigests: () => Promise.resolve(),
  digestsIn: never('digestsIn'),
  spill: never('spill'),
  spilled: never('spilled'),
  recordsIn: never('recordsIn'),
  putPlanResult: never('putPlanResult'),
  readPlanResults: never('readPlanResults'),
};
