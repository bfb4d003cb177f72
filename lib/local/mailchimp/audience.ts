/**
 * The audience: questions about its state, and the single function that changes it. Live changes and a replayed
 * journal go through the same `apply`, so what a restart rebuilds is what was there.
 */
import { applyChange, createState, snapshotOf } from './audience-state.ts';
import { createChangeOrder } from './change-order.ts';
import type { Stretch } from './change-order.ts';
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
import { subscriberHash } from './subscriber-hash.ts';

export interface Audience {
  apply(change: Change): void;
  identity(): Identity | null;
  counters(): Counters;
  /** By subscriber hash, address or contact id, as the path of a member accepts. */
  find(name: string): Member | null;
  /** By subscriber hash alone: two of the member's resources accept nothing else. */
  findByHash(hash: string): Member | null;
  findByEmail(email: string): Member | null;
  /** In the order they first came, which is the order of an unsorted listing. */
  members(): IterableIterator<Member>;
  changedBetween(after: number | null, before: number | null): Stretch;
  count(status: MemberStatus): number;
  isForgotten(hash: string): boolean;
  fields(): readonly MergeField[];
  hooks(): readonly Hook[];
  hook(id: string): Hook | null;
  tags(): readonly AudienceTag[];
  tagName(id: number): string;
  findTag(name: string): AudienceTag | null;
  deliveries(): readonly Delivery[];
  /** The changes that would rebuild this state from nothing. */
  snapshot(): IterableIterator<Change>;
}

export function createAudience(): Audience {
  const state = createState();
  const order = createChangeOrder();
  const findByHash = (hash: string): Member | null =>
    state.byContact.get(state.contactByHash.get(hash) ?? '') ?? null;
  const apply = (change: Change): void => {
    applyChange(state, change);
    if (change.kind === 'member') order.note(change.member);
    if (change.kind === 'member-gone') order.forget(change.contactId);
  };

  return {
    apply,
    identity: () => state.identity,
    counters: () => state.counters,
    find: (name) =>
      name.includes('@')
        ? findByHash(subscriberHash(name))
        : (findByHash(name.toLowerCase()) ?? state.byContact.get(name) ?? null),
    findByHash: (hash) => findByHash(hash.toLowerCase()),
    findByEmail: (email) => findByHash(subscriberHash(email)),
    members: () => state.byContact.values(),
    changedBetween: (after, before) => order.between(after, before),
    count: (status) => state.countByStatus.get(status) ?? 0,
    isForgotten: (hash) => state.forgotten.has(hash),
    fields: () => state.fieldList,
    hooks: () => [...state.hooks.values()],
    hook: (id) => state.hooks.get(id) ?? null,
    tags: () => [...state.tags.values()],
    tagName: (id) => state.tags.get(id)?.name ?? '',
    findTag: (name) => state.tagByName.get(name.toLowerCase()) ?? null,
    deliveries: () => [...state.deliveries.values()],
    snapshot: () => snapshotOf(state),
  };
}
