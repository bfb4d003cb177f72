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
  memberOf,
  onceAfter,
  pairs,
  SECOND,
  textIn,
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
  'new rows with one address, made in batches with others': {
    given: pairs(ANN, BOB),
    when: (world) => {
      const names = ['Dora', 'Double', 'Third', 'Fourth', 'Fifth'];
      for (const [index, name] of names.entries()) {
        const email = index < 2 ? 'dora@crm.test' : `more${index}@crm.test`;
        world.crm.insert({ email, first_name: name });
      }
    },
    then: (world) => {
      const members = [...world.audience.members.values()];
      const doras = members.filter(({ email }) => email === 'dora@crm.test');
      const keys = world.table.withMatch('dora@crm.test');
      const holders = keys.filter((key) => memberOf(world, key) === doras[0]);
      if (doras.length !== 1 || holders.length !== 1) return ['the address has not one holder'];
      return bothShow(
        'first_name',
        textIn(world, holders[0] as CrmKey, 'first_name'),
        holders[0],
      )(world);
    },
    allowed: { parked: ['*'], sameAddress: true },
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
  'an address is given up and taken in the app': {
    given: pairs(ANN, BOB),
    when: (world) => {
      world.audience.people.rename(ANN, CID);
      world.audience.people.signup(ANN, { [PATHS.city]: 'Bern' });
    },
    allowed: { parked: ['email', '*'], withoutRow: true },
  },
};
