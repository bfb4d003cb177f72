import type { FieldType } from '../../lib/engine/value.ts';
import type { CrmKey } from '../../lib/engine/model.ts';
import { email, tags, text } from '../../lib/engine/types/index.ts';
import { readInbox } from '../../lib/flow/inbox.ts';
import {
  awaitResolve,
  prepareResolve,
  rawOfText,
  sendResolve,
  type Prepared,
  type Resolution,
  type ResolveRequest,
} from '../../lib/flow/resolve.ts';
import { ANN } from '../support/flow-world/scenarios.ts';
import { settle } from '../support/flow-world/settle.ts';
import type { World } from '../support/flow-world/world.ts';
import { changePhoneAtBothEnds, contextOf, KEY, phoneOf, worldWithAnn } from './explain-world.ts';

const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

const request = (more: Partial<ResolveRequest> = {}): ResolveRequest => ({
  key: KEY,
  field: 'phone',
  take: 'crm',
  by: 'ann',
  ...more,
});

const prepare = (world: World, more: Partial<ResolveRequest> = {}): Promise<Prepared> =>
  prepareResolve(contextOf(world), request(more));

async function resolve(world: World, take: ResolveRequest['take']): Promise<Resolution> {
  const context = contextOf(world);
  const prepared = await prepareResolve(context, request({ take }));
  if (prepared.kind !== 'ready') throw new Error(prepared.reason);
  await sendResolve(context, prepared.command);
  return awaitResolve(context, prepared, 30_000);
}

async function inConflict(): Promise<World> {
  const world = await worldWithAnn({ sync: { phonePolicy: 'manual' } });
  await changePhoneAtBothEnds(world);
  return world;
}

describe('the inbox', () => {
  test('lists a parked field with both values, the base and the reason', async () => {
    const { items, hasMore } = await readInbox(contextOf(await inConflict()), 10);
    expect(hasMore).toBe(false);
    expect(items).toEqual([
      expect.objectContaining({
        kind: 'field',
        sync: 'contacts-news',
        key: '1',
        name: ANN,
        field: 'phone',
        parked: 'conflict',
        crm: '200',
        app: '300',
        agreed: { c: '100', r: '100' },
        reason: matching(/a person/),
      }),
    ]);
  });

  test('lists app records nobody could match, with the rows they might belong to', async () => {
    const world = await worldWithAnn();
    const context = contextOf(world);
    const twin = world.audience.add('twin@crm.test', { status: 'subscribed' });
    await context.state.putUnmatched('contacts-news', {
      remoteId: twin.id,
      reason: 'two rows have this address',
      candidates: ['2', '3'] as CrmKey[],
      observed: world.audience.observe(twin, world.clock.now()),
      at: world.clock.now(),
    });
    const { items } = await readInbox(context, 10);
    expect(items).toEqual([
      expect.objectContaining({
        kind: 'unmatched',
        remoteId: twin.id,
        name: 'twin@crm.test',
        candidates: ['2', '3'],
      }),
    ]);
    expect(items[0]).toMatchObject({ values: { email_status: 'subscribed', tags: [] } });
  });

  test('is empty when everything is in step, and says when there is more than asked for', async () => {
    expect(await readInbox(contextOf(await worldWithAnn()), 10)).toEqual({
      items: [],
      hasMore: false,
    });
    expect(await readInbox(contextOf(await inConflict()), 0)).toEqual({ items: [], hasMore: true });
  });
});

describe('resolving a parked field', () => {
  test.each([
    ['the CRM’s value', 'crm', '200'],
    ['the app’s value', 'app', '300'],
    ['a value of one’s own', { raw: '400' }, '400'],
  ] as const)('%s ends at both ends, and the inbox is empty', async (_name, take, value) => {
    const world = await inConflict();
    const resolution = await resolve(world, take);
    expect(resolution).toMatchObject({
      kind: 'done',
      decision: { field: 'phone', reason: { rule: 'resolve' } },
    });
    expect(phoneOf(world)).toEqual([value, value]);
    await settle(world);
    expect((await readInbox(contextOf(world), 10)).items).toEqual([]);
  });

  test('a value an end refuses is parked again with its words', async () => {
    const refusal = 'PHONE: this is a fax machine';
    const world = await worldWithAnn({
      sync: { phonePolicy: 'manual' },
      rules: { refuse: (_path, value) => (value === '666' ? refusal : null) },
    });
    await changePhoneAtBothEnds(world);
    const resolution = await resolve(world, { raw: '666' });
    expect(resolution).toMatchObject({ kind: 'refused', reason: matching(/fax/) });
  });

  test('an order nobody works is reported as not answered', async () => {
    const world = await inConflict();
    const context = contextOf(world);
    const prepared = await prepareResolve(context, request());
    if (prepared.kind !== 'ready') throw new Error(prepared.reason);
    expect(await awaitResolve(context, prepared, 1_000)).toEqual({ kind: 'unanswered' });
  });
});

describe('an order that cannot be carried out', () => {
  test('names the fields there are when the field is unknown', async () => {
    expect(await prepare(await inConflict(), { field: 'fax' })).toEqual({
      kind: 'wrong',
      reason: matching(/no field “fax”; there is email, first_name/),
    });
  });

  test('is wrong when the type cannot hold the value, or the name of a person would go', async () => {
    const world = await inConflict();
    const broken = await prepare(world, { field: 'email', take: { raw: 'nobody' } });
    expect(broken).toEqual({ kind: 'wrong', reason: matching(/no @/) });
    const empty = await prepare(world, { field: 'email', take: { raw: '' } });
    expect(empty).toEqual({ kind: 'wrong', reason: matching(/cannot be empty/) });
  });

  test('is refused when nothing is parked, or nobody knows the record', async () => {
    const world = await worldWithAnn();
    expect(await prepare(world)).toEqual({
      kind: 'refused',
      reason: matching(/not parked/),
    });
    expect(await prepare(world, { key: '404' as CrmKey })).toEqual({
      kind: 'refused',
      reason: 'There is no record 404.',
    });
  });

  test('is refused when it would grant consent that nobody gave', async () => {
    const world = await worldWithAnn();
    world.audience.people.unsubscribe(ANN);
    await settle(world);
    const before = world.queues.sent.length;
    const context = contextOf(world);
    const load: typeof context.state.load = async (sync, keys) => {
      const records = await context.state.load(sync, keys);
      const [record] = records.values();
      if (record === undefined) return records;
      const quarantined = { kind: 'quarantined', reason: 'a test', at: 0 } as const;
      return new Map([[KEY, { ...record, state: { ...record.state, parking: quarantined } }]]);
    };
    const parked = { ...context, state: { ...context.state, load } };
    const order = request({ field: 'email_status', take: { raw: 'subscribed' } });
    expect(await prepareResolve(parked, order)).toEqual({
      kind: 'refused',
      reason: matching(/“subscribed” cannot be ordered/),
    });
    const stricter = request({ field: 'email_status', take: { raw: 'unsubscribed' } });
    expect(await prepareResolve(parked, stricter)).toMatchObject({ kind: 'ready' });
    expect(world.queues.sent).toHaveLength(before);
  });
});

describe('a value typed at a prompt', () => {
  const field = (role: 'plain' | 'set' | 'match', type: FieldType = text()) => ({
    column: 'x',
    path: 'x',
    type,
    owner: 'shared' as const,
    onConflict: 'manual' as const,
    role,
    adoptEmpty: false,
    fingerprint: 'x',
  });

  test('is taken as it stands where the type can hold it', () => {
    expect(rawOfText(field('plain'), '[1] and {2}')).toBe('[1] and {2}');
    expect(rawOfText(field('match', email()), 'ann@crm.test')).toBe('ann@crm.test');
  });

  test('is a list for tags, as words between commas or as JSON', () => {
    expect(rawOfText(field('set', tags()), 'vip, lead')).toEqual(['vip', 'lead']);
    expect(rawOfText(field('set', tags()), '["a, b"]')).toEqual('["a, b"]');
  });
});
