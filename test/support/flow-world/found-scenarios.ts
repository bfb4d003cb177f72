/** Stories that the simulation found, each cut down to what it needs. The seeds stand in the changelog. */
import type { Scenario } from './explore.ts';
import {
  all,
  addPair,
  ANN,
  BOB,
  bothShow,
  CID,
  FIRST,
  memberOf,
  onceAfter,
  pairs,
  SECOND,
  THIRD,
  unsubscribe,
} from './scenario-parts.ts';
import { PATHS } from './sample-sync.ts';
import type { CrmKey } from '../../../lib/engine/model.ts';
import type { World } from './world.ts';

/** The row is tied to this member still, whose address is this. */
const hasMember =
  (key: CrmKey, id: string, email: string) =>
  (world: World): string[] => {
    const member = memberOf(world, key);
    return member?.id === id && member.email === email
      ? []
      : [`row ${key} has ${member?.id} (${member?.email}), not ${id} (${email})`];
  };

export const foundScenarios: Readonly<Record<string, Scenario>> = {
  'a shared field is edited in the CRM while another field of the record is written there': {
    world: { sync: { phonePolicy: 'app' } },
    given: pairs(ANN, BOB),
    when: (world) => {
      world.crm.update(FIRST, { phone: '200' });
      world.audience.people.update(ANN, { [PATHS.city]: 'Bern' });
      onceAfter(world, 'app.fetch m1', () => world.crm.update(FIRST, { phone: '300' }));
    },
    then: all(bothShow('phone', '300'), bothShow('city', 'Bern')),
  },
  'somebody the app archived leaves the filter and comes back': {
    given: pairs(ANN, BOB),
    when: (world) => {
      world.audience.people.archive(ANN);
      const steps = [
        ['crm.write update 1', 'no'],
        ['crm.horizonHolder', 'yes'],
      ] as const;
      let next = 0;
      world.hazards.between = (_step, label) => {
        const [at, active] = steps[next] ?? ['', null];
        if (label !== at) return;
        next += 1;
        world.crm.update(FIRST, { active });
      };
    },
    then: (world) =>
      memberOf(world, FIRST)?.isArchived === true ? [] : ['the member was brought back'],
    allowed: { withoutPartner: true },
  },
  'a row is edited while a batch makes its member': {
    given: pairs(ANN, BOB),
    when: (world) => {
      // No opt-in goes with it: the word is written back, and the row is read once more.
      world.crm.insert({ email: CID, first_name: 'Cid', email_status: 'subscribed' });
      onceAfter(world, 'crm.read', () => world.crm.update(THIRD, { phone: '300' }));
    },
    then: bothShow('phone', '300', THIRD),
    allowed: { parked: ['email_status'] },
  },
  'rows exchange addresses, and one of them was excluded until now': {
    given: (world) => {
      addPair(world, ANN, { active: 'no' });
      addPair(world, BOB);
    },
    when: (world) => {
      world.crm.update(FIRST, { email: BOB, active: 'yes' });
      world.crm.update(SECOND, { email: ANN });
    },
    then: all(hasMember(FIRST, 'm1', BOB), hasMember(SECOND, 'm2', ANN)),
  },
  'the app refuses a grant that comes with an edit of another field': {
    world: { sync: { consentOwner: 'crm' } },
    given: pairs(ANN, BOB),
    when: (world) => {
      unsubscribe(world, ANN);
      onceAfter(world, 'crm.write update 1', () => {
        const opt_in_at = new Date(world.clock.now() + 1_000).toISOString();
        world.crm.update(FIRST, { email_status: 'subscribed', opt_in_at, phone: '900' });
      });
    },
    then: bothShow('phone', '900'),
    allowed: { parked: ['email_status'] },
  },
};
