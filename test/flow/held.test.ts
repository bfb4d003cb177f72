/** What brakes hold, in a person’s hands: listed in batches, let go exactly as it was held, or dropped for good. */
import type { BrakesInput } from '../../lib/config/brakes.ts';
import type { CrmKey } from '../../lib/engine/model.ts';
import { explainRecord } from '../../lib/flow/explain.ts';
import { listHeld } from '../../lib/flow/held.ts';
import { readRecord, readRecords } from '../support/flow-world/memory-state.ts';
import { PATHS, type SampleSyncOptions } from '../support/flow-world/sample-sync.ts';
import { addPair, memberOf } from '../support/flow-world/scenarios.ts';
import { settle } from '../support/flow-world/settle.ts';
import { findProblems, findRestlessness } from '../support/flow-world/verdict.ts';
import { createWorld, type World } from '../support/flow-world/world.ts';
import { contextOf } from './explain-world.ts';
import { say } from './held-word.ts';

const PEOPLE = ['ann', 'bob', 'cid', 'dan', 'eve'].map((name) => `${name}@crm.test`);
const keys = PEOPLE.map((_email, index) => String(index + 1) as CrmKey);
const LENIENT = { withoutPartner: true, withoutRow: true };
const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

const capped = (perRun: BrakesInput['perRun'] & object): SampleSyncOptions => ({
  brakes: { perRun },
});

async function inStep(sync: SampleSyncOptions, seed = 1): Promise<World> {
  const world = createWorld({ seed, sync });
  for (const email of PEOPLE) addPair(world, email);
  await settle(world);
  world.clock.advance(60_000);
  return world;
}

const heldKeys = ({ memory }: World): readonly CrmKey[] =>
  readRecords(memory)
    .filter(({ state }) => state.withheld?.by === 'brake')
    .map(({ state }) => state.key);
const archived = ({ audience }: World): number =>
  [...audience.members.values()].filter(({ isArchived }) => isArchived).length;

describe('what brakes hold', () => {
  test('is listed in batches by class and run, with a few of each and their values', async () => {
    const world = await inStep(capped({ archive: 1, overwrite: 0 }));
    for (const key of keys.slice(0, 3)) world.crm.remove(key);
    await settle(world);
    world.crm.update(keys[3] as CrmKey, { first_name: 'Daniel' });
    await settle(world);
    const batches = await listHeld(contextOf(world));
    expect(batches.map((each) => [each.class, each.count])).toEqual(
      expect.arrayContaining([
        ['archive', 2],
        ['overwrite', 1],
      ]),
    );
    const [overwrite] = batches.filter((each) => each.class === 'overwrite');
    expect(overwrite).toMatchObject({
      batch: matching(/^contacts-news\/overwrite\/\d+$/),
      since: expect.any(Number) as unknown,
      reason: matching(/npx trivet held contacts-news/),
      samples: [
        {
          key: '4',
          name: 'dan@crm.test',
          deeds: [{ kind: 'write-app', column: 'first_name' }],
          values: { first_name: { crm: 'Daniel' } },
        },
      ],
    });
  });

  test('keeps its batch however often it is looked at', async () => {
    const world = await inStep(capped({ archive: 0 }));
    world.crm.update(keys[0] as CrmKey, { active: 'no' });
    await settle(world);
    const [before] = await listHeld(contextOf(world));
    world.clock.advance(60_000);
    world.crm.update(keys[0] as CrmKey, { phone: '1' });
    await settle(world);
    const [after] = await listHeld(contextOf(world));
    expect(after).toMatchObject({ batch: before?.batch, since: before?.since });
  });
});

describe('approving what is held', () => {
  test('lets exactly the held set pass, and leaves the caps as they are', async () => {
    const world = await inStep(capped({ archive: 1 }));
    for (const key of keys.slice(0, 4)) world.crm.remove(key);
    await settle(world);
    expect([archived(world), heldKeys(world).length]).toEqual([1, 3]);
    expect(await say(world, 'approve')).toMatchObject({ orders: 3, applied: 3, moved: 0 });
    expect([archived(world), heldKeys(world)]).toEqual([4, []]);
    expect(findProblems(world, LENIENT)).toEqual([]);
    expect(await findRestlessness(world)).toEqual([]);
  });

  test('lets go one class and not the other of the same record', async () => {
    const world = await inStep({
      ...capped({ unsubscribe: 0, overwrite: 0 }),
      consentOwner: 'crm',
    });
    const [key] = keys as [CrmKey];
    world.crm.update(key, { first_name: 'Anna', email_status: 'unsubscribed' });
    await settle(world);
    const word = await say(world, 'approve', { class: 'overwrite', batch: null });
    expect(word).toMatchObject({ orders: 1, applied: 1 });
    expect(memberOf(world, key)).toMatchObject({ status: 'subscribed' });
    expect(memberOf(world, key)?.profile[PATHS.first_name]).toBe('Anna');
    expect((await listHeld(contextOf(world))).map((each) => each.class)).toEqual(['unsubscribe']);
  });

  test('never guesses: whose value changed meanwhile is judged anew, told as moved, and stays held', async () => {
    const world = await inStep(capped({ overwrite: 0 }));
    const [key, other] = keys as [CrmKey, CrmKey];
    world.crm.update(key, { first_name: 'Anna' });
    world.crm.update(other, { first_name: 'Bobby' });
    await settle(world);
    // Nobody has read the log yet: what is held is still “Anna”.
    world.crm.update(key, { first_name: 'Antonia' });
    const word = await say(world, 'approve');
    expect(word).toMatchObject({ orders: 2, applied: 1, moved: 1 });
    expect(word.excuses).toEqual([
      { kind: 'moved', key, reason: matching(/has changed since it was held/) },
    ]);
    expect(memberOf(world, key)?.profile[PATHS.first_name]).not.toMatch(/An(na|tonia)/);
    expect(heldKeys(world)).toEqual([key]);
    expect(await say(world, 'approve')).toMatchObject({ applied: 1, moved: 0 });
    expect(memberOf(world, key)?.profile[PATHS.first_name]).toBe('Antonia');
  });

  test('does nothing for whom nobody wants it any more', async () => {
    const world = await inStep(capped({ archive: 0 }));
    const [key] = keys as [CrmKey];
    world.crm.update(key, { active: 'no' });
    await settle(world);
    world.crm.update(key, { active: 'yes' });
    expect(await say(world, 'approve')).toMatchObject({ orders: 1, applied: 0, already: 1 });
    expect([archived(world), heldKeys(world)]).toEqual([0, []]);
  });

  test('subscribes nobody without the proof that any grant needs', async () => {
    const world = await inStep({ ...capped({ subscribe: 0 }), consentOwner: 'crm' });
    const [key] = keys as [CrmKey];
    const optIn = (): string => new Date(world.clock.now()).toISOString();
    world.crm.update(key, { email_status: 'unsubscribed' });
    await settle(world);
    world.clock.advance(60_000);
    world.crm.update(key, { email_status: 'subscribed', opt_in_at: optIn() });
    await settle(world);
    expect((await listHeld(contextOf(world))).map((each) => each.class)).toEqual(['subscribe']);
    world.crm.update(key, { opt_in_at: null });
    expect(await say(world, 'approve')).toMatchObject({ applied: 0 });
    expect(memberOf(world, key)?.status).toBe('unsubscribed');
  });

  test.each([1, 2, 3])('killed at any step comes to the same end (seed %i)', async (seed) => {
    for (let at = 1; at <= 50; at += 3) {
      const world = await inStep(capped({ archive: 0 }), seed);
      for (const key of keys.slice(0, 3)) world.crm.remove(key);
      await settle(world);
      const from = world.steps.count;
      world.hazards.dies = (step) => step === from + at;
      await say(world, 'approve').catch(() => undefined);
      world.hazards.dies = () => false;
      await settle(world);
      await say(world, 'approve');
      expect([at, archived(world), heldKeys(world)]).toEqual([at, 3, []]);
      expect([at, findProblems(world, LENIENT)]).toEqual([at, []]);
    }
  });
});

describe('dropping what is held', () => {
  const explain = async (world: World, key: CrmKey) => {
    const told = await explainRecord(contextOf(world), key);
    if (told === null) throw new Error('nobody knows the record');
    return told;
  };

  test('leaves a value different in peace, says so, and ends with the next change', async () => {
    const world = await inStep(capped({ overwrite: 0 }));
    const [key] = keys as [CrmKey];
    const before = memberOf(world, key)?.profile[PATHS.first_name];
    world.crm.update(key, { first_name: 'Anna' });
    await settle(world);
    expect(await say(world, 'drop')).toMatchObject({ orders: 1, applied: 1 });
    await settle(world);
    expect(heldKeys(world)).toEqual([]);
    expect(memberOf(world, key)?.profile[PATHS.first_name]).toBe(before);
    expect(await findRestlessness(world)).toEqual([]);
    const field = (await explain(world, key)).fields.find((each) => each.field === 'first_name');
    expect(field).toMatchObject({
      agreed: { c: 'Anna', r: before ?? null, dropped: true },
      next: matching(/dropped/),
    });
    expect(field?.decisions[0]?.decision.reason).toEqual({
      rule: 'brake/dropped/overwrite',
      text: 'ann dropped it: both ends stay as they are',
    });
    world.crm.update(key, { first_name: 'Antonia' });
    await settle(world);
    expect(heldKeys(world)).toEqual([key]);
  });

  test.each([
    [
      'an archiving: the app keeps the person',
      capped({ archive: 0 }),
      (world: World) => world.crm.remove('1' as CrmKey),
      (world: World) => archived(world) === 0,
    ],
    [
      'a removal by the filter',
      capped({ archive: 0 }),
      (world: World) => world.crm.update('1' as CrmKey, { active: 'no' }),
      (world: World) => archived(world) === 0,
    ],
    [
      'a new person in the app: nobody is made',
      capped({ create: 0 }),
      (world: World) => world.crm.insert({ email: 'new@crm.test' }),
      (world: World) => world.audience.members.size === 5,
    ],
    [
      'a new row: none is made',
      capped({ create: 0 }),
      (world: World) => world.audience.people.signup('new@crm.test'),
      (world: World) => world.table.rows.size === 5,
    ],
    [
      'a mark',
      capped({ overwrite: 0 }),
      (world: World) => world.audience.people.archive(PEOPLE[0] as string),
      (world: World) => world.table.rows.get('1' as CrmKey)?.['left_app']?.text !== 'yes',
    ],
  ] as const)('stores %s', async (_what, sync, happen, isSo) => {
    const world = await inStep(sync);
    happen(world);
    await settle(world);
    expect(heldKeys(world)).toHaveLength(1);
    const [key] = heldKeys(world) as [CrmKey];
    expect(await say(world, 'drop')).toMatchObject({ orders: 1, applied: 1 });
    world.clock.advance(120_000);
    await settle(world);
    expect(heldKeys(world)).toEqual([]);
    expect(isSo(world)).toBe(true);
    expect(readRecord(world.memory, key)?.state.shadow?.existence.dropped).toBe(true);
    expect((await explain(world, key)).next).toMatch(/dropped/);
    expect(await findRestlessness(world)).toEqual([]);
  });

  test('agrees no withdrawal away: consent stays held', async () => {
    const world = await inStep({ ...capped({ unsubscribe: 0 }), consentOwner: 'crm' });
    world.crm.update(keys[0] as CrmKey, { email_status: 'unsubscribed' });
    await settle(world);
    expect(await say(world, 'drop')).toMatchObject({ orders: 0, applied: 0 });
    expect(heldKeys(world)).toHaveLength(1);
  });
});
