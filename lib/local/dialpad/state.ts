/**
 * The tables behind the company and how each kind of change falls into them. Live changes and a replayed
 * journal go through the same `apply`, so what a restart rebuilds is what was there.
 */
import { inChunks } from '../simulation/journal.ts';
import type {
  BlockedNumber,
  Change,
  Contact,
  Delivery,
  Identity,
  Numbered,
  OptOut,
  Subscription,
  Webhook,
} from './model.ts';
import { createScatter, placeOf } from './scatter.ts';
import type { Place, Scatter } from './scatter.ts';
import { defaultSettings } from './settings.ts';
import type { Settings } from './settings.ts';

interface State {
  identity: Identity | null;
  settings: Settings;
  clockOffsetMs: number;
  readonly made: Record<Numbered, number>;
  readonly contacts: Map<string, Contact>;
  readonly scatter: Scatter;
  readonly webhooks: Map<number, Webhook>;
  readonly subscriptions: Map<number, Subscription>;
  readonly blocked: Map<string, BlockedNumber>;
  /** By number and campaign. */
  readonly optOuts: Map<string, OptOut>;
  readonly deliveries: Map<number, Delivery>;
}

/** Questions about the state, and the single function that changes it. */
export interface Company {
  apply(change: Change): void;
  identity(): Identity | null;
  settings(): Settings;
  clockOffsetMs(): number;
  made(what: Numbered): number;
  contact(id: string): Contact | null;
  contacts(): IterableIterator<Contact>;
  /** In the order of listings, from behind a place. */
  walk(after: Place | null): Generator<Contact>;
  webhook(id: number): Webhook | null;
  webhooks(): readonly Webhook[];
  subscription(id: number): Subscription | null;
  subscriptions(): readonly Subscription[];
  blockedNumber(number: string): BlockedNumber | null;
  blockedNumbers(): readonly BlockedNumber[];
  optOuts(): readonly OptOut[];
  deliveries(): readonly Delivery[];
  /** The changes that would rebuild this state from nothing. */
  snapshot(): Generator<Change>;
}

export function createCompany(): Company {
  const state: State = {
    identity: null,
    settings: defaultSettings,
    clockOffsetMs: 0,
    made: { contact: 0, delivery: 0, hook: 0 },
    contacts: new Map(),
    scatter: createScatter(),
    webhooks: new Map(),
    subscriptions: new Map(),
    blocked: new Map(),
    optOuts: new Map(),
    deliveries: new Map(),
  };
  return {
    apply: (change) => applyChange(state, change),
    identity: () => state.identity,
    settings: () => state.settings,
    clockOffsetMs: () => state.clockOffsetMs,
    made: (what) => state.made[what],
    contact: (id) => state.contacts.get(id) ?? null,
    contacts: () => state.contacts.values(),
    walk: (after) => walkContacts(state, after),
    webhook: (id) => state.webhooks.get(id) ?? null,
    webhooks: () => [...state.webhooks.values()],
    subscription: (id) => state.subscriptions.get(id) ?? null,
    subscriptions: () => [...state.subscriptions.values()],
    blockedNumber: (number) => state.blocked.get(number) ?? null,
    blockedNumbers: () => [...state.blocked.values()],
    optOuts: () => [...state.optOuts.values()],
    deliveries: () => [...state.deliveries.values()],
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
  made: (state, { what, count }) => {
    state.made[what] = count;
  },
  contacts: (state, { contacts }) => {
    for (const contact of contacts) putContact(state, contact);
  },
  'contact-gone': (state, { id }) => {
    const contact = state.contacts.get(id);
    if (contact !== undefined) state.scatter.drop(placeOf(id, contact.revision));
    state.contacts.delete(id);
  },
  webhook: (state, { webhook }) => void state.webhooks.set(webhook.id, webhook),
  'webhook-gone': (state, { id }) => void state.webhooks.delete(id),
  subscription: (state, { subscription }) =>
    void state.subscriptions.set(subscription.id, subscription),
  'subscription-gone': (state, { id }) => void state.subscriptions.delete(id),
  blocked: (state, { blocked }) => void state.blocked.set(blocked.number, blocked),
  unblocked: (state, { number }) => void state.blocked.delete(number),
  'opt-out': (state, { optOut }) =>
    void state.optOuts.set(`${optOut.number} ${optOut.campaignId}`, optOut),
  delivery: (state, { delivery }) => void state.deliveries.set(delivery.id, delivery),
  'delivery-done': (state, { id }) => void state.deliveries.delete(id),
};

function applyChange(state: State, change: Change): void {
  const apply = appliers[change.kind] as (state: State, change: Change) => void;
  apply(state, change);
}

function putContact(state: State, contact: Contact): void {
  const before = state.contacts.get(contact.id);
  if (before !== undefined) state.scatter.drop(placeOf(before.id, before.revision));
  state.scatter.put(placeOf(contact.id, contact.revision));
  state.contacts.set(contact.id, contact);
}

function* walkContacts(state: State, after: Place | null): Generator<Contact> {
  for (const { id } of state.scatter.walk(after)) {
    const contact = state.contacts.get(id);
    if (contact !== undefined) yield contact;
  }
}

function* snapshotOf(state: State): Generator<Change> {
  if (state.identity !== null) yield { kind: 'identity', identity: state.identity };
  yield { kind: 'settings', settings: state.settings };
  yield { kind: 'clock', offsetMs: state.clockOffsetMs };
  for (const what of ['contact', 'delivery', 'hook'] as const) {
    yield { kind: 'made', what, count: state.made[what] };
  }
  for (const contacts of inChunks(state.contacts.values())) yield { kind: 'contacts', contacts };
  for (const webhook of state.webhooks.values()) yield { kind: 'webhook', webhook };
  for (const subscription of state.subscriptions.values()) {
    yield { kind: 'subscription', subscription };
  }
  for (const blocked of state.blocked.values()) yield { kind: 'blocked', blocked };
  for (const optOut of state.optOuts.values()) yield { kind: 'opt-out', optOut };
  for (const delivery of state.deliveries.values()) yield { kind: 'delivery', delivery };
}
