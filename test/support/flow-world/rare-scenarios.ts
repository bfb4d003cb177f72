/** Stories that need more than an edit: late commits, lost positions, people's orders, twins. */
import type { CrmKey } from '../../../lib/engine/model.ts';
import type { Scenario } from './explore.ts';
import { changeHealthOf, readRecords } from './memory-state.ts';
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

/** A person stops the sync, and lets it go on after its health was asked for so many times. */
function pauseFor(world: World, looks: number): void {
  const paused = { since: world.clock.now(), by: 'a person', reason: null };
  changeHealthOf(world.memory, (health) => ({ ...health, paused }));
  let asked = 0;
  world.hazards.between = (_step, label) => {
    asked += label === 'state.loadHealth' ? 1 : 0;
    if (asked === looks) changeHealthOf(world.memory, (health) => ({ ...health, paused: null }));
  };
}

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
  'a person pauses the sync for a while': {
    given: pairs(ANN, BOB),
    when: (world) => {
      world.crm.update(FIRST, { first_name: 'Anna' });
      world.audience.people.update(BOB, { [PATHS.city]: 'Bern' });
      onceAfter(world, 'crm.readChanges', () => pauseFor(world, 6));
    },
    then: all(bothShow('first_name', 'Anna'), bothShow('city', 'Bern', SECOND)),
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
  'two rows and a member have one address, until a row gets another': {
    given: (world) => {
      addPair(world, BOB);
      world.crm.insert({ email: ANN, first_name: 'Ann', phone: '1' });
      world.crm.insert({ email: ANN.toUpperCase(), first_name: 'Amy', phone: '2' });
      world.audience.add(ANN, { profile: { [PATHS.first_name]: 'Amy' } });
    },
    // What the first sync left alone, it left as it was: nobody guessed whose the member is.
    when: (world) => {
      const member = world.audience.byAddress(ANN);
      const name = member?.profile[PATHS.first_name];
      if (name !== 'Amy') throw new Error(`the member was taken for ${name ?? 'nobody'}`);
      if (member === undefined || !world.memory.unmatched.has(member.id))
        throw new Error('the member is not listed for a person');
      world.crm.update(SECOND, { email: CID });
    },
    then: all(bothShow('first_name', 'Ann', SECOND), bothShow('first_name', 'Amy', THIRD)),
    allowed: { parked: ['*'], sameAddress: true },
  },
  'two rows with one address are made, one of them for a person to sort out': {
    given: pairs(ANN),
    when: (world) => {
      world.crm.insert({ email: BOB, first_name: 'Bob' });
      world.crm.insert({ email: BOB.toUpperCase(), first_name: 'Rob' });
      onceAfter(world, 'crm.horizonHolder', () => {
        world.crm.insert({ email: CID, first_name: 'Cid' });
      });
    },
    // Whose create came first is chance; the other is not taken for in step. After a crash over the
    // create nobody can tell who made the member: then it is listed, and both wait.
    then: (world) => {
      const member = world.audience.byAddress(BOB);
      const states = readRecords(world.memory).map(({ state }) => state);
      const waiting = states.filter(({ parking }) => parking?.kind === 'quarantined');
      const owner = states.find(({ remoteId }) => remoteId === member?.id)?.key;
      const isListed = member !== undefined && world.memory.unmatched.has(member.id);
      const isRight =
        owner === undefined
          ? waiting.length === 2 && isListed
          : waiting.length === 1 &&
            textIn(world, owner, 'first_name') === member?.profile[PATHS.first_name];
      return isRight ? [] : [`${waiting.length} rows wait, and the member is ${owner}’s`];
    },
    allowed: { parked: ['*'], sameAddress: true },
  },
  'a row that the filter leaves out has the address of another and of a member': {
    given: (world) => {
      addPair(world, BOB);
      world.crm.insert({ email: ANN, first_name: 'Old', active: 'no' });
      world.crm.insert({ email: ANN, first_name: 'Ann' });
      world.audience.add(ANN, { profile: { [PATHS.city]: 'Bern' } });
    },
    when: (world) => world.crm.update(THIRD, { first_name: 'Anna' }),
    then: all(bothShow('first_name', 'Anna', THIRD), bothShow('city', 'Bern', THIRD)),
    allowed: { sameAddress: true },
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
