/** Stories that the simulation found, each cut down to what it needs. The seeds stand in the changelog. */
import type { Scenario } from './explore.ts';
import {
  all,
  ANN,
  BOB,
  bothShow,
  FIRST,
  memberOf,
  onceAfter,
  pairs,
  unsubscribe,
} from './scenario-parts.ts';
import { PATHS } from './sample-sync.ts';

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
