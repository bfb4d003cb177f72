/** What an end refuses for good: kept with its words, left by itself when somebody changes it, and in a person's hands. */
import type { CrmKey } from '../../lib/engine/model.ts';
import { labelOf, type RecordLabel } from '../../lib/engine/record-label.ts';
import { mapCode, mapOf } from '../../lib/engine/sync-map.ts';
import { listQuarantine, type QuarantineFilter } from '../../lib/flow/quarantine.ts';
import type { CarryExcuse } from '../../lib/plan/carry-out.ts';
import type { Settled } from '../../lib/plan/send-pages.ts';
import { settleQuarantine, type QuarantineOrder } from '../../lib/plan/settle-quarantine.ts';
import { readRecord } from '../support/flow-world/memory-state.ts';
import { PATHS } from '../support/flow-world/sample-sync.ts';
import { addPair, ANN, BOB, CID, memberOf } from '../support/flow-world/scenarios.ts';
import { settle } from '../support/flow-world/settle.ts';
import { findRestlessness } from '../support/flow-world/verdict.ts';
import { createWorld, type World } from '../support/flow-world/world.ts';
import { contextOf } from './explain-world.ts';

const [FIRST, SECOND, THIRD] = ['1', '2', '3'] as [CrmKey, CrmKey, CrmKey];
const WORDS = 'Please provide a phone number that exists.';

interface Moody {
  readonly world: World;
  /** The app takes everything from now on. */
  readonly relent: () => void;
}

/** An app that refuses the phone 666, and whoever is called Nobody as a whole. */
async function moody(): Promise<Moody> {
  let isStrict = true;
  const world = createWorld({
    seed: 1,
    rules: {
      refuse: (path, value) => (isStrict && value === '666' && path === PATHS.phone ? WORDS : null),
    },
    refuseRow: (cells) =>
      isStrict && cells['city'] === 'Nowhere' ? 'city “Nowhere” violates a check' : null,
  });
  for (const email of [ANN, BOB, CID]) addPair(world, email);
  await settle(world);
  world.clock.advance(60_000);
  return { world, relent: () => (isStrict = false) };
}

const list = (world: World, filter: QuarantineFilter = {}) =>
  listQuarantine(contextOf(world), filter, 10);

async function say(
  world: World,
  verb: QuarantineOrder['verb'],
  filter: QuarantineFilter = {},
): Promise<Settled & { readonly excuses: readonly CarryExcuse[] }> {
  const context = contextOf(world);
  const excuses: CarryExcuse[] = [];
  const order = { verb, filter, by: 'ann', seenAt: world.clock.now() };
  const settled = await settleQuarantine(context, order, {
    planId: `word-${world.steps.count}`,
    attempt: '1',
    code: mapCode(mapOf(context.sync.spec, context.sync.functions)),
    pollMs: 10,
    silenceMaxMs: 60_000,
    onExcuse: (excuse) => excuses.push(excuse),
  });
  return { ...settled, excuses };
}

const labelIn = ({ memory }: World, key: CrmKey): RecordLabel | null => {
  const state = readRecord(memory, key)?.state;
  return state === undefined ? null : labelOf(state);
};

describe('a refused value', () => {
  test('is listed with the vendor’s own words, the values, and when it was refused; by record and by reason', async () => {
    const { world } = await moody();
    world.crm.update(FIRST, { phone: '666' });
    world.audience.people.update(BOB, { [PATHS.city]: 'Nowhere' });
    await settle(world);
    const { total, items, reasons } = await list(world);
    expect(total).toBe(2);
    expect(items[0]).toMatchObject({
      sync: 'contacts-news',
      key: FIRST,
      name: ANN,
      field: 'phone',
      kind: 'rejected',
      reason: WORDS,
      attempts: 1,
      values: { crm: '666', app: '100' },
    });
    expect(items[0]?.firstAt).toBe(items[0]?.lastAt);
    expect(reasons.map(([, count]) => count)).toEqual([1, 1]);
    expect((await list(world, { key: SECOND })).items.map(({ field }) => field)).toEqual(['city']);
    expect((await list(world, { reason: 'PHONE NUMBER' })).items.map(({ key }) => key)).toEqual([
      FIRST,
    ]);
    expect((await list(world, { reason: 'no such thing' })).total).toBe(0);
  });

  test('C5 leaves by itself when either end changes it, and is not offered again before', async () => {
    const { world } = await moody();
    world.crm.update(FIRST, { phone: '666' });
    world.audience.people.update(BOB, { [PATHS.city]: 'Nowhere' });
    await settle(world);
    expect(await findRestlessness(world)).toEqual([]);
    expect((await list(world)).total).toBe(2);
    world.clock.advance(60_000);
    world.crm.update(FIRST, { phone: '555' });
    await settle(world);
    expect((await list(world)).items.map(({ key }) => key)).toEqual([SECOND]);
    world.audience.people.update(BOB, { [PATHS.city]: 'Bern' });
    await settle(world);
    expect((await list(world)).total).toBe(0);
  });

  test('is offered again by a retry; refused once more it stays, and the others are not touched', async () => {
    const { world, relent } = await moody();
    for (const key of [FIRST, SECOND]) world.crm.update(key, { phone: '666' });
    await settle(world);
    expect(await say(world, 'retry', { key: FIRST })).toMatchObject({
      orders: 1,
      applied: 0,
      failed: 1,
      excuses: [{ key: FIRST, kind: 'failed', reason: WORDS }],
    });
    expect((await list(world)).total).toBe(2);
    relent();
    expect(await say(world, 'retry', { key: FIRST })).toMatchObject({ orders: 1, applied: 1 });
    expect(memberOf(world, FIRST)?.profile[PATHS.phone]).toBe('666');
    expect((await list(world)).items.map(({ key }) => key)).toEqual([SECOND]);
    expect(await say(world, 'retry', { reason: 'phone' })).toMatchObject({ applied: 1 });
    expect(labelIn(world, SECOND)).toBe('in step');
  });

  test('is given up by a drop: both ends keep what they have, until either changes', async () => {
    const { world } = await moody();
    world.crm.update(FIRST, { phone: '666' });
    await settle(world);
    expect(await say(world, 'drop')).toMatchObject({ orders: 1, applied: 1 });
    await settle(world);
    expect([(await list(world)).total, labelIn(world, FIRST)]).toEqual([0, 'in step']);
    expect(memberOf(world, FIRST)?.profile[PATHS.phone]).toBe('100');
    expect(await findRestlessness(world)).toEqual([]);
    world.crm.update(FIRST, { phone: '777' });
    await settle(world);
    expect(memberOf(world, FIRST)?.profile[PATHS.phone]).toBe('777');
  });
});

describe('a refused record', () => {
  test('keeps count of its refusals, with the first and the last time, until it is taken', async () => {
    let isStrict = true;
    const world = createWorld({
      seed: 1,
      refuseRow: () => (isStrict ? 'the table is full' : null),
    });
    world.audience.people.signup('new@crm.test');
    await settle(world);
    const [first] = (await list(world)).items;
    expect(first).toMatchObject({
      kind: 'record',
      field: null,
      attempts: 1,
      reason: 'the CRM refused the row: the table is full',
    });
    const key = first?.key ?? ('' as CrmKey);
    expect(labelIn(world, key)).toBe('quarantined');
    world.clock.advance(3_600_000);
    expect(await say(world, 'retry')).toMatchObject({ failed: 1 });
    const [second] = (await list(world)).items;
    expect(second).toMatchObject({ attempts: 2, firstAt: first?.firstAt });
    expect((second?.lastAt ?? 0) - (second?.firstAt ?? 0)).toBeGreaterThanOrEqual(3_600_000);
    isStrict = false;
    expect(await say(world, 'retry')).toMatchObject({ applied: 1 });
    expect(labelIn(world, key)).toBe('in step');
  });

  test('is given up by a drop: nobody is made, and a change of the row does not try again', async () => {
    const world = createWorld({
      seed: 1,
      rules: { refuse: (path) => (path === PATHS.email ? 'looks fake' : null) },
    });
    const key = world.crm.insert({ email: 'new@crm.test' });
    await settle(world);
    expect(await say(world, 'drop')).toMatchObject({ orders: 1, applied: 1 });
    await settle(world);
    expect([labelIn(world, key), world.audience.members.size]).toEqual(['excluded', 0]);
    expect(await findRestlessness(world)).toEqual([]);
  });
});

test('a third record goes on beside them', async () => {
  const { world } = await moody();
  world.crm.update(FIRST, { phone: '666' });
  world.crm.update(THIRD, { phone: '300' });
  await settle(world);
  expect(memberOf(world, THIRD)?.profile[PATHS.phone]).toBe('300');
});
