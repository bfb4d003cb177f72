/** What people may do in a random walk, each by name; what was done, in words, or null where it could not be. */
import type { CrmKey } from '../../../lib/engine/model.ts';
import type { Member } from './audience.ts';
import type { Chance } from './chance.ts';
import { tellOf } from './listed-scenarios.ts';
import { PATHS } from './sample-sync.ts';
import { placeInApp, placeInCrm } from './witness.ts';
import type { World } from './world.ts';

export interface Stage {
  readonly world: World;
  readonly chance: Chance;
  readonly note: (text: string) => void;
  /** The first sync is over. */
  readonly isMet: boolean;
  /** How many addresses were given out. */
  addresses: number;
  /** How many values. */
  values: number;
}

export type Act = (stage: Stage) => string | null;

const anyKey = ({ world, chance }: Stage): CrmKey | null => {
  const keys = [...world.table.rows.keys()].filter((key) => !world.table.isLocked(key));
  return keys.length === 0 ? null : chance.pick(keys);
};

const anyMember = ({ world, chance }: Stage) => {
  const live = [...world.audience.members.values()].filter(({ isArchived }) => !isArchived);
  return live.length === 0 ? null : chance.pick(live);
};

const fresh = (stage: Stage): string => `v${(stage.values += 1)}`;
const newAddress = (stage: Stage): string => `p${(stage.addresses += 1)}@x.test`;

const removeRow = ({ world }: Stage, key: CrmKey): void => {
  world.witness.rowGoes(world.table.rows.get(key) ?? {});
  world.monitor.rowRemoved(key);
  world.crm.remove(key);
};

const editRow =
  (column: string): Act =>
  (stage) => {
    const key = anyKey(stage);
    if (key === null) return null;
    const value = stage.chance.isTrue(0.1) ? null : fresh(stage);
    const { world } = stage;
    if (stage.isMet)
      world.witness.edited({
        place: placeInCrm(key, column),
        before: world.table.rows.get(key)?.[column]?.text ?? null,
        after: value,
      });
    world.crm.update(key, { [column]: value });
    return `${key} ${value}`;
  };

const editMember =
  (path: string): Act =>
  (stage) => {
    const member = anyMember(stage);
    if (member === null) return null;
    const value = stage.chance.isTrue(0.1) ? null : fresh(stage);
    const { world } = stage;
    if (stage.isMet && path !== PATHS.first_name)
      world.witness.edited({
        place: placeInApp(member, path),
        before: member.profile[path] ?? null,
        after: value,
      });
    world.audience.people.update(member.email, { [path]: value });
    return `${member.id} ${value}`;
  };

export const EDITS: Readonly<Record<string, Act>> = {
  'crm first_name': editRow('first_name'),
  'crm phone': editRow('phone'),
  'crm city': editRow('city'),
  'app first_name': editMember(PATHS.first_name),
  'app phone': editMember(PATHS.phone),
  'app city': editMember(PATHS.city),
  'crm tags': (stage) => {
    const key = anyKey(stage);
    if (key === null) return null;
    const tags = ['a', 'b', 'c', 'd'].filter(() => stage.chance.isTrue(0.5));
    stage.world.crm.update(key, { tags });
    return `${key} ${tags.join()}`;
  },
  'app tags': (stage) => {
    const member = anyMember(stage);
    if (member === null) return null;
    const tags = ['a', 'b', 'c', 'd'].filter(() => stage.chance.isTrue(0.5));
    stage.world.audience.people.tag(member.email, tags);
    return `${member.id} ${tags.join()}`;
  },
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
    if (a === null || b === null || a === b) return null;
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
    stage.world.withdrawals.set(member.id, stage.world.clock.now());
    stage.world.audience.people.unsubscribe(member.email);
    return member.id;
  },
  'crm unsubscribes': (stage) => {
    const key = anyKey(stage);
    if (key === null) return null;
    stage.world.crm.update(key, { email_status: 'unsubscribed' });
    return key;
  },
  'app signs up': (stage) => stage.world.audience.people.signup(newAddress(stage)).id,
  'crm inserts': (stage) =>
    stage.world.crm.insert({ email: newAddress(stage), first_name: fresh(stage) }),
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
