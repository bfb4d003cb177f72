/** One member through the API: creation, changes, renames, leaving, coming back, being erased. */
import { subscriberHash } from '../../lib/local/mailchimp/subscriber-hash.ts';
import { startWorld } from './mailchimp-simulator-world.ts';
import type { SimulatorWorld } from './mailchimp-simulator-world.ts';

describe('a member of the simulated Mailchimp', () => {
  let world: SimulatorWorld;

  beforeEach(async () => {
    world = await startWorld();
  });

  afterEach(async () => {
    await world.stop();
  });

  const create = async (email: string, more: object = {}) =>
    world.api('POST', '/members', { email_address: email, status: 'subscribed', ...more });

  test('is created with an id from the address and a contact id that is not', async () => {
    const { status, body } = await create('Ada@trivet.test', { merge_fields: { FNAME: 'Ada' } });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: subscriberHash('ada@trivet.test'),
      email_address: 'Ada@trivet.test',
      status: 'subscribed',
      full_name: 'Ada',
      merge_fields: { FNAME: 'Ada', LNAME: '', PHONE: '', COMPANY: '', CITY: '' },
      timestamp_signup: '',
      timestamp_opt: '2026-03-14T12:00:00+00:00',
      last_changed: '2026-03-14T12:00:00+00:00',
      tags: [],
      tags_count: 0,
    });
    expect(body['contact_id']).toMatch(/^[0-9a-f]{32}$/);
    expect(body['contact_id']).not.toBe(body['id']);
  });

  test('is found by hash, by address and by contact id', async () => {
    const { body } = await create('ada@trivet.test');
    for (const name of [body['id'], 'ADA@trivet.test', body['contact_id']]) {
      const found = await world.api('GET', `/members/${encodeURIComponent(String(name))}`);
      expect(found.body['contact_id']).toBe(body['contact_id']);
    }
  });

  test('who exists cannot be created again, and the refusal has no type', async () => {
    await create('ada@trivet.test');
    const { status, body, headers } = await create('ADA@trivet.test');
    expect(status).toBe(400);
    expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(body).toEqual({
      title: 'Member Exists',
      status: 400,
      detail: 'ADA@trivet.test is already a list member. Use PUT to insert or update list members.',
      instance: headers.get('x-request-id'),
    });
  });

  test.each([
    ['AAAAA', 'Please provide a valid email address.'],
    ['a b@trivet.test', 'Please provide a valid email address.'],
    [
      'foo@example.com',
      'foo@example.com looks fake or invalid, please enter a real email address.',
    ],
  ])('with the address %s is refused', async (email, detail) => {
    const { status, body } = await create(email);
    expect(status).toBe(400);
    expect(body).toMatchObject({ title: 'Invalid Resource', detail });
  });

  test('keeps contact, values and tags when the address changes, and the old hash is gone', async () => {
    const before = (
      await create('ada@trivet.test', { merge_fields: { FNAME: 'Ada' }, tags: ['vip'] })
    ).body;
    const { status, body } = await world.api('PATCH', `/members/${String(before['contact_id'])}`, {
      email_address: 'countess@trivet.test',
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      contact_id: before['contact_id'],
      web_id: before['web_id'],
      id: subscriberHash('countess@trivet.test'),
      timestamp_opt: before['timestamp_opt'],
      tags: before['tags'],
      merge_fields: { FNAME: 'Ada' },
    });
    expect(body['unique_email_id']).not.toBe(before['unique_email_id']);
    expect((await world.api('GET', `/members/${String(before['id'])}`)).status).toBe(404);
  });

  test('cannot take an address that belongs to another member', async () => {
    const ada = (await create('ada@trivet.test')).body;
    await create('bob@trivet.test');
    const { status, body } = await world.api('PATCH', `/members/${String(ada['contact_id'])}`, {
      email_address: 'bob@trivet.test',
    });
    expect(status).toBe(400);
    expect(body['title']).toBe('Member Exists');
    const still = await world.api('GET', `/members/${String(ada['contact_id'])}`);
    expect(still.body['email_address']).toBe('ada@trivet.test');
  });

  test('is made anew by a PUT on a hash nobody has', async () => {
    const { status, body } = await world.api(
      'PUT',
      `/members/${subscriberHash('old@trivet.test')}`,
      {
        email_address: 'new@trivet.test',
        status_if_new: 'transactional',
      },
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({ email_address: 'new@trivet.test', status: 'transactional' });
    const wrong = await world.api('PUT', `/members/${subscriberHash('old@trivet.test')}`, {
      email_address: 'new@trivet.test',
      status_if_new: 'transactional',
    });
    expect(wrong.body['title']).toBe('Member Exists');
  });

  test('keeps its status when a PUT names only the status for new ones', async () => {
    await create('ada@trivet.test');
    const { body } = await world.api('PUT', `/members/${subscriberHash('ada@trivet.test')}`, {
      email_address: 'ada@trivet.test',
      status_if_new: 'unsubscribed',
      merge_fields: { CITY: 'London' },
    });
    expect(body).toMatchObject({ status: 'subscribed', merge_fields: { CITY: 'London' } });
  });

  test('is not touched by a write that changes nothing', async () => {
    await create('ada@trivet.test', { merge_fields: { FNAME: 'Ada' } });
    world.clock.ms += 5000;
    const path = `/members/${subscriberHash('ada@trivet.test')}`;
    const same = { email_address: 'ada@trivet.test', status: 'subscribed' };
    const put = await world.api('PUT', path, {
      ...same,
      merge_fields: { FNAME: 'Ada', LNAME: '' },
    });
    expect(put.body['last_changed']).toBe('2026-03-14T12:00:00+00:00');
    await world.api('POST', `${path}/tags`, { tags: [] });
    await world.api('POST', `${path}/tags`, { tags: [{ name: 'no', status: 'inactive' }] });
    expect((await world.api('GET', path)).body['last_changed']).toBe('2026-03-14T12:00:00+00:00');
    expect((await world.control('GET', '/stats')).body['rowsWritten']).toBe(1);
  });

  test('shows changes in whole seconds', async () => {
    world.clock.ms += 999;
    expect((await create('ada@trivet.test')).body['last_changed']).toBe(
      '2026-03-14T12:00:00+00:00',
    );
    world.clock.ms += 1;
    const { body } = await world.api('PATCH', `/members/${subscriberHash('ada@trivet.test')}`, {
      vip: true,
    });
    expect(body['last_changed']).toBe('2026-03-14T12:00:01+00:00');
  });

  test('who was archived answers with that status, cannot be archived again, and comes back the same', async () => {
    const before = (
      await create('ada@trivet.test', { merge_fields: { FNAME: 'Ada' }, tags: ['vip'] })
    ).body;
    const path = `/members/${String(before['id'])}`;
    const gone = await world.api('DELETE', path);
    expect([gone.status, gone.text]).toEqual([204, '']);
    expect((await world.api('GET', path)).body['status']).toBe('archived');
    const again = await world.api('DELETE', path);
    expect(again.status).toBe(405);
    expect(again.body['detail']).toBe(
      'This list member cannot be removed. Can not archive a contact that is bounced, pending or archived',
    );
    world.clock.ms += 60_000;
    const { body } = await create('ada@trivet.test');
    expect(body).toMatchObject({
      contact_id: before['contact_id'],
      web_id: before['web_id'],
      status: 'subscribed',
      tags: before['tags'],
      merge_fields: { FNAME: 'Ada' },
      timestamp_opt: '2026-03-14T12:01:00+00:00',
    });
  });

  test('stays archived under an update that names no status', async () => {
    const { body } = await create('ada@trivet.test');
    await world.api('DELETE', `/members/${String(body['id'])}`);
    const put = await world.api('PUT', `/members/${String(body['id'])}`, {
      email_address: 'ada@trivet.test',
      status_if_new: 'subscribed',
      merge_fields: { CITY: 'Paris' },
    });
    expect(put.body).toMatchObject({ status: 'archived', merge_fields: { CITY: 'Paris' } });
  });

  test('who was unsubscribed by the API can be subscribed by it', async () => {
    const { body } = await create('ada@trivet.test');
    const path = `/members/${String(body['id'])}`;
    const left = await world.api('PATCH', path, { status: 'unsubscribed' });
    expect(left.body['unsubscribe_reason']).toBe('N/A (Unsubscribed by admin)');
    const back = await world.api('PATCH', path, { status: 'subscribed' });
    expect([back.status, back.body['status']]).toEqual([200, 'subscribed']);
  });

  test.each(['unsubscribe', 'bounce', 'complain'])(
    'cannot be subscribed by the API after %s, but keeps its profile open',
    async (action) => {
      const { body } = await create('ada@trivet.test');
      await world.control('POST', `/people/${action}`, { email: 'ada@trivet.test' });
      const path = `/members/${String(body['id'])}`;
      const refusal = await world.api('PATCH', path, { status: 'subscribed' });
      expect(refusal.status).toBe(400);
      expect(refusal.body).toMatchObject({
        title: 'Member In Compliance State',
        detail:
          'ada@trivet.test is in a compliance state due to unsubscribe, bounce, or compliance review and cannot be subscribed.',
      });
      expect(refusal.body).not.toHaveProperty('type');
      const profile = await world.api('PATCH', path, { merge_fields: { FNAME: 'Ada' } });
      expect([profile.status, profile.body['status']]).toEqual([
        200,
        action === 'bounce' ? 'cleaned' : 'unsubscribed',
      ]);
      expect((await world.api('PATCH', path, { status: 'pending' })).status).toBe(200);
    },
  );

  test('stays bound by compliance through archiving', async () => {
    const { body } = await create('ada@trivet.test');
    await world.control('POST', '/people/unsubscribe', { email: 'ada@trivet.test' });
    await world.api('DELETE', `/members/${String(body['id'])}`);
    const back = await create('ada@trivet.test');
    expect(back.body['title']).toBe('Member In Compliance State');
  });

  test('who was erased cannot be imported again until the person signs up', async () => {
    const before = (await create('ada@trivet.test')).body;
    const erased = await world.api(
      'POST',
      `/members/${String(before['id'])}/actions/delete-permanent`,
    );
    expect([erased.status, erased.text]).toEqual([204, '']);
    expect((await world.api('GET', `/members/${String(before['id'])}`)).body).toMatchObject({
      title: 'Resource Not Found',
      type: 'https://mailchimp.com/developer/marketing/docs/errors/',
    });
    for (const status of ['subscribed', 'pending']) {
      const refusal = await create('ada@trivet.test', { status });
      expect(refusal.body).toMatchObject({
        title: 'Forgotten Email Not Subscribed',
        detail:
          'ada@trivet.test was permanently deleted and cannot be re-imported. The contact must re-subscribe to get back on the list.',
      });
      expect(refusal.body).not.toHaveProperty('type');
    }
    await world.control('POST', '/people/signup', { email: 'ada@trivet.test' });
    const back = await world.api('GET', `/members/${String(before['id'])}`);
    expect(back.status).toBe(200);
    expect(back.body['contact_id']).not.toBe(before['contact_id']);
  });

  test('is refused with field errors when the request has the wrong shape', async () => {
    const missing = await world.api('POST', '/members', { status: 'subscribed' });
    expect(missing.body['errors']).toEqual([
      { field: 'email_address', message: 'Required fields were not provided: email_address' },
    ]);
    const status = await create('ada@trivet.test', { status: 'archived' });
    expect(status.body['title']).toBe('Invalid Resource');
    const list = await create('ada@trivet.test', { merge_fields: [] });
    expect(list.body['errors']).toEqual([
      { field: 'merge_fields', message: 'Schema describes object, array found instead' },
    ]);
    const ip = await create('ada@trivet.test', { ip_opt: 'nowhere' });
    expect(ip.status).toBe(400);
  });

  test('gains and loses only the tags that are named, whatever their case', async () => {
    const { body } = await create('ada@trivet.test', { tags: ['Hand made', 'Old'] });
    const path = `/members/${String(body['id'])}`;
    world.clock.ms += 1000;
    const done = await world.api('POST', `${path}/tags`, {
      tags: [
        { name: 'NEW', status: 'active' },
        { name: 'old', status: 'inactive' },
        { name: 'hand made', status: 'active' },
      ],
    });
    expect([done.status, done.text]).toEqual([204, '']);
    const member = (await world.api('GET', path)).body;
    expect((member['tags'] as { name: string }[]).map((tag) => tag.name)).toEqual([
      'Hand made',
      'NEW',
    ]);
    expect(member['last_changed']).toBe('2026-03-14T12:00:01+00:00');
    const tags = (await world.api('GET', `${path}/tags`)).body;
    expect(tags['total_items']).toBe(2);
    const search = (await world.api('GET', '/tag-search?name=ha')).body;
    expect(search).toMatchObject({ total_items: 1, tags: [{ name: 'Hand made' }] });
  });

  test('has its tags changed, and is erased, by hash alone', async () => {
    const { body } = await create('ada@trivet.test');
    const change = { tags: [{ name: 'vip', status: 'active' }] };
    for (const name of [String(body['contact_id']), 'ada@trivet.test']) {
      expect((await world.api('POST', `/members/${name}/tags`, change)).status).toBe(404);
      expect((await world.api('GET', `/members/${name}/tags`)).status).toBe(200);
      const erase = await world.api('POST', `/members/${name}/actions/delete-permanent`);
      expect(erase.status).toBe(404);
    }
  });

  test('is found by a search for the address or a name', async () => {
    await create('ada@trivet.test', { merge_fields: { LNAME: 'Lovelace' } });
    const byName = (await world.api('GET', './search-members?query=lovel')).body;
    expect(byName).toMatchObject({
      exact_matches: { total_items: 0 },
      full_search: { total_items: 1 },
    });
    const byEmail = (await world.api('GET', './search-members?query=ada@trivet.test')).body;
    expect(byEmail).toMatchObject({ exact_matches: { total_items: 1 } });
  });
});
