/** Merge fields: their own resource, and what values of each type become. */
import { startWorld } from './mailchimp-simulator-world.ts';
import type { Body, SimulatorWorld } from './mailchimp-simulator-world.ts';

describe('merge fields of the simulated Mailchimp', () => {
  let world: SimulatorWorld;

  beforeEach(async () => {
    world = await startWorld({
      mergeFields: [
        { tag: 'ADDRESS', type: 'address' },
        { tag: 'BIRTHDAY', type: 'birthday' },
        { tag: 'JOINED', type: 'date' },
        { tag: 'LTV', type: 'number' },
      ],
    });
    world.simulator.seedMembers([{ email_address: 'ada@trivet.test' }]);
  });

  afterEach(async () => {
    await world.stop();
  });

  const write = async (mergeFields: object, query = '') =>
    world.api('PATCH', `/members/ada@trivet.test${query}`, { merge_fields: mergeFields });

  test('are listed with their type, options and whether they are required', async () => {
    const { body } = await world.api('GET', '/merge-fields?count=100');
    expect(body['total_items']).toBe(9);
    expect((body['merge_fields'] as Body[])[2]).toMatchObject({
      merge_id: 3,
      tag: 'PHONE',
      type: 'phone',
      required: false,
      options: { phone_format: 'none' },
    });
  });

  test('keep the first 255 bytes of a text, whole characters only', async () => {
    const { body } = await write({ CITY: `${'a'.repeat(254)}é and more` });
    expect(body['merge_fields']).toMatchObject({ CITY: 'a'.repeat(254) });
  });

  test('take values in the forms of their types and show empty ones as empty strings', async () => {
    const address = { addr1: '1 Main St', city: 'Linz', state: 'OÖ', zip: '4020' };
    const { body } = await write({
      ADDRESS: address,
      BIRTHDAY: '1/5',
      JOINED: '12/31/2020',
      LTV: 7,
    });
    expect(body['merge_fields']).toMatchObject({
      ADDRESS: { ...address, addr2: '', country: 'US' },
      BIRTHDAY: '01/05',
      JOINED: '2020-12-31',
      LTV: 7,
      FNAME: '',
    });
    const cleared = await write({ ADDRESS: '', BIRTHDAY: '', JOINED: '', LTV: '' });
    expect(cleared.body['merge_fields']).toMatchObject({ ADDRESS: '', BIRTHDAY: '', LTV: '' });
  });

  test('refuse the whole write for one bad value, and ignore tags nobody knows', async () => {
    const { status, body } = await write({ FNAME: 'Ada', BIRTHDAY: '1980-12-21', LTV: 'much' });
    expect(status).toBe(400);
    expect(body).toMatchObject({
      type: 'https://mailchimp.com/developer/marketing/docs/errors/',
      title: 'Invalid Resource',
      detail: 'Your merge fields were invalid.',
      errors: [
        { field: 'BIRTHDAY', message: 'Please enter a month (01-12) and a day (01-31)' },
        { field: 'LTV', message: 'Please enter a number' },
      ],
    });
    const member = (await world.api('GET', '/members/ada@trivet.test')).body;
    expect(member['merge_fields']).toMatchObject({ FNAME: '' });
    expect((await write({ NOBODY: 'x' })).status).toBe(200);
  });

  test('that become required stop profile writes without them, unless the check is waived', async () => {
    await world.api('PATCH', '/merge-fields/1', { name: 'First Name', required: true });
    const { body } = await write({ LNAME: 'Lovelace' });
    expect(body['errors']).toEqual([{ field: 'FNAME', message: 'Please enter a value' }]);
    expect((await write({ LNAME: 'Lovelace' }, '?skip_merge_validation=true')).status).toBe(200);
    const leaving = await world.api('PATCH', '/members/ada@trivet.test', {
      status: 'unsubscribed',
    });
    expect(leaving.status).toBe(200);
  });

  test('keep their values when the tag is renamed and lose them when deleted', async () => {
    await write({ CITY: 'Linz' });
    const renamed = await world.api('PATCH', '/merge-fields/5', { name: 'Town', tag: 'town' });
    expect(renamed.body).toMatchObject({ merge_id: 5, tag: 'TOWN', name: 'Town' });
    const member = (await world.api('GET', '/members/ada@trivet.test')).body;
    expect(member['merge_fields']).toMatchObject({ TOWN: 'Linz' });
    expect((await world.api('DELETE', '/merge-fields/5')).status).toBe(204);
    const after = (await world.api('GET', '/members/ada@trivet.test')).body;
    expect(after['merge_fields']).not.toHaveProperty('TOWN');
    expect((await world.api('GET', '/merge-fields/5')).status).toBe(404);
  });

  test('can be added, with a tag of at most ten characters that is not taken', async () => {
    const added = await world.api('POST', '/merge-fields', {
      name: 'Plan',
      type: 'dropdown',
      tag: 'PLAN',
      options: { choices: ['free', 'paid'] },
    });
    expect(added.body).toMatchObject({ tag: 'PLAN', options: { choices: ['free', 'paid'] } });
    expect((await write({ PLAN: 'paid' })).body['merge_fields']).toMatchObject({ PLAN: 'paid' });
    expect((await write({ PLAN: 'gold' })).status).toBe(400);
    for (const tag of ['PLAN', 'MUCHTOOLONGTAG']) {
      const refused = await world.api('POST', '/merge-fields', { name: 'X', type: 'text', tag });
      expect(refused.status).toBe(400);
    }
  });
});
