/**
 * The state store in memory: conditional writes, strong reads. Records pass through the real store's
 * item form, so that an attribute the form forgets is missed here and not on AWS.
 */
import { NEW_BOOK } from '../../../lib/engine/brakes.ts';
import type { CrmKey, RemoteId } from '../../../lib/engine/model.ts';
import type { SeenDigest } from '../../../lib/ports/digests.ts';
import {
  HEALTHY,
  type Checkpoint,
  type Health,
  type HistoryEntry,
  type HistoryStore,
  type HolderStore,
  type PlannedStore,
  type SaveOutcome,
  type StateStore,
  type StoredBook,
  type StoredRecord,
  type Unmatched,
} from '../../../lib/ports/state.ts';
import { isInInbox, recordMap, recordOfItem } from '../../../lib/state/record-item.ts';
import type { Item } from '../../../lib/state/attribute.ts';
import { recordKey } from '../../../lib/state/table-keys.ts';
import { createDigestMemory } from './memory-digests.ts';
import { planResultStore } from './memory-plan-results.ts';
import type { Running } from './running.ts';

/** What survives invocations. Items and documents are kept as JSON, so that nobody shares an object. */
export interface MemoryState {
  readonly records: Map<CrmKey, string>;
  readonly links: Map<RemoteId, CrmKey>;
  readonly blocked: Map<CrmKey, Set<CrmKey>>;
  readonly unmatched: Map<RemoteId, Unmatched>;
  readonly history: { key: CrmKey; entry: HistoryEntry }[];
  readonly documents: Map<string, string>;
  readonly tombstones: Map<string, number>;
  readonly planned: Map<RemoteId, true>;
  /** By identifier. */
  readonly holders: Map<string, Set<CrmKey>>;
  readonly digests: Map<RemoteId, SeenDigest>;
  /** By shelf, slice and bucket. */
  readonly spills: Map<string, { readonly walk: string; readonly entries: [string, string][] }>;
}

/** A memory as JSON. */
export type MemoryDump = {
  readonly [Part in keyof MemoryState]: MemoryState[Part] extends Map<infer K, infer V>
    ? readonly (readonly [K, V extends Set<infer E> ? readonly E[] : V])[]
    : MemoryState[Part];
};

export const createMemoryState = (resumed?: MemoryDump): MemoryState => ({
  records: new Map(resumed?.records),
  links: new Map(resumed?.links),
  blocked: new Map(resumed?.blocked.map(([key, keys]) => [key, new Set(keys)])),
  unmatched: new Map(resumed?.unmatched),
  history: [...(resumed?.history ?? [])],
  documents: new Map(resumed?.documents),
  tombstones: new Map(resumed?.tombstones),
  planned: new Map(resumed?.planned),
  // A memory of before there were apps that show nobody.
  holders: new Map((resumed?.holders ?? []).map(([id, keys]) => [id, new Set(keys)])),
  digests: new Map(resumed?.digests),
  spills: new Map(resumed?.spills),
});

export const dumpMemory = (memory: MemoryState): MemoryDump => ({
  records: [...memory.records],
  links: [...memory.links],
  blocked: [...memory.blocked].map(([key, keys]) => [key, [...keys]] as const),
  unmatched: [...memory.unmatched],
  history: memory.history,
  documents: [...memory.documents],
  tombstones: [...memory.tombstones],
  planned: [...memory.planned],
  holders: [...memory.holders].map(([id, keys]) => [id, [...keys]] as const),
  digests: [...memory.digests],
  spills: [...memory.spills],
});

const SYNC = 'contacts-news';

export function readRecord(memory: MemoryState, key: CrmKey): StoredRecord | undefined {
  const text = memory.records.get(key);
  return text === undefined ? undefined : recordOfItem(JSON.parse(text) as Item);
}

export const readRecords = (memory: MemoryState): StoredRecord[] =>
  [...memory.records.keys()].flatMap((key) => readRecord(memory, key) ?? []);

export function saveRecord(memory: MemoryState, record: StoredRecord): SaveOutcome {
  const { key } = record.state;
  const there = readRecord(memory, key);
  if ((there?.version ?? 0) !== record.version) return 'lost';
  memory.records.set(key, itemText(record));
  return 'saved';
}

/** The item a save leaves: with the version after the record's. */
export function itemText(record: StoredRecord): string {
  const { pk, sk } = recordKey(SYNC, record.state.key);
  return JSON.stringify({ pk: { S: pk }, sk: { S: sk }, s: { M: recordMap(record) } });
}

function saveDocument(
  memory: MemoryState,
  name: string,
  document: Checkpoint | Health | StoredBook,
): SaveOutcome {
  const text = memory.documents.get(name);
  const there = text === undefined ? 0 : (JSON.parse(text) as { version: number }).version;
  if (there !== document.version) return 'lost';
  memory.documents.set(name, JSON.stringify({ ...document, version: document.version + 1 }));
  return 'saved';
}

export function createMemoryStore(memory: MemoryState, running: Running): StateStore {
  const call = <T>(label: string, effect: () => T): Promise<T> =>
    running.call(`state.${label}`, effect);
  const page = (keep: (record: StoredRecord) => boolean) => () => ({
    records: readRecords(memory).filter(keep),
    cursor: null,
  });
  return {
    load: (_sync, keys) =>
      call('load', () => {
        const found = keys.flatMap((key) => readRecord(memory, key) ?? []);
        return new Map(found.map((record) => [record.state.key, record]));
      }),
    save: async (_sync, records) => {
      const outcomes: SaveOutcome[] = [];
      // Each record is a write of its own: a crash may come between any two.
      for (const record of records) {
        const label = `save ${record.state.key}${record.state.intent === null ? '' : ' intent'}`;
        outcomes.push(await call(label, () => saveRecord(memory, record)));
      }
      return outcomes;
    },
    forgetRecord: (_sync, { state: { key }, version }) =>
      call(`forgetRecord ${key}`, () => {
        const there = readRecord(memory, key);
        if (there !== undefined && there.version !== version) return 'lost';
        memory.records.delete(key);
        return 'saved';
      }),
    ...linkStore(memory, call),
    due: (_sync, now, limit) =>
      call('due', () =>
        readRecords(memory)
          .filter(({ state: { parking } }) => parking?.kind === 'waiting' && parking.until <= now)
          .map(({ state }) => state.key)
          .slice(0, limit),
      ),
    inbox: () =>
      call(
        'inbox',
        page(({ state }) => isInInbox(state)),
      ),
    scan: () =>
      call(
        'scan',
        page(() => true),
      ),
    ...sideStores(memory, call),
    loadCheckpoint: () =>
      call('loadCheckpoint', () => {
        const text = memory.documents.get('checkpoint');
        return text === undefined ? null : (JSON.parse(text) as Checkpoint);
      }),
    saveCheckpoint: (_sync, checkpoint) =>
      call('saveCheckpoint', () => saveDocument(memory, 'checkpoint', checkpoint)),
    loadHealth: () => call('loadHealth', () => readHealth(memory)),
    saveHealth: (_sync, health) => call('saveHealth', () => saveDocument(memory, 'health', health)),
    loadBook: () => call('loadBook', () => readBook(memory)),
    saveBook: (_sync, book) => call('saveBook', () => saveDocument(memory, 'brakes', book)),
    ...plannedStore(memory, call),
    ...holderStore(memory, call),
    ...createDigestMemory(memory, call),
  };
}

function holderStore({ holders }: MemoryState, call: Call): HolderStore {
  return {
    // Each item is a write of its own: a crash may come between any two.
    putHolders: async (_sync, holdings) => {
      for (const { id, key } of holdings) {
        await call(`hold ${id} for ${key}`, () => {
          holders.set(id, (holders.get(id) ?? new Set()).add(key));
        });
      }
    },
    dropHolders: async (_sync, holdings) => {
      for (const { id, key } of holdings) {
        await call(`let go ${id} for ${key}`, () => {
          const held = holders.get(id);
          held?.delete(key);
          if (held?.size === 0) holders.delete(id);
        });
      }
    },
    holdersOf: (_sync, ids, limit) =>
      call('holdersOf', () => {
        const found = ids.map((id) => [id, [...(holders.get(id) ?? [])].slice(0, limit)] as const);
        return new Map(found.filter(([, keys]) => keys.length > 0));
      }),
  };
}

export function readBook(memory: MemoryState): StoredBook {
  const text = memory.documents.get('brakes');
  return text === undefined ? { ...NEW_BOOK, version: 0 } : (JSON.parse(text) as StoredBook);
}

function plannedStore({ planned }: MemoryState, call: Call): PlannedStore {
  return {
    putPlanned: (_sync, ids) =>
      call(`putPlanned ${ids.join()}`, () => {
        for (const id of ids) planned.set(id, true);
      }),
    dropPlanned: (_sync, ids) =>
      call('dropPlanned', () => {
        for (const id of ids) planned.delete(id);
      }),
    countPlanned: () => call('countPlanned', () => planned.size),
    listPlanned: (_sync, limit) => call('listPlanned', () => [...planned.keys()].slice(0, limit)),
  };
}

export function readHealth(memory: MemoryState): Health {
  const text = memory.documents.get('health');
  return text === undefined ? HEALTHY : { ...HEALTHY, ...(JSON.parse(text) as Health) };
}

type Call = <T>(label: string, effect: () => T) => Promise<T>;

function linkStore(
  { links }: MemoryState,
  call: Call,
): Pick<StateStore, 'findLinks' | 'claimLinks' | 'moveLink' | 'releaseLink'> {
  return {
    findLinks: (_sync, ids) =>
      call('findLinks', () => {
        const found = ids.flatMap((id): [RemoteId, CrmKey][] => {
          const key = links.get(id);
          return key === undefined ? [] : [[id, key]];
        });
        return new Map(found);
      }),
    claimLinks: async (_sync, claims) => {
      const holders: CrmKey[] = [];
      for (const { id, key } of claims) {
        const claim = (): CrmKey => {
          if (!links.has(id)) links.set(id, key);
          return links.get(id) ?? key;
        };
        holders.push(await call(`claim ${id} for ${key}`, claim));
      }
      return holders;
    },
    moveLink: (_sync, id, from, to) =>
      call(`moveLink ${id} ${from}→${to}`, () => {
        if (links.get(id) !== from) return 'lost';
        links.set(id, to);
        return 'saved';
      }),
    releaseLink: (_sync, id, from) =>
      call(`releaseLink ${id}`, () => {
        if (links.has(id) && links.get(id) !== from) return 'lost';
        links.delete(id);
        return 'saved';
      }),
  };
}

function sideStores(memory: MemoryState, call: Call) {
  const { blocked, unmatched, tombstones } = memory;
  const store: HistoryStore &
    Pick<
      StateStore,
      | 'block'
      | 'unblock'
      | 'blockedBy'
      | 'putUnmatched'
      | 'dropUnmatched'
      | 'listUnmatched'
      | 'putPlanResult'
      | 'readPlanResults'
      | 'bury'
      | 'buried'
      | 'valueKey'
    > = {
    block: (_sync, blocker, key) =>
      call(`block ${key} by ${blocker}`, () => {
        blocked.set(blocker, (blocked.get(blocker) ?? new Set()).add(key));
      }),
    unblock: (_sync, blocker, key) =>
      call(`unblock ${key} by ${blocker}`, () => {
        blocked.get(blocker)?.delete(key);
      }),
    blockedBy: (_sync, blocker) => call('blockedBy', () => [...(blocked.get(blocker) ?? [])]),
    putUnmatched: (_sync, record) =>
      call(`putUnmatched ${record.remoteId}`, () => {
        unmatched.set(record.remoteId, structuredClone(record));
      }),
    dropUnmatched: (_sync, ids) =>
      call(`dropUnmatched ${ids.join(' ')}`, () => {
        for (const id of ids) unmatched.delete(id);
      }),
    listUnmatched: (_sync, limit) =>
      call('listUnmatched', () => [...unmatched.values()].slice(0, limit)),
    ...historyStore(memory, call),
    ...planResultStore(memory, call),
    bury: (names, at) =>
      call('bury', () => {
        for (const name of names) tombstones.set(name, Math.max(at, tombstones.get(name) ?? 0));
      }),
    valueKey: () => call('valueKey', () => 'a key of the tests'),
    buried: (names) =>
      call('buried', () => {
        const found = names.flatMap((name): [string, number][] => {
          const at = tombstones.get(name);
          return at === undefined ? [] : [[name, at]];
        });
        return new Map(found);
      }),
  };
  return store;
}

function historyStore({ history }: MemoryState, call: Call): HistoryStore {
  return {
    append: (_sync, entries) =>
      call('append', () => {
        history.push(...structuredClone(entries));
      }),
    read: (_sync, key, limit) =>
      call('read', () =>
        history
          .flatMap((each) => (each.key === key ? [each.entry] : []))
          .toReversed()
          .slice(0, limit),
      ),
    forgetHistory: (_sync, key) =>
      call('forgetHistory', () => {
        const kept = history.filter((each) => each.key !== key);
        history.splice(0, history.length, ...kept);
      }),
    readPage: (_sync, key, { cursor, limit }) =>
      call('readPage', () => {
        const all = history.flatMap((each) => (each.key === key ? [each.entry] : [])).toReversed();
        const from = Number(cursor ?? 0);
        const isEnd = from + limit >= all.length;
        return { entries: all.slice(from, from + limit), cursor: isEnd ? null : `${from + limit}` };
      }),
    // The flow writes these for people and never reads them.
    recent: () => call('recent', () => []),
  };
}

/** Somebody else writes the sync's health: the command line, say. */
export function changeHealthOf(memory: MemoryState, change: (health: Health) => Health): void {
  const health = readHealth(memory);
  const changed = { ...change(health), version: health.version + 1 };
  memory.documents.set('health', JSON.stringify(changed));
}

export function readCheckpoint(memory: MemoryState): Checkpoint | null {
  const text = memory.documents.get('checkpoint');
  return text === undefined ? null : (JSON.parse(text) as Checkpoint);
}
