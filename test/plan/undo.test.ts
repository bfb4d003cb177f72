/** Decisions taken back: what is planned, what is refused, and where both ends are afterwards. */
import type { CrmKey } from '../../lib/engine/model.ts';
import { planUndo, whyNoUndo, type UndoPlan } from '../../lib/plan/plan-undo.ts';
import {
  lastWrite,
  planUndos,
  recordsOfRun,
  sendUndo,
  type Undone,
} from '../../lib/plan/undo-orders.ts';
import { wishOf } from '../../lib/plan/undo-wish.ts';
import type { PlannedRecord } from '../../lib/plan/planned-record.ts';
import { ring } from '../support/flow-world/deliver.ts';
import { readCheckpoint } from '../support/flow-world/memory-state.ts';
import { ANN, memberOf } from '../support/flow-world/scenarios.ts';
import { drain, settle } from '../support/flow-world/settle.ts';
import type { World } from '../support/flow-world/world.ts';
import {
  changePhoneAtBothEnds,
  contextOf,
  KEY,
  phoneOf,
  worldWithAnn,
} from '../flow/explain-world.ts';

const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

async function plan(
  world: World,
  field: string | null = null,
  key: CrmKey = KEY,
): Promise<UndoPlan> {
  const context = contextOf(world);
  const entries = await lastWrite(context, key, field);
  const wish = wishOf(world.sync.spec.fields, entries, field);
  if (wish === null) throw new Error('nothing was written');
  return planUndo(context, key, wish, { by: 'ann', braked: false });
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

let undos = 0;
const send = (world: World, records: AsyncIterable<PlannedRecord>): Promise<Undone> =>
  sendUndo(contextOf(world), records, {
    id: `${(undos += 1)}`,
    pollMs: 1_000,
    silenceMaxMs: 120_000,
  });

async function undo(
  world: World,
  field: string | null = null,
  key: CrmKey = KEY,
): Promise<{ readonly plan: UndoPlan; readonly undone: Undone }> {
  const planned = await plan(world, field, key);
  if (planned.record === null) throw new Error(JSON.stringify(planned.refused));
  return { plan: planned, undone: await send(world, each([planned.record])) };
}

async function edit(world: World, change: () => void): Promise<void> {
  world.clock.advance(10_000);
  change();
  ring(world);
  await settle(world);
}

const nameOf = (world: World, key: CrmKey = KEY): readonly unknown[] => [
  world.table.rows.get(key)?.['first_name']?.text,
  memberOf(world, key)?.profile['merge_fields.FNAME'],
];

/** Whatever the rules make of it afterwards, they leave it so, and write nothing. */
async function staysSo(world: World): Promise<void> {
  const writes = world.monitor.writes.length;
  world.clock.advance(60_000);
  await settle(world);
  expect(world.monitor.writes.slice(writes)).toEqual([]);
}

describe('a write taken back', () => {
  test('of the CRM’s own field: both ends hold the value from before, and it stays so', async () => {
    const world = await worldWithAnn();
    await edit(world, () => world.crm.update(KEY, { first_name: 'Anna' }));
    const { plan: planned, undone } = await undo(world);
    expect(planned).toMatchObject({
      record: {
        deeds: [
          { kind: 'write-app', column: 'first_name', from: 'Anna', to: 'Ann' },
          { kind: 'write-crm', column: 'first_name', from: 'Anna', to: 'Ann' },
        ],
      },
      refused: [],
    });
    expect(undone).toMatchObject({ applied: 1, moved: [], failed: [], stopped: null });
    expect(nameOf(world)).toEqual(['Ann', 'Ann']);
    await staysSo(world);
  });

  test('of the app’s change to a shared field: both ends hold the value from before', async () => {
    const world = await worldWithAnn();
    await edit(world, () => world.audience.people.update(ANN, { 'merge_fields.PHONE': '300' }));
    await undo(world, 'phone');
    expect(phoneOf(world)).toEqual(['100', '100']);
    await staysSo(world);
  });

  test('of a conflict that policy settled: the edit that lost comes back', async () => {
    const world = await worldWithAnn({ sync: { phonePolicy: 'app' } });
    await changePhoneAtBothEnds(world);
    expect(phoneOf(world)).toEqual(['300', '300']);
    await undo(world, 'phone');
    expect(phoneOf(world)).toEqual(['200', '200']);
    await staysSo(world);
  });

  test('stands in the history under a run of its own, and can be undone', async () => {
    const world = await worldWithAnn();
    await edit(world, () => world.crm.update(KEY, { first_name: 'Anna' }));
    const { undone } = await undo(world);
    const entry = world.memory.history.findLast(({ key }) => key === KEY)?.entry;
    expect(entry).toMatchObject({ cause: undone.run, run: undone.run });
    expect(entry?.decisions[0]?.reason).toEqual({
      rule: 'undo',
      text: matching(/^ann undid the decision of 2025-03-01 10:\d\d:\d\d UTC \(run \d+\)$/),
    });
    await undo(world);
    expect(nameOf(world)).toEqual(['Anna', 'Anna']);
    await staysSo(world);
  });

  test('a sync that only looks takes nothing back', async () => {
    const world = await worldWithAnn({ sync: { write: false } });
    expect(whyNoUndo(contextOf(world))).toMatch(/only looks/);
  });
});

describe('what somebody has changed since', () => {
  test('is refused field by field, and the other fields go back', async () => {
    const world = await worldWithAnn();
    await edit(world, () => world.crm.update(KEY, { first_name: 'Anna', phone: '7' }));
    const entries = await lastWrite(contextOf(world), KEY, null);
    const wish = wishOf(world.sync.spec.fields, entries, null);
    if (wish === null) throw new Error('nothing was written');
    await edit(world, () => world.audience.people.update(ANN, { 'merge_fields.PHONE': '9' }));
    const planned = await planUndo(contextOf(world), KEY, wish, { by: 'ann', braked: false });
    expect(planned.refused).toEqual([
      { key: KEY, field: 'phone', reason: 'both ends changed it since' },
    ]);
    if (planned.record === null) throw new Error('nothing is planned');
    await send(world, each([planned.record]));
    expect(nameOf(world)).toEqual(['Ann', 'Ann']);
    expect(phoneOf(world)).toEqual(['9', '9']);
  });

  test('is left alone when it was changed between the plan and the lane', async () => {
    const world = await worldWithAnn();
    await edit(world, () => world.crm.update(KEY, { first_name: 'Anna' }));
    const planned = await plan(world);
    if (planned.record === null) throw new Error('nothing is planned');
    world.crm.update(KEY, { first_name: 'Annette' });
    const undone = await send(world, each([planned.record]));
    expect(undone).toMatchObject({
      applied: 0,
      moved: [{ key: KEY, reason: 'the row in the CRM changed since' }],
    });
    await settle(world);
    expect(nameOf(world)).toEqual(['Annette', 'Annette']);
  });

  test('is left alone when it was changed between our look and our write', async () => {
    const world = await worldWithAnn();
    await edit(world, () => world.crm.update(KEY, { phone: '300' }));
    const planned = await plan(world, 'phone');
    if (planned.record === null) throw new Error('nothing is planned');
    let isDone = false;
    world.hazards.between = (_step, label) => {
      if (isDone || !label.includes('intent')) return;
      isDone = true;
      world.crm.update(KEY, { phone: '999' });
    };
    const undone = await send(world, each([planned.record]));
    expect({ isDone, moved: undone.moved }).toMatchObject({
      isDone: true,
      moved: [{ reason: matching(/^phone changed meanwhile/) }],
    });
    await settle(world);
    expect(phoneOf(world)).toEqual(['999', '999']);
  });
});

describe('a record taken back', () => {
  const insertBob = (world: World): CrmKey =>
    world.crm.insert({ email: 'bob@crm.test', first_name: 'Bob' });

  test('that was created in the app: it is archived there and stays so; undone again it is back', async () => {
    const world = await worldWithAnn();
    let bob = '' as CrmKey;
    await edit(world, () => void (bob = insertBob(world)));
    const { plan: planned } = await undo(world, null, bob);
    expect(planned.record?.deeds).toMatchObject([{ kind: 'archive-app', column: null }]);
    expect(memberOf(world, bob)?.isArchived).toBe(true);
    expect(world.table.rows.has(bob)).toBe(true);
    await staysSo(world);
    await undo(world, null, bob);
    expect(memberOf(world, bob)).toMatchObject({ isArchived: false });
    expect(memberOf(world, bob)?.status).not.toBe('subscribed');
    await staysSo(world);
  });

  test('is refused where the rules would put it back at once, or nothing can', async () => {
    const world = await worldWithAnn();
    await edit(world, () => world.crm.update(KEY, { active: 'no' }));
    expect((await plan(world)).refused).toMatchObject([{ reason: matching(/filter excludes/) }]);
    await edit(world, () => world.crm.remove(KEY));
    expect((await plan(world)).refused).toMatchObject([{ reason: matching(/the row is gone/) }]);
    const other = world.audience.add('eve@app.test', { status: 'subscribed' });
    await edit(world, () => undefined);
    const made = world.memory.links.get(other.id);
    if (made === undefined) throw new Error('Eve got no row');
    expect((await plan(world, null, made)).refused).toMatchObject([
      { reason: matching(/takes no row back/) },
    ]);
  });
});

describe('consent', () => {
  test('is not given back by an undo: the withdrawal stands, at both ends', async () => {
    const world = await worldWithAnn();
    await edit(world, () => world.audience.people.unsubscribe(ANN));
    const planned = await plan(world, 'email_status');
    expect(planned).toMatchObject({
      record: null,
      refused: [{ field: 'email_status', reason: matching(/newer than the last withdrawal/) }],
    });
  });

  test('an order that says so all the same changes nothing in its lane', async () => {
    const world = await worldWithAnn();
    await edit(world, () => world.crm.update(KEY, { first_name: 'Anna' }));
    const planned = await plan(world);
    if (planned.record?.undo === undefined) throw new Error('nothing is planned');
    await edit(world, () => world.audience.people.unsubscribe(ANN));
    const grant = { field: 'email_status', wrote: 'unsubscribed', back: 'subscribed' };
    const forged = {
      ...planned.record,
      undo: { ...planned.record.undo, fields: [grant] },
    };
    const undone = await send(world, each([forged]));
    expect(undone.applied).toBe(0);
    await settle(world);
    expect(memberOf(world, KEY)?.status).toBe('unsubscribed');
    expect(world.table.rows.get(KEY)?.['email_status']?.text).toBe('unsubscribed');
  });
});

describe('a run taken back', () => {
  async function afterRun(options: { readonly cap: number }): Promise<{
    readonly world: World;
    readonly run: string;
    readonly keys: readonly CrmKey[];
  }> {
    const world = await worldWithAnn({ sync: { brakes: { perRun: { overwrite: options.cap } } } });
    const keys: CrmKey[] = [];
    await edit(world, () => {
      for (const name of ['bea', 'cid', 'dan'])
        keys.push(world.crm.insert({ email: `${name}@crm.test`, first_name: name }));
    });
    world.redeploy({});
    world.clock.advance(10_000);
    for (const key of keys) world.crm.update(key, { first_name: 'wrong' });
    ring(world);
    await drain(world);
    const run = readCheckpoint(world.memory)?.run ?? '';
    await settle(world);
    world.redeploy({ brakes: { perRun: { overwrite: options.cap } } });
    return { world, run, keys };
  }

  function plansOf(world: World, run: string): AsyncGenerator<UndoPlan> {
    const context = contextOf(world);
    const by = { by: 'ann', braked: true, field: null };
    return planUndos(context, recordsOfRun(context, run), by);
  }

  const undoRun = (world: World, run: string): Promise<Undone> =>
    send(world, recordsIn(plansOf(world, run)));

  async function* recordsIn(plans: AsyncIterable<UndoPlan>): AsyncGenerator<PlannedRecord> {
    for await (const { record } of plans) if (record !== null) yield record;
  }

  test('goes back in every record it wrote to, and in no other', async () => {
    const { world, run, keys } = await afterRun({ cap: 10 });
    expect(await undoRun(world, run)).toMatchObject({ orders: 3, applied: 3, failed: [] });
    expect(keys.map((key) => nameOf(world, key))).toEqual([
      ['bea', 'bea'],
      ['cid', 'cid'],
      ['dan', 'dan'],
    ]);
    expect(nameOf(world)).toEqual(['Ann', 'Ann']);
    await staysSo(world);
    // Given once more, as after a Ctrl-C: nothing is left, and nothing is refused.
    const again: UndoPlan[] = [];
    for await (const plan of plansOf(world, run)) again.push(plan);
    expect(again).toEqual(Array(3).fill({ record: null, refused: [], already: 1 }));
  });

  test('of many records is planned as it is sent: a page is done before the next is looked for', async () => {
    const world = await worldWithAnn({ pageMax: 100 });
    const names = Array.from({ length: 230 }, (_none, nth) => `p${nth}`);
    const keys = names.map((name) =>
      world.crm.insert({ email: `${name}@crm.test`, first_name: name }),
    );
    await settle(world);
    world.clock.advance(10_000);
    for (const key of keys) world.crm.update(key, { first_name: 'wrong' });
    ring(world);
    await drain(world);
    const run = readCheckpoint(world.memory)?.run ?? '';
    await settle(world);
    const context = contextOf(world);
    const rightAtOnce: number[] = [];
    const right = (): number =>
      keys.filter((key, nth) => nameOf(world, key)[1] === names[nth]).length;
    const watched = async function* (): AsyncGenerator<PlannedRecord> {
      const by = { by: 'ann', braked: true, field: null };
      for await (const { record } of planUndos(context, recordsOfRun(context, run), by)) {
        rightAtOnce.push(right());
        if (record !== null) yield record;
      }
    };
    expect(await send(world, watched())).toMatchObject({ orders: 230, applied: 230, moved: [] });
    expect([rightAtOnce.at(199), rightAtOnce.at(200), right()]).toEqual([0, 200, 230]);
  });

  test('stays under the brakes: the cap goes, the others are told of and go the next time', async () => {
    const { world, run, keys } = await afterRun({ cap: 2 });
    const first = await undoRun(world, run);
    expect(first).toMatchObject({
      applied: 2,
      failed: [{ reason: matching(/more overwritten values at once than the brakes allow; give/) }],
    });
    await settle(world);
    expect(await undoRun(world, run)).toMatchObject({ orders: 1, applied: 1, failed: [] });
    expect(keys.map((key) => nameOf(world, key)[1])).toEqual(['bea', 'cid', 'dan']);
    await staysSo(world);
  });
});

test('an undo that is killed after any port call of its lane ends all the same, at both ends', async () => {
  const undoKilledAt = async (call: number): Promise<{ calls: number; phone: unknown }> => {
    const world = await worldWithAnn();
    await edit(world, () => world.audience.people.update(ANN, { 'merge_fields.PHONE': '300' }));
    const planned = await plan(world, 'phone');
    if (planned.record === null) throw new Error('nothing is planned');
    let calls = 0;
    let isOver = false;
    world.hazards.dies = (_step, label) => {
      // The lane begins with the sync's health, and ends with the result for whoever waits.
      if (isOver || (calls === 0 && label !== 'loadHealth' && label !== 'state.loadHealth'))
        return false;
      calls += 1;
      isOver = calls === call || label.includes('putPlanResult');
      return calls === call;
    };
    await send(world, each([planned.record]));
    await settle(world);
    const wasKilled = world.steps.trace.some((line) => line.startsWith('-- killed'));
    expect(wasKilled).toBe(call > 0);
    return { calls, phone: phoneOf(world) };
  };
  const { calls } = await undoKilledAt(0);
  expect(calls).toBeGreaterThan(8);
  for (let call = 1; call <= calls; call += 1)
    expect([call, (await undoKilledAt(call)).phone]).toEqual([call, ['100', '100']]);
});
