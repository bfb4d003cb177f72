/** Who left between two looks: what happened before they left is no reason to bring them back. */
import { deliver, ring } from '../support/flow-world/deliver.ts';
import { LISTED_SYNC } from '../support/flow-world/listed-scenarios.ts';
import { laneGroup, PULL_GROUP } from '../support/flow-world/queues.ts';
import {
  ANN,
  BOB,
  bothShow,
  CID,
  editApp,
  FIRST,
  memberOf,
  onceAfter,
  pairs,
  SECOND,
} from '../support/flow-world/scenario-parts.ts';
import { drain, settle } from '../support/flow-world/settle.ts';
import { findProblems } from '../support/flow-world/verdict.ts';
import { createWorld, noHazards, type World } from '../support/flow-world/world.ts';

/** Everybody works for the sync until nothing is left to do. */
async function work(world: World): Promise<void> {
  ring(world);
  await drain(world);
}

test('who opted in and out again between two looks is not subscribed by a flip of the flag', async () => {
  const world = createWorld({ seed: 1, sync: { consentOwner: 'crm' } });
  pairs(ANN, BOB)(world);
  world.crm.update(FIRST, { email_status: 'unsubscribed' });
  await settle(world);
  expect(memberOf(world, FIRST)?.status).toBe('unsubscribed');
  world.clock.advance(60_000);
  const opt_in_at = new Date(world.clock.now()).toISOString();
  world.crm.update(FIRST, { email_status: 'subscribed', opt_in_at });
  world.clock.advance(10_000);
  world.crm.update(FIRST, { email_status: 'unsubscribed' });
  await work(world);
  world.crm.update(FIRST, { email_status: 'subscribed' });
  await settle(world);
  expect(memberOf(world, FIRST)?.status).toBe('unsubscribed');
  expect(findProblems(world, { kinds: ['consent'] })).toEqual([]);
});

test('a row deleted between its meeting and its lane is not made anew', async () => {
  const world = createWorld({ seed: 1 });
  pairs(ANN, BOB)(world);
  // The log was read before, and tells of it in the next round.
  onceAfter(world, 'state.claim m1 for 1', () => world.crm.remove(FIRST));
  await settle(world);
  expect([...world.table.rows.keys()]).toEqual([SECOND]);
  expect(findProblems(world, { withoutRow: true })).toEqual([]);
});

test('who signed up again before their row was deleted goes with the row, whenever it was edited last', async () => {
  const world = createWorld({ seed: 1, sync: { onAppDelete: 'leave' } });
  pairs(ANN, BOB)(world);
  await settle(world);
  world.audience.people.archive(ANN);
  await settle(world);
  world.crm.update(FIRST, { city: 'Bern' });
  world.clock.advance(10_000);
  world.audience.people.signup(ANN);
  onceAfter(world, 'state.saveCheckpoint', () => {
    world.clock.advance(10_000);
    world.crm.remove(FIRST);
  });
  await settle(world);
  expect(world.table.rows.has(FIRST)).toBe(false);
  expect(memberOf(world, FIRST)?.isArchived).toBe(true);
  expect(findProblems(world, { withoutRow: true })).toEqual([]);
});

test('somebody whom nothing revives is met by a new row with their address', async () => {
  const world = createWorld({ seed: 1 });
  pairs(ANN, BOB)(world);
  await settle(world);
  world.crm.remove(FIRST);
  // In the very second of the deletion: nobody can tell which was first.
  onceAfter(world, 'state.bury', () => world.audience.people.signup(ANN));
  await settle(world);
  expect([...world.table.rows.keys()]).toEqual([SECOND]);
  const key = world.crm.insert({ email: ANN, first_name: 'Anna' });
  await settle(world);
  expect(memberOf(world, key)).toMatchObject({ id: 'm1', email: ANN, isArchived: false });
  expect(findProblems(world, { kinds: ['consent'] })).toEqual([]);
});

test('who is made anew while the answer is lost keeps what their row emptied since', async () => {
  const world = createWorld({
    seed: 1,
    app: 'listed',
    receivesMax: 100,
    sync: { ...LISTED_SYNC, lanes: 1, onAppDelete: 'recreate' },
  });
  pairs(ANN, BOB)(world);
  await settle(world);
  world.audience.people.erase(ANN);
  world.crm.update(FIRST, { city: 'Bern' });
  ring(world);
  await deliver(world, PULL_GROUP);
  world.hazards.dies = (_step, label) => label === 'app.push create 1';
  await deliver(world, laneGroup(0));
  Object.assign(world.hazards, noHazards());
  world.crm.update(FIRST, { first_name: null });
  await settle(world);
  expect(bothShow('first_name', null)(world)).toEqual([]);
  expect(bothShow('city', 'Bern')(world)).toEqual([]);
  expect(findProblems(world)).toEqual([]);
});

test('who is back at the app without a row belongs to the row that comes with their address, whatever the clocks say', async () => {
  const world = createWorld({ seed: 1, vendorSkewMs: -40_000, sync: { lanes: 1 } });
  pairs(ANN, BOB)(world);
  await settle(world);
  world.crm.remove(FIRST);
  ring(world);
  await deliver(world, PULL_GROUP);
  await deliver(world, laneGroup(0));
  expect(memberOf(world, FIRST)?.isArchived).toBe(true);
  // By the vendor's clock that was before the row was deleted.
  world.audience.people.signup(ANN);
  world.audience.people.rename(ANN, CID);
  const again = world.crm.insert({ email: CID, first_name: 'Anna' });
  await settle(world);
  expect(world.audience.members.size).toBe(2);
  expect(memberOf(world, again)).toMatchObject({ id: 'm1', isArchived: false });
  expect(findProblems(world)).toEqual([]);
});

test('a row that is deleted and leaves its member at an app that is only listed: the next row with that address takes them over', async () => {
  const world = createWorld({
    seed: 1,
    app: 'listed',
    sync: { ...LISTED_SYNC, onCrmDelete: 'leave' },
  });
  pairs(ANN, BOB)(world);
  await settle(world);
  world.crm.remove(FIRST);
  await settle(world);
  const again = world.crm.insert({ email: ANN, first_name: 'Anna' });
  await settle(world);
  expect([...world.audience.members.keys()]).toEqual(['m1', 'm2']);
  expect(memberOf(world, again)).toMatchObject({ id: 'm1' });
  expect(findProblems(world)).toEqual([]);
});

test.each(['delta', 'listed'] as const)(
  'whose row comes back into the sync brings what was edited at the app (%s) meanwhile',
  async (app) => {
    const sync = app === 'listed' ? LISTED_SYNC : { phonePolicy: 'app' as const };
    const world = createWorld({ seed: 1, app, sync: { ...sync, onCrmDelete: 'leave' } });
    pairs(ANN, BOB)(world);
    await settle(world);
    world.crm.update(FIRST, { active: 'no' });
    await settle(world);
    editApp('phone', '900')(world);
    await settle(world);
    world.crm.update(FIRST, { active: 'yes' });
    await settle(world);
    expect(bothShow('phone', '900')(world)).toEqual([]);
    expect(findProblems(world)).toEqual([]);
  },
);
