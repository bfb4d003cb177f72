/** What people may do to whole records in a random walk, each by name. */
import type { CrmKey } from '../../../lib/engine/model.ts';
import type { Value } from '../../../lib/engine/value.ts';
import type { Member } from './audience.ts';
import { readRecord } from './memory-state.ts';
import { tellOf } from './listed-scenarios.ts';
import { anyKey, anyMember, fresh, newAddress, type Act, type Stage } from './stage.ts';
import type { World } from './world.ts';

const removeRow = ({ world }: Stage, key: CrmKey): void => {
  world.witness.rowGoes(world.table.rows.get(key) ?? {});
  world.monitor.rowRemoved(key);
  world.crm.remove(key);
};

export const MOVES: Readonly<Record<string, Act>> = {
  'crm renames': (stage) => {
    const key = anyKey(stage);
    if (key === null) return null;
    const email = newAddress(stage);
    stage.world.crm.update(key, { email });
    return `${key} ${email}`;
  },
  'crm swaps': (stage) => {
    const { world } = stage;
    const [a, b] = [anyKey(stage), anyKey(stage)];
    // Who is not met yet is known by the address alone: exchanged before, a person must tell who is who.
    const linked = new Set(world.memory.links.values());
    if (a === null || b === null || a === b || !linked.has(a) || !linked.has(b)) return null;
    const [first, second] = [a, b].map((key) => world.table.rows.get(key)?.['email']?.text ?? null);
    world.crm.update(a, { email: second ?? null });
    world.crm.update(b, { email: first ?? null });
    return `${a} ${b}`;
  },
  'app renames': (stage) => {
    const member = anyMember(stage);
    // What a batch made has no id of ours until it is listed: renamed before, it is a stranger.
    if (member === null || !stage.world.memory.links.has(member.id)) return null;
    const email = newAddress(stage);
    stage.world.audience.people.rename(member.email, email);
    return `${member.id} ${email}`;
  },
  'app unsubscribes': (stage) => {
    const member = anyMember(stage);
    if (member === null) return null;
    if (member.status !== 'unsubscribed')
      stage.world.withdrawals.set(member.id, stage.world.audience.now());
    stage.world.audience.people.unsubscribe(member.email);
    return member.id;
  },
  'crm unsubscribes': (stage) => {
    const key = anyKey(stage);
    if (key === null) return null;
    const { withdrawals, crm } = stage.world;
    const earlier = withdrawals.get(key);
    crm.update(key, { email_status: 'unsubscribed' });
    if (wordSeen(stage.world, key) === 'unsubscribed') restore(withdrawals, key, earlier ?? null);
    return key;
  },
  'crm flips consent': (stage) => {
    const key = anyWithdrawn(stage);
    if (key === null) return null;
    forgetUnseen(stage.world, key);
    stage.world.crm.update(key, { email_status: 'subscribed' });
    return key;
  },
  'crm opts in': (stage) => {
    const key = anyKey(stage);
    if (key === null) return null;
    const opt_in_at = new Date(stage.world.clock.now()).toISOString();
    stage.world.crm.update(key, { email_status: 'subscribed', opt_in_at });
    return key;
  },
  'app signs up again': (stage) => {
    const members = [...stage.world.audience.members.values()];
    if (members.length === 0) return null;
    const member = stage.chance.pick(members);
    stage.world.monitor.memberReturned(member);
    return stage.world.audience.people.signup(member.email).id;
  },
  'crm inserts whom the app knows': (stage) => {
    const { world } = stage;
    const met = (id: Member['id']): boolean => {
      const key = world.memory.links.get(id);
      return key !== undefined && world.table.rows.has(key);
    };
    const fresh = [...world.audience.members.values()].filter(({ id, isArchived, email }) => {
      return !isArchived && !met(id) && world.table.withMatch(email).length === 0;
    });
    return fresh[0] === undefined ? null : world.crm.insert({ email: fresh[0].email });
  },
  'signs up at both ends': (stage) => {
    const email = newAddress(stage);
    stage.world.audience.people.signup(email);
    return stage.world.crm.insert({ email, first_name: fresh(stage) });
  },
  'app signs up': (stage) => stage.world.audience.people.signup(newAddress(stage)).id,
  'crm inserts': (stage) =>
    stage.world.crm.insert({
      email: newAddress(stage),
      first_name: fresh(stage),
      email_status: stage.chance.pick([null, 'subscribed', 'unsubscribed']),
    }),
  'crm removes': (stage) => {
    const key = anyKey(stage);
    if (key === null) return null;
    removeRow(stage, key);
    return key;
  },
  'crm removes and inserts again': (stage) => {
    const key = anyKey(stage);
    if (key === null) return null;
    const email = stage.world.table.rows.get(key)?.['email']?.text ?? null;
    stage.world.witness.rowGoes(stage.world.table.rows.get(key) ?? {});
    const transaction = stage.world.table.begin();
    transaction.remove(key);
    const again = transaction.insert({ email, first_name: fresh(stage) });
    transaction.commit();
    return `${key} as ${again}`;
  },
  'app archives': (stage) => {
    const member = anyMember(stage);
    if (member === null) return null;
    stage.world.monitor.memberTaken(member);
    stage.world.audience.people.archive(member.email);
    return member.id;
  },
  filter: (stage) => {
    const key = anyKey(stage);
    if (key === null) return null;
    const active = stage.chance.pick(['no', 'yes']);
    stage.world.crm.update(key, { active });
    return `${key} ${active}`;
  },
};

/** Who opted in, withdrew and is flipped back between two looks has opted in, as far as anybody can see. */
function forgetUnseen({ table, memory, withdrawals }: World, key: CrmKey): void {
  const seenAt = readRecord(memory, key)?.state.withdrawnAt ?? null;
  const optIn = Date.parse(table.rows.get(key)?.['opt_in_at']?.text ?? '');
  if (Number.isNaN(optIn) || (seenAt !== null && seenAt >= optIn)) return;
  restore(withdrawals, key, seenAt);
}

/** What the CRM said of the person when the sync last looked: who says that once more after a flip nobody saw says nothing new. */
function wordSeen({ memory, sync }: World, key: CrmKey): Value {
  const field = sync.spec.fields.find(({ role }) => role === 'consent');
  const pairs = readRecord(memory, key)?.state.shadow?.pairs ?? {};
  return pairs[field?.fingerprint ?? '']?.c ?? null;
}

function restore(withdrawals: World['withdrawals'], key: CrmKey, at: number | null): void {
  if (at === null) withdrawals.delete(key);
  else withdrawals.set(key, at);
}

/** Somebody whose row says that they are out, if there is one. */
function anyWithdrawn(stage: Stage): CrmKey | null {
  const { rows } = stage.world.table;
  const out = [...rows].filter(([, cells]) => cells['email_status']?.text === 'unsubscribed');
  const key = anyKey(stage);
  const first = out[0]?.[0] ?? null;
  return first === null || stage.world.table.isLocked(first) ? key : first;
}

const KEPT = ['crm renames', 'crm inserts', 'crm removes', 'app signs up', 'app renames', 'filter'];

/** Whom an app without archive and consent shows, and somebody does this to. */
const toMember =
  (act: (world: World, member: Member) => void): Act =>
  (stage) => {
    const member = anyMember(stage);
    // Who was never met is nobody's, and nobody misses them.
    if (member === null || !stage.world.memory.links.has(member.id)) return null;
    act(stage.world, member);
    return member.id;
  };

export const LISTED_MOVES: Readonly<Record<string, Act>> = {
  ...Object.fromEntries(Object.entries(MOVES).filter(([name]) => KEPT.includes(name))),
  'app erases': toMember((world, member) => {
    world.witness.memberGoes(member);
    world.monitor.memberTaken(member);
    world.audience.people.erase(member.email);
  }),
  'webhook tells': toMember((world, { id }) => tellOf(world, id)),
};
