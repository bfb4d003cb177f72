/**
 * The tables behind the ad account and how each kind of change falls into them. Live changes and a replayed
 * journal go through the same `apply`, so what a restart rebuilds is what was there.
 */
import { inChunks } from '../simulation/journal.ts';
import { createBook } from './book.ts';
import type { Book } from './book.ts';
import type { AudienceRecord, Change, Extern, Identity, Session } from './model.ts';
import { defaultSettings } from './settings.ts';
import type { Settings } from './settings.ts';

interface State {
  identity: Identity | null;
  settings: Settings;
  clockOffsetMs: number;
  readonly audiences: Map<string, AudienceRecord>;
  readonly books: Map<string, Book>;
  readonly deleted: Set<string>;
  readonly externs: Map<string, Extern>;
  readonly sessions: Map<string, Session>;
}

/** Questions about the state, and the single function that changes it. */
export interface Account {
  apply(change: Change): void;
  identity(): Identity | null;
  settings(): Settings;
  clockOffsetMs(): number;
  /** In the order they were made. */
  audiences(): readonly AudienceRecord[];
  audience(id: string): AudienceRecord | null;
  isDeleted(id: string): boolean;
  book(audienceId: string): Book;
  extern(externId: string): Extern | null;
  session(id: string): Session | null;
  sessionsOf(audienceId: string): readonly Session[];
  /** The changes that would rebuild this state from nothing. */
  snapshot(): IterableIterator<Change>;
}

export function createAccount(): Account {
  const state: State = {
    identity: null,
    settings: defaultSettings,
    clockOffsetMs: 0,
    audiences: new Map(),
    books: new Map(),
    deleted: new Set(),
    externs: new Map(),
    sessions: new Map(),
  };
  return {
    apply: (change) => applyChange(state, change),
    identity: () => state.identity,
    settings: () => state.settings,
    clockOffsetMs: () => state.clockOffsetMs,
    audiences: () => [...state.audiences.values()],
    audience: (id) => state.audiences.get(id) ?? null,
    isDeleted: (id) => state.deleted.has(id),
    book: (audienceId) => bookOf(state, audienceId),
    extern: (externId) => state.externs.get(externId) ?? null,
    session: (id) => state.sessions.get(id) ?? null,
    sessionsOf: (audienceId) =>
      [...state.sessions.values()].filter((session) => session.audienceId === audienceId),
    snapshot: () => snapshotOf(state),
  };
}

type Appliers = {
  readonly [Kind in Change['kind']]: (
    state: State,
    change: Extract<Change, { readonly kind: Kind }>,
  ) => void;
};

/** One line per kind of change; a new kind without a line does not compile. */
const appliers: Appliers = {
  identity: (state, { identity }) => {
    state.identity = identity;
  },
  settings: (state, { settings }) => {
    // A journal of before a setting existed does not know it.
    state.settings = { ...defaultSettings, ...settings };
  },
  clock: (state, { offsetMs }) => {
    state.clockOffsetMs = offsetMs;
  },
  audience: (state, { audience }) => void state.audiences.set(audience.id, audience),
  'audience-gone': (state, { id }) => {
    state.audiences.delete(id);
    state.books.delete(id);
    state.deleted.add(id);
  },
  members: (state, { audienceId, added, removed }) => {
    const book = bookOf(state, audienceId);
    for (const id of removed) book.drop(id);
    for (const entry of added) book.put(entry);
  },
  'members-gone': (state, { audienceId }) => void state.books.delete(audienceId),
  externs: (state, { externs }) => {
    for (const extern of externs) state.externs.set(extern.externId, extern);
  },
  session: (state, { session }) => void state.sessions.set(session.id, session),
};

function applyChange(state: State, change: Change): void {
  const apply = appliers[change.kind] as (state: State, change: Change) => void;
  apply(state, change);
}

function bookOf(state: State, audienceId: string): Book {
  const known = state.books.get(audienceId);
  if (known !== undefined) return known;
  const book = createBook();
  state.books.set(audienceId, book);
  return book;
}

function* snapshotOf(state: State): Generator<Change> {
  if (state.identity !== null) yield { kind: 'identity', identity: state.identity };
  yield { kind: 'settings', settings: state.settings };
  yield { kind: 'clock', offsetMs: state.clockOffsetMs };
  for (const id of state.deleted) yield { kind: 'audience-gone', id };
  for (const audience of state.audiences.values()) yield { kind: 'audience', audience };
  for (const [audienceId, book] of state.books) {
    for (const added of inChunks(book.entries())) {
      yield { kind: 'members', audienceId, added, removed: [] };
    }
  }
  for (const externs of inChunks(state.externs.values())) yield { kind: 'externs', externs };
  for (const session of state.sessions.values()) yield { kind: 'session', session };
}
