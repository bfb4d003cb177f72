/** The sweep finds what no change ever announced, hands it to the lanes, and proves how everybody stands. */
import type { Proof } from '../../lib/engine/proof.ts';
import { askSweep } from '../../lib/flow/steer.ts';
import type { LaneMessage } from '../../lib/ports/messages.ts';
import { PULL_GROUP } from '../support/flow-world/queues.ts';
import { readCheckpoint, readRecord, saveRecord } from '../support/flow-world/memory-state.ts';
import type { SampleSyncOptions } from '../support/flow-world/sample-sync.ts';
import {
  addPair,
  ANN,
  BOB,
  bothShow,
  CID,
  editApp,
  FIRST,
  memberOf,
  SECOND,
  THIRD,
} from '../support/flow-world/scenario-parts.ts';
import { drain, settle } from '../support/flow-world/settle.ts';
import { findProblems, findRestlessness } from '../support/flow-world/verdict.ts';
import { createWorld, type World, type WorldOptions } from '../support/flow-world/world.ts';
import { contextOf } from './explain-world.ts';

const HOUR = 3_600_000;

async function inStep(
  sync: SampleSyncOptions = {},
  { app = 'delta', pageMax = 3 }: Pick<WorldOptions, 'app' | 'pageMax'> = {},
): Promise<World> {
  const world = createWorld({ seed: 1, sync, app, pageMax });
  for (const email of [ANN, BOB, CID]) addPair(world, email);
  await settle(world);
  world.clock.advance(60_000);
  return world;
}

/** As a person asks for it, seen through to its end. */
async function sweep(world: World, prepare: () => void = () => undefined): Promise<Proof> {
  const at = await askSweep(contextOf(world), 'ann');
  prepare();
  await settle(world);
  const proof = readCheckpoint(world.memory)?.sweep?.proof ?? null;
  if (proof === null || proof.order !== at) throw new Error('the order was not answered');
  return proof;
}

/** A change of a row that no trigger saw. */
function changeSilently(world: World, column: string, value: string, key = FIRST): void {
  const cells = world.table.rows.get(key) ?? {};
  world.table.rows.set(key, { ...cells, [column]: { text: value, json: value } });
}

/** A change at the app that its delta does not show. */
function editSilently(world: World, path: string, value: string, key = FIRST): void {
  const member = memberOf(world, key);
  if (member !== undefined) member.profile[path] = value;
}

const referencesSince = ({ queues }: World, from: number): readonly string[] =>
  queues.sent
    .slice(from)
    .filter(({ group }) => group !== PULL_GROUP)
    .flatMap(({ body }) => (JSON.parse(body) as LaneMessage).refs.map(({ key }) => key));

describe('a sweep', () => {
  test('asks those who wait for somebody else, whose word that they moved was lost', async () => {
    const world = await inStep();
    const record = readRecord(world.memory, FIRST);
    if (record === undefined) throw new Error('there is no record');
    const parking = {
      kind: 'quarantined',
      reason: 'another has it',
      at: 1,
      blockedBy: '77',
    } as const;
    saveRecord(world.memory, { ...record, state: { ...record.state, parking } });
    await settle(world);
    expect(readRecord(world.memory, FIRST)?.state.parking).toEqual(parking);
    await sweep(world);
    expect(readRecord(world.memory, FIRST)?.state.parking).toBeNull();
  });

  test.each(['delta', 'listed'] as const)(
    'of a %s app where nothing differs proves it, and looks at nobody',
    async (app) => {
      const world = await inStep({}, { app });
      const [sent, writes] = [world.queues.sent.length, world.monitor.writes.length];
      const calls = world.steps.trace.length;
      const proof = await sweep(world);
      expect(proof).toMatchObject({ equal: 3, sent: 0, rows: 3, members: 3, gone: 0 });
      expect([proof.differing, proof.onlyCrm, proof.onlyApp]).toEqual([{}, {}, {}]);
      expect(referencesSince(world, sent)).toEqual([]);
      expect(world.monitor.writes).toHaveLength(writes);
      const told = world.steps.trace.slice(calls).join('\n');
      expect(told).not.toMatch(/app\.fetch|state\.load\b(?!C|H|B)/);
    },
  );

  test('repairs a row whose change no trigger saw, and looks at nobody else', async () => {
    const world = await inStep();
    changeSilently(world, 'first_name', 'Silent');
    const sent = world.queues.sent.length;
    const proof = await sweep(world);
    expect(proof).toMatchObject({ equal: 2, differing: { drifted: 1 }, sent: 1 });
    expect(proof.samples).toEqual([{ key: FIRST, why: 'drifted' }]);
    expect(new Set(referencesSince(world, sent))).toEqual(new Set([FIRST]));
    expect(bothShow('first_name', 'Silent')(world)).toEqual([]);
    expect(await sweep(world)).toMatchObject({ equal: 3, differing: {}, sent: 0 });
  });

  test('repairs an app’s record whose change its delta never showed', async () => {
    const world = await inStep();
    editSilently(world, 'merge_fields.CITY', 'Bonn', SECOND);
    await settle(world);
    expect(bothShow('city', 'Bonn', SECOND)(world)).not.toEqual([]);
    expect(await sweep(world)).toMatchObject({ equal: 2, differing: { drifted: 1 } });
    expect(bothShow('city', 'Bonn', SECOND)(world)).toEqual([]);
  });

  test('finds a row that was deleted without a word, and does what onCrmDelete says', async () => {
    const world = await inStep();
    world.table.rows.delete(FIRST);
    const proof = await sweep(world);
    expect(proof).toMatchObject({ equal: 2, onlyApp: { drifted: 1 }, rows: 2, members: 3 });
    expect(memberOf(world, FIRST)?.isArchived).toBe(true);
    expect(memberOf(world, SECOND)?.isArchived).toBe(false);
  });

  test('finds an app’s record that went without a word', async () => {
    const world = await inStep();
    const member = memberOf(world, SECOND);
    if (member !== undefined) world.audience.members.delete(member.id);
    expect(await sweep(world)).toMatchObject({ equal: 2, onlyCrm: { missing: 1 } });
    expect(world.table.rows.get(SECOND)?.['left_app']?.text).toBe('yes');
    expect(await sweep(world)).toMatchObject({ equal: 2, onlyCrm: { left: 1 }, sent: 0 });
  });

  test('finds newcomers that neither the log nor the delta showed, at either end', async () => {
    const world = await inStep();
    const key = world.crm.insert({ email: 'new@crm.test', email_status: 'subscribed' });
    world.table.log.length = 0;
    const stranger = world.audience.add('stray@app.test', { status: 'subscribed' });
    stranger.change = 0.5;
    const proof = await sweep(world);
    expect(proof).toMatchObject({ equal: 3, onlyCrm: { new: 1 }, onlyApp: { new: 1 } });
    expect(memberOf(world, key)).toBeDefined();
    expect(findProblems(world)).toEqual([]);
    expect(await sweep(world)).toMatchObject({ equal: 5, sent: 0 });
  });

  test('does not ask the app again and again for people who belong to nobody', async () => {
    const world = await inStep({ create: 'app' });
    world.audience.add('other@app.test', { status: 'subscribed' });
    await settle(world);
    expect(await sweep(world)).toMatchObject({ equal: 3, onlyApp: { 'nobody’s': 1 } });
    const from = world.steps.trace.length;
    expect(await sweep(world)).toMatchObject({ equal: 3, onlyApp: { 'nobody’s': 1 } });
    expect(world.steps.trace.slice(from).join('\n')).not.toContain('app.fetch');
  });

  test('counts who waits for a person by why, and leaves them where they are', async () => {
    const world = await inStep({ phonePolicy: 'manual' });
    world.crm.update(FIRST, { phone: '200' });
    editApp('phone', '300')(world);
    await settle(world);
    world.crm.update(SECOND, { active: 'no' });
    await settle(world);
    const proof = await sweep(world);
    expect(proof).toMatchObject({
      equal: 1,
      differing: { conflict: 1 },
      onlyCrm: { excluded: 1 },
      sent: 0,
    });
  });

  test('comes by itself when its time is over, and not before', async () => {
    const world = await inStep({ sweep: 'PT6H' });
    changeSilently(world, 'first_name', 'Silent');
    world.clock.advance(5 * HOUR);
    await settle(world);
    expect(bothShow('first_name', 'Silent')(world)).not.toEqual([]);
    world.clock.advance(HOUR);
    const began = world.clock.now();
    await settle(world);
    expect(bothShow('first_name', 'Silent')(world)).toEqual([]);
    const proof = readCheckpoint(world.memory)?.sweep?.proof;
    expect(proof?.order).toBeNull();
    expect(proof?.startedAt).toBeGreaterThanOrEqual(began);
  });

  test('that is turned off comes only when asked for', async () => {
    const world = await inStep({ sweep: false });
    changeSilently(world, 'first_name', 'Silent');
    // Less than the week of silence after which both ends are walked anyhow.
    world.clock.advance(6 * 24 * HOUR);
    await settle(world);
    expect(bothShow('first_name', 'Silent')(world)).not.toEqual([]);
    expect(await sweep(world)).toMatchObject({ differing: { drifted: 1 } });
  });

  test('repairs inside the brakes: over the cap the others are held', async () => {
    const world = await inStep({ brakes: { perRun: { destroy: 1 } } });
    for (const key of [FIRST, SECOND, THIRD]) world.table.rows.delete(key);
    expect(await sweep(world)).toMatchObject({ equal: 0, onlyApp: { drifted: 3 } });
    const archived = [...world.audience.members.values()].filter(({ isArchived }) => isArchived);
    expect(archived).toHaveLength(1);
    expect(await sweep(world)).toMatchObject({ onlyApp: { held: 2 }, sent: 0 });
  });

  test('counts no absence while the app has not shown everybody', async () => {
    const world = await inStep({}, { pageMax: 2 });
    const shown = world.audience.members.size;
    let lists = 0;
    world.hazards.appFault = (label) => (label === 'list' && (lists += 1) > 1 ? 'busy' : null);
    await askSweep(contextOf(world), 'ann');
    for (let round = 0; round < 3; round += 1) {
      await drain(world);
      world.clock.advance(20_000);
    }
    const walk = readCheckpoint(world.memory)?.sweep?.walk;
    expect(walk?.phase).toBe('app');
    expect(world.table.rows.get(FIRST)?.['left_app']?.text).not.toBe('yes');
    world.hazards.appFault = () => null;
    world.clock.advance(120_000);
    await settle(world);
    expect(readCheckpoint(world.memory)?.sweep?.proof).toMatchObject({ equal: shown, sent: 0 });
  });

  test('looks at a record that is gone at both ends while a write of ours is open', async () => {
    const world = await inStep();
    const record = readRecord(world.memory, FIRST);
    const member = memberOf(world, FIRST);
    if (record === undefined || member === undefined) throw new Error('nobody is there');
    const intent = { at: world.clock.now(), toApp: {}, toCrm: {}, existence: null };
    const [saved] = await contextOf(world).state.save('contacts-news', [
      { ...record, state: { ...record.state, intent } },
    ]);
    expect(saved).toBe('saved');
    world.table.rows.delete(FIRST);
    world.audience.members.delete(member.id);
    await sweep(world);
    expect(readRecord(world.memory, FIRST)?.state.intent).toBeNull();
  });
});

describe('a sweep that dies', () => {
  test('after any port call comes to the same end, and counts nobody twice', async () => {
    const calls = await countCalls();
    expect(calls).toBeGreaterThan(40);
    for (let nth = 1; nth <= calls; nth += 1) {
      const world = await drifted();
      const proof = await sweep(world, () => {
        const from = world.steps.count;
        world.hazards.dies = (step) => step === from + nth;
      });
      const where = `after call ${nth}`;
      expect([where, findProblems(world), await findRestlessness(world)]).toEqual([where, [], []]);
      const { equal, gone } = proof;
      const sum = [proof.differing, proof.onlyCrm, proof.onlyApp]
        .flatMap((counts) => Object.values(counts))
        .reduce((a, b) => a + b, equal + gone);
      expect([where, sum]).toEqual([where, 4]);
    }
  });

  test('and one during which people act, after any port call, harms nobody', async () => {
    const calls = await countCalls();
    for (let nth = 1; nth <= calls; nth += 1) {
      const world = await drifted();
      await sweep(world, () => {
        const from = world.steps.count;
        let isDone = false;
        world.hazards.between = (step) => {
          if (isDone || step < from + nth) return;
          isDone = true;
          world.crm.update(SECOND, { phone: '777' });
          world.crm.remove(THIRD);
          editApp('city', 'Kiel')(world);
          world.audience.people.signup('walkin@app.test');
        };
      });
      await settle(world);
      const where = `after call ${nth}`;
      expect([where, findProblems(world), await findRestlessness(world)]).toEqual([where, [], []]);
      expect([
        where,
        bothShow('phone', '777', SECOND)(world),
        bothShow('city', 'Kiel')(world),
      ]).toEqual([where, [], []]);
      expect([where, memberOf(world, THIRD)?.isArchived, world.table.rows.size]).toEqual([
        where,
        true,
        4,
      ]);
    }
  });

  async function drifted(): Promise<World> {
    const world = await inStep();
    changeSilently(world, 'first_name', 'Silent', FIRST);
    editSilently(world, 'merge_fields.CITY', 'Bonn', SECOND);
    world.crm.insert({ email: 'new@crm.test', email_status: 'subscribed' });
    world.table.log.length = 0;
    return world;
  }

  async function countCalls(): Promise<number> {
    const world = await drifted();
    let from = 0;
    await sweep(world, () => {
      from = world.steps.count;
    });
    return world.steps.count - from;
  }
});
