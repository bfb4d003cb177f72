/** The sync lost its place: everybody is met anew, and nobody is taken away or brought back before a person says so. */
import type { CrmKey } from '../../lib/engine/model.ts';
import { labelOf } from '../../lib/engine/record-label.ts';
import { grantNextRun } from '../../lib/flow/grant.ts';
import { askSweep } from '../../lib/flow/steer.ts';
import { syncPulse } from '../../lib/flow/status.ts';
import {
  readCheckpoint,
  readHealth,
  readRecord,
  readRecords,
} from '../support/flow-world/memory-state.ts';
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
  onceAfter,
  SECOND,
  THIRD,
  textIn,
  unsubscribe,
} from '../support/flow-world/scenario-parts.ts';
import { deliver, ring } from '../support/flow-world/deliver.ts';
import { PULL_GROUP } from '../support/flow-world/queues.ts';
import { drain, settle } from '../support/flow-world/settle.ts';
import { createWorld, type World } from '../support/flow-world/world.ts';
import { contextOf } from './explain-world.ts';
import { say } from './held-word.ts';

const FOURTH = '4' as CrmKey;
const DAN = 'dan@crm.test';

async function inStep(sync: SampleSyncOptions = {}): Promise<World> {
  const world = createWorld({ seed: 1, sync });
  for (const email of [ANN, BOB, CID]) addPair(world, email);
  await settle(world);
  world.clock.advance(60_000);
  return world;
}

/** The CRM as it is now, and the way back to it: rows, log and what stands in `trivet.reader`. */
function backUp({ table, reader, witness }: World): () => void {
  const rows = structuredClone([...table.rows]);
  const log = [...table.log];
  const marks = { ...reader };
  return () => {
    table.rows.clear();
    for (const [key, cells] of rows) table.rows.set(key, cells);
    table.log.splice(0, table.log.length, ...log);
    Object.assign(reader, marks);
    // Whose edit goes with it nobody can tell.
    witness.dismiss();
  };
}

const KINDS = /"kind":"(archive|delete|consent|revive|create|insert)"/;
const kindsSince = ({ monitor }: World, from: number): readonly string[] =>
  monitor.writes.slice(from).flatMap((write) => KINDS.exec(write)?.[1] ?? []);
const labels = ({ memory }: World): Record<string, string> =>
  Object.fromEntries(readRecords(memory).map(({ state }) => [state.key, labelOf(state)]));
const adoptionOf = async (world: World) =>
  (await syncPulse(contextOf(world).state, 'contacts-news', world.clock.now())).adoption;

describe('the CRM is restored from an older dump', () => {
  /** Since the dump: somebody came, somebody went, and values changed at both ends. */
  async function lived(
    sync: SampleSyncOptions = {},
  ): Promise<{ world: World; restore: () => void }> {
    const world = await inStep(sync);
    const restore = backUp(world);
    addPair(world, DAN);
    await settle(world);
    world.crm.update(FIRST, { first_name: 'Anna', phone: '200' });
    editApp('city', 'Bonn', SECOND)(world);
    world.crm.remove(THIRD);
    await settle(world);
    world.clock.advance(3_600_000);
    return { world, restore };
  }

  test('nobody is archived, deleted, unsubscribed or brought back; a person is told', async () => {
    const { world, restore } = await lived();
    const writes = world.monitor.writes.length;
    restore();
    await settle(world);
    expect(kindsSince(world, writes)).toEqual([]);
    expect(world.monitor.violations).toEqual([]);
    expect(memberOf(world, FOURTH)?.isArchived).toBe(false);
    expect(memberOf(world, THIRD)?.isArchived).toBe(true);
    expect(labels(world)).toMatchObject({ 1: 'in step', 2: 'in step', 3: 'held', 4: 'held' });
    const why = (key: CrmKey) => readRecord(world.memory, key)?.state.withheld?.reason;
    expect([why(FOURTH), why(THIRD)]).toEqual([
      expect.stringMatching('taken away .* a restore’s doing; npx trivet held contacts-news'),
      expect.stringMatching('there again .* a restore’s doing'),
    ]);
    expect(await adoptionOf(world)).toMatchObject({ reason: 'the mark is not ours' });
  });

  test('values are met by owner and policy: the CRM’s of its fields, the app’s of its own', async () => {
    const { world, restore } = await lived({ phonePolicy: 'app' });
    restore();
    await settle(world);
    expect(bothShow('first_name', 'Ann')(world)).toEqual([]);
    expect(bothShow('phone', '200')(world)).toEqual([]);
    expect(bothShow('city', 'Bonn', SECOND)(world)).toEqual([]);
  });

  test('a sweep follows at once and proves how all stand', async () => {
    const { world, restore } = await lived();
    restore();
    await settle(world);
    expect(readCheckpoint(world.memory)?.sweep?.proof).toMatchObject({
      equal: 2,
      onlyApp: { held: 1 },
      onlyCrm: { held: 1 },
      sent: 0,
    });
  });

  test('what is held goes when a person lets it go, and not before', async () => {
    const { world, restore } = await lived();
    restore();
    await settle(world);
    world.clock.advance(40 * 86_400_000);
    await settle(world);
    expect(memberOf(world, FOURTH)?.isArchived).toBe(false);
    await grantNextRun(contextOf(world), { name: 'destroy', count: 1, by: 'ann' });
    await settle(world);
    expect(memberOf(world, FOURTH)?.isArchived).toBe(true);
  });

  test('what is held can be approved as a set: who is missing goes, who is back comes back', async () => {
    const { world, restore } = await lived();
    restore();
    await settle(world);
    expect(await say(world, 'approve')).toMatchObject({ orders: 2, applied: 2 });
    await settle(world);
    const archived = [THIRD, FOURTH].map((key) => memberOf(world, key)?.isArchived);
    expect(archived).toEqual([false, true]);
    expect(world.monitor.violations).toEqual([]);
  });

  test('and dropped: both ends stay as they are, and nothing is held any more', async () => {
    const { world, restore } = await lived();
    restore();
    await settle(world);
    const writes = world.monitor.writes.length;
    expect(await say(world, 'drop')).toMatchObject({ orders: 2 });
    await settle(world);
    expect(world.monitor.writes).toHaveLength(writes);
    expect(Object.values(labels(world))).not.toContain('held');
  });

  test('who inserts the missing person again ends the matter: the row meets them without a further look', async () => {
    const { world, restore } = await lived();
    restore();
    await settle(world);
    const again = world.crm.insert({ email: DAN, first_name: 'Danny' });
    await settle(world);
    expect(bothShow('first_name', 'Danny', again)(world)).toEqual([]);
    expect(world.monitor.violations).toEqual([]);
  });

  test('a key that is given out again does not make one person another', async () => {
    const { world, restore } = await lived();
    const dan = memberOf(world, FOURTH);
    restore();
    await settle(world);
    const other = { email: 'other@crm.test', first_name: 'Otto', email_status: 'subscribed' };
    const transaction = world.table.begin();
    transaction.insert(other, FOURTH);
    transaction.commit();
    await settle(world);
    expect([dan?.email, dan?.profile['merge_fields.FNAME']]).toEqual([DAN, 'Ann']);
    expect(readRecord(world.memory, FOURTH)?.state.parking?.reason).toMatch('may be two people');
  });

  test('a page that waited in its lane meets it first: nobody is taken away on its word, or brought back', async () => {
    const { world, restore } = await lived();
    world.crm.update(FOURTH, { phone: '400' });
    addPair(world, 'eve@crm.test');
    ring(world);
    await deliver(world, PULL_GROUP);
    const writes = world.monitor.writes.length;
    restore();
    const lanes = [...world.queues.groups.keys()].filter((group) => group !== PULL_GROUP);
    for (const lane of lanes) await deliver(world, lane);
    expect(kindsSince(world, writes)).toEqual([]);
    await settle(world);
    expect(kindsSince(world, writes)).toEqual([]);
    expect(labels(world)).toMatchObject({ 4: 'held' });
  });

  test('also with a crash after any port call', async () => {
    const whole = await lived();
    const from = whole.world.steps.count;
    whole.restore();
    await settle(whole.world);
    const calls = whole.world.steps.count - from;
    for (let nth = 1; nth <= calls; nth += 1) {
      const { world, restore } = await lived();
      const [writes, begun] = [world.monitor.writes.length, world.steps.count];
      restore();
      world.hazards.dies = (step) => step === begun + nth;
      await settle(world);
      const where = `after call ${nth}`;
      expect([where, kindsSince(world, writes), labels(world)]).toEqual([
        where,
        [],
        labels(whole.world),
      ]);
    }
  });

  test('edits made while it is met anew are kept', async () => {
    const { world, restore } = await lived();
    restore();
    world.crm.update(SECOND, { phone: '555' });
    await settle(world);
    expect(bothShow('phone', '555', SECOND)(world)).toEqual([]);
    world.crm.update(FIRST, { first_name: 'Antonia' });
    world.crm.remove(SECOND);
    await settle(world);
    expect(bothShow('first_name', 'Antonia')(world)).toEqual([]);
    expect(memberOf(world, SECOND)?.isArchived).toBe(true);
  });
});

describe('a failover that lost nothing', () => {
  test('writes nothing, decides nothing, and deletes work afterwards as before', async () => {
    const world = await inStep();
    Object.assign(world.reader, { mark: 'another', previous: 'another' });
    const [writes, told] = [world.monitor.writes.length, world.memory.history.length];
    await settle(world);
    expect(world.monitor.writes).toHaveLength(writes);
    expect(world.memory.history).toHaveLength(told);
    expect(readRecords(world.memory).map(({ state }) => state.adopted?.isInDoubt)).toEqual([
      false,
      false,
      false,
    ]);
    world.crm.remove(SECOND);
    await settle(world);
    expect(memberOf(world, SECOND)?.isArchived).toBe(true);
  });
});

test('whose field waits for its time and whom a brake then keeps comes to rest', async () => {
  const world = await inStep({ phonePolicy: 'newest' });
  editApp('phone', '400')(world);
  // The log was read before, so nobody knows when the row was edited.
  onceAfter(world, 'crm.horizonHolder', () => world.crm.update(FIRST, { phone: '300' }));
  ring(world);
  await drain(world);
  expect(Object.values(readRecord(world.memory, FIRST)?.state.parked ?? {})).toEqual([
    expect.objectContaining({ kind: 'waiting' }),
  ]);
  Object.assign(world.reader, { mark: 'another', previous: 'another' });
  world.crm.remove(FIRST);
  world.clock.advance(900_000);
  await settle(world);
  expect(readRecord(world.memory, FIRST)?.state).toMatchObject({ parked: {}, parking: null });
  expect(memberOf(world, FIRST)?.isArchived).toBe(false);
});

describe('the state tables are lost', () => {
  function wipe({ memory }: World): void {
    const { history, ...maps } = memory;
    history.length = 0;
    for (const part of Object.values(maps)) part.clear();
  }

  test('links and shadows are rebuilt, and nobody is taken away, written or subscribed', async () => {
    const world = await inStep();
    unsubscribe(world, BOB);
    world.crm.update(THIRD, { active: 'no' });
    await settle(world);
    const links = new Map(world.memory.links);
    const writes = world.monitor.writes.length;
    world.clock.advance(3_600_000);
    wipe(world);
    await settle(world);
    expect(world.monitor.writes.slice(writes)).toEqual([]);
    expect(world.monitor.violations).toEqual([]);
    expect(new Map(world.memory.links)).toEqual(links);
    expect(labels(world)).toMatchObject({ 1: 'in step', 2: 'in step' });
    expect((await adoptionOf(world))?.reason).toMatch('what was remembered of this sync is gone');
    world.crm.update(FIRST, { first_name: 'Anna' });
    await settle(world);
    expect(bothShow('first_name', 'Anna')(world)).toEqual([]);
  });

  test('restored from an older copy they lead to no delete either', async () => {
    const world = await inStep();
    const before = structuredClone(Object.fromEntries(Object.entries(world.memory)));
    world.crm.update(FIRST, { first_name: 'Anna' });
    addPair(world, DAN);
    await settle(world);
    world.crm.update(SECOND, { first_name: 'Bobby' });
    await settle(world);
    const writes = world.monitor.writes.length;
    wipe(world);
    for (const [name, part] of Object.entries(before)) {
      const now = world.memory[name as keyof typeof world.memory];
      if (now instanceof Map)
        for (const [key, value] of part as Map<never, never>) now.set(key, value);
    }
    await settle(world);
    expect(kindsSince(world, writes)).toEqual([]);
    expect(labels(world)).toEqual({ 1: 'in step', 2: 'in step', 3: 'in step', 4: 'in step' });
  });
});

describe('another audience', () => {
  /** The same people under other ids, one of them missing. */
  function withOtherAudience(world: World): World {
    const { audience } = world;
    const old = [...audience.members.values()];
    audience.members.clear();
    for (const { email, status, profile, tags } of old.slice(0, 2))
      audience.add(email, { status, profile: { ...profile }, tags: [...tags] });
    return {
      ...world,
      context: (running) => {
        const context = world.context(running);
        return { ...context, app: { ...context.app, object: 'audience-2' } };
      },
    };
  }

  test('halts, and is taken when a person adopts it, without a delete', async () => {
    const world = withOtherAudience(await inStep());
    const writes = world.monitor.writes.length;
    await settle(world);
    expect(readHealth(world.memory).halted?.reason).toMatch('adopt the new end');
    expect(kindsSince(world, writes)).toEqual([]);
    await askSweep(contextOf(world), 'ann', { adopts: true });
    await settle(world);
    expect(readHealth(world.memory).halted).toBeNull();
    expect(kindsSince(world, writes)).toEqual(['create']);
    expect(labels(world)).toEqual({ 1: 'in step', 2: 'in step', 3: 'in step' });
    expect(textIn(world, FIRST, 'left_app')).toBeNull();
    expect(readCheckpoint(world.memory)).toMatchObject({
      ends: { app: 'audience-2' },
      adoption: { forgets: 'partner' },
    });
    await askSweep(contextOf(world), 'ann');
    await settle(world);
    expect(readCheckpoint(world.memory)?.sweep?.proof).toMatchObject({ equal: 3, sent: 0 });
  });
});
