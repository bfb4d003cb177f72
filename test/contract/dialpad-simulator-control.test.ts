/** The strings to pull at the simulated Dialpad: people, faults, settings, the clock. */
import { dialpadErrors, errorNames } from '../../lib/local/dialpad/errors.ts';
import { ada, itemsOf, messageOf, noonMs, startDialpad } from './dialpad-simulator-world.ts';
import type { Body, DialpadWorld } from './dialpad-simulator-world.ts';

describe('the controls of the simulated Dialpad', () => {
  let world: DialpadWorld;

  beforeEach(async () => {
    world = await startDialpad();
  });

  afterEach(async () => {
    await world.stop();
  });

  const inject = async (fault: Body) => world.control('POST', '/faults', fault);
  const contacts = async () => itemsOf(await world.api('GET', '/contacts'));
  const contactOf = ({ body }: { readonly body: Body }) => body['contact'] as Body;

  test('let people make, edit and delete contacts, with fewer rules', async () => {
    const made = await world.person('create', { first_name: 'Ada', phones: ['555 0100'] });
    expect(contactOf(made)).toMatchObject({ first_name: 'Ada', uid: null, revision: 1 });
    const edited = await world.person('edit', {
      phone: '555 0100',
      set: { phones: ['+14155550100'], first_name: '', job_title: 'Countess' },
    });
    expect(contactOf(edited)).toMatchObject({ phones: ['+14155550100'], job_title: 'Countess' });
    expect(await contacts()).toEqual([expect.objectContaining({ job_title: 'Countess' })]);
    await world.person('delete', { id: contactOf(made)['id'] });
    expect(await contacts()).toEqual([]);
  });

  test('let a deleted contact stay, as the help page says', async () => {
    world.simulator.seedContacts([{ ...ada, uid: '1' }]);
    await world.settings({ humanDelete: 'hides' });
    expect(contactOf(await world.person('delete', { uid: '1' }))).not.toBeNull();
    expect(await contacts()).toHaveLength(1);
  });

  test('find the one contact that is meant, or say why not', async () => {
    world.simulator.seedContacts([ada, { ...ada, emails: ['other@trivet.test'] }]);
    const phone = '+14155550100';
    const both = await world.person('edit', { phone, set: { job_title: 'x' } });
    expect([both.status, both.body['error']]).toEqual([
      409,
      '2 contacts are like that; give the id.',
    ]);
    const email = 'other@trivet.test';
    const one = await world.person('edit', { phone, email, set: { job_title: 'x' } });
    expect(contactOf(one)['emails']).toEqual([email]);
    expect((await world.control('GET', `/contacts?email=${email}`)).body['contacts']).toHaveLength(
      1,
    );
  });

  test('put contacts in place, which nobody is told of', async () => {
    const { body } = await world.control('POST', '/seed', {
      contacts: [
        { ...ada, uid: 'trivet-1' },
        { first_name: 'Bob', owner_id: '42' },
      ],
    });
    expect(body['ids']).toHaveLength(2);
    const shown = (await world.control('GET', '/contacts?uid=trivet-1')).body['contacts'];
    expect(shown).toEqual([expect.objectContaining({ uid: 'trivet-1', type: 'shared' })]);
    expect((await world.control('GET', '/stats')).body['routes']).toEqual({});
  });

  test('inject every error of the vendor by name, and statuses in its words', async () => {
    expect((await world.control('GET', '/faults')).body['errors']).toEqual(errorNames);
    for (const error of errorNames) {
      await inject({ kind: 'error', error, count: 1 });
      await inject({ kind: 'status', status: dialpadErrors[error].status, count: 1 });
      const answer = await world.api('GET', '/contacts');
      expect([answer.status, messageOf(answer)]).toEqual([
        dialpadErrors[error].status,
        dialpadErrors[error].message,
      ]);
      expect((await world.api('GET', '/contacts')).status).toBe(dialpadErrors[error].status);
      world.clock.ms += 1000;
    }
    for (const status of [402, 502, 504]) {
      await inject({ kind: 'status', status, count: 1 });
      const answer = await world.api('GET', '/contacts');
      expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'text/html']);
    }
  });

  test('drop a connection before the write, or after it', async () => {
    const put = async (uid: string) => world.api('PUT', '/contacts', { ...ada, uid });
    await inject({ kind: 'timeout-before', ms: 10, count: 1, match: 'PUT /api/v2/contacts' });
    await expect(put('before')).rejects.toThrow('fetch failed');
    await inject({ kind: 'timeout-after', ms: 10, count: 1 });
    await expect(put('after')).rejects.toThrow('fetch failed');
    expect((await world.control('GET', '/contacts')).body['contacts']).toEqual([
      expect.objectContaining({ uid: 'after' }),
    ]);
    expect((await world.control('GET', '/stats')).body['routes']).toEqual({
      'PUT /api/v2/contacts': { dropped: 2 },
    });
  });

  test('move the clock, which the limits go by', async () => {
    await world.settings({ callsPerMinute: 1 });
    expect((await world.api('GET', '/company')).status).toBe(200);
    expect((await world.api('GET', '/company')).status).toBe(429);
    const moved = await world.control('POST', '/clock', { advanceMs: 60_000 });
    expect(moved.body).toEqual({ now: noonMs + 60_000, offsetMs: 60_000 });
    expect((await world.api('GET', '/company')).status).toBe(200);
  });

  test.each([
    ['POST /people/fly', {}, 404, 'they create, edit, delete, opt-out, opt-in, block, unblock'],
    ['POST /people/edit', { set: {} }, 400, 'Give the id, uid, phone or email'],
    ['POST /people/edit', { id: '1', set: {} }, 404, 'There is no such contact'],
    ['POST /people/create', { phones: 'x' }, 400, 'a list of strings'],
    ['POST /people/create', [], 400, 'a JSON object'],
    ['POST /people/block', { phone: '555' }, 400, 'E.164'],
    ['POST /seed', {}, 400, 'contacts is missing'],
    ['POST /seed', { contacts: [ada, { emails: 7 }] }, 400, 'contacts[1]: emails must be a list'],
    [
      'POST /settings',
      { patchOmited: 'keep' },
      400,
      'There is key, permission, companyState, patchOmitted',
    ],
    ['POST /settings', { pageRows: 101 }, 400, 'pageRows'],
    ['POST /clock', {}, 400, 'Give offsetMs, or advanceMs'],
    ['POST /faults', { kind: 'error', error: 'oops' }, 400, 'use one of bad-request'],
    ['GET /nowhere', undefined, 404, 'there is POST /people/{action}'],
  ])('answer %s %j with %i and what to do', async (asked, body, status, error) => {
    const [method = '', path = ''] = asked.split(' ');
    const answer = await world.control(method, path, body);
    expect(answer.status).toBe(status);
    expect(answer.body['error']).toContain(error);
  });
});

test('refusals may have another body, or none, and numbers may be texts', async () => {
  const world = await startDialpad({ isChecked: false });
  const refusal = async (errorBody: string) => {
    await world.settings({ errorBody });
    return (await world.api('GET', '/contacts/1')).text;
  };
  expect(await refusal('message')).toBe('{"error":{"message":"Not found."}}');
  expect(await refusal('text')).toBe('"Not found."');
  expect(await refusal('none')).toBe('');
  const unblock = async (emptyAnswer: string) => {
    await world.settings({ emptyAnswer });
    const answer = await world.api('POST', '/blockednumbers/remove', { numbers: [] });
    return [answer.status, answer.text];
  };
  expect(await unblock('nothing')).toEqual([200, '']);
  expect(await unblock('object')).toEqual([200, '{}']);
  expect(await unblock('no-content')).toEqual([204, '']);
  await world.settings({ numberIds: 'text' });
  expect((await world.api('GET', '/company')).body['id']).toBe(world.simulator.companyId);
  const hook = await world.api('POST', '/webhooks', { hook_url: 'https://a.test' });
  expect(hook.body['id']).toBe('1001');
  const subscription = { contact_type: 'shared', endpoint_id: '1001' };
  expect((await world.api('POST', '/subscriptions/contact', subscription)).status).toBe(200);
  await world.stop();
});
