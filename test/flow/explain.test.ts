import type { CrmKey } from '../../lib/engine/model.ts';
import { explainRecord, type Explanation, type FieldExplanation } from '../../lib/flow/explain.ts';
import { ANN } from '../support/flow-world/scenarios.ts';
import { drain, settle } from '../support/flow-world/settle.ts';
import { ring } from '../support/flow-world/deliver.ts';
import { type World } from '../support/flow-world/world.ts';
import { changePhoneAtBothEnds, contextOf, KEY, worldWithAnn } from './explain-world.ts';

const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

const explain = async (world: World): Promise<Explanation> => {
  const told = await explainRecord(contextOf(world), KEY);
  if (told === null) throw new Error('nothing is known about the record');
  return told;
};

const fieldOf = (told: Explanation, name: string): FieldExplanation => {
  const field = told.fields.find((each) => each.field === name);
  if (field === undefined) throw new Error(`no field ${name}`);
  return field;
};

describe('a record explained', () => {
  test('in step: both values, the agreed pair, the owner, and that nothing happens next', async () => {
    const told = await explain(await worldWithAnn());
    expect(told).toMatchObject({
      sync: 'contacts-news',
      app: 'news',
      key: '1',
      state: 'in step',
      existence: { crm: 'present', app: 'present', agreed: { c: 'present', r: 'present' } },
      next: 'Nothing, until either end changes.',
    });
    expect(fieldOf(told, 'phone')).toMatchObject({
      path: 'merge_fields.PHONE',
      owner: 'shared',
      policy: 'newest',
      crm: { value: '100', problem: null },
      app: { value: '100', problem: null },
      agreed: { c: '100', r: '100' },
      parked: null,
    });
    expect(fieldOf(told, 'first_name')).toMatchObject({ owner: 'crm', policy: null });
  });

  test('changed a moment ago: what the next round will write, and why', async () => {
    const world = await worldWithAnn();
    world.crm.update(KEY, { first_name: 'Anna' });
    const told = await explain(world);
    expect(told.next).toBe('The next round writes first_name.');
    expect(fieldOf(told, 'first_name')).toMatchObject({
      crm: { value: 'Anna' },
      app: { value: 'Ann' },
      next: 'The next round writes it to news: the CRM, which owns this field, changed it.',
    });
    expect(fieldOf(told, 'phone').next).toBe('Nothing, until either end changes.');
  });

  test('outside the filter or without an address: excluded, and what would have to change', async () => {
    const world = await worldWithAnn();
    const outside = world.crm.insert({ email: 'out@crm.test', active: 'no' });
    const nameless = world.crm.insert({ email: '  ', first_name: 'Nobody' });
    ring(world);
    await drain(world);
    const told = await explainRecord(contextOf(world), outside);
    expect(told).toMatchObject({
      state: 'excluded',
      next: 'Nothing, as long as the filter excludes the row.',
    });
    expect(await explainRecord(contextOf(world), nameless)).toMatchObject({
      state: 'excluded',
      next: 'Nothing, as long as the row has no email, which is what names a person in news.',
    });
  });

  test('explaining writes nothing anywhere', async () => {
    const world = await worldWithAnn();
    world.crm.update(KEY, { first_name: 'Anna' });
    const before = structuredClone([...world.memory.records]);
    const writes = world.monitor.writes.length;
    await explain(world);
    expect([...world.memory.records]).toEqual(before);
    expect(world.monitor.writes).toHaveLength(writes);
  });

  test('the last decisions stand newest first, with what made us look', async () => {
    const world = await worldWithAnn();
    world.clock.advance(10_000);
    world.crm.update(KEY, { first_name: 'Anna' });
    ring(world);
    await drain(world);
    const { decisions } = fieldOf(await explain(world), 'first_name');
    expect(decisions[0]?.decision).toMatchObject({ action: 'write-app', after: 'Anna' });
    expect(decisions.map(({ at }) => at)).toEqual(
      decisions.map(({ at }) => at).toSorted((a, b) => b - a),
    );
  });

  test('a value the app refused stands among the decisions, in its words and once', async () => {
    const refuse = (_path: string, value: unknown): string | null =>
      value === '666' ? 'this is a fax machine' : null;
    const world = await worldWithAnn({ rules: { refuse } });
    world.clock.advance(10_000);
    world.crm.update(KEY, { phone: '666' });
    ring(world);
    await settle(world);
    const { decisions, parked } = fieldOf(await explain(world), 'phone');
    expect(parked?.kind).toBe('rejected');
    const parkings = decisions.filter(({ decision }) => decision.action === 'park');
    expect(parkings).toMatchObject([
      { decision: { reason: { rule: 'rejected', text: matching(/fax/) }, before: '666' } },
    ]);
  });

  test('what was decided about the record stands in each of its fields', async () => {
    const world = await worldWithAnn();
    world.clock.advance(10_000);
    world.crm.remove(KEY);
    ring(world);
    await settle(world);
    const { decisions } = fieldOf(await explain(world), 'phone');
    expect(decisions.map(({ decision }) => decision.action)).toContain('archive-app');
  });

  test('in conflict: the parked values, their base and that a person is waited for', async () => {
    const world = await worldWithAnn({ sync: { phonePolicy: 'manual' } });
    await changePhoneAtBothEnds(world);
    const told = await explain(world);
    expect(told.state).toBe('conflict');
    expect(fieldOf(told, 'phone')).toMatchObject({
      parked: { kind: 'conflict', crm: '200', app: '300', base: { c: '100', r: '100' } },
      next: matching(/^It waits for a person to choose/),
    });
    expect(fieldOf(told, 'first_name').next).toBe('Nothing, until either end changes.');
  });

  test('a row the filter leaves out: the archiving that follows is said before it happens', async () => {
    const world = await worldWithAnn();
    world.crm.update(KEY, { active: 'no' });
    const told = await explain(world);
    expect(told.existence).toMatchObject({ crm: 'excluded', app: 'present' });
    expect(told.next).toBe(
      'The next round archives the record in news: the row left the filter: a removal, not a delete.',
    );
  });

  test('the app cannot be asked: memory is told, and why there is no more', async () => {
    const world = await worldWithAnn();
    const context = contextOf(world);
    const reason = 'no answer for 10 s';
    const retry = { kind: 'retry', scope: 'app', afterMs: null, reason, ambiguous: false } as const;
    const told = await explainRecord(
      { ...context, app: { ...context.app, fetch: async () => [retry] } },
      KEY,
    );
    expect(told).toMatchObject({ existence: { app: null }, appProblem: reason });
    expect(told?.fields[0]?.app).toEqual({ value: null, problem: reason });
  });

  test('a sync that rests or is halted: every answer says so first', async () => {
    const world = await worldWithAnn();
    world.crm.update(KEY, { first_name: 'Anna' });
    const halted = { since: 0, reason: 'the API key was revoked' };
    const health = { version: 1, cooling: null, halted, resumeFrom: null };
    world.memory.documents.set('health', JSON.stringify(health));
    const told = await explain(world);
    const sentence = 'Nothing until a person acts: the sync is halted (the API key was revoked).';
    expect(told.next).toBe(sentence);
    expect(fieldOf(told, 'first_name').next).toBe(sentence);
  });

  test('a key that neither the CRM nor memory knows has no explanation', async () => {
    const world = await worldWithAnn();
    expect(await explainRecord(contextOf(world), '404' as CrmKey)).toBeNull();
  });

  test('a person the sync has not met yet: the creation that follows', async () => {
    const world = await worldWithAnn();
    const key = world.crm.insert({ email: 'new@crm.test', first_name: 'New' });
    const told = await explainRecord(contextOf(world), key);
    expect(told).toMatchObject({ state: 'pending', remoteId: null, existence: { app: 'absent' } });
    expect(told?.next).toBe(
      'The next round creates the record in news: the CRM has a person the app does not know.',
    );
    expect(world.audience.byAddress(ANN)).toBeDefined();
  });
});

describe('a value that a field’s type cannot read', () => {
  test('is shown as it stands, with why, and the field’s other end', async () => {
    const world = await worldWithAnn();
    world.clock.advance(10_000);
    world.crm.update(KEY, { email: 'nobody' });
    ring(world);
    await drain(world);
    const told = await explain(world);
    expect(fieldOf(told, 'email')).toMatchObject({
      crm: { value: null, raw: 'nobody', problem: matching(/no @/) },
      app: { value: ANN, problem: null },
      parked: { kind: 'unreadable' },
      next: matching(/until that value changes or a person chooses: .*[^.]\.$/),
    });
    expect(told.next).toBe('Parked: email.');
  });
});
