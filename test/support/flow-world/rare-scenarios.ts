/** Stories that need more than an edit: late commits, lost positions, people's orders, twins. */
import type { CrmKey } from '../../../lib/engine/model.ts';
import type { Scenario } from './explore.ts';
import { enqueue, laneGroup } from './queues.ts';
import { laneOf } from '../../../lib/engine/hash.ts';
import {
  addPair,
  all,
  ANN,
  BOB,
  bothShow,
  CID,
  FIRST,
  onceAfter,
  pairs,
  memberOf,
  SECOND,
  textIn,
  THIRD,
  unsubscribe,
} from './scenario-parts.ts';
import { PATHS } from './sample-sync.ts';
import type { World } from './world.ts';

/** A person's order, in the record's own lane. */
function resolve(world: World, field: string, side: 'crm' | 'app'): void {
  const lane = laneOf(FIRST, world.sync.lanes);
  const command = { kind: 'resolve', key: FIRST, field, take: { side }, by: 'a person' };
  const message = {
    sync: world.sync.spec.name,
    lane,
    refs: [],
    commands: [command],
    position: {},
  };
  enqueue(world.queues, laneGroup(lane), JSON.stringify(message), world.clock.now());
}

/** Nobody is taken for another: the person has this consent at both ends. */
function statusIs(world: World, key: CrmKey, status: string): string[] {
  const shown = [textIn(world, key, 'email_status'), memberOf(world, key)?.status];
  return shown.every((each) => each === status) ? [] : [`row ${key} shows ${shown.join(', ')}`];
}

/** A shared field that differs when the two ends meet, and that nobody but a person may settle. */
const conflict: Pick<Scenario, 'world' | 'given' | 'allowed'> = {
  world: { sync: { phonePolicy: 'manual' } },
  given: (world) => {
    addPair(world, ANN, { phone: 'of-the-crm' });
    addPair(world, BOB);
  },
  allowed: { parked: ['phone'] },
};

export const rareScenarios: Readonly<Record<string, Scenario>> = {
  'a transaction that commits after later ones': {
    given: pairs(ANN, BOB),
    when: (world) => {
      const transaction = world.table.begin();
      transaction.update(FIRST, { first_name: 'Late' });
      world.crm.update(SECOND, { first_name: 'Soon' });
      onceAfter(world, 'crm.horizonHolder', () => transaction.commit());
    },
    then: all(bothShow('first_name', 'Late'), bothShow('first_name', 'Soon', SECOND)),
  },
  'the position in the log is lost': {
    given: pairs(ANN, BOB),
    when: (world) => {
      world.crm.update(FIRST, { first_name: 'Anna' });
      world.reader.mark = 'another database';
      world.reader.previous = null;
    },
    then: bothShow('first_name', 'Anna'),
  },
  'a person takes the CRM’s value': {
    ...conflict,
    when: (world) => resolve(world, 'phone', 'crm'),
    then: bothShow('phone', 'of-the-crm'),
  },
  'a person takes the app’s value': {
    ...conflict,
    when: (world) => resolve(world, 'phone', 'app'),
    then: bothShow('phone', '100'),
  },
  'somebody deleted is inserted again later': {
    given: pairs(ANN, BOB),
    when: (world) => {
      world.crm.remove(FIRST);
      onceAfter(world, 'app.push archive 1', () => {
        world.crm.insert({ email: ANN, first_name: 'Back' });
      });
    },
    then: (world) => {
      const [key] = world.table.withMatch(ANN);
      return bothShow('first_name', 'Back', key)(world);
    },
  },
  'somebody is inserted again twice': {
    given: pairs(ANN, BOB),
    when: (world) => {
      const transaction = world.table.begin();
      transaction.remove(FIRST);
      const again = transaction.insert({ email: ANN, first_name: 'Once' });
      transaction.commit();
      onceAfter(world, 'crm.read', () => {
        world.crm.remove(again);
        world.crm.insert({ email: ANN, first_name: 'Twice' });
      });
    },
    then: (world) => {
      const [key] = world.table.withMatch(ANN);
      return bothShow('first_name', 'Twice', key)(world);
    },
  },
  'two rows get one address': {
    given: pairs(ANN, BOB),
    when: (world) => world.crm.update(SECOND, { email: ANN }),
    then: (world) =>
      textIn(world, FIRST, 'email') === ANN ? [] : ['the rightful owner lost the address'],
    allowed: { parked: ['email'], sameAddress: true },
  },
  'somebody new has an address that was just given up': {
    given: pairs(ANN, BOB),
    when: (world) => {
      world.crm.update(FIRST, { email: CID });
      world.crm.insert({ email: ANN, first_name: 'Heir' });
    },
    then: (world) => {
      const [key] = world.table.withMatch(ANN);
      return bothShow('first_name', 'Heir', key)(world);
    },
  },
  'a bulk update meets another member under the address, who unsubscribed': {
    world: { sync: { lanes: 1 } },
    given: pairs(ANN, BOB, CID),
    when: (world) => {
      world.crm.update(FIRST, { first_name: 'Anna' });
      world.crm.update(THIRD, { first_name: 'Cidy' });
      onceAfter(world, 'app.pull', () => {
        world.audience.people.rename(ANN, 'other@crm.test');
        world.audience.people.rename(BOB, ANN);
        unsubscribe(world, ANN);
      });
    },
    then: (world) => [
      ...all(bothShow('first_name', 'Anna'), bothShow('first_name', 'Ann', SECOND))(world),
      ...statusIs(world, FIRST, 'subscribed'),
      ...statusIs(world, SECOND, 'unsubscribed'),
    ],
  },
  'an address is given up and taken in the app': {
    given: pairs(ANN, BOB),
    when: (world) => {
      world.audience.people.rename(ANN, CID);
      world.audience.people.signup(ANN, { [PATHS.city]: 'Bern' });
    },
    allowed: { parked: ['email', '*'], withoutRow: true },
  },
};
