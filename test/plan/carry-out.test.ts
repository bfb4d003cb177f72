/** A plan carried out: exactly what it says, nothing twice, and nobody who has moved since. */
import type { CrmKey } from '../../lib/engine/model.ts';
import { pauseSync } from '../../lib/flow/steer.ts';
import { carryOut } from '../../lib/plan/carry-out.ts';
import type { PlannedRecord } from '../../lib/plan/planned-record.ts';
import { carry, oneByOne } from '../support/flow-world/carrying.ts';
import { foretell, writtenSince } from '../support/flow-world/foretelling.ts';
import { readRecord, readRecords } from '../support/flow-world/memory-state.ts';
import { COMPANY, PATHS } from '../support/flow-world/sample-sync.ts';
import { addPair, ANN, BOB, CID, memberOf } from '../support/flow-world/scenarios.ts';
import { drain, settle } from '../support/flow-world/settle.ts';
import { findProblems, findRestlessness } from '../support/flow-world/verdict.ts';
import { strollFor } from '../support/flow-world/walk.ts';
import { createWorld, type World } from '../support/flow-world/world.ts';
import { contextOf } from '../flow/explain-world.ts';

const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);
const anyText: unknown = expect.any(String);

const [FIRST, SECOND] = ['1', '2'] as [CrmKey, CrmKey];

const once = (words: readonly string[]): readonly string[] => [...new Set(words)];

async function inStep(people: readonly string[], sync: object = {}): Promise<World> {
  const world = createWorld({ seed: 1, sync });
  for (const email of people) addPair(world, email);
  await settle(world);
  world.clock.advance(60_000);
  return world;
}

/** Neither the app nor the CRM rings: the plan alone brings it about. */
describe('a plan that is carried out', () => {
  test('before the first sync does what it says, and the first sync then finds nothing to do', async () => {
    const world = createWorld({ seed: 1 });
    addPair(world, ANN, { first_name: 'Anna', city: 'Bonn' });
    addPair(world, BOB);
    world.crm.insert({ email: CID, first_name: 'Cid' });
    world.audience.people.signup('new@crm.test', { [PATHS.first_name]: 'New' });
    const { writes, records } = await foretell(world);
    const { orders, applied, stopped, excuses } = await carry(world, records, { pageMax: 2 });
    expect([orders, applied, stopped, excuses]).toEqual([4, 4, null, []]);
    expect(once(writtenSince(world, 0))).toEqual(once(writes));
    const before = world.monitor.writes.length;
    await settle(world);
    expect(world.monitor.writes.slice(before)).toEqual([]);
    expect(findProblems(world)).toEqual([]);
    expect(world.table.rows.size).toBe(4);
    expect(world.audience.members.size).toBe(4);
  });

  test('by chance, of whatever people did, does what was foretold', async () => {
    const failures: string[] = [];
    let done = 0;
    for (let seed = 1; seed <= 80; seed += 1) {
      const isMet = seed % 2 === 0;
      const world = createWorld({ seed, sync: { phonePolicy: 'crm' }, pageMax: 1 + (seed % 4) });
      for (let person = 0; person < 4; person += 1) addPair(world, `p${person}@x.test`);
      if (isMet) await settle(world);
      world.clock.advance(60_000);
      strollFor(world, { seed, acts: 8, isMet });
      const from = world.memory.history.length;
      const { writes, records } = await foretell(world);
      const { stopped, moved } = await carry(world, records, { pageMax: 1 + (seed % 5) });
      done += writes.length;
      const [told, written] = [once(writes), once(writtenSince(world, from))];
      // What one order brings about may be what another was to do: the last word counts.
      const unsaid = written.filter((word) => !told.includes(word));
      await settle(world);
      const left = told.filter((word) => !once(writtenSince(world, from)).includes(word));
      const problems = findProblems(world, {
        withoutPartner: true,
        withoutRow: true,
        kinds: ['fight', 'consent'],
      });
      if (stopped !== null || unsaid.length + left.length + problems.length > 0)
        failures.push(
          `seed ${seed}: ${JSON.stringify({ stopped, moved, unsaid, left, problems })}`,
        );
    }
    expect(failures).toEqual([]);
    expect(done).toBeGreaterThan(200);
  });

  test('a second time does nothing', async () => {
    const world = createWorld({ seed: 1 });
    addPair(world, ANN, { first_name: 'Anna' });
    world.crm.insert({ email: CID });
    world.audience.people.signup('new@crm.test');
    const { records } = await foretell(world);
    expect(await carry(world, records)).toMatchObject({ applied: 3, already: 0 });
    const before = world.monitor.writes.length;
    const again = await carry(world, records);
    expect(again).toMatchObject({ orders: 3, applied: 0, already: 3, moved: 0, failed: 0 });
    expect(world.monitor.writes.slice(before)).toEqual([]);
  });

  test.each([1, 2, 3])(
    'killed at any step is finished by another attempt (seed %i)',
    async (seed) => {
      for (let at = 1; at <= 60; at += 3) {
        const world = createWorld({ seed });
        addPair(world, ANN, { first_name: 'Anna', phone: '200' });
        world.crm.insert({ email: CID, first_name: 'Cid' });
        world.audience.people.signup('new@crm.test', { [PATHS.city]: 'Bern' });
        const { records } = await foretell(world);
        const from = world.steps.count;
        world.hazards.dies = (step) => step === from + at;
        // Whether the sender or a lane dies: the next attempt begins anew.
        await carry(world, records).catch(() => undefined);
        world.hazards.dies = () => false;
        await drain(world);
        const { stopped, moved, failed } = await carry(world, records);
        expect({ at, stopped, moved, failed }).toEqual({ at, stopped: null, moved: 0, failed: 0 });
        await settle(world);
        expect(findProblems(world)).toEqual([]);
        expect(await findRestlessness(world)).toEqual([]);
        expect([world.table.rows.size, world.audience.members.size]).toEqual([3, 3]);
      }
    },
  );
});

describe('a record that has moved since', () => {
  test.each<[string, (world: World) => void, RegExp]>([
    [
      'in the CRM',
      (world) => world.crm.update(FIRST, { phone: '999' }),
      /^the row in the CRM changed since$/,
    ],
    [
      'in the app',
      (world) => world.audience.people.update(ANN, { [PATHS.phone]: '999' }),
      /^the app’s record changed since$/,
    ],
  ])('%s is left alone and said so, and the others are done', async (_where, move, reason) => {
    const world = await inStep([ANN, BOB]);
    world.crm.update(FIRST, { first_name: 'Anna' });
    world.crm.update(SECOND, { first_name: 'Bobby' });
    const { records } = await foretell(world);
    move(world);
    const { applied, moved, excuses } = await carry(world, records);
    expect([applied, moved]).toEqual([1, 1]);
    expect(excuses).toEqual([{ kind: 'moved', key: FIRST, reason: matching(reason) }]);
    expect(memberOf(world, FIRST)?.profile[PATHS.first_name]).toBe('Ann');
    expect(memberOf(world, SECOND)?.profile[PATHS.first_name]).toBe('Bobby');
  });

  test('by being synced meanwhile has nothing left to be done', async () => {
    const world = await inStep([ANN, BOB]);
    world.crm.update(FIRST, { first_name: 'Anna' });
    const { records } = await foretell(world);
    await settle(world);
    expect(await carry(world, records)).toMatchObject({ applied: 0, already: 1, moved: 0 });
  });

  test('whom somebody else made in the app meanwhile is not made twice', async () => {
    const world = await inStep([ANN]);
    world.crm.insert({ email: CID, first_name: 'Cid' });
    const { records } = await foretell(world);
    world.audience.people.signup(CID, { [PATHS.first_name]: 'Else' });
    const { applied, excuses } = await carry(world, records);
    expect(applied).toBe(0);
    expect(excuses).toEqual([{ kind: 'moved', key: SECOND, reason: matching(/app/) }]);
    expect(world.audience.members.size).toBe(2);
  });

  test('to whom a row was given meanwhile is not given a second', async () => {
    const world = await inStep([ANN]);
    world.audience.people.signup(CID);
    const { records } = await foretell(world);
    world.crm.insert({ email: CID });
    const { applied, moved } = await carry(world, records);
    expect([applied, moved]).toEqual([0, 1]);
    expect(world.table.rows.size).toBe(2);
  });

  test('who is gone from the app’s listing is not given a row', async () => {
    const world = await inStep([ANN]);
    world.audience.people.signup(CID);
    const { records } = await foretell(world);
    world.audience.people.erase(CID);
    const { excuses } = await carry(world, records);
    expect(excuses).toEqual([
      {
        kind: 'moved',
        key: anyText,
        reason: 'the app does not list the record any more',
      },
    ]);
  });
});

describe('brakes', () => {
  const brakes = { perRun: { archive: 1 } };

  test('let pass what was accepted, also what they had held before', async () => {
    const world = await inStep([ANN, BOB, CID, 'dan@crm.test'], { brakes });
    for (const key of ['1', '2', '3']) world.crm.remove(key as CrmKey);
    await settle(world);
    const held = () => readRecords(world.memory).filter(({ state }) => state.withheld !== null);
    expect(held()).toHaveLength(2);
    const { records } = await foretell(world);
    expect(await carry(world, records)).toMatchObject({ applied: 2, failed: 0, moved: 0 });
    expect(held()).toEqual([]);
  });

  test('hold what was not in the plan', async () => {
    const world = await inStep([ANN, BOB, CID], { brakes });
    world.crm.remove(FIRST);
    const { records } = await foretell(world);
    for (const key of ['2', '3']) world.crm.remove(key as CrmKey);
    await carry(world, records);
    await settle(world);
    const kept = [...world.audience.members.values()].filter(({ isArchived }) => !isArchived);
    expect(kept).toHaveLength(1);
  });
});

describe('a plan is not carried out', () => {
  async function planned(): Promise<{ world: World; records: readonly PlannedRecord[] }> {
    const world = await inStep([ANN]);
    world.crm.update(FIRST, { first_name: 'Anna' });
    return { world, records: (await foretell(world)).records };
  }
  const nothing = { applied: 0, already: 0, moved: 0, failed: 0 };

  test('while a person has paused the sync', async () => {
    const { world, records } = await planned();
    await pauseSync(contextOf(world), { by: 'ann', reason: null });
    const stopped = matching(/paused by ann/);
    expect(await carry(world, records)).toMatchObject({ ...nothing, stopped });
  });

  test('by another map than its own', async () => {
    const { world, records } = await planned();
    const stopped = matching(/another map/);
    expect(await carry(world, records, { code: 'other' })).toMatchObject({ ...nothing, stopped });
  });

  test('by a map that the sync has not taken over yet', async () => {
    const { world } = await planned();
    world.redeploy({ fields: { company: COMPANY } });
    const { records } = await foretell(world);
    const stopped = matching(/another map/);
    expect(await carry(world, records)).toMatchObject({ ...nothing, stopped });
  });

  test('by a sync that only looks', async () => {
    const { world, records } = await planned();
    world.redeploy({ write: false });
    const stopped = matching(/only looks/);
    expect(await carry(world, records)).toMatchObject({ ...nothing, stopped });
    expect(readRecord(world.memory, FIRST)?.state.withheld).toBeNull();
  });

  test('when nobody works the lanes, and says so', async () => {
    const { world, records } = await planned();
    const context = { ...contextOf(world), clock: { ...world.clock } };
    const carried = await carryOut(context, oneByOne(records), {
      planId: 'plan',
      attempt: 'alone',
      code: 'any',
      pollMs: 1_000,
      silenceMaxMs: 10_000,
    });
    expect(carried.stopped).toMatch(/does the stack run\?/);
  });

  test('at once while the app rests, and then it is', async () => {
    const { world, records } = await planned();
    let faults = 1;
    world.hazards.appFault = (label) =>
      label.startsWith('push') && (faults -= 1) >= 0 ? 'busy' : null;
    expect(await carry(world, records)).toMatchObject({ failed: 0, stopped: null });
    await settle(world);
    expect(memberOf(world, FIRST)?.profile[PATHS.first_name]).toBe('Anna');
  });
});
