/** Stories of an app that tells no changes: what people do there is found by listing it, or by a webhook. */
import type { CrmKey, RemoteId } from '../../../lib/engine/model.ts';
import type { Scenario } from './explore.ts';
import { plantedId } from './audience-writes.ts';
import { PULL_GROUP, enqueue } from './queues.ts';
import { PATHS, type SampleSyncOptions } from './sample-sync.ts';
import type { World, WorldOptions } from './world.ts';

/** No consent: the app knows none, and says no times by which a grant could be proved. */
export const LISTED_SYNC: SampleSyncOptions = {
  phonePolicy: 'app',
  fields: { email_status: null },
};

export const LISTED: Omit<WorldOptions, 'seed'> = { app: 'listed', sync: LISTED_SYNC };

/** Nobody gets a row because they are in the app. */
const WITHOUT_ROWS: Omit<WorldOptions, 'seed'> = {
  ...LISTED,
  sync: { ...LISTED_SYNC, create: 'app' },
};

const [ANN, BOB] = ['ann@x.test', 'bob@x.test'] as const;

const withRows =
  (...emails: readonly string[]) =>
  (world: World): void => {
    for (const email of emails) world.crm.insert({ email, first_name: email.slice(0, 3) });
  };

const keyOf = (world: World, email: string): CrmKey => {
  const found = [...world.table.rows].find(([, cells]) => cells['email']?.text === email);
  if (found === undefined) throw new Error(`no row has ${email}`);
  return found[0];
};

const cell = (world: World, key: string, column: string): string | null =>
  world.table.row(key as CrmKey)?.columns[column]?.text ?? null;

const idOf = (world: World, email: string): RemoteId => {
  const member = world.audience.byAddress(email);
  if (member === undefined) throw new Error(`no member has ${email}`);
  return member.id;
};

const only = (text: string, isTrue: boolean): string[] => (isTrue ? [] : [text]);

/** A signed event named the member. */
export function tellOf(world: World, id: RemoteId): void {
  const look = [{ remoteId: id, match: null }];
  const message = JSON.stringify({ kind: 'look', sync: world.sync.spec.name, look });
  enqueue(world.queues, PULL_GROUP, message, world.clock.now());
}

export const listedScenarios: Readonly<Record<string, Scenario>> = {
  'rows are made in the app, once each, under ids that name them': {
    world: LISTED,
    given: () => undefined,
    when: withRows(ANN, BOB),
    then: (world) =>
      only(
        `members: ${[...world.audience.members.keys()].join()}`,
        [ANN, BOB].every((email) => world.audience.members.has(plantedId(keyOf(world, email)))) &&
          world.audience.members.size === 2,
      ),
  },
  'an edit in the app is found by the next listing and reaches the CRM': {
    world: LISTED,
    given: withRows(ANN, BOB),
    when: (world) => world.audience.people.update(ANN, { [PATHS.phone]: '7' }),
    then: (world) => only('the edit was lost', cell(world, keyOf(world, ANN), 'phone') === '7'),
  },
  'a webhook brings it at once, and the listing finds nothing more': {
    world: LISTED,
    given: withRows(ANN),
    when: (world) => {
      world.audience.people.update(ANN, { [PATHS.phone]: '7' });
      tellOf(world, plantedId(keyOf(world, ANN)));
    },
    then: (world) => only('the edit was lost', cell(world, keyOf(world, ANN), 'phone') === '7'),
  },
  'what the CRM owns is put back where people changed it': {
    world: LISTED,
    given: withRows(ANN),
    when: (world) => world.audience.people.update(ANN, { [PATHS.first_name]: 'Zoe' }),
    then: (world) =>
      only(
        'not put back',
        world.audience.byAddress(ANN)?.profile[PATHS.first_name] === ANN.slice(0, 3),
      ),
  },
  'somebody new in the app gets a row': {
    world: LISTED,
    given: withRows(ANN),
    when: (world) => void world.audience.people.signup(BOB),
    then: (world) => only('no row', keyOf(world, BOB) !== ''),
  },
  'somebody new whom a webhook names gets one row': {
    world: LISTED,
    given: withRows(ANN),
    when: (world) => tellOf(world, world.audience.people.signup(BOB).id),
    then: (world) => only('no row', keyOf(world, BOB) !== ''),
  },
  'who was typed in by hand meets the row with the same address': {
    world: LISTED,
    given: (world) => {
      withRows(ANN)(world);
      world.audience.people.signup(ANN, { [PATHS.phone]: '5' });
    },
    when: (world) => world.crm.update(keyOf(world, ANN), { first_name: 'Anna' }),
    then: (world) => only('a second member was made', world.audience.members.size === 1),
  },
  'a row that comes after somebody of nobody’s in the app meets them, and makes no second member': {
    world: WITHOUT_ROWS,
    given: (world) => {
      withRows(ANN)(world);
      world.audience.people.signup(BOB, { [PATHS.phone]: '5' });
    },
    when: withRows(BOB),
    then: (world) => [
      ...only('a second member was made', world.audience.members.size === 2),
      ...only('not linked', world.memory.links.get(idOf(world, BOB)) === keyOf(world, BOB)),
      ...only('their phone is not in the row', cell(world, keyOf(world, BOB), 'phone') === '5'),
    ],
    allowed: { withoutRow: true },
  },
  'a row with the address somebody of nobody’s had once gets a member of its own': {
    world: WITHOUT_ROWS,
    given: (world) => {
      withRows(ANN)(world);
      world.audience.people.signup(BOB);
    },
    when: (world) => {
      world.audience.people.rename(BOB, 'bob@else.test');
      withRows(BOB)(world);
    },
    then: (world) => only('met another', world.audience.members.size === 3),
    allowed: { withoutRow: true },
  },
  'of two typed in by hand with one address, on two pages, neither is taken; when one goes, the row meets the other':
    {
      world: { ...WITHOUT_ROWS, pageMax: 1 },
      given: (world) => {
        withRows(ANN, BOB)(world);
        for (const phone of ['5', '6'])
          world.audience.add(BOB, { profile: { [PATHS.phone]: phone } });
      },
      when: (world) => void world.audience.members.delete(idOf(world, BOB)),
      then: (world) => [
        ...only('not linked', world.memory.links.get(idOf(world, BOB)) === keyOf(world, BOB)),
        ...only('their phone is not in the row', cell(world, keyOf(world, BOB), 'phone') === '6'),
        ...only('still listed for a person', world.memory.unmatched.size === 0),
        ...only(
          'still waited for',
          [...world.memory.blocked.values()].every((each) => each.size === 0),
        ),
      ],
      allowed: { parked: ['*'], withoutRow: true, withoutPartner: true, sameAddress: true },
    },
  'of two typed in by hand one gets another address: the row meets the one that is left, the other gets a row':
    {
      world: { ...LISTED, pageMax: 1 },
      given: (world) => {
        withRows(ANN, BOB)(world);
        for (const phone of ['5', '6'])
          world.audience.add(BOB, { profile: { [PATHS.phone]: phone } });
      },
      when: (world) => {
        const member = world.audience.byAddress(BOB);
        if (member === undefined) throw new Error('nobody has the address');
        world.audience.touch(member, (each) => Object.assign(each, { email: 'rob@x.test' }));
      },
      then: (world) => [
        ...only('not linked', world.memory.links.get(idOf(world, BOB)) === keyOf(world, BOB)),
        ...only('no row', cell(world, keyOf(world, 'rob@x.test'), 'phone') === '5'),
        ...only('still listed for a person', world.memory.unmatched.size === 0),
      ],
      allowed: { parked: ['*'], withoutRow: true, withoutPartner: true, sameAddress: true },
    },
  'who is deleted in the app is missed by a whole listing, looked for, and marked': {
    world: LISTED,
    given: withRows(ANN, BOB),
    when: (world) => world.audience.people.erase(ANN),
    then: (world) => only('not marked', cell(world, keyOf(world, ANN), 'left_app') === 'yes'),
    allowed: { withoutPartner: true },
  },
  'a row that is deleted takes its member along': {
    world: LISTED,
    given: withRows(ANN, BOB),
    when: (world) => world.crm.remove(keyOf(world, ANN)),
    then: (world) => only('still there', world.audience.byAddress(ANN) === undefined),
  },
  'a row that leaves the filter is taken out, and made anew when it comes back': {
    world: LISTED,
    given: withRows(ANN),
    when: (world) => {
      const key = keyOf(world, ANN);
      world.crm.update(key, { active: 'no' });
      world.hazards.between = (_step, label) => {
        if (label !== `app.push delete ${key}`) return;
        world.hazards.between = () => undefined;
        world.crm.update(key, { active: 'yes', first_name: 'Back' });
      };
    },
    then: (world) =>
      only(
        'not back',
        world.audience.members.get(plantedId(keyOf(world, ANN)))?.profile[PATHS.first_name] ===
          'Back',
      ),
  },
  'both ends change different fields while a listing is under way': {
    world: { ...LISTED, pageMax: 1 },
    given: withRows(ANN, BOB, 'cid@x.test'),
    when: (world) => {
      world.audience.people.update(BOB, { [PATHS.city]: 'Rome' });
      world.crm.update(keyOf(world, BOB), { first_name: 'Bobby' });
      let pages = 0;
      world.hazards.between = (_step, label) => {
        if (label !== 'app.list' || (pages += 1) > 4) return;
        world.audience.people.update(ANN, { [PATHS.phone]: `n${pages}` });
      };
    },
    then: (world) => [
      ...only('city was lost', cell(world, keyOf(world, BOB), 'city') === 'Rome'),
      ...only(
        'phone was lost',
        cell(world, keyOf(world, ANN), 'phone') ===
          world.audience.byAddress(ANN)?.profile[PATHS.phone],
      ),
    ],
  },
};
