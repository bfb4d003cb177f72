/** What happens outside the API: people, injected faults, limits, statistics. */
import { call, startWorld } from './mailchimp-simulator-world.ts';
import type { SimulatorWorld } from './mailchimp-simulator-world.ts';

describe('the controls of the simulated Mailchimp', () => {
  let world: SimulatorWorld;

  beforeEach(async () => {
    world = await startWorld();
    world.simulator.seedMembers([{ email_address: 'ada@trivet.test', tags: ['vip'] }]);
  });

  afterEach(async () => {
    await world.stop();
  });

  const person = async (action: string, body: object) =>
    world.control('POST', `/people/${action}`, body);
  const member = async (email: string) => (await world.api('GET', `/members/${email}`)).body;

  test('sign a person up, with an opt-in of now', async () => {
    world.clock.ms += 60_000;
    await person('signup', { email: 'new@trivet.test', merge_fields: { FNAME: 'New' } });
    expect(await member('new@trivet.test')).toMatchObject({
      status: 'subscribed',
      timestamp_opt: '2026-03-14T12:01:00+00:00',
      merge_fields: { FNAME: 'New' },
    });
  });

  test('let a person come back from anything', async () => {
    for (const action of ['unsubscribe', 'bounce', 'complain', 'archive']) {
      await person(action, { email: 'ada@trivet.test' });
      await person('signup', { email: 'ada@trivet.test' });
      expect(await member('ada@trivet.test')).toMatchObject({ status: 'subscribed' });
    }
  });

  test.each([
    ['unsubscribe', { status: 'unsubscribed', unsubscribe_reason: 'Too many mails' }],
    ['bounce', { status: 'cleaned' }],
    ['complain', { status: 'unsubscribed', unsubscribe_reason: 'Too many mails' }],
    ['archive', { status: 'archived' }],
  ])('do %s', async (action, expected) => {
    const done = await person(action, { email: 'ada@trivet.test', reason: 'Too many mails' });
    expect(done.status).toBe(200);
    expect(await member('ada@trivet.test')).toMatchObject(expected);
  });

  test('change a profile and an address without changing who it is', async () => {
    const before = await member('ada@trivet.test');
    await person('update-profile', { email: 'ada@trivet.test', merge_fields: { CITY: 'Wien' } });
    await person('change-email', { email: 'ada@trivet.test', new_email: 'ada2@trivet.test' });
    expect(await member('ada2@trivet.test')).toMatchObject({
      contact_id: before['contact_id'],
      merge_fields: { CITY: 'Wien' },
      tags: before['tags'],
    });
  });

  test('are not counted as rows written by the API', async () => {
    await person('update-profile', { email: 'ada@trivet.test', merge_fields: { CITY: 'Wien' } });
    await person('delete-permanently', { email: 'ada@trivet.test' });
    expect((await world.control('GET', '/stats')).body).toEqual({
      routes: {},
      rowsWritten: 0,
      peakConnections: 0,
    });
  });

  test.each([
    ['/people/unsubscribe', { email: 'no@trivet.test' }, 404, 'no@trivet.test is not a member'],
    ['/people/unsubscribe', {}, 400, 'email is missing'],
    ['/people/change-email', { email: 'ada@trivet.test' }, 400, 'new_email is missing'],
    ['/people/signup', { email: 'x@example.com' }, 400, 'looks fake or invalid'],
    ['/people/vanish', { email: 'ada@trivet.test' }, 404, 'People do not vanish'],
    ['/faults', { kind: 'flood' }, 400, 'use one of status, page, timeout-before'],
    ['/faults', { kind: 'status', status: 200 }, 400, 'from 400 to 599'],
    ['/faults', { kind: 'latency', rate: 2 }, 400, 'rate must be'],
    ['/seed', {}, 400, 'members is missing'],
    ['/nowhere', {}, 404, 'there is POST /people/{action}'],
  ])('answer POST %s %j with %i and what to do', async (path, body, status, error) => {
    const answer = await world.control('POST', path, body);
    expect(answer.status).toBe(status);
    expect(answer.body['error']).toContain(error);
  });

  test('inject a status on the requests that match, as often as told', async () => {
    await world.control('POST', '/faults', {
      kind: 'status',
      status: 500,
      count: 2,
      match: 'GET /lists/{id}/members/*',
    });
    const path = '/members/ada@trivet.test';
    const statuses = [];
    for (let round = 0; round < 4; round += 1) statuses.push((await world.api('GET', path)).status);
    expect(statuses).toEqual([500, 500, 200, 200]);
    expect((await world.api('GET', '/members')).status).toBe(200);
    expect((await world.control('GET', '/stats')).body['routes']).toEqual({
      'GET /lists/{id}/members/{hash}': { 200: 2, 500: 2 },
      'GET /lists/{id}/members': { 200: 1 },
    });
  });

  test('inject a 403 without a body, a 502 that is a page and a 429 in the vendor’s words', async () => {
    const inject = async (status: number) => {
      await world.control('POST', '/faults', { kind: 'status', status, count: 1 });
      return world.api('GET', './ping');
    };
    const forbidden = await inject(403);
    expect([forbidden.status, forbidden.text]).toEqual([403, '']);
    const gateway = await inject(502);
    expect(gateway.headers.get('content-type')).toBe('text/html');
    expect(gateway.text).toContain('<html>');
    expect((await inject(429)).body).toMatchObject({
      title: 'TooManyRequests',
      detail: 'You have exceeded the limit of 10 simultaneous connections.',
    });
  });

  test('drop a connection before the write, or after it', async () => {
    const patch = async (city: string) =>
      world.api('PATCH', '/members/ada@trivet.test', { merge_fields: { CITY: city } });
    await world.control('POST', '/faults', { kind: 'timeout-before', ms: 20, count: 1 });
    await expect(patch('Before')).rejects.toThrow('fetch failed');
    expect(await member('ada@trivet.test')).toMatchObject({ merge_fields: { CITY: '' } });
    await world.control('POST', '/faults', { kind: 'reset', count: 1 });
    await expect(patch('Reset')).rejects.toThrow('fetch failed');
    expect(await member('ada@trivet.test')).toMatchObject({ merge_fields: { CITY: '' } });
    await world.control('POST', '/faults', { kind: 'timeout-after', ms: 20, count: 1 });
    await expect(patch('After')).rejects.toThrow('fetch failed');
    expect(await member('ada@trivet.test')).toMatchObject({ merge_fields: { CITY: 'After' } });
    const stats = (await world.control('GET', '/stats')).body;
    expect(stats).toMatchObject({
      rowsWritten: 1,
      routes: { 'PATCH /lists/{id}/members/{hash}': { dropped: 3 } },
    });
  });

  test('stop injecting when faults are cleared', async () => {
    await world.control('POST', '/faults', { kind: 'status', status: 500 });
    expect((await world.control('DELETE', '/faults')).body).toEqual({ cleared: 1 });
    expect((await world.api('GET', './ping')).status).toBe(200);
  });

  /** Starts requests that hang until the simulator stops, and returns once all have arrived. */
  const occupy = async (count: number, signal?: AbortSignal): Promise<void> => {
    const init = signal === undefined ? {} : { signal };
    const calls = Array.from({ length: count }, async () =>
      call(`${world.simulator.baseUrl}/ping`, init),
    );
    void Promise.allSettled(calls);
    while ((await world.control('GET', '/stats')).body['peakConnections'] !== count);
  };

  test('refuse the eleventh of eleven simultaneous requests and remember the peak', async () => {
    await world.control('POST', '/faults', { kind: 'latency', ms: 60_000, count: 10 });
    await occupy(10);
    const { status, body } = await world.api('GET', './ping');
    expect([status, body['title']]).toEqual([429, 'TooManyRequests']);
    expect((await world.control('GET', '/stats')).body['peakConnections']).toBe(11);
  });

  test('keep the slot of a request whose caller gave up', async () => {
    await world.control('POST', '/faults', { kind: 'timeout-before', ms: 60_000, count: 10 });
    const giveUp = new AbortController();
    await occupy(10, giveUp.signal);
    giveUp.abort();
    expect((await world.api('GET', './ping')).status).toBe(429);
  });

  test('give a slot back once when the caller left while the answer was held up', async () => {
    await world.control('POST', '/faults', { kind: 'latency', ms: 100, count: 5 });
    const giveUp = new AbortController();
    await occupy(5, giveUp.signal);
    giveUp.abort();
    const counted = async () => (await world.control('GET', '/stats')).body['routes'];
    while (JSON.stringify(await counted()) !== '{"GET /ping":{"401":5}}');
    await world.control('POST', '/faults', { kind: 'latency', ms: 60_000, count: 10 });
    await occupy(10);
    expect((await world.api('GET', './ping')).status).toBe(429);
  });

  test('ask for the key, in either dress, and know what they do not serve', async () => {
    const { baseUrl, apiKey } = world.simulator;
    const bearer = { authorization: `Bearer ${apiKey}` };
    expect((await call(`${baseUrl}/ping`, { headers: bearer })).status).toBe(200);
    const nobody = await call(`${baseUrl}/ping`, {});
    expect([nobody.status, nobody.body['title']]).toEqual([401, 'API Key Invalid']);
    expect((await world.api('GET', './lists/0000000000/members')).status).toBe(404);
    expect((await world.api('GET', './nonsense')).body['title']).toBe('Resource Not Found');
    const wrong = await world.api('PUT', '/members');
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, POST']);
    const broken = await call(`${baseUrl}/lists/${world.simulator.audienceId}`, {
      method: 'POST',
      headers: bearer,
      body: '{"members":',
    });
    expect([broken.status, broken.body['title']]).toEqual([400, 'JSON Parse Exception']);
  });

  test('seed members, show all of them and forget the statistics', async () => {
    const seeded = await world.control('POST', '/seed', {
      members: [
        { email_address: 'x@trivet.test', status: 'archived', merge_fields: { FNAME: 'X' } },
      ],
    });
    expect(seeded.body['contactIds']).toHaveLength(1);
    const { body } = await world.control('GET', '/members');
    expect(body['members']).toMatchObject([
      { email_address: 'ada@trivet.test' },
      { email_address: 'x@trivet.test', status: 'archived', merge_fields: { FNAME: 'X' } },
    ]);
    await world.api('GET', './ping');
    await world.control('POST', '/reset-stats');
    expect((await world.control('GET', '/stats')).body['routes']).toEqual({});
  });
});
