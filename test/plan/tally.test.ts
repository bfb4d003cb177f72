/** What a plan counts, by kind and field, and what it says of brakes, calls and a changed map. */
import { mapCode, mapOf } from '../../lib/engine/sync-map.ts';
import { NO_CAPS } from '../../lib/engine/caps.ts';
import { planSync, type SyncPlan } from '../../lib/plan/plan-sync.ts';
import { readRecords } from '../support/flow-world/memory-state.ts';
import { addPair, ANN, BOB, CID } from '../support/flow-world/scenarios.ts';
import { COMPANY, PATHS } from '../support/flow-world/sample-sync.ts';
import { settle } from '../support/flow-world/settle.ts';
import { createWorld, type World } from '../support/flow-world/world.ts';

const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);
const anyText: unknown = expect.any(String);

const planOf = (world: World, options: object = {}): Promise<SyncPlan> => {
  const context = world.context(world.start());
  return planSync(context, { caps: context.sync.brakes, ...options });
};

const countsOf = ({ groups }: SyncPlan): Readonly<Record<string, number>> =>
  Object.fromEntries(
    groups.map(({ kind, field, count }) => [field === null ? kind : `${kind} ${field}`, count]),
  );

const groupOf = ({ groups }: SyncPlan, kind: string) => groups.find((each) => each.kind === kind);

describe('a plan counts', () => {
  test('who is made where, what is written in which direction, and who is tied', async () => {
    const world = createWorld({ seed: 1 });
    addPair(world, ANN, { first_name: 'Anna', city: 'Bonn' });
    addPair(world, BOB);
    world.crm.insert({ email: CID, first_name: 'Cid' });
    world.audience.people.signup('new@crm.test', { [PATHS.first_name]: 'New' });
    const plan = await planOf(world);
    expect(countsOf(plan)).toMatchObject({
      'create-app': 1,
      'create-crm': 1,
      'write-app first_name': 1,
      'write-crm city': 1,
      'in-step': 1,
      link: 3,
    });
    expect(plan).toMatchObject({ round: null, change: null, records: 4, listed: 3 });
    expect(groupOf(plan, 'write-app')?.samples).toEqual([
      { record: '1', name: ANN, from: 'Ann', to: 'Anna', reason: matching(/owner/) },
    ]);
    expect(groupOf(plan, 'create-crm')?.samples).toEqual([
      { record: matching(/^m/), name: 'new@crm.test', reason: anyText },
    ]);
  });

  test('who is unsubscribed, archived and left out by the filter', async () => {
    const world = createWorld({ seed: 1, sync: { consentOwner: 'crm' } });
    for (const email of [ANN, BOB, CID]) addPair(world, email);
    await settle(world);
    world.crm.update('1' as never, { email_status: 'unsubscribed' });
    world.crm.remove('2' as never);
    world.crm.insert({ email: 'idle@crm.test', active: 'no' });
    const counts = countsOf(await planOf(world));
    expect(counts).toEqual({
      'unsubscribe-app email_status': 1,
      'archive-app': 1,
      excluded: 1,
      'in-step': 1,
    });
  });

  test('what a person must decide, with both values and why', async () => {
    const world = createWorld({ seed: 1, sync: { phonePolicy: 'manual' } });
    addPair(world, ANN, { phone: '200' });
    const plan = await planOf(world);
    expect(groupOf(plan, 'conflict')).toMatchObject({
      field: 'phone',
      count: 1,
      samples: [{ record: '1', from: '200', to: '100', reason: matching(/person/) }],
    });
  });

  test('whose row cannot be told, and who stays at one end', async () => {
    const world = createWorld({ seed: 1, sync: { create: 'app' } });
    world.crm.insert({ email: ANN, first_name: 'Ann' });
    world.crm.insert({ email: ANN, first_name: 'Amy' });
    world.audience.people.signup(ANN);
    world.audience.people.signup(BOB);
    const counts = countsOf(await planOf(world));
    expect(counts).toMatchObject({ ambiguous: 1, 'only-app': 1 });
    expect(counts['blocked']).toBe(2);
  });

  test('a value that cannot be written, with the reason', async () => {
    const world = createWorld({ seed: 1 });
    addPair(world, ANN);
    world.crm.insert({ email: 'no address' });
    const plan = await planOf(world);
    expect(groupOf(plan, 'refused')).toMatchObject({
      field: 'email',
      samples: [{ record: '2', reason: matching(/cannot be used/) }],
    });
  });

  test('no more samples than asked for, and none when none are wanted', async () => {
    const world = createWorld({ seed: 1 });
    for (let n = 0; n < 9; n += 1) world.crm.insert({ email: `p${n}@crm.test` });
    const sampled = async (samplesMax: number) =>
      groupOf(await planOf(world, { samplesMax }), 'create-app');
    expect((await sampled(4))?.samples).toHaveLength(4);
    expect(await sampled(0)).toMatchObject({ count: 9, samples: [] });
  });
});

describe('a plan foretells', () => {
  test('how many a brake would hold, and the sync then holds as many', async () => {
    const brakes = { perRun: { archive: 2, overwrite: 1 } };
    const world = createWorld({ seed: 1, sync: { brakes } });
    const people = Array.from({ length: 8 }, (_, n) => `p${n}@crm.test`);
    for (const email of people) addPair(world, email);
    await settle(world);
    world.clock.advance(60_000);
    for (const key of ['1', '2', '3', '4', '5']) world.crm.remove(key as never);
    for (const key of ['6', '7', '8'])
      world.crm.update(key as never, { first_name: `Changed ${key}` });
    const { brakes: forecast } = await planOf(world);
    expect(forecast).toEqual([
      { class: 'overwrite', wanted: 3, held: 2, grant: 'overwrite' },
      { class: 'archive', wanted: 5, held: 3, grant: 'destroy' },
    ]);
    await settle(world);
    const held = readRecords(world.memory).filter(({ state }) => state.withheld?.by === 'brake');
    expect(held).toHaveLength(5);
    // Held stays held: another run would let none of them through.
    expect((await planOf(world)).brakes.map(({ wanted, held: more }) => [wanted, more])).toEqual([
      [2, 2],
      [3, 3],
    ]);
  });

  test('the calls a sync makes to list, to look and to write', async () => {
    const world = createWorld({ seed: 1, sync: { phonePolicy: 'crm' } });
    addPair(world, ANN, { phone: '200' });
    addPair(world, BOB, { first_name: 'Bobby' });
    const { calls } = await planOf(world);
    expect(calls).toMatchObject({ listing: 1, looks: 1, writes: 2, total: 4 });
  });

  test('by which map it was made, and how that differs from the one in use', async () => {
    const world = createWorld({ seed: 1 });
    addPair(world, ANN);
    await settle(world);
    world.redeploy({ fields: { company: COMPANY } });
    world.crm.update('1' as never, { company: 'Acme' });
    const plan = await planOf(world, { caps: NO_CAPS });
    const { spec, functions } = world.sync;
    expect(plan.code).toBe(mapCode(mapOf(spec, functions)));
    expect(plan.change).toMatch(/company ↔ merge_fields\.COMPANY added/);
    expect(countsOf(plan)).toMatchObject({ 'write-app company': 1 });
  });

  test('nothing between other ends than the sync works between', async () => {
    const world = createWorld({ seed: 1 });
    addPair(world, ANN);
    await settle(world);
    const context = world.context(world.start());
    const app = { ...context.app, object: 'another' };
    await expect(planSync({ ...context, app }, { caps: NO_CAPS })).rejects.toThrow(
      /the app’s object was “audience-1” and is “another” now/,
    );
  });
});

describe('a plan that cannot be made', () => {
  test('says so when the database goes away in the middle', async () => {
    const world = createWorld({ seed: 1 });
    for (const email of [ANN, BOB]) addPair(world, email);
    world.hazards.crmDown = (label) => label === 'read';
    await expect(planOf(world)).rejects.toThrow(/the database does not answer/);
  });

  test('says so of an app that tells nothing of what it holds', async () => {
    const world = createWorld({ seed: 1 });
    const context = world.context(world.start());
    const capabilities = { ...context.app.capabilities, delta: 'none' as const };
    const app = { ...context.app, capabilities };
    await expect(planSync({ ...context, app }, { caps: NO_CAPS })).rejects.toThrow(
      /cannot be read back/,
    );
  });

  test('asks a busy app again, and goes on', async () => {
    const world = createWorld({ seed: 1 });
    addPair(world, ANN);
    let refusals = 2;
    world.hazards.appFault = () => ((refusals -= 1) >= 0 ? 'busy' : null);
    expect((await planOf(world)).records).toBe(1);
  });
});
