/** A plan for an app that shows nobody foretells what is then told, tells nothing itself, and is carried out by rounds alone. */
import type { CrmKey } from '../../lib/engine/model.ts';
import { applyLane } from '../../lib/flow/apply-planned.ts';
import { mapCode, mapOf } from '../../lib/engine/sync-map.ts';
import { createClubWorld, findClubProblems } from '../support/flow-world/club-world.ts';
import { foretell, writtenSince } from '../support/flow-world/foretelling.ts';
import { settle } from '../support/flow-world/settle.ts';

const key = (nth: number): CrmKey => String(nth) as CrmKey;

async function worldOfThree() {
  const club = createClubWorld({ seed: 1 });
  for (const name of ['ann', 'bob', 'cid'])
    club.world.crm.insert({ email: `${name}@x.test`, phone: '1', first_name: name });
  await settle(club.world);
  club.world.clock.advance(60_000);
  return club;
}

describe('a plan for an app that shows nobody', () => {
  test('before anything was told, and after changes, foretells what is told then', async () => {
    const first = createClubWorld({ seed: 1 });
    first.world.crm.insert({ email: 'ann@x.test', first_name: 'Ann' });
    expect((await foretell(first.world)).writes).toHaveLength(1);
    expect(first.club.rows.size).toBe(0);

    const { world, club } = await worldOfThree();
    world.crm.update(key(1), { phone: '2' });
    world.crm.update(key(2), { email_status: 'unsubscribed' });
    world.crm.insert({ email: 'dan@x.test', first_name: 'Dan' });
    const before = [...club.rows.keys()];
    const foretold = await foretell(world);
    expect([...club.rows.keys()]).toEqual(before);
    const from = world.memory.history.length;
    await settle(world);
    expect(foretold.writes).toHaveLength(3);
    expect([...writtenSince(world, from)].toSorted()).toEqual([...foretold.writes].toSorted());
    expect(findClubProblems({ world, club })).toEqual([]);
  });

  test('says nothing of whom the app knows already', async () => {
    const { world } = await worldOfThree();
    expect((await foretell(world)).writes).toEqual([]);
  });

  test('is not carried out record by record: the rounds of the sync alone fill the calls', async () => {
    const { world } = await worldOfThree();
    const { spec, functions } = world.sync;
    const name = 'page';
    const plan = { name, code: mapCode(mapOf(spec, functions)), orders: [] };
    const message = { sync: spec.name, lane: 0, refs: [], position: {}, plan };
    const context = world.context(world.start());
    await applyLane(context, [{ message, receiveCount: 1 }]);
    const reason: unknown = expect.stringContaining('rounds');
    const results = await context.state.readPlanResults(spec.name, [name]);
    expect([...results.values()]).toMatchObject([{ kind: 'refused', mayRetry: false, reason }]);
  });
});
