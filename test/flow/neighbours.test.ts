/** Three apps of one CRM: what is changed at one reaches each of the others once, and nobody changes what another owns. */
import type { Owner } from '../../lib/engine/model.ts';
import {
  countWrites,
  createNeighbours,
  type Neighbours,
} from '../support/flow-world/neighbours.ts';
import { text } from '../../lib/engine/types/index.ts';
import { PATHS, sampleSync } from '../support/flow-world/sample-sync.ts';
import { ANN, BOB, FIRST, textIn } from '../support/flow-world/scenario-parts.ts';
import { settleTogether } from '../support/flow-world/settle.ts';
import { findProblems, findRestlessness } from '../support/flow-world/verdict.ts';

const ownedBy = (owner: Owner) =>
  sampleSync({
    fields: {
      city: { app: PATHS.city, type: text(), owner },
      // Consent and tags have rules of their own.
      email_status: null,
      tags: null,
    },
  });

/** The first app owns the city; the phone is everybody's. */
async function threeInStep(): Promise<Neighbours> {
  const worlds = createNeighbours([ownedBy('app'), ownedBy('crm'), ownedBy('crm')], { seed: 1 });
  for (const email of [ANN, BOB])
    worlds[0].crm.insert({ email, first_name: 'Ann', city: 'Ulm', phone: '100' });
  await settleTogether(worlds);
  return worlds;
}

/** What each sync writes until all is quiet. */
async function writesOf(worlds: Neighbours, act: () => void) {
  const before = worlds.map(({ monitor }) => monitor.writes.length);
  act();
  await settleTogether(worlds);
  return worlds.map((world, n) => countWrites(world, before[n]));
}

const cities = ([first, ...others]: Neighbours) => [
  textIn(first, FIRST, 'city'),
  ...[first, ...others].map(({ audience }) => audience.byAddress(ANN)?.profile[PATHS.city]),
];

async function expectAtRest(worlds: Neighbours): Promise<void> {
  for (const world of worlds)
    expect([...findProblems(world), ...(await findRestlessness(world))]).toEqual([]);
}

test('what the owning app changes is written once to the CRM and once to each other app', async () => {
  const worlds = await threeInStep();
  const writes = await writesOf(worlds, () =>
    worlds[0].audience.people.update(ANN, { [PATHS.city]: 'Bern' }),
  );
  expect(writes).toEqual([
    { app: 0, crm: 1 },
    { app: 1, crm: 0 },
    { app: 1, crm: 0 },
  ]);
  expect(cities(worlds)).toEqual(['Bern', 'Bern', 'Bern', 'Bern']);
  await expectAtRest(worlds);
});

test.each([0, 1, 2])(
  'a shared field changed at app %i reaches the others once each',
  async (at) => {
    const worlds = await threeInStep();
    const writes = await writesOf(worlds, () =>
      worlds[at]?.audience.people.update(ANN, { [PATHS.phone]: '200' }),
    );
    expect(writes).toEqual(
      [0, 1, 2].map((n) => (n === at ? { app: 0, crm: 1 } : { app: 1, crm: 0 })),
    );
    await expectAtRest(worlds);
  },
);

test('what the CRM changes is written once to each app', async () => {
  const worlds = await threeInStep();
  const writes = await writesOf(worlds, () =>
    worlds[0].crm.update(FIRST, { first_name: 'Eve', phone: '300' }),
  );
  expect(writes).toEqual([0, 1, 2].map(() => ({ app: 1, crm: 0 })));
  await expectAtRest(worlds);
});

test('what one app owns is read-only at another: an edit there is put back, and nobody else hears of it', async () => {
  const worlds = await threeInStep();
  const logged = worlds[0].table.log.length;
  const writes = await writesOf(worlds, () =>
    worlds[1]?.audience.people.update(ANN, { [PATHS.city]: 'Rome' }),
  );
  expect(writes).toEqual([
    { app: 0, crm: 0 },
    { app: 1, crm: 0 },
    { app: 0, crm: 0 },
  ]);
  expect(worlds[0].table.log.length).toBe(logged);
  expect(cities(worlds)).toEqual(['Ulm', 'Ulm', 'Ulm', 'Ulm']);
  await expectAtRest(worlds);
});

test('an edit of the owner and one elsewhere at the same time end as the owner has it, everywhere', async () => {
  const worlds = await threeInStep();
  const [own, other] = await writesOf(worlds, () => {
    worlds[1]?.audience.people.update(ANN, { [PATHS.city]: 'Rome' });
    worlds[0].audience.people.update(ANN, { [PATHS.city]: 'Bern' });
  });
  expect(own).toEqual({ app: 0, crm: 1 });
  expect(other?.crm).toBe(0);
  expect(cities(worlds)).toEqual(['Bern', 'Bern', 'Bern', 'Bern']);
  await expectAtRest(worlds);
});
