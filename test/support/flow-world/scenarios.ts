/** Small stories, each told for one person or a few: what is there, and what people then do. */
import type { Policy } from '../../../lib/engine/model.ts';
import type { LateEdit, Scenario } from './explore.ts';
import { PATHS } from './sample-sync.ts';
import {
  ANN,
  BOB,
  CID,
  FIRST,
  SECOND,
  THIRD,
  pairs,
  memberOf,
  textIn,
  bothShow,
  isRemembered,
  all,
  editCrm,
  editApp,
  onceAfter,
  both,
  synced,
  unsubscribe,
  upper,
  type Column,
} from './scenario-parts.ts';

export {
  ANN,
  BOB,
  CID,
  addPair,
  memberOf,
  textIn,
  profileOf,
  bothShow,
  isRemembered,
  all,
  editCrm,
  editApp,
  POLICIES,
} from './scenario-parts.ts';
export { consentScenarios, existenceScenarios } from './parting-scenarios.ts';
export { rareScenarios } from './rare-scenarios.ts';

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
      for (const { email } of Array.from(world.audience.members.values()))
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
  'the app refuses one field of somebody new': {
    world: { rules: { refuse: (_path, value) => (value === 'Bad' ? 'not a good value' : null) } },
    given: pairs(ANN),
    when: (world) => void world.crm.insert({ email: BOB, first_name: 'Bad', phone: '7' }),
    then: bothShow('phone', '7', SECOND),
    allowed: { parked: ['first_name'] },
  },
  'the app refuses to bring somebody back': {
    world: { sync: { onAppDelete: 'recreate' } },
    given: pairs(ANN, BOB),
    when: (world) => {
      unsubscribe(world, ANN);
      world.audience.people.archive(ANN);
    },
    allowed: { parked: ['*'], withoutPartner: true },
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
