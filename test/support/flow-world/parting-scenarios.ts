/** Stories of coming, going and staying away: deletes, filters, archives, consent. */
import type { Member } from './audience.ts';
import type { Scenario } from './explore.ts';
import { PATHS } from './sample-sync.ts';
import {
  ANN,
  BOB,
  FIRST,
  THIRD,
  addPair,
  pairs,
  memberOf,
  textIn,
  bothShow,
  editCrm,
  onceAfter,
  unsubscribe,
  synced,
} from './scenario-parts.ts';

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
    // Joined, not archived and revived: a revival would reset what the member once agreed to.
    then: (world) => [
      ...bothShow('first_name', 'Again', THIRD)(world),
      ...world.monitor.writes.filter((write) => /"(archive|revive|create)"/.test(write)),
    ],
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
  'deleted in the app and to be made again, when a stranger takes the address': {
    ...synced({ onAppDelete: 'recreate' }),
    given: pairs(ANN, BOB),
    when: (world) => {
      world.audience.people.erase(ANN);
      world.audience.forgotten.clear();
      onceAfter(world, 'state.save 1 intent', () => world.audience.people.signup(ANN));
      world.crm.update(FIRST, { first_name: 'Anna' });
    },
    then: (world) => {
      const member = world.audience.byAddress(ANN);
      if (member === undefined || world.memory.links.get(member.id) !== FIRST)
        return ['linked to nobody'];
      return member.profile[PATHS.first_name] === 'Anna' ? [] : ['not merged'];
    },
    allowed: { kinds: ['consent'] },
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
