/**
 * The tables behind the audience and how each kind of change falls into them. Indexes (by address, by status,
 * fields in order) are kept here and nowhere else, so they cannot drift from the records.
 */
import type {
  AudienceTag,
  Change,
  Counters,
  Delivery,
  Hook,
  Identity,
  Member,
  MemberStatus,
  MergeField,
} from './model.ts';

export interface State {
  identity: Identity | null;
  counters: Counters;
  readonly byContact: Map<string, Member>;
  readonly contactByHash: Map<string, string>;
  readonly countByStatus: Map<MemberStatus, number>;
  readonly forgotten: Set<string>;
  readonly fields: Map<number, MergeField>;
  /** In display order; every member shown walks through it. */
  fieldList: readonly MergeField[];
  readonly hooks: Map<string, Hook>;
  readonly tags: Map<number, AudienceTag>;
  readonly tagByName: Map<string, AudienceTag>;
  readonly deliveries: Map<number, Delivery>;
}

const zeroCounters: Counters = {
  webId: 0,
  changeSeq: 0,
  mergeId: 0,
  tagId: 0,
  hookId: 0,
  deliveryId: 0,
};

export function createState(): State {
  return {
    identity: null,
    counters: zeroCounters,
    byContact: new Map(),
    contactByHash: new Map(),
    countByStatus: new Map(),
    forgotten: new Set(),
    fields: new Map(),
    fieldList: [],
    hooks: new Map(),
    tags: new Map(),
    tagByName: new Map(),
    deliveries: new Map(),
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
  counters: (state, { counters }) => raise(state, counters),
  member: (state, { member }) => putMember(state, member),
  'member-gone': (state, { contactId }) => dropMember(state, contactId),
  forgotten: (state, { hash }) => void state.forgotten.add(hash),
  forgiven: (state, { hash }) => void state.forgotten.delete(hash),
  field: (state, { field }) => {
    state.fields.set(field.id, field);
    listFields(state);
    raise(state, { mergeId: field.id });
  },
  'field-gone': (state, { id }) => {
    state.fields.delete(id);
    listFields(state);
  },
  hook: (state, { hook }) => {
    if (!state.hooks.has(hook.id)) raise(state, { hookId: state.counters.hookId + 1 });
    state.hooks.set(hook.id, hook);
  },
  'hook-gone': (state, { id }) => void state.hooks.delete(id),
  tag: (state, { tag }) => {
    state.tags.set(tag.id, tag);
    state.tagByName.set(tag.name.toLowerCase(), tag);
    raise(state, { tagId: tag.id });
  },
  delivery: (state, { delivery }) => {
    state.deliveries.set(delivery.id, delivery);
    raise(state, { deliveryId: delivery.id });
  },
  'delivery-done': (state, { id }) => void state.deliveries.delete(id),
};

export function applyChange(state: State, change: Change): void {
  const apply = appliers[change.kind] as (state: State, change: Change) => void;
  apply(state, change);
}

function listFields(state: State): void {
  state.fieldList = [...state.fields.values()].toSorted((a, b) => a.displayOrder - b.displayOrder);
}

function putMember(state: State, member: Member): void {
  const before = state.byContact.get(member.contactId);
  if (before !== undefined) {
    count(state, before.status, -1);
    if (before.hash !== member.hash) state.contactByHash.delete(before.hash);
  }
  state.byContact.set(member.contactId, member);
  state.contactByHash.set(member.hash, member.contactId);
  count(state, member.status, 1);
  raise(state, { webId: member.webId, changeSeq: member.changeSeq });
}

function dropMember(state: State, contactId: string): void {
  const member = state.byContact.get(contactId);
  if (member === undefined) return;
  count(state, member.status, -1);
  state.byContact.delete(contactId);
  state.contactByHash.delete(member.hash);
}

function count(state: State, status: MemberStatus, by: number): void {
  state.countByStatus.set(status, (state.countByStatus.get(status) ?? 0) + by);
}

function raise(state: State, seen: Partial<Counters>): void {
  const counters = { ...state.counters };
  for (const name of Object.keys(seen) as (keyof Counters)[]) {
    counters[name] = Math.max(counters[name], seen[name] ?? 0);
  }
  state.counters = counters;
}

/** The changes that would rebuild this state from nothing. */
export function* snapshotOf(state: State): Generator<Change> {
  if (state.identity !== null) yield { kind: 'identity', identity: state.identity };
  for (const field of state.fields.values()) yield { kind: 'field', field };
  for (const tag of state.tags.values()) yield { kind: 'tag', tag };
  for (const member of state.byContact.values()) yield { kind: 'member', member };
  for (const hash of state.forgotten) yield { kind: 'forgotten', hash };
  for (const hook of state.hooks.values()) yield { kind: 'hook', hook };
  for (const delivery of state.deliveries.values()) yield { kind: 'delivery', delivery };
  yield { kind: 'counters', counters: state.counters };
}
