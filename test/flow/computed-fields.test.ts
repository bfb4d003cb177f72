/** Computed fields: made of the row, one way, and nobody's trouble but their own record's. */
import type { ComputedInput } from '../../lib/config/define.ts';
import { laneOf } from '../../lib/engine/hash.ts';
import type { CrmKey } from '../../lib/engine/model.ts';
import { labelOf, reasonOf } from '../../lib/engine/record-label.ts';
import { tags, text } from '../../lib/engine/types/index.ts';
import type { Value } from '../../lib/engine/value.ts';
import { explainRecord } from '../../lib/flow/explain.ts';
import { readInbox } from '../../lib/flow/inbox.ts';
import { prepareResolve } from '../../lib/flow/resolve.ts';
import { deliver } from '../support/flow-world/deliver.ts';
import { enqueue, laneGroup } from '../support/flow-world/queues.ts';
import { explore } from '../support/flow-world/explore.ts';
import { readRecord } from '../support/flow-world/memory-state.ts';
import { FULL_PATH, type SampleSyncOptions } from '../support/flow-world/sample-sync.ts';
import {
  addPair,
  all,
  ANN,
  BOB,
  bothShow,
  editApp,
  editCrm,
  FIRST,
  memberOf,
  SECOND,
  textIn,
} from '../support/flow-world/scenario-parts.ts';
import { settle } from '../support/flow-world/settle.ts';
import { findProblems } from '../support/flow-world/verdict.ts';
import { createWorld, type World } from '../support/flow-world/world.ts';
import { contextOf } from './explain-world.ts';

type Row = Parameters<ComputedInput['from']>[0];

const join = ({ first_name: first, company }: Row): string | null => {
  if (company === 'Impossible') throw new Error('no such company');
  const words = [first, company].filter((word) => typeof word === 'string');
  return words.length === 0 ? null : words.join(' of ');
};

const computing = (more: Partial<ComputedInput> = {}): SampleSyncOptions => ({
  computed: {
    full_name: { app: FULL_PATH, type: text(), from: join, reads: ['company'], ...more },
  } as NonNullable<SampleSyncOptions['computed']>,
});

const SYNC = computing();

const fullOf = (world: World, key: CrmKey): string | null =>
  memberOf(world, key)?.profile[FULL_PATH] ?? null;

const appShows =
  (value: string | null, key: CrmKey = FIRST) =>
  (world: World): string[] =>
    fullOf(world, key) === value ? [] : [`the app shows ${fullOf(world, key)} and not ${value}`];

const pair = (company: string | null) => (world: World) => {
  addPair(world, ANN, { company });
  addPair(world, BOB);
};

async function worldInStep(given: (world: World) => void, sync = SYNC): Promise<World> {
  const world = createWorld({ seed: 1, sync });
  given(world);
  await settle(world);
  return world;
}

/** Writes of ours to the CRM that name the field. */
const writtenToCrm = (world: World): readonly string[] =>
  world.monitor.writes
    .map((write) => JSON.stringify(write))
    .filter((line) => /"crm".*full_name/.test(line));

describe('with a crash after any port call', () => {
  test.each<[string, (world: World) => void, (world: World) => string[]]>([
    ['a column it is made of changes', editCrm({ first_name: 'Eve' }), appShows('Eve of Acme')],
    [
      'a column that is read for it alone changes',
      editCrm({ company: 'Other' }),
      appShows('Ann of Other'),
    ],
    [
      'the app’s value is edited: it is put back',
      (world) => world.audience.people.update(ANN, { [FULL_PATH]: 'Nan' }),
      appShows('Ann of Acme'),
    ],
    [
      'both ends are edited',
      (world) => {
        editCrm({ company: null })(world);
        world.audience.people.update(ANN, { [FULL_PATH]: 'Nan' });
        editApp('city', 'Bern')(world);
      },
      all(appShows('Ann'), bothShow('city', 'Bern')),
    ],
    [
      'everything it is made of is taken away',
      editCrm({ company: null, first_name: null }),
      appShows(null),
    ],
    [
      'somebody new comes from the CRM',
      (world) => void world.crm.insert({ email: 'new@crm.test', first_name: 'New', company: 'Co' }),
      (world) => [
        ...appShows('New of Co', '3' as CrmKey)(world),
        ...appShows('Ann of Acme')(world),
      ],
    ],
    [
      'somebody new comes from the app, with a value of their own',
      (world) => void world.audience.people.signup('new@app.test', { [FULL_PATH]: 'Of their own' }),
      // The new row has neither name nor company: nothing was computed that would replace it.
      ({ audience }) =>
        audience.byAddress('new@app.test')?.profile[FULL_PATH] === 'Of their own' ? [] : ['lost'],
    ],
  ])('%s', async (_what, when, then) => {
    const scenario = { world: { sync: SYNC }, given: pair('Acme'), when, then };
    expect(await explore(scenario, { seed: 1 })).toEqual([]);
  });

  test('the row is deleted because the app’s record was', async () => {
    const scenario = {
      world: { sync: { ...SYNC, onAppDelete: 'delete' as const } },
      given: pair('Acme'),
      when: (world: World) => world.audience.people.archive(ANN),
      then: (world: World) => (world.table.rows.has(FIRST) ? ['the row is still there'] : []),
    };
    expect(await explore(scenario, { seed: 1 })).toEqual([]);
  });
});

describe('nothing is written to the CRM', () => {
  test('when the app’s value is edited, nor when there is no value to put in its place', async () => {
    const world = await worldInStep(pair(null));
    world.clock.advance(60_000);
    world.audience.people.update(ANN, { [FULL_PATH]: 'Nan' });
    world.crm.update(SECOND, { first_name: null });
    world.audience.people.update(BOB, { [FULL_PATH]: 'Bobby' });
    await settle(world);
    expect([fullOf(world, FIRST), fullOf(world, SECOND)]).toEqual(['Ann', null]);
    expect(writtenToCrm(world)).toEqual([]);
    expect(world.table.rows.get(FIRST)).not.toHaveProperty('full_name');
    expect(findProblems(world)).toEqual([]);
  });
});

describe('a first meeting', () => {
  const withNan = (world: World): void => {
    addPair(world, ANN, { first_name: null, company: null });
    addPair(world, BOB);
    for (const email of [ANN, BOB])
      world.audience.people.update(email, { [FULL_PATH]: 'Nan', 'merge_fields.FNAME': null });
  };

  test('replaces the app’s value, but not by nothing', async () => {
    const world = await worldInStep(withNan);
    expect([fullOf(world, FIRST), fullOf(world, SECOND)]).toEqual(['Nan', 'Ann']);
    expect(findProblems(world)).toEqual([]);
    world.crm.update(FIRST, { company: 'Acme' });
    await settle(world);
    expect(fullOf(world, FIRST)).toBe('Acme');
  });

  test('replaces it by nothing where that is asked for', async () => {
    const world = await worldInStep(withNan, computing({ adoptEmpty: true }));
    expect([fullOf(world, FIRST), fullOf(world, SECOND)]).toEqual([null, 'Ann']);
  });
});

describe('a function that throws', () => {
  test('parks its field of that record with the reason; the other fields and records go on', async () => {
    const world = await worldInStep(pair('Acme'));
    world.crm.update(FIRST, { company: 'Impossible', phone: '200' });
    world.crm.update(SECOND, { first_name: 'Bob' });
    await settle(world);
    expect(bothShow('phone', '200')(world)).toEqual([]);
    expect([fullOf(world, FIRST), fullOf(world, SECOND)]).toEqual(['Ann of Acme', 'Bob']);
    const { state } = readRecord(world.memory, FIRST) ?? {};
    expect(state && labelOf(state)).toBe('quarantined');
    expect(state && reasonOf(state)).toContain('its function failed: no such company');
    const { items } = await readInbox(contextOf(world), 10);
    expect(items).toMatchObject([{ field: 'full_name', parked: 'unreadable', key: FIRST }]);
    const explained = await explainRecord(contextOf(world), FIRST);
    const field = explained?.fields.find((each) => each.field === 'full_name');
    expect(field?.crm.problem).toBe('its function failed: no such company');
    expect(world.errors).toEqual([]);
    expect(world.dead).toEqual([]);
  });

  test('is asked again when the row changes', async () => {
    const world = await worldInStep(pair('Impossible'));
    world.crm.update(FIRST, { company: 'Acme' });
    await settle(world);
    expect(fullOf(world, FIRST)).toBe('Ann of Acme');
    expect(findProblems(world)).toEqual([]);
  });

  test.each<[string, unknown, string]>([
    [
      'a promise',
      () => Promise.reject(new Error('never heard')),
      'its function gave Promise, which is no value',
    ],
    ['no number', Number.NaN, 'its function gave NaN, which is no value'],
    [
      'a column nobody reads',
      (row: Row) => row['nobody'],
      '“nobody” is not read: map the column, or name it in reads',
    ],
    [
      'another row than it was given',
      (row: Row) => ((row as Record<string, unknown>)['email'] = 'other@crm.test') as string,
      "its function failed: 'set' on proxy: trap returned falsish for property 'email'",
    ],
    [
      'a list it sorted where it stood',
      (row: Row) => (row['tags'] as string[]).sort().join(),
      'its function failed: Cannot assign to read only property',
    ],
  ])('so is what gives %s', async (_what, given, reason) => {
    const from = (typeof given === 'function' ? given : () => given) as ComputedInput['from'];
    const world = await worldInStep(pair(null), computing({ from }));
    expect(readRecord(world.memory, FIRST)?.state.parked).toMatchObject({
      [`full_name>${FULL_PATH}:text`]: {
        kind: 'unreadable',
        reason: expect.stringContaining(reason) as unknown,
      },
    });
    expect(bothShow('phone', '100')(world)).toEqual([]);
  });
});

describe('a person', () => {
  const request = { key: FIRST, field: 'full_name', by: 'ann' };

  test('cannot order the app’s value, for there is no column to write it to', async () => {
    const world = await worldInStep(pair('Impossible'));
    const taken = await prepareResolve(contextOf(world), { ...request, take: 'app' });
    expect(taken).toEqual({
      kind: 'wrong',
      reason:
        'full_name is computed from the CRM’s row and has no column to write to; take crm, or change what it is made of.',
    });
  });

  test('whose order of earlier code comes late writes no column that is not there', async () => {
    const world = await worldInStep(pair('Acme'));
    world.clock.advance(60_000);
    const lane = laneOf(FIRST, world.sync.lanes);
    const command = { kind: 'resolve', key: FIRST, field: 'full_name', by: 'ann' } as const;
    const value: Value = 'Theirs';
    const ordered = { ...command, take: { side: 'value', value } } as const;
    const message = {
      sync: world.sync.spec.name,
      lane,
      refs: [],
      commands: [ordered],
      position: {},
    };
    enqueue(world.queues, laneGroup(lane), JSON.stringify(message), world.clock.now());
    await deliver(world, laneGroup(lane));
    await settle(world);
    expect(textIn(world, FIRST, 'full_name')).toBeNull();
    expect(fullOf(world, FIRST)).toBe('Ann of Acme');
    expect(findProblems(world)).toEqual([]);
  });
});

test('tags can be computed: they are added and taken away one by one', async () => {
  const from = (row: Row): string[] => (row['company'] === null ? [] : ['employed']);
  const world = await worldInStep(pair('Acme'), {
    fields: { tags: null },
    computed: { labels: { app: 'tags', type: tags(), from, reads: ['company'] } },
  });
  expect(memberOf(world, FIRST)?.tags).toEqual(['employed']);
  expect(memberOf(world, SECOND)?.tags).toEqual(['a', 'b']);
  world.crm.update(FIRST, { company: null });
  await settle(world);
  expect(memberOf(world, FIRST)?.tags).toEqual([]);
});
