/** Keys for new rows after a database went back: none that somebody else has in our memory. */
import type { CrmKey } from '../../lib/engine/model.ts';
import { freshKeys } from '../../lib/flow/fresh-keys.ts';
import { settle } from '../support/flow-world/settle.ts';
import { createWorld, type World } from '../support/flow-world/world.ts';
import { contextOf } from './explain-world.ts';

const PEOPLE = ['ann@x.test', 'bob@x.test', 'cid@x.test'];

/** Three people have keys; the database is one of before they came, and gives out the same ones again. */
async function restored(): Promise<World> {
  const world = createWorld({ seed: 1 });
  await settle(world);
  const before = structuredClone(world.table.dump());
  const marks = { ...world.reader };
  for (const email of PEOPLE) world.audience.people.signup(email);
  await settle(world);
  expect([...world.table.rows.keys()].toSorted()).toEqual(['1', '2', '3']);
  world.table.restore(before);
  Object.assign(world.reader, marks);
  world.witness.dismiss();
  return world;
}

test('leaves out those that the memory of the sync knows', async () => {
  const world = await restored();
  await settle(world);
  world.table.restore({ ...world.table.dump(), keys: 0 });
  expect(await freshKeys(contextOf(world), 2)).toEqual(['4', '5'] as string[] as CrmKey[]);
});

test('takes them as they come behind a sequence that went back too far', async () => {
  const known = { state: { key: '1' } };
  let next = 0;
  const context = {
    ...contextOf(createWorld({ seed: 1 })),
    crm: { allocate: (count: number) => Promise.resolve(keysFrom((next += count) - count, count)) },
    state: {
      load: (_: string, keys: readonly CrmKey[]) =>
        Promise.resolve(new Map(keys.map((key) => [key, known]))),
    },
  } as unknown as Parameters<typeof freshKeys>[0];
  expect(await freshKeys(context, 2)).toEqual(keysFrom(38, 2));
  expect(await freshKeys(context, 0)).toEqual([]);
  expect(next).toBe(40);
});

const keysFrom = (from: number, count: number): readonly CrmKey[] =>
  Array.from({ length: count }, (_, index) => String(from + index + 1) as CrmKey);
