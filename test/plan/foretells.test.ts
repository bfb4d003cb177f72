/** A plan says what the next sync does, when nobody moves in between: the same flow, rehearsed. */
import type { CrmKey } from '../../lib/engine/model.ts';
import type { Scenario } from '../support/flow-world/explore.ts';
import { mapCode, mapOf } from '../../lib/engine/sync-map.ts';
import { orderErasures } from '../../lib/flow/erasures.ts';
import { acceptMap } from '../../lib/flow/steer.ts';
import { saveRecord } from '../support/flow-world/memory-state.ts';
import { COMPANY, PATHS } from '../support/flow-world/sample-sync.ts';
import { newState } from '../../lib/flow/work.ts';
import { contextOf } from '../flow/explain-world.ts';
import { foretell, writtenSince } from '../support/flow-world/foretelling.ts';
import {
  addPair,
  ANN,
  BOB,
  consentScenarios,
  editScenarios,
  existenceScenarios,
  identityScenarios,
  otherScenarios,
  rareScenarios,
} from '../support/flow-world/scenarios.ts';
import { settle } from '../support/flow-world/settle.ts';
import { strollFor } from '../support/flow-world/walk.ts';
import { createWorld, noHazards, type World } from '../support/flow-world/world.ts';

const containing = (text: string): unknown => expect.stringContaining(text);

const all = Object.entries<Scenario>({
  ...editScenarios,
  ...identityScenarios,
  ...existenceScenarios,
  ...consentScenarios,
  ...otherScenarios,
  ...rareScenarios,
});

/** What an end refuses is known only when it was tried, and a held lock is let go by somebody. */
const FORETOLD_BY_NOBODY =
  /refuses|refused|deleted for good|locked|a person takes|until a row gets/;

/** Somebody would act in the middle of the sync: that is what no plan can know. */
function isLeftAlone({ hazards }: World): boolean {
  const { between, timeIsUp, dies, appFault } = noHazards();
  const quiet = [between, timeIsUp, dies, appFault].map(String);
  const now = [hazards.between, hazards.timeIsUp, hazards.dies, hazards.appFault].map(String);
  return quiet.join() === now.join();
}

const stories = all.filter(([name, scenario]) => {
  if (FORETOLD_BY_NOBODY.test(name)) return false;
  const world = createWorld({ seed: 1, ...scenario.world });
  scenario.given(world);
  scenario.when(world);
  return isLeftAlone(world);
});

/** A record that comes by again is told of again: each word once. */
const once = (words: readonly string[]): readonly string[] => [...new Set(words)];

test('most stories are left alone, or this would say little', () => {
  expect(stories.length).toBeGreaterThan(40);
});

describe('before a first sync', () => {
  test.each(stories)('%s: all that it writes was foretold', async (_name, scenario) => {
    const world = createWorld({ seed: 1, ...scenario.world });
    scenario.given(world);
    scenario.when(world);
    const { writes } = await foretell(world);
    await settle(world);
    expect(once(writtenSince(world, 0))).toEqual(once(writes));
  });
});

describe('of a live sync', () => {
  test.each(stories)('%s: all that it writes was foretold', async (_name, scenario) => {
    const world = createWorld({ seed: 1, ...scenario.world });
    scenario.given(world);
    await settle(world);
    world.clock.advance(60_000);
    scenario.when(world);
    const from = world.memory.history.length;
    const { writes } = await foretell(world);
    await settle(world);
    expect(once(writtenSince(world, from))).toEqual(once(writes));
  });
});

describe('whatever people did', () => {
  const WORLDS = 100;

  test.each(['a first sync', 'a live one'])('by chance, before %s', async (which) => {
    const failures: string[] = [];
    let told = 0;
    for (let seed = 1; seed <= WORLDS; seed += 1) {
      // With times to tell them apart a plan would have to read the CRM’s log.
      const world = createWorld({ seed, sync: { phonePolicy: 'crm' }, pageMax: 1 + (seed % 4) });
      for (let person = 0; person < 4; person += 1) addPair(world, `p${person}@x.test`);
      if (which === 'a live one') await settle(world);
      world.clock.advance(60_000);
      strollFor(world, { seed, acts: 8, isMet: which === 'a live one' });
      const from = world.memory.history.length;
      const { writes } = await foretell(world, { pageMax: 1 + (seed % 3) });
      await settle(world);
      told += writes.length;
      const [foretold, done] = [once(writes), once(writtenSince(world, from))];
      if (foretold.join() !== done.join())
        failures.push(`seed ${seed}: foretold ${foretold.join('; ')} | done ${done.join('; ')}`);
    }
    expect(failures).toEqual([]);
    expect(told).toBeGreaterThan(WORLDS * 3);
  });
});

describe('of another map', () => {
  test('what it would do is done once it was accepted', async () => {
    const world = createWorld({ seed: 1 });
    for (const email of [ANN, BOB]) addPair(world, email);
    await settle(world);
    world.crm.update('1' as CrmKey, { company: 'Acme' });
    world.audience.people.update(BOB, { [COMPANY.app]: 'Bolt', [PATHS.city]: 'Bonn' });
    world.redeploy({ fields: { company: COMPANY, city: null }, onCrmDelete: 'delete' });
    world.crm.remove('2' as CrmKey);
    await settle(world).catch(() => undefined);
    const { writes } = await foretell(world);
    const from = world.memory.history.length;
    const { spec, functions } = world.sync;
    const code = mapCode(mapOf(spec, functions));
    await acceptMap(contextOf(world), { code, by: 'ann' });
    await settle(world);
    expect(writes).toEqual(['1 write-app company "Acme"', '2 delete-app ']);
    expect(once(writtenSince(world, from))).toEqual(once(writes));
  });
});

describe('whoever was erased', () => {
  test('is not told as to be made, neither by their own row nor by another with their address', async () => {
    const world = createWorld({ seed: 1 });
    for (const email of [ANN, BOB]) addPair(world, email);
    await settle(world);
    world.clock.advance(10_000);
    const order = { id: 'order-1', by: 'ann', at: world.clock.now(), key: '1' as CrmKey };
    const nothingYet = { steps: {}, problem: null, doneAt: null };
    await orderErasures(contextOf(world), [
      { ...order, remoteId: null, match: ANN, crmRow: false, ...nothingYet },
    ]);
    await settle(world);
    world.clock.advance(10_000);
    world.crm.update('1' as CrmKey, { first_name: 'Anna' });
    world.crm.insert({ email: ANN, first_name: 'Another' });
    world.crm.insert({ email: 'new@crm.test', first_name: 'New' });
    const { writes } = await foretell(world);
    expect(writes.filter((line) => line.includes('create'))).toEqual(['4 create-app ']);
    const from = world.memory.history.length;
    await settle(world);
    expect(once(writtenSince(world, from))).toEqual(once(writes));
  });
});

test('who was marked before it was known that the filter leaves them out is told as left out', async () => {
  const world = createWorld({ seed: 1 });
  addPair(world, ANN);
  const key = world.crm.insert({ email: BOB, active: 'no' });
  await settle(world);
  // The process ended while the filter was asked: the mark is all there is of them.
  saveRecord(world.memory, { state: newState(key), version: 0, marks: 1 });
  const { outcomes, writes } = await foretell(world);
  expect(writes).toEqual([]);
  const left = outcomes.find((each) => each.key === key);
  expect(left?.after.state.existence).toEqual({ c: 'excluded', r: 'absent' });
});

describe('what only a look shows', () => {
  test('a member who is gone without a trace is missed in the listing, and looked for', async () => {
    const world = createWorld({ seed: 1, sync: { onAppDelete: 'mark' } });
    for (const email of [ANN, BOB]) addPair(world, email);
    await settle(world);
    world.audience.people.erase(ANN);
    world.steps.trace.length = 0;
    const { writes } = await foretell(world);
    expect(writes).toEqual(['1 mark-crm ']);
    const asked = world.steps.trace.filter((line) => line.includes('app.fetch'));
    expect(asked).toHaveLength(1);
  });

  test('a shared field that both ends changed waits for the CRM’s time, as the plan says', async () => {
    const world = createWorld({ seed: 1, sync: { phonePolicy: 'newest' } });
    addPair(world, ANN);
    await settle(world);
    world.crm.update('1' as CrmKey, { phone: '7' });
    world.audience.people.update(ANN, { 'merge_fields.PHONE': '8' });
    const { writes, outcomes } = await foretell(world);
    expect(writes).toEqual([]);
    expect(outcomes.map(({ after }) => [after.label, after.reason])).toEqual([
      ['waiting', containing('its time is unknown')],
    ]);
  });
});
