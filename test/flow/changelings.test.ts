/** Rows that are deleted or renamed after a batch made their members, and before the listing told the members' ids. */
import type { CrmKey } from '../../lib/engine/model.ts';
import { ANN, BOB, memberOf, textIn } from '../support/flow-world/scenario-parts.ts';
import { ring } from '../support/flow-world/deliver.ts';
import { drain, settle } from '../support/flow-world/settle.ts';
import { findProblems } from '../support/flow-world/verdict.ts';
import { createWorld, type World } from '../support/flow-world/world.ts';

/** Ann is at both ends, and nobody has told yet under which id the app has her. */
async function makeAnn(): Promise<{ world: World; key: CrmKey }> {
  const world = createWorld({ seed: 1 });
  await settle(world);
  const key = world.crm.insert({ email: ANN, email_status: 'subscribed', first_name: 'Ann' });
  ring(world);
  await drain(world);
  expect(world.audience.members.size).toBe(1);
  expect(world.memory.links.size).toBe(0);
  return { world, key };
}

test('a person deleted before the app has listed them stays deleted, at both ends', async () => {
  const { world, key } = await makeAnn();
  world.crm.remove(key);
  await settle(world);
  expect([...world.table.rows.keys()]).toEqual([]);
  expect([...world.audience.members.values()].map(({ isArchived }) => isArchived)).toEqual([true]);
  expect(findProblems(world)).toEqual([]);
});

test('a person renamed before the app has listed them is one person, under the new address', async () => {
  const { world, key } = await makeAnn();
  world.crm.update(key, { email: BOB });
  await settle(world);
  expect([...world.table.rows.keys()]).toEqual([key]);
  expect(world.audience.members.size).toBe(1);
  expect(memberOf(world, key)?.email).toBe(BOB);
  expect(findProblems(world)).toEqual([]);
});

test('somebody new with the address of one who was deleted is that row’s, not the old one’s', async () => {
  const { world, key } = await makeAnn();
  world.crm.remove(key);
  const other = world.crm.insert({ email: ANN, email_status: 'subscribed', first_name: 'Anna' });
  await settle(world);
  expect([...world.table.rows.keys()]).toEqual([other]);
  expect(memberOf(world, other)?.email).toBe(ANN);
  expect(textIn(world, other, 'first_name')).toBe('Anna');
  expect(findProblems(world)).toEqual([]);
});
