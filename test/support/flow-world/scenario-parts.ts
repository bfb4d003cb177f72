/** What the stories are told with: people both ends know, edits at either end, and what must be seen at the end. */
import type { CrmKey, Policy } from '../../../lib/engine/model.ts';
import type { Value } from '../../../lib/engine/value.ts';
import type { Member } from './audience.ts';
import { PATHS, type SampleSyncOptions } from './sample-sync.ts';
import type { World } from './world.ts';

export const ANN = 'ann@crm.test';
export const BOB = 'bob@crm.test';
export const CID = 'cid@crm.test';
export const FIRST = '1' as CrmKey;
export const SECOND = '2' as CrmKey;
export const THIRD = '3' as CrmKey;

/** Somebody both ends know and agree on. */
export function addPair(world: World, email: string, more: Record<string, Value> = {}): CrmKey {
  const values = { first_name: 'Ann', city: 'Ulm', phone: '100', tags: ['a', 'b'], ...more };
  const key = world.crm.insert({ email, email_status: 'subscribed', ...values });
  world.audience.add(email, {
    status: 'subscribed',
    tags: ['a', 'b'],
    profile: { [PATHS.first_name]: 'Ann', [PATHS.city]: 'Ulm', [PATHS.phone]: '100' },
  });
  return key;
}

export const pairs =
  (...emails: readonly string[]) =>
  (world: World): void => {
    for (const email of emails) addPair(world, email);
  };

/** The member row `key` is linked to. */
export function memberOf(world: World, key: CrmKey): Member | undefined {
  const link = [...world.memory.links].find(([, holder]) => holder === key);
  return link === undefined ? undefined : world.audience.members.get(link[0]);
}

export const textIn = (world: World, key: CrmKey, column: string): string | null =>
  world.table.rows.get(key)?.[column]?.text ?? null;

export type Column = keyof typeof PATHS;

export function profileOf(world: World, key: CrmKey, column: Column): string | null {
  return memberOf(world, key)?.profile[PATHS[column]] ?? null;
}

/** Both ends show this value. */
export const bothShow =
  (column: Column, value: string | null, key: CrmKey = FIRST) =>
  (world: World): string[] => {
    const shown = [textIn(world, key, column), profileOf(world, key, column)];
    return shown.every((each) => each === value)
      ? []
      : [`${column} is ${JSON.stringify(shown)} and not ${JSON.stringify(value)}`];
  };

/** Nobody's edit vanishes: the value is at an end, or a decision in history names it, or it stands parked. */
export const isRemembered =
  (value: string) =>
  (world: World): string[] => {
    const ends = [...world.table.rows.values()].map((cells) => JSON.stringify(cells));
    const members = [...world.audience.members.values()].map((member) => JSON.stringify(member));
    const told = world.memory.history.map((each) => JSON.stringify(each));
    const kept = [...world.memory.records.values()];
    const isThere = [...ends, ...members, ...told, ...kept].some((text) => text.includes(value));
    return isThere ? [] : [`the edit “${value}” vanished without a trace`];
  };

export const all =
  (...checks: readonly ((world: World) => string[])[]) =>
  (world: World): string[] =>
    checks.flatMap((check) => check(world));

export const editCrm =
  (values: Record<string, Value>, key: CrmKey = FIRST) =>
  (world: World): void => {
    world.crm.update(key, values);
  };

/** Edits a member wherever its address went meanwhile. */
export const editApp =
  (column: Column, value: string | null, key: CrmKey = FIRST) =>
  (world: World): void => {
    const member = memberOf(world, key);
    if (member === undefined) return;
    world.audience.touch(member, () => {
      member.profile[PATHS[column]] = value;
    });
  };

/** Somebody acts right after the first such step, as quick as anybody can be. */
export function onceAfter(world: World, label: string, act: () => void): void {
  let isDone = false;
  world.hazards.between = (_step, each) => {
    if (isDone || each !== label) return;
    isDone = true;
    act();
  };
}

export const both =
  (...acts: readonly ((world: World) => void)[]) =>
  (world: World): void => {
    for (const act of acts) act(world);
  };

export const unsubscribe = (world: World, email: string): void => {
  const member = world.audience.byAddress(email);
  if (member !== undefined) world.withdrawals.set(member.id, world.audience.now());
  world.audience.people.unsubscribe(email);
};

export const POLICIES: readonly Policy[] = ['crm', 'app', 'newest', 'manual'];
export const synced = (sync: SampleSyncOptions) => ({ world: { sync } });

export const upper = (value: Value | undefined): Value =>
  typeof value === 'string' ? value.toUpperCase() : (value ?? null);
