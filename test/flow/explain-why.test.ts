/** Each word with which `explain` says why a value is here, or was not written. */
import type { CrmKey } from '../../lib/engine/model.ts';
import { explainRecord, type FieldExplanation } from '../../lib/flow/explain.ts';
import { ring } from '../support/flow-world/deliver.ts';
import { readRecord } from '../support/flow-world/memory-state.ts';
import { ANN } from '../support/flow-world/scenarios.ts';
import { drain, settle } from '../support/flow-world/settle.ts';
import type { World } from '../support/flow-world/world.ts';
import { say } from './held-word.ts';
import { changePhoneAtBothEnds, contextOf, KEY, worldWithAnn } from './explain-world.ts';

const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

async function explain(world: World, name: string, key: CrmKey = KEY): Promise<FieldExplanation> {
  const told = await explainRecord(contextOf(world), key);
  const field = told?.fields.find((each) => each.field === name);
  if (field === undefined) throw new Error(`nothing is known about ${name} of ${key}`);
  return field;
}

async function editName(world: World): Promise<void> {
  world.clock.advance(10_000);
  world.crm.update(KEY, { first_name: 'Anna' });
  ring(world);
  await drain(world);
}

describe('why a value is here', () => {
  test('names the write that brought it, when, and its reason', async () => {
    const world = await worldWithAnn();
    await editName(world);
    expect((await explain(world, 'first_name')).here).toMatch(
      /^The CRM’s value went to news on 2025-03-01 at \d\d:\d\d:\d\d UTC: the CRM, which owns this field, changed it\.$/,
    );
  });

  test('tells the app’s value that came, the record that was made, and the meeting of equals', async () => {
    const world = await worldWithAnn();
    world.audience.people.update(ANN, { 'merge_fields.PHONE': '300' });
    const made = world.crm.insert({ email: 'new@crm.test', first_name: 'New', phone: '7' });
    await settle(world);
    expect((await explain(world, 'phone')).here).toMatch(/^news’s value came to the CRM on /);
    expect((await explain(world, 'phone', made)).here).toMatch(/^It went to news with the record/);
    expect((await explain(world, 'city')).here).toMatch(/^Both ends held it on .*first meeting/);
  });

  test('says so when history has forgotten, and when nothing was agreed', async () => {
    const world = await worldWithAnn();
    world.memory.history.length = 0;
    expect((await explain(world, 'phone')).here).toMatch(/longer than what history still has/);
    const unmet = world.crm.insert({ email: 'new@crm.test' });
    expect((await explain(world, 'phone', unmet)).here).toMatch(/^Nothing was agreed on it yet/);
  });
});

describe('why a value was not written', () => {
  test('excluded: the filter leaves the row out', async () => {
    const world = await worldWithAnn();
    world.crm.update(KEY, { active: 'no' });
    await settle(world);
    world.crm.update(KEY, { first_name: 'Anna' });
    expect((await explain(world, 'first_name')).unwritten).toEqual({
      word: 'excluded',
      text: 'the filter excludes the row.',
    });
  });

  test('held: a brake holds it, or consent waits for its proof', async () => {
    const world = await worldWithAnn({ sync: { brakes: { perRun: { overwrite: 0 } } } });
    await editName(world);
    const { unwritten } = await explain(world, 'first_name');
    expect(unwritten).toEqual({ word: 'held', text: matching(/than the brakes allow/) });
    expect((await explain(world, 'phone')).unwritten?.word).not.toBe('held');
    const bare = await worldWithAnn({ sync: { consentOwner: 'crm' } });
    bare.crm.update(KEY, { email_status: 'unsubscribed' });
    await settle(bare);
    bare.clock.advance(10_000);
    bare.crm.update(KEY, { email_status: 'subscribed' });
    await settle(bare);
    expect((await explain(bare, 'email_status')).unwritten).toEqual({
      word: 'held',
      text: matching(/consent: .*opt-in/),
    });
  });

  test('quarantined: the record as a whole is out of traffic', async () => {
    const world = await worldWithAnn();
    const text = world.memory.records.get(KEY) ?? '';
    const stored = readRecord(world.memory, KEY);
    if (stored === undefined || text === '') throw new Error('Ann is not remembered');
    const context = contextOf(world);
    const parking = { kind: 'quarantined', reason: 'the app refuses it', at: 1 } as const;
    await context.state.save('contacts-news', [{ ...stored, state: { ...stored.state, parking } }]);
    expect((await explain(world, 'phone')).unwritten).toEqual({
      word: 'quarantined',
      text: 'the app refuses it.',
    });
  });

  test('parked: the field waits for a person, and its neighbours do not', async () => {
    const world = await worldWithAnn({ sync: { phonePolicy: 'manual' } });
    await changePhoneAtBothEnds(world);
    expect((await explain(world, 'phone')).unwritten).toEqual({
      word: 'parked',
      text: matching(/^conflict: .*a person/),
    });
    expect((await explain(world, 'first_name')).unwritten?.word).not.toBe('parked');
  });

  test('echo: what the end shows is our own write', async () => {
    const world = await worldWithAnn();
    await editName(world);
    await settle(world);
    expect((await explain(world, 'first_name')).unwritten).toEqual({
      word: 'echo',
      text: matching(/^what news shows is our own write of 2025-03-01/),
    });
  });

  test('fenced: seen within five seconds of our own write, and looked at again', async () => {
    const world = await worldWithAnn();
    await editName(world);
    world.audience.people.update(ANN, { 'merge_fields.PHONE': '300' });
    expect((await explain(world, 'phone')).unwritten).toEqual({
      word: 'fenced',
      text: matching(/within 5 s of it proves nothing/),
    });
    world.clock.advance(6_000);
    expect((await explain(world, 'phone')).unwritten).toBeNull();
  });

  test('rewritten: the end that got it keeps another form of it', async () => {
    const rewrite = (path: string, value: string | null): string | null =>
      path === 'merge_fields.FNAME' ? (value?.slice(0, 3) ?? null) : value;
    const world = await worldWithAnn({ rules: { rewrite } });
    await editName(world);
    expect((await explain(world, 'first_name')).unwritten).toEqual({
      word: 'rewritten',
      text: matching(/^news keeps its own form of the value, .* until either end changes\.$/),
    });
  });

  test('dropped: a person gave up the difference that a brake held', async () => {
    const world = await worldWithAnn({ sync: { brakes: { perRun: { overwrite: 0 } } } });
    await editName(world);
    expect(await say(world, 'drop')).toMatchObject({ applied: 1 });
    expect((await explain(world, 'first_name')).unwritten).toEqual({
      word: 'dropped',
      text: matching(/^a person dropped the difference/),
    });
  });

  test('looking: the sync writes nothing by its configuration', async () => {
    const world = await worldWithAnn();
    world.redeploy({ write: false });
    await editName(world);
    expect((await explain(world, 'first_name')).unwritten).toMatchObject({ word: 'looking' });
  });
});
