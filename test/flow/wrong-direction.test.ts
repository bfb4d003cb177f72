/**
 * The mistakes of a first sync, and of a bad day in the CRM, as the users of other tools tell them: each is stopped by
 * a brake nobody had to configure, and a plan shows it before anything is written.
 */
import { DEFAULT_CAPS } from '../../lib/engine/caps.ts';
import type { BrakeClass, CrmKey } from '../../lib/engine/model.ts';
import { grantNextRun } from '../../lib/flow/grant.ts';
import { listHeld } from '../../lib/flow/held.ts';
import { readHealth, readRecords } from '../support/flow-world/memory-state.ts';
import { foretell } from '../support/flow-world/foretelling.ts';
import { PATHS, type SampleSyncOptions } from '../support/flow-world/sample-sync.ts';
import { settle } from '../support/flow-world/settle.ts';
import { createWorld, type World } from '../support/flow-world/world.ts';
import { contextOf } from './explain-world.ts';
import { say } from './held-word.ts';

const PEOPLE = 260;
const numbers = Array.from({ length: PEOPLE }, (_none, index) => index + 1);
const emailOf = (nth: number): string => `p${nth}@crm.test`;

/** As it is deployed against real systems. */
function worldOf(sync: SampleSyncOptions = {}): World {
  const world = createWorld({ seed: 1, pageMax: 100, sync });
  world.redeploy({ ...world.sync, brakes: DEFAULT_CAPS });
  return world;
}

const addRow = (world: World, nth: number, more: Record<string, string | null> = {}): CrmKey =>
  world.crm.insert({
    email: emailOf(nth),
    first_name: `N${nth}`,
    email_status: 'subscribed',
    ...more,
  });

const addMember = (world: World, email: string, name: string, status = 'subscribed'): void => {
  world.audience.add(email, {
    status: status as 'subscribed',
    profile: { [PATHS.first_name]: name },
  });
};

async function inStep(
  sync: SampleSyncOptions = {},
): Promise<{ world: World; keys: readonly CrmKey[] }> {
  const world = worldOf(sync);
  const keys = numbers.map((nth) => {
    addMember(world, emailOf(nth), `N${nth}`);
    return addRow(world, nth);
  });
  await settle(world);
  world.clock.advance(60_000);
  return { world, keys };
}

/** The same world, its metrics counted. */
function counted(world: World): { world: World; counts: ReadonlyMap<string, number> } {
  const counts = new Map<string, number>();
  const count = (metric: string, by: number): void =>
    void counts.set(metric, (counts.get(metric) ?? 0) + by);
  const context: World['context'] = (running) => {
    const found = world.context(running);
    return { ...found, log: { ...found.log, count } };
  };
  return { world: { ...world, context }, counts };
}

const members = ({ audience }: World) => [...audience.members.values()];
const withStatus = (world: World, status: string): number =>
  members(world).filter((member) => member.status === status).length;
const archived = (world: World): number =>
  members(world).filter(({ isArchived }) => isArchived).length;
const rowsWith = ({ table }: World, column: string, value: string): number =>
  [...table.rows.values()].filter((cells) => cells[column]?.text === value).length;

async function heldOf(world: World): Promise<Partial<Record<BrakeClass, number>>> {
  const held: Partial<Record<BrakeClass, number>> = {};
  for (const { class: one, count } of await listHeld(contextOf(world)))
    held[one] = (held[one] ?? 0) + count;
  return held;
}

/** How many of each a plan says, before anything is written. */
async function planned(world: World): Promise<Record<string, number>> {
  const { outcomes } = await foretell(world);
  const counts: Record<string, number> = {};
  for (const { decisions } of outcomes)
    for (const { action } of decisions) counts[action] = (counts[action] ?? 0) + 1;
  return counts;
}

describe('a first sync that nobody has planned', () => {
  test('C1 from an empty table removes and unsubscribes nobody, and makes a hundred rows at most (it removed everyone not in the group)', async () => {
    const world = worldOf();
    for (const nth of numbers) addMember(world, emailOf(nth), `N${nth}`);
    expect(await planned(world)).toMatchObject({ 'create-crm': PEOPLE });
    await settle(world);
    expect([archived(world), withStatus(world, 'subscribed')]).toEqual([0, PEOPLE]);
    expect(world.table.rows.size).toBe(100);
    expect(await heldOf(world)).toEqual({ create: PEOPLE - 100 });
  });

  test('C1 with the audience of somebody else makes a hundred records, and not two hundred and eighty thousand (60,000 duplicates on a Friday)', async () => {
    const world = worldOf();
    for (const nth of numbers) {
      addRow(world, nth);
      addMember(world, `stranger${nth}@other.test`, `S${nth}`);
    }
    expect(await planned(world)).toMatchObject({ 'create-crm': PEOPLE, 'create-app': PEOPLE });
    await settle(world);
    // Both ends together: rows made there and members made here.
    expect(world.table.rows.size + world.audience.members.size).toBe(2 * PEOPLE + 100);
    expect(await heldOf(world)).toEqual({ create: 2 * PEOPLE - 100 });
  });

  test('C1 with the audience of those who left unsubscribes ten people in the CRM, not all of them (“you’ll end up unsubscribing everyone!”)', async () => {
    const world = worldOf();
    for (const nth of numbers) {
      addRow(world, nth);
      addMember(world, emailOf(nth), `N${nth}`, 'unsubscribed');
    }
    expect(await planned(world)).toMatchObject({ 'write-crm': PEOPLE });
    await settle(world);
    expect(rowsWith(world, 'email_status', 'unsubscribed')).toBe(10);
    expect(await heldOf(world)).toEqual({ unsubscribe: PEOPLE - 10 });
  });

  test('C1 by the wrong match key, which takes each for their neighbour, overwrites two hundred people at most (the wrong contact was consulted)', async () => {
    const world = worldOf();
    for (const nth of numbers) {
      addRow(world, nth, { email: emailOf((nth % PEOPLE) + 1) });
      addMember(world, emailOf(nth), `N${nth}`);
    }
    expect(await planned(world)).toMatchObject({ 'write-app': PEOPLE });
    await settle(world);
    expect(await heldOf(world)).toEqual({ overwrite: PEOPLE - 200 });
  });

  test('is approved as a whole once a person has seen what is held', async () => {
    const world = worldOf();
    for (const nth of numbers) addRow(world, nth);
    await settle(world);
    expect(world.audience.members.size).toBe(100);
    expect(await say(world, 'approve')).toMatchObject({ applied: PEOPLE - 100, moved: 0 });
    await settle(world);
    expect([world.audience.members.size, await heldOf(world)]).toEqual([PEOPLE, {}]);
  });
});

describe('a column mapped to the wrong field', () => {
  const wrong: SampleSyncOptions = {
    fields: {
      city: {
        app: PATHS.first_name,
        type: worldOf().sync.spec.fields[1]?.type as never,
        owner: 'crm',
      },
      first_name: null,
    },
  };

  test('of a live sync halts it until its plan was seen; nothing is written', async () => {
    const { world } = await inStep();
    const before = world.monitor.writes.length;
    world.redeploy({ ...createWorld({ seed: 1, sync: wrong }).sync, brakes: DEFAULT_CAPS });
    await settle(world).catch(() => undefined);
    expect(readHealth(world.memory).halted).toMatchObject({ cause: 'map' });
    expect(world.monitor.writes.slice(before)).toEqual([]);
  });

  test('of a first sync overwrites two hundred people at most', async () => {
    const world = worldOf(wrong);
    for (const nth of numbers) {
      addRow(world, nth, { city: 'Ulm' });
      addMember(world, emailOf(nth), `N${nth}`);
    }
    await settle(world);
    const wronged = members(world).filter(({ profile }) => profile[PATHS.first_name] === 'Ulm');
    expect(wronged).toHaveLength(200);
    expect(await heldOf(world)).toEqual({ overwrite: PEOPLE - 200 });
  });
});

describe('a bad day in the CRM', () => {
  test('C1 UPDATE contacts SET email_status without WHERE unsubscribes ten people, counts the others for the alarm, and is undone by the CRM’s own words', async () => {
    const { world: quiet, keys } = await inStep({ consentOwner: 'crm' });
    const { world, counts } = counted(quiet);
    for (const key of keys) world.crm.update(key, { email_status: 'unsubscribed' });
    expect(await planned(world)).toMatchObject({ 'write-app': PEOPLE });
    await settle(world);
    expect([withStatus(world, 'unsubscribed'), await heldOf(world)]).toEqual([
      10,
      { unsubscribe: PEOPLE - 10 },
    ]);
    expect(counts.get('consent.held')).toBe(PEOPLE - 10);
    // Edits of other fields go on meanwhile.
    world.crm.update(keys[200] as CrmKey, { first_name: 'Meanwhile' });
    await settle(world);
    expect(
      members(world).filter(({ profile }) => profile[PATHS.first_name] === 'Meanwhile'),
    ).toHaveLength(1);
    for (const key of keys) world.crm.update(key, { email_status: 'subscribed' });
    await settle(world);
    expect([withStatus(world, 'unsubscribed'), await heldOf(world)]).toEqual([10, {}]);
  });

  test('C1 TRUNCATE archives ten people (28,000 leads lost in 14 seconds)', async () => {
    const { world, keys } = await inStep();
    const truncation = world.table.begin();
    for (const key of keys) truncation.remove(key);
    truncation.commit();
    expect(await planned(world)).toMatchObject({ 'archive-app': PEOPLE });
    await settle(world);
    expect([archived(world), await heldOf(world)]).toEqual([10, { archive: PEOPLE - 10 }]);
    world.clock.advance(86_400_000);
    await settle(world);
    expect([archived(world), await heldOf(world)]).toEqual([10, { archive: PEOPLE - 10 }]);
  });

  test('C1 a filter that suddenly lets nobody in archives ten people (unsubscribed at every sync though fully eligible)', async () => {
    const { world, keys } = await inStep();
    for (const key of keys) world.crm.update(key, { active: 'no' });
    await settle(world);
    expect([archived(world), await heldOf(world)]).toEqual([10, { archive: PEOPLE - 10 }]);
    await grantNextRun(contextOf(world), { name: 'destroy', count: 40, by: 'ann' });
    await settle(world);
    expect([archived(world), await heldOf(world)]).toEqual([50, { archive: PEOPLE - 50 }]);
    expect(readRecords(world.memory)).toHaveLength(PEOPLE);
  });

  test('a mistake that comes in slices is held by the day when its runs would let it pass', async () => {
    const { world, keys } = await inStep();
    for (let from = 0; from < 60; from += 5) {
      for (const key of keys.slice(from, from + 5)) world.crm.remove(key);
      await settle(world);
      world.clock.advance(60_000);
    }
    expect([archived(world), await heldOf(world)]).toEqual([30, { archive: 30 }]);
  });
});
