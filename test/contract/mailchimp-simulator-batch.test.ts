/** The bulk call: 200 with the failures inside, keyed by address, blind to contact ids. */
import { startWorld } from './mailchimp-simulator-world.ts';
import type { Body, SimulatorWorld } from './mailchimp-simulator-world.ts';

describe('the bulk call of the simulated Mailchimp', () => {
  let world: SimulatorWorld;

  beforeEach(async () => {
    world = await startWorld({ mergeFields: [{ tag: 'LTV', type: 'number' }] });
  });

  afterEach(async () => {
    await world.stop();
  });

  const row = (email: string, more: object = {}) => ({
    email_address: email,
    status_if_new: 'transactional',
    ...more,
  });
  const bulk = async (members: readonly object[], more: object = {}, query = '') =>
    world.api('POST', query, { members, ...more });

  test('creates what is new, refuses what is known, and says which', async () => {
    world.simulator.seedMembers([{ email_address: 'known@trivet.test' }]);
    const { status, body } = await bulk([row('new@trivet.test'), row('Known@trivet.test')]);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      total_created: 1,
      total_updated: 0,
      error_count: 1,
      new_members: [{ email_address: 'new@trivet.test', status: 'transactional' }],
      errors: [
        { email_address: 'Known@trivet.test', error_code: 'ERROR_CONTACT_EXISTS', field: '' },
      ],
    });
    expect((body['new_members'] as Body[])[0]).not.toHaveProperty('contact_id');
  });

  test('updates known members without touching their status', async () => {
    world.simulator.seedMembers([{ email_address: 'known@trivet.test', status: 'unsubscribed' }]);
    const { body } = await bulk([row('known@trivet.test', { merge_fields: { CITY: 'Graz' } })], {
      update_existing: true,
    });
    expect(body).toMatchObject({
      total_updated: 1,
      updated_members: [{ status: 'unsubscribed', merge_fields: { CITY: 'Graz' } }],
    });
  });

  test('fails one bad row with its field and stores the others', async () => {
    const { body } = await bulk([
      row('good@trivet.test', { merge_fields: { LTV: '15.5' } }),
      row('bad@trivet.test', { merge_fields: { LTV: 'much' } }),
      row('foo@example.com'),
    ]);
    expect(body).toMatchObject({ total_created: 1, error_count: 2 });
    expect(body['new_members']).toMatchObject([{ merge_fields: { LTV: 15.5 } }]);
    expect(body['errors']).toEqual([
      {
        email_address: 'bad@trivet.test',
        error: 'Your merge fields were invalid.',
        error_code: 'ERROR_GENERIC',
        field: 'LTV',
        field_message: 'Please enter a number',
      },
      {
        email_address: 'foo@example.com',
        error: 'foo@example.com looks fake or invalid, please enter a real email address.',
        error_code: 'ERROR_GENERIC',
        field: '',
        field_message: '',
      },
    ]);
  });

  test('makes a second contact when the address was renamed away meanwhile', async () => {
    const [contactId] = world.simulator.seedMembers([{ email_address: 'old@trivet.test' }]);
    await world.control('POST', '/people/change-email', {
      email: 'old@trivet.test',
      new_email: 'new@trivet.test',
    });
    const { body } = await bulk([row('old@trivet.test')], { update_existing: true });
    expect(body).toMatchObject({ total_created: 1, total_updated: 0 });
    const duplicate = await world.api('GET', '/members/old@trivet.test');
    expect(duplicate.body['contact_id']).not.toBe(contactId);
  });

  test('leaves an archived member archived unless the row names a status', async () => {
    const [contactId] = world.simulator.seedMembers([
      { email_address: 'gone@trivet.test', status: 'archived' },
    ]);
    await bulk([row('gone@trivet.test', { merge_fields: { CITY: 'Graz' } })], {
      update_existing: true,
    });
    const still = await world.api('GET', '/members/gone@trivet.test');
    expect(still.body).toMatchObject({ status: 'archived', merge_fields: { CITY: 'Graz' } });
    const { body } = await bulk([{ email_address: 'gone@trivet.test', status: 'subscribed' }]);
    expect(body).toMatchObject({ total_created: 1 });
    const back = await world.api('GET', '/members/gone@trivet.test');
    expect(back.body).toMatchObject({ status: 'subscribed', contact_id: contactId });
  });

  test('adds tags, and replaces them only when told to sync them', async () => {
    world.simulator.seedMembers([{ email_address: 'a@trivet.test', tags: ['hand'] }]);
    const tagged = async (more: object) => {
      const { body } = await bulk([row('a@trivet.test', { tags: ['made'] })], {
        update_existing: true,
        ...more,
      });
      const [member] = body['updated_members'] as { tags: { name: string }[] }[];
      return member?.tags.map((tag) => tag.name);
    };
    expect(await tagged({})).toEqual(['hand', 'made']);
    expect(await tagged({ sync_tags: true })).toEqual(['made']);
    const both = [row('a@trivet.test', { tags: ['more'], merge_fields: { CITY: 'Linz' } })];
    await bulk(both, { update_existing: true });
    expect((await world.control('GET', '/stats')).body['rowsWritten']).toBe(3);
    const alone = await bulk([row('a@trivet.test')], { sync_tags: true });
    expect(alone.status).toBe(400);
  });

  test('saves the first of two rows for one address', async () => {
    const rows = [
      row('a@trivet.test', { merge_fields: { FNAME: 'First' } }),
      row('A@trivet.test', { merge_fields: { FNAME: 'Second' } }),
    ];
    const { body } = await bulk(rows);
    expect(body).toMatchObject({ total_created: 1, error_count: 1 });
    const skipping = await bulk(rows, { update_existing: true }, '?skip_duplicate_check=true');
    expect(skipping.body).toMatchObject({ total_updated: 1, error_count: 0 });
    const member = await world.api('GET', '/members/a@trivet.test');
    expect(member.body).toMatchObject({ merge_fields: { FNAME: 'First' } });
  });

  test('refuses erased and bound addresses row by row', async () => {
    world.simulator.seedMembers([
      { email_address: 'erased@trivet.test' },
      { email_address: 'left@trivet.test' },
    ]);
    await world.control('POST', '/people/delete-permanently', { email: 'erased@trivet.test' });
    await world.control('POST', '/people/unsubscribe', { email: 'left@trivet.test' });
    const { body } = await bulk(
      ['erased@trivet.test', 'left@trivet.test'].map((email) => ({
        email_address: email,
        status: 'subscribed',
      })),
      { update_existing: true },
    );
    const errors = (body['errors'] as { error: string }[]).map(({ error }) => error);
    expect(errors).toEqual([
      expect.stringContaining('was permanently deleted'),
      expect.stringContaining('compliance state'),
    ]);
  });

  test('takes five hundred rows and not one more', async () => {
    const rows = Array.from({ length: 501 }, (_, index) => row(`p${index}@trivet.test`));
    expect((await bulk(rows)).status).toBe(400);
    expect((await bulk(rows.slice(1))).body).toMatchObject({ total_created: 500 });
    expect((await world.control('GET', '/stats')).body).toMatchObject({
      rowsWritten: 500,
      routes: { 'POST /lists/{id}': { 200: 1, 400: 1 } },
    });
  });

  test('waives required fields, but not wrong values, when merge validation is skipped', async () => {
    await world.api('PATCH', '/merge-fields/1', { name: 'First Name', required: true });
    const refused = await bulk([row('a@trivet.test')]);
    expect(refused.body['errors']).toMatchObject([
      { field: 'FNAME', field_message: 'Please enter a value' },
    ]);
    const rows = [row('a@trivet.test'), row('b@trivet.test', { merge_fields: { LTV: 'x' } })];
    const waived = await bulk(rows, {}, '?skip_merge_validation=true');
    expect(waived.body).toMatchObject({ total_created: 1, error_count: 1 });
  });
});
