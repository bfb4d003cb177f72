/** An app that takes a second record of one person without a word, and has not been listed to its end yet. */
import { deliver, ring } from '../support/flow-world/deliver.ts';
import { PULL_GROUP } from '../support/flow-world/queues.ts';
import {
  addPair,
  ANN,
  BOB,
  CID,
  memberOf,
  textIn,
  THIRD,
} from '../support/flow-world/scenario-parts.ts';
import { settle } from '../support/flow-world/settle.ts';
import { findProblems } from '../support/flow-world/verdict.ts';
import { createWorld, type World } from '../support/flow-world/world.ts';

/** The first page is on its way to its lane; Cid stands on the last one. */
async function beingListed(): Promise<World> {
  const sync = { lanes: 1, fields: { email_status: null } };
  const world = createWorld({ seed: 1, app: 'listed', pageMax: 1, sync });
  for (const email of [ANN, BOB, CID]) addPair(world, email);
  ring(world);
  await deliver(world, PULL_GROUP);
  return world;
}

test('a row that is edited meanwhile is not made there a second time', async () => {
  const world = await beingListed();
  world.crm.update(THIRD, { first_name: 'Cedric' });
  await settle(world);
  expect([...world.audience.members.keys()]).toEqual(['m1', 'm2', 'm3']);
  expect(memberOf(world, THIRD)?.profile['merge_fields.FNAME']).toBe('Cedric');
  expect(findProblems(world)).toEqual([]);
});

test('somebody new whom the app does not have is made when the listing is over', async () => {
  const world = await beingListed();
  const key = world.crm.insert({ email: 'dan@x.test', first_name: 'Dan' });
  await settle(world);
  expect(world.audience.members.size).toBe(4);
  expect(memberOf(world, key)?.profile['merge_fields.FNAME']).toBe('Dan');
  expect(textIn(world, key, 'first_name')).toBe('Dan');
  expect(findProblems(world)).toEqual([]);
});
