/** Small stories, each told for one person or a few: what is there, and what people then do. */
import type { CrmKey, Policy } from '../../../lib/engine/model.ts';
import type { Value } from '../../../lib/engine/value.ts';
import type { Member } from './audience.ts';
import type { LateEdit, Scenario } from './explore.ts';
import { PATHS, type SampleSyncOptions } from './sample-sync.ts';
import type { World } from './world.ts';

export const ANN = 'ann@crm.test';
export const BOB = 'bob@crm.test';
export const CID = 'cid@crm.test';
const FIRST = '1' as CrmKey;
const SECOND = '2' as CrmKey;
const THIRD = '3' as CrmKey;

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

const pairs =
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

type Column = keyof typeof PATHS;

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
function onceAfter(world: World, label: string, act: () => void): void {
  let isDone = false;
  world.hazards.between = (_step, each) => {
    if (isDone || each !== label) return;
    isDone = true;
    act();
  };
}

const both =
  (...acts: readonly ((world: World) => void)[]) =>
  (world: World): void => {
    for (const act of acts) act(world);
  };

const unsubscribe = (world: World, email: string): void => {
  const member = world.audience.byAddress(email);
  if (member !== undefined) world.withdrawals.set(member.id, world.clock.now());
  world.audience.people.unsubscribe(email);
};

export const POLICIES: readonly Policy[] = ['crm', 'app', 'newest', 'manual'];
const synced = (sync: SampleSyncOptions) => ({ world: { sync } });

export const editScenarios: Readonly<Record<string, Scenario>> = {
  'an edit of a field the CRM owns': {
    given: pairs(ANN, BOB),
    when: editCrm({ first_name: 'Anna' }),
    then: bothShow('first_name', 'Anna'),
  },
  'an edit in the app of a field the CRM owns is put back': {
    given: pairs(ANN, BOB),
    when: editApp('first_name', 'Hacked'),
    then: bothShow('first_name', 'Ann'),
  },
  'an edit of a field the app owns': {
    given: pairs(ANN, BOB),
    when: editApp('city', 'Bern'),
    then: bothShow('city', 'Bern'),
  },
  'an edit in the CRM of a field the app owns is put back': {
    given: pairs(ANN, BOB),
    when: editCrm({ city: 'Wrong' }),
    then: bothShow('city', 'Ulm'),
  },
  'one field emptied at either end': {
    given: pairs(ANN, BOB),
    when: both(editCrm({ first_name: null }), editApp('city', null)),
    then: all(bothShow('first_name', null), bothShow('city', null)),
  },
  'tags added and removed at both ends': {
    given: pairs(ANN),
    when: (world) => {
      world.crm.update(FIRST, { tags: ['a', 'c'] });
      world.audience.people.tag(ANN, ['b', 'd']);
    },
    then: (world) => {
      const shown = [...(memberOf(world, FIRST)?.tags ?? [])].sort().join();
      return shown === 'c,d' ? [] : [`tags are ${shown}`];
    },
  },
  'many people edited at once at both ends': {
    given: pairs(ANN, BOB, CID, 'dan@crm.test', 'eve@crm.test'),
    when: (world) => {
      for (const key of world.table.rows.keys()) world.crm.update(key, { first_name: `N${key}` });
      for (const { email } of [...world.audience.members.values()])
        world.audience.people.update(email, { [PATHS.city]: 'Rom' });
    },
    then: all(bothShow('first_name', 'N3', THIRD), bothShow('city', 'Rom', THIRD)),
  },
};

export const sharedScenario = (policy: Policy, at: 'crm' | 'app' | 'both'): Scenario => ({
  ...synced({ phonePolicy: policy }),
  given: pairs(ANN, BOB),
  when: both(
    at === 'app' ? () => undefined : editCrm({ phone: 'crm-two' }),
    at === 'crm' ? () => undefined : editApp('phone', 'app-nine'),
  ),
  then: all(
    isRemembered(at === 'app' ? 'app-nine' : 'crm-two'),
    isRemembered(at === 'crm' ? 'crm-two' : 'app-nine'),
  ),
  ...(policy === 'manual' && at === 'both' ? { allowed: { parked: ['phone'] } } : {}),
});

export const lateCrm = (column: Column, value: string): LateEdit => ({
  act: editCrm({ [column]: value }),
  then: isRemembered(value),
});
export const lateApp = (column: Column, value: string): LateEdit => ({
  act: editApp(column, value),
  then: isRemembered(value),
});

export const identityScenarios: Readonly<Record<string, Scenario>> = {
  'somebody new in the CRM': {
    given: pairs(ANN),
    when: (world) => void world.crm.insert({ email: BOB, first_name: 'Bob', phone: '7' }),
    then: bothShow('first_name', 'Bob', SECOND),
  },
  'two new in the CRM, made by one batch': {
    given: pairs(ANN),
    when: (world) => {
      world.crm.insert({ email: BOB, first_name: 'Bob' });
      world.crm.insert({ email: CID, first_name: 'Cid' });
    },
    then: all(bothShow('first_name', 'Bob', SECOND), bothShow('first_name', 'Cid', THIRD)),
  },
  'somebody signs up in the app': {
    given: pairs(ANN),
    when: (world) => void world.audience.people.signup(BOB, { [PATHS.first_name]: 'Bob' }),
    // A crash after the allocation costs a key, so the row is looked for by its address.
    then: (world) => bothShow('first_name', 'Bob', world.table.withMatch(BOB)[0])(world),
  },
  'the same person new at both ends': {
    given: pairs(ANN),
    when: (world) => {
      world.crm.insert({ email: BOB, first_name: 'Bob', phone: '7' });
      world.audience.people.signup(BOB.toUpperCase(), { [PATHS.city]: 'Bern' });
    },
    then: all(bothShow('first_name', 'Bob', SECOND), bothShow('city', 'Bern', SECOND)),
  },
  'a rename in the CRM': {
    given: pairs(ANN, BOB),
    when: editCrm({ email: CID }),
    then: (world) => (memberOf(world, FIRST)?.email === CID ? [] : ['not renamed']),
  },
  'a rename in the app is put back': {
    given: pairs(ANN, BOB),
    when: (world) => world.audience.people.rename(ANN, CID),
    then: (world) => (memberOf(world, FIRST)?.email === ANN ? [] : ['not put back']),
  },
  'a rename with another edit': {
    given: pairs(ANN, BOB),
    when: editCrm({ email: CID, first_name: 'Anna', phone: '200' }),
    then: all(bothShow('first_name', 'Anna'), bothShow('phone', '200')),
  },
  'a rename in the app while the CRM edits': {
    given: pairs(ANN, BOB),
    when: (world) => {
      world.audience.people.rename(ANN, 'other@crm.test');
      world.crm.update(FIRST, { first_name: 'Anna' });
      world.crm.update(SECOND, { first_name: 'Bobby' });
    },
    then: all(bothShow('first_name', 'Anna'), bothShow('first_name', 'Bobby', SECOND)),
  },
  'two addresses handed round in the app while the CRM edits': {
    given: pairs(ANN, BOB),
    when: (world) => {
      world.audience.people.rename(ANN, CID);
      world.audience.people.rename(BOB, ANN);
      world.crm.update(FIRST, { first_name: 'Anna' });
      world.crm.update(SECOND, { first_name: 'Bobby' });
    },
    then: all(bothShow('first_name', 'Anna'), bothShow('first_name', 'Bobby', SECOND)),
  },
  'a bulk update that races a rename in the app': {
    world: { sync: { lanes: 1 } },
    given: pairs(ANN, BOB),
    when: (world) => {
      world.crm.update(FIRST, { first_name: 'Anna' });
      world.crm.update(SECOND, { first_name: 'Bobby' });
      onceAfter(world, 'app.pull', () => world.audience.people.rename(ANN, CID));
    },
    then: (world) => [
      ...bothShow('first_name', 'Anna')(world),
      ...bothShow('first_name', 'Bobby', SECOND)(world),
      ...(memberOf(world, FIRST)?.email === ANN ? [] : ['not put back']),
    ],
  },
  'a chain of renames': {
    given: pairs(ANN, BOB, CID),
    when: (world) => {
      world.crm.update(THIRD, { email: 'dan@crm.test' });
      world.crm.update(SECOND, { email: CID });
      world.crm.update(FIRST, { email: BOB });
    },
    then: (world) => {
      const shown = [FIRST, SECOND, THIRD].map((key) => memberOf(world, key)?.email).join();
      return shown === `${BOB},${CID},dan@crm.test` ? [] : [`members are ${shown}`];
    },
  },
  'a chain of renames, the other way round': {
    given: pairs(ANN, BOB, CID),
    when: (world) => {
      world.crm.update(FIRST, { email: 'dan@crm.test' });
      world.crm.update(SECOND, { email: ANN });
      world.crm.update(THIRD, { email: BOB });
    },
  },
  'two people exchange addresses': {
    given: pairs(ANN, BOB),
    when: (world) => {
      world.crm.update(FIRST, { email: BOB });
      world.crm.update(SECOND, { email: ANN });
    },
    then: (world) => (memberOf(world, FIRST)?.email === BOB ? [] : ['not exchanged']),
  },
  'three people hand their addresses round': {
    given: pairs(ANN, BOB, CID),
    when: (world) => {
      world.crm.update(FIRST, { email: BOB });
      world.crm.update(SECOND, { email: CID });
      world.crm.update(THIRD, { email: ANN });
    },
    then: (world) => (memberOf(world, FIRST)?.email === BOB ? [] : ['not handed round']),
  },
};

export const existenceScenarios: Readonly<Record<string, Scenario>> = {
  'a delete in the CRM archives': {
    given: pairs(ANN, BOB),
    when: (world) => world.crm.remove(FIRST),
    then: (world) => (world.audience.byAddress(ANN)?.isArchived === true ? [] : ['not archived']),
  },
  'a delete in the CRM deletes for good': {
    ...synced({ onCrmDelete: 'delete' }),
    given: pairs(ANN, BOB),
    when: (world) => world.crm.remove(FIRST),
    then: (world) => (world.audience.byAddress(ANN) === undefined ? [] : ['still there']),
  },
  'delete and re-insert in one transaction': {
    given: pairs(ANN, BOB),
    when: (world) => {
      const transaction = world.table.begin();
      transaction.remove(FIRST);
      transaction.insert({ email: ANN, first_name: 'Again' });
      transaction.commit();
    },
    then: bothShow('first_name', 'Again', THIRD),
  },
  'a row leaves the filter and comes back': {
    given: pairs(ANN, BOB),
    when: (world) => {
      world.crm.update(FIRST, { active: 'no' });
      let isBack = false;
      world.hazards.between = (_step, label) => {
        const isArchivedNow = world.audience.byAddress(ANN)?.isArchived === true;
        if (isBack || !isArchivedNow || label !== 'crm.horizonHolder') return;
        isBack = true;
        world.crm.update(FIRST, { active: 'yes' });
      };
    },
    then: (world) => (world.audience.byAddress(ANN)?.isArchived === false ? [] : ['not back']),
  },
  'a row leaves the filter': {
    given: pairs(ANN, BOB),
    when: editCrm({ active: 'no' }),
  },
  'archived in the app, marked in the CRM': {
    given: pairs(ANN, BOB),
    when: (world) => world.audience.people.archive(ANN),
    then: (world) => (textIn(world, FIRST, 'left_app') === 'yes' ? [] : ['not marked']),
    allowed: { withoutPartner: true },
  },
  'archived in the app, deleted in the CRM': {
    ...synced({ onAppDelete: 'delete' }),
    given: pairs(ANN, BOB),
    when: (world) => world.audience.people.archive(ANN),
    then: (world) => (world.table.rows.has(FIRST) ? ['not deleted'] : []),
  },
  'archived in the app, revived': {
    ...synced({ onAppDelete: 'recreate' }),
    given: pairs(ANN, BOB),
    when: (world) => world.audience.people.archive(ANN),
    then: (world) => (world.audience.byAddress(ANN)?.isArchived === false ? [] : ['not revived']),
  },
  'archived in the app, left alone': {
    ...synced({ onAppDelete: 'leave' }),
    given: pairs(ANN, BOB),
    when: (world) => world.audience.people.archive(ANN),
    allowed: { withoutPartner: true },
  },
  'deleted for good in the app, then the CRM edits': {
    given: pairs(ANN, BOB),
    when: (world) => {
      world.audience.people.erase(ANN);
      world.crm.update(FIRST, { first_name: 'Anna' });
    },
    then: (world) => (textIn(world, FIRST, 'left_app') === 'yes' ? [] : ['not marked']),
    allowed: { withoutPartner: true },
  },
  'archived in the app, signed up again': {
    given: pairs(ANN, BOB),
    when: (world) => {
      world.audience.people.archive(ANN);
      onceAfter(world, 'crm.horizonHolder', () => {
        world.audience.people.signup(ANN, { [PATHS.city]: 'Bern' });
      });
    },
    then: bothShow('city', 'Bern'),
  },
};

export const consentScenarios: Readonly<Record<string, Scenario>> = {
  'an unsubscribe in the app': {
    given: pairs(ANN, BOB),
    when: (world) => unsubscribe(world, ANN),
    then: (world) => (textIn(world, FIRST, 'email_status') === 'unsubscribed' ? [] : ['not told']),
  },
  'a bounce in the app': {
    given: pairs(ANN, BOB),
    when: (world) => world.audience.people.bounce(ANN),
    then: (world) => (textIn(world, FIRST, 'email_status') === 'cleaned' ? [] : ['not told']),
  },
  'an unsubscribe in the CRM': {
    given: pairs(ANN, BOB),
    when: editCrm({ email_status: 'unsubscribed' }),
    then: (world) => (memberOf(world, FIRST)?.status === 'unsubscribed' ? [] : ['not told']),
  },
  'an unsubscribe in the app while the CRM edits a name': {
    given: pairs(ANN, BOB),
    when: (world) => {
      world.crm.update(FIRST, { first_name: 'Anna' });
      unsubscribe(world, ANN);
    },
    then: (world) => (textIn(world, FIRST, 'email_status') === 'unsubscribed' ? [] : ['not told']),
  },
  'unsubscribed in the app, then signed up again': {
    given: pairs(ANN, BOB),
    when: (world) => {
      unsubscribe(world, ANN);
      onceAfter(world, 'crm.horizonHolder', () => {
        world.clock.advance(5_000);
        world.audience.people.signup(ANN);
      });
    },
    then: (world) => (textIn(world, FIRST, 'email_status') === 'subscribed' ? [] : ['not told']),
  },
  'the CRM flips an unsubscribed person back': {
    given: (world) => {
      addPair(world, ANN);
      unsubscribe(world, ANN);
      world.crm.update(FIRST, { email_status: 'unsubscribed' });
    },
    when: editCrm({ email_status: 'subscribed' }),
    then: (world) => (textIn(world, FIRST, 'email_status') === 'unsubscribed' ? [] : ['loosened']),
  },
  'the CRM owns consent and flips it without proof': {
    ...synced({ consentOwner: 'crm' }),
    given: (world) => {
      addPair(world, ANN);
      world.crm.update(FIRST, { email_status: 'unsubscribed' });
      world.audience.touch(world.audience.byAddress(ANN) as Member, (member) => {
        member.status = 'unsubscribed';
      });
    },
    when: editCrm({ email_status: 'subscribed' }),
    allowed: { parked: ['email_status'] },
    then: (world) => (memberOf(world, FIRST)?.status === 'unsubscribed' ? [] : ['loosened']),
  },
  'the CRM owns consent and shows a newer opt-in': {
    ...synced({ consentOwner: 'crm' }),
    given: (world) => {
      addPair(world, ANN);
      world.crm.update(FIRST, { email_status: 'unsubscribed' });
      world.audience.touch(world.audience.byAddress(ANN) as Member, (member) => {
        member.status = 'unsubscribed';
      });
    },
    when: (world) => {
      const optIn = new Date(world.clock.now()).toISOString();
      world.crm.update(FIRST, { email_status: 'subscribed', opt_in_at: optIn });
    },
    then: (world) => (memberOf(world, FIRST)?.status === 'subscribed' ? [] : ['not granted']),
  },
};

export const otherScenarios: Readonly<Record<string, Scenario>> = {
  'a CRM trigger rewrites what we write': {
    world: { trigger: (cells) => ({ ...cells, city: upper(cells['city']) }) },
    given: pairs(ANN, BOB),
    when: editApp('city', 'Bern'),
    then: (world) => (textIn(world, FIRST, 'city') === 'BERN' ? [] : ['not rewritten']),
  },
  'the app stores another form of what we send': {
    world: { rules: { rewrite: (_path, value) => value?.slice(0, 4) ?? null } },
    given: pairs(ANN, BOB),
    when: editCrm({ first_name: 'Annabella', phone: '123456' }),
    then: (world) => (textIn(world, FIRST, 'first_name') === 'Annabella' ? [] : ['put back']),
  },
  'a CRM check refuses the app’s value': {
    world: { refuseRow: (cells) => (cells['city'] === 'Bad' ? 'city may not be Bad' : null) },
    given: pairs(ANN, BOB),
    when: both(editApp('city', 'Bad'), editApp('phone', '900'), editApp('city', 'Good', SECOND)),
    then: all(bothShow('phone', '900'), bothShow('city', 'Good', SECOND)),
    allowed: { parked: ['city'] },
  },
  'the app refuses one field': {
    world: { rules: { refuse: (_path, value) => (value === 'Bad' ? 'not a good value' : null) } },
    given: pairs(ANN, BOB),
    when: both(
      editCrm({ first_name: 'Bad', phone: '200' }),
      editCrm({ first_name: 'Good' }, SECOND),
    ),
    then: all(bothShow('phone', '200'), bothShow('first_name', 'Good', SECOND)),
    allowed: { parked: ['first_name'] },
  },
  'a row is locked for a while': {
    given: pairs(ANN, BOB),
    when: (world) => {
      const transaction = world.table.begin();
      transaction.update(FIRST, { first_name: 'Locked' });
      world.audience.people.update(ANN, { [PATHS.city]: 'Bern' });
      let rounds = 0;
      world.hazards.between = (_step, label) => {
        if (label !== 'crm.horizonHolder') return;
        rounds += 1;
        if (rounds === 3) transaction.commit();
      };
    },
    then: all(bothShow('city', 'Bern'), bothShow('first_name', 'Locked')),
  },
};

const upper = (value: Value | undefined): Value =>
  typeof value === 'string' ? value.toUpperCase() : (value ?? null);
