/** `write: false`: nothing is written, what would be done is counted and said, and nothing of it is lost when it writes at last. */
import type { CrmKey } from '../../lib/engine/model.ts';
import { explainRecord } from '../../lib/flow/explain.ts';
import { prepareResolve } from '../../lib/flow/resolve.ts';
import { syncStatus } from '../../lib/flow/status.ts';
import { type Scenario } from '../support/flow-world/explore.ts';
import { readCheckpoint, readRecords } from '../support/flow-world/memory-state.ts';
import { PATHS } from '../support/flow-world/sample-sync.ts';
import {
  addPair,
  ANN,
  BOB,
  bothShow,
  CID,
  consentScenarios,
  editScenarios,
  existenceScenarios,
  identityScenarios,
  otherScenarios,
  rareScenarios,
} from '../support/flow-world/scenarios.ts';
import { settle } from '../support/flow-world/settle.ts';
import { findProblems, findRestlessness } from '../support/flow-world/verdict.ts';
import { createWorld, type World } from '../support/flow-world/world.ts';
import { contextOf } from './explain-world.ts';

const LOOKS = { write: false };
const [FIRST, SECOND, THIRD] = ['1', '2', '3'] as [CrmKey, CrmKey, CrmKey];

const wouldDo = async (world: World) => {
  const { wouldDo: deeds } = await syncStatus(contextOf(world).state, 'contacts-news', 0);
  return deeds;
};

const noted = ({ memory }: World): readonly CrmKey[] =>
  readRecords(memory)
    .filter(({ state }) => state.withheld !== null)
    .map(({ state }) => state.key);

async function writeAtLast(world: World, sync: object = {}): Promise<void> {
  world.redeploy(sync);
  await settle(world);
  await settle(world);
}

/** Two who differ, one whom only the CRM knows, one whom only the app knows. */
function strangers(world: World): void {
  addPair(world, ANN, { first_name: 'Anna', phone: '200' });
  addPair(world, BOB);
  world.crm.insert({ email: CID, first_name: 'Cid' });
  world.audience.people.signup('new@crm.test', { [PATHS.first_name]: 'New' });
}

describe('a first sync that only looks', () => {
  test('writes nothing at either end, and takes no key from the CRM’s sequence', async () => {
    const world = createWorld({ seed: 1, sync: LOOKS });
    strangers(world);
    const keys = world.table.dump().keys;
    await settle(world);
    expect(world.monitor.writes).toEqual([]);
    expect(world.table.dump().keys).toBe(keys);
    expect(world.errors).toEqual([]);
  });

  test('counts what it would do, exactly, however often it looks', async () => {
    const world = createWorld({ seed: 1, sync: LOOKS });
    strangers(world);
    const expected = {
      byRecord: { 'create-app': 1, 'create-crm': 1 },
      byField: { 'write-app': { first_name: 1, phone: 1 } },
    };
    await settle(world);
    expect(await wouldDo(world)).toEqual(expected);
    expect(await findRestlessness(world)).toEqual([]);
    expect(await wouldDo(world)).toEqual(expected);
  });

  test('does it all when it may write, as if it had written at once', async () => {
    const [patient, hasty] = [LOOKS, {}].map((sync) => createWorld({ seed: 1, sync }));
    for (const world of [patient, hasty]) {
      if (world === undefined) continue;
      strangers(world);
      await settle(world);
    }
    if (patient === undefined || hasty === undefined) return;
    await writeAtLast(patient);
    expect(findProblems(patient)).toEqual([]);
    expect(await findRestlessness(patient)).toEqual([]);
    const valuesOf = (world: World) => [
      [...world.table.rows.values()].map((cells) => Object.values(cells).map(({ text }) => text)),
      [...world.audience.members.values()].map(({ email, status, profile }) => [
        email,
        status,
        profile,
      ]),
    ];
    expect(valuesOf(patient)).toEqual(valuesOf(hasty));
    expect([noted(patient), [...patient.memory.planned], await wouldDo(patient)]).toEqual([
      [],
      [],
      null,
    ]);
  });

  test('does not ask the app about those its own listing has just shown', async () => {
    const world = createWorld({ seed: 1, sync: LOOKS });
    strangers(world);
    await settle(world);
    expect(world.steps.trace.filter((line) => line.includes('app.fetch'))).toEqual([]);
  });

  test('does it by the listing when it may write, not by asking for everybody', async () => {
    const world = createWorld({ seed: 1, sync: LOOKS });
    for (const email of [ANN, BOB, CID])
      addPair(world, email, { first_name: `${email} of the CRM` });
    await settle(world);
    world.clock.advance(60_000);
    world.steps.trace.length = 0;
    await writeAtLast(world);
    expect(world.steps.trace.filter((line) => line.includes('app.fetch'))).toEqual([]);
    expect(findProblems(world)).toEqual([]);
  });
});

describe('a person who turns up', () => {
  test('at the app is counted once, and not at all when they go or get a row', async () => {
    const world = createWorld({ seed: 1, sync: LOOKS });
    addPair(world, ANN);
    for (const name of ['x', 'y', 'z']) world.audience.people.signup(`${name}@crm.test`);
    await settle(world);
    expect(await wouldDo(world)).toEqual({ byRecord: { 'create-crm': 3 }, byField: {} });
    world.audience.people.archive('x@crm.test');
    world.crm.insert({ email: 'y@crm.test' });
    world.audience.people.update('z@crm.test', { [PATHS.city]: 'Ulm' });
    await settle(world);
    expect(await wouldDo(world)).toEqual({
      byRecord: { 'create-crm': 1 },
      byField: { 'subscribe-crm': { email_status: 1 } },
    });
    await writeAtLast(world);
    expect(findProblems(world)).toEqual([]);
  });
});

describe('whatever people do while it only looks', () => {
  /** An order waits in its queue as long as nothing is written: tested below. */
  const stories = Object.entries<Scenario>({
    ...editScenarios,
    ...identityScenarios,
    ...existenceScenarios,
    ...consentScenarios,
    ...otherScenarios,
    ...rareScenarios,
  }).filter(([name]) => !name.startsWith('a person takes'));

  test.each(stories)(
    '%s: nothing is written, and everything is made up for',
    async (_name, scenario) => {
      const world = createWorld({ seed: 1, ...scenario.world });
      const sync = scenario.world?.sync ?? {};
      scenario.given(world);
      await settle(world);
      world.clock.advance(60_000);
      const before = world.monitor.writes.length;
      world.redeploy({ ...sync, ...LOOKS });
      scenario.when(world);
      await settle(world);
      await settle(world);
      expect(world.monitor.writes.slice(before)).toEqual([]);
      await writeAtLast(world, sync);
      expect(findProblems(world, scenario.allowed)).toEqual([]);
      expect(scenario.then?.(world) ?? []).toEqual([]);
      expect(await findRestlessness(world)).toEqual([]);
      expect([noted(world), [...world.memory.planned]]).toEqual([[], []]);
    },
  );

  test('whom the app deleted for good is in no listing, and is found in our memory at last', async () => {
    const world = createWorld({ seed: 1, sync: {} });
    for (const email of [ANN, BOB]) addPair(world, email);
    await settle(world);
    world.redeploy(LOOKS);
    world.audience.people.erase(ANN);
    world.crm.update(FIRST, { first_name: 'Anna' });
    world.crm.update(FIRST, { email: 'anna@crm.test' });
    await settle(world);
    expect(await wouldDo(world)).toEqual({ byRecord: { 'mark-crm': 1 }, byField: {} });
    await writeAtLast(world);
    expect(world.table.rows.get(FIRST)?.['left_app']?.text).toBe('yes');
    expect(noted(world)).toEqual([]);
  });

  test('an edit that is taken back is nothing to do any more', async () => {
    const world = createWorld({ seed: 1, sync: {} });
    for (const email of [ANN, BOB]) addPair(world, email);
    await settle(world);
    world.redeploy(LOOKS);
    world.crm.update(FIRST, { first_name: 'Anna' });
    world.audience.people.update(BOB, { [PATHS.city]: 'Bern' });
    await settle(world);
    world.crm.update(FIRST, { first_name: 'Ann' });
    await settle(world);
    expect(await wouldDo(world)).toEqual({ byRecord: {}, byField: { 'write-crm': { city: 1 } } });
    world.crm.update(SECOND, { first_name: 'Bobby' });
    await settle(world);
    expect(await wouldDo(world)).toEqual({
      byRecord: {},
      byField: { 'write-app': { first_name: 1 }, 'write-crm': { city: 1 } },
    });
  });
});

describe('what a person is told', () => {
  async function worldThatLooks(): Promise<World> {
    const world = createWorld({ seed: 1, sync: { phonePolicy: 'manual' } });
    addPair(world, ANN, { phone: 'of-the-crm' });
    addPair(world, BOB);
    await settle(world);
    world.redeploy({ ...LOOKS, phonePolicy: 'manual' });
    world.crm.update(SECOND, { first_name: 'Bobby', email_status: 'unsubscribed' });
    world.crm.insert({ email: CID });
    await settle(world);
    return world;
  }

  test('explain says what it would do and why it does not', async () => {
    const world = await worldThatLooks();
    const told = await explainRecord(contextOf(world), SECOND);
    expect(told?.state).toBe('pending');
    expect(told?.next).toBe(
      'Would write to news: first_name and unsubscribe the person in news; nothing is written because write: false.',
    );
    const field = told?.fields.find((each) => each.field === 'first_name');
    expect(field?.next).toBe(
      'Would write to news: first_name; nothing is written because write: false.',
    );
    expect((await explainRecord(contextOf(world), THIRD))?.next).toBe(
      'Would create the record in news; nothing is written because write: false.',
    );
  });

  test('an order is refused, and one that was on its way waits until it writes', async () => {
    const world = await worldThatLooks();
    const request = { key: FIRST, field: 'phone', take: 'crm', by: 'ann' } as const;
    expect(await prepareResolve(contextOf(world), request)).toMatchObject({ kind: 'refused' });
  });

  test('the history knows of nothing that was not done', async () => {
    const world = await worldThatLooks();
    const actions = world.memory.history.flatMap(({ key, entry }) =>
      key === SECOND ? entry.decisions.map(({ action }) => action) : [],
    );
    expect(actions.filter((action) => action !== 'agree')).toEqual([]);
  });

  test('status says that it only looks', async () => {
    const world = await worldThatLooks();
    const context = contextOf(world);
    expect(await syncStatus(context.state, 'contacts-news', 0)).toMatchObject({ writes: false });
    await writeAtLast(world, { phonePolicy: 'manual' });
    expect(await syncStatus(context.state, 'contacts-news', 0)).toMatchObject({
      writes: true,
      wouldDo: null,
    });
    expect(readCheckpoint(world.memory)?.backfill).toBeNull();
    expect(bothShow('first_name', 'Bobby', SECOND)(world)).toEqual([]);
  });
});
