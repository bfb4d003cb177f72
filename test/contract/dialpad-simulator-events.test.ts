/** Events of the simulated Dialpad: who is told, signed with what, and how often it is tried. */
import { createHmac } from 'node:crypto';
import { startReceiver } from '../support/webhook-receiver.ts';
import type { Received, Receiver } from '../support/webhook-receiver.ts';
import { ada, calm, itemsOf, messageOf, pathOf, startDialpad } from './dialpad-simulator-world.ts';
import type { Body, DialpadWorld } from './dialpad-simulator-world.ts';

/** By hand: the code under test must not be its own judge. */
function readToken(
  token: string,
  secret: string,
): { header: Body; payload: Body; isTrue: boolean } {
  const [header = '', payload = '', signature] = token.split('.');
  const expected = createHmac('sha256', secret).update(`${header}.${payload}`).digest('base64url');
  const parse = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Body;
  return { header: parse(header), payload: parse(payload), isTrue: signature === expected };
}

const eventOf = ({ body }: Received): Body => readToken(body, 'puppy').payload;

describe('events of the simulated Dialpad', () => {
  let world: DialpadWorld;
  let receiver: Receiver;

  beforeEach(async () => {
    receiver = await startReceiver();
    world = await startDialpad({
      delivery: { ...calm, retryDelaysMs: [1, 2, 4, 8], silenceDelaysMs: [1, 1], timeoutMs: 500 },
    });
  });

  afterEach(async () => {
    await world.stop();
    await receiver.stop();
  });

  const subscribe = async (more: Body = {}, secret: string | null = 'puppy') => {
    const hook = await world.api('POST', '/webhooks', { hook_url: receiver.url, secret });
    return world.api('POST', '/subscriptions/contact', {
      contact_type: 'shared',
      endpoint_id: hook.body['id'],
      ...more,
    });
  };
  const statistics = async () => (await world.control('GET', '/stats')).body;
  const drained = async () => {
    while ((await world.control('GET', '/deliveries')).body['pending'] !== 0);
  };

  test('go to a webhook, whose secret every answer repeats', async () => {
    const webhook = { hook_url: receiver.url, id: 1001 };
    const signature = { algo: 'HS256', secret: 'puppy', type: 'jwt' };
    const { body } = await subscribe();
    expect(body).toEqual({
      contact_type: 'shared',
      enabled: true,
      id: 1002,
      webhook: { ...webhook, signature },
    });
    expect((await world.api('GET', '/webhooks/1001')).body).toEqual({ ...webhook, signature });
    expect(itemsOf(await world.api('GET', '/webhooks'))).toHaveLength(1);
    const patched = await world.api('PATCH', '/webhooks/1001', { secret: 'kitten' });
    expect(patched.body).toMatchObject({ ...webhook, signature: { secret: 'kitten' } });
    expect(itemsOf(await world.api('GET', '/subscriptions/contact'))).toHaveLength(1);
    const off = { contact_type: 'local', enabled: false };
    expect((await world.api('PATCH', '/subscriptions/contact/1002', off)).body).toMatchObject(off);
    expect((await world.api('GET', '/subscriptions/contact/1002')).body).toMatchObject(off);
    await world.api('DELETE', '/subscriptions/contact/1002');
    expect((await world.api('DELETE', '/webhooks/1001')).body['id']).toBe(1001);
    expect((await world.api('GET', '/webhooks/1001')).status).toBe(404);
    expect((await world.api('GET', '/subscriptions/contact/1002')).status).toBe(404);
  });

  test.each([
    ['/webhooks', {}, 'hook_url is required'],
    ['/webhooks', { hook_url: 'nowhere' }, 'must be a URL'],
    ['/webhooks', { hook_url: 'https://a.test', secret: 'two\nlines' }, 'single line'],
    ['/subscriptions/contact', { contact_type: 'other' }, 'local or shared'],
    ['/subscriptions/contact', { contact_type: 'shared' }, 'the id of a webhook'],
    ['/subscriptions/contact', { contact_type: 'shared', endpoint_id: 7 }, 'the id of a webhook'],
    ['/subscriptions/contact', { contact_type: 'shared', enabled: 'yes' }, 'true or false'],
  ])('are not set up by %s %j', async (path, body, message) => {
    const answer = await world.api('POST', path, body);
    expect(answer.status).toBe(400);
    expect(messageOf(answer)).toContain(message);
  });

  test('have at most a hundred subscriptions', async () => {
    await world.settings({ callsPerSecond: 1000 });
    const { body } = await subscribe();
    const endpoint = { contact_type: 'shared', endpoint_id: (body['webhook'] as Body)['id'] };
    for (let n = 1; n < 100; n += 1) await world.api('POST', '/subscriptions/contact', endpoint);
    const over = await world.api('POST', '/subscriptions/contact', endpoint);
    expect(messageOf(over)).toContain('no more than 100');
  });

  test('are signed as a JWT by HS256, with the contact and nothing that tells one from another', async () => {
    await subscribe();
    const { body: contact } = await world.api('PUT', '/contacts', { ...ada, uid: '17' });
    const [post] = await receiver.waitFor(1);
    const { header, payload, isTrue } = readToken(post?.body ?? '', 'puppy');
    expect(post?.headers['content-type']).toBe('application/jwt');
    expect(isTrue).toBe(true);
    expect(header).toEqual({ alg: 'HS256', typ: 'JWT' });
    expect(payload).toEqual({ event: 'Created', contact });
    await world.api('PATCH', pathOf(contact['id']), {});
    await world.api('PATCH', pathOf(contact['id']), {});
    const [, second, third] = await receiver.waitFor(3);
    expect(second?.body).toBe(third?.body);
  });

  test('are plain JSON without a secret', async () => {
    await subscribe({}, null);
    await world.person('create', { first_name: 'Ada', phones: ['(415) 555-0100'] });
    const [post] = await receiver.waitFor(1);
    expect(post?.headers['content-type']).toBe('application/json');
    expect(JSON.parse(post?.body ?? '')).toMatchObject({
      event: 'Created',
      contact: { first_name: 'Ada', phones: ['(415) 555-0100'] },
    });
  });

  test('travel in a header when that is asked for', async () => {
    await world.settings({ tokenIn: 'authorization' });
    await subscribe();
    await world.person('create', { first_name: 'Ada' });
    const [post] = await receiver.waitFor(1);
    const token = post?.headers.authorization?.replace('Bearer ', '') ?? '';
    expect(readToken(token, 'puppy')).toMatchObject({
      isTrue: true,
      payload: { event: 'Created' },
    });
  });

  test('tell of what people do and of what we do, in three words', async () => {
    await subscribe();
    await world.person('create', { first_name: 'Ada', phones: ['+14155550100'] });
    await world.person('edit', { phone: '+14155550100', set: { last_name: 'Lovelace' } });
    await world.person('delete', { phone: '+14155550100' });
    const { body } = await world.api('PUT', '/contacts', { ...ada, uid: '1' });
    await world.api('PUT', '/contacts', { ...ada, uid: '1' });
    await world.api('DELETE', pathOf(body['id']));
    const posts = await receiver.waitFor(6);
    const words = posts.map((post) => String(eventOf(post)['event'])).toSorted();
    expect(words).toEqual(['Created', 'Created', 'Deleted', 'Deleted', 'Updated', 'Updated']);
  });

  test('may be silent about a deleted contact that had a uid', async () => {
    await world.settings({ uidDeleteEvents: false });
    await subscribe();
    const { body } = await world.api('PUT', '/contacts', { ...ada, uid: '1' });
    await world.api('DELETE', pathOf(body['id']));
    await drained();
    expect(receiver.posts().map((post) => eventOf(post)['event'])).toEqual(['Created']);
  });

  test('may have numbers for ids, where ids are numbers, and no owner', async () => {
    await world.settings({ eventIds: 'number' });
    await subscribe({ contact_type: 'local' });
    const { body } = await world.api('POST', '/contacts', { ...ada, owner_id: '42' });
    await world.api('PUT', '/contacts', { ...ada, uid: '1' });
    await drained();
    const [post] = receiver.posts();
    const contact = eventOf(post as Received)['contact'] as Body;
    expect(contact['id']).toBe(Number(body['id']));
    expect(contact).not.toHaveProperty('owner_id');
    expect(receiver.posts()).toHaveLength(1);
  });

  test.each([
    ['a success of any kind once', [204], 1, { eventsDelivered: 1, eventsGivenUp: 0 }],
    ['a 5xx four times more', [500, 502, 503, 504, 500], 5, { eventsGivenUp: 1 }],
    ['a 5xx until it succeeds', [500, 503], 3, { eventsDelivered: 1, eventsGivenUp: 0 }],
    ['no answer twice more', [0, 0, 0], 3, { eventsGivenUp: 1 }],
    ['a 4xx never', [404], 1, { eventsGivenUp: 1 }],
    ['a 429 never', [429], 1, { eventsGivenUp: 1 }],
    ['a redirect never', [307], 1, { eventsGivenUp: 1 }],
  ])('try %s', async (_name, statuses, attempts, counted) => {
    await subscribe();
    receiver.answerWith(...statuses);
    await world.person('create', { first_name: 'Ada' });
    await drained();
    expect(receiver.posts()).toHaveLength(attempts);
    expect(await statistics()).toMatchObject({ eventsSent: attempts, ...counted });
    // Never turned off: the next event is tried again.
    await world.person('create', { first_name: 'Bob' });
    expect(await receiver.waitFor(attempts + 1)).toHaveLength(attempts + 1);
  });

  test('get lost when the settings say so', async () => {
    await subscribe();
    await world.settings({ eventLossRate: 1 });
    await world.person('create', { first_name: 'Ada' });
    await world.settings({ eventLossRate: 0 });
    await world.person('create', { first_name: 'Bob' });
    const [post] = await receiver.waitFor(1);
    expect(eventOf(post as Received)['contact']).toMatchObject({ first_name: 'Bob' });
    expect(await statistics()).toMatchObject({ eventsLost: 1, eventsSent: 1 });
  });
});

test('events that meet a 5xx are tried for a second and a half', async () => {
  const receiver = await startReceiver();
  const world = await startDialpad();
  const hook = await world.api('POST', '/webhooks', { hook_url: receiver.url, secret: 'puppy' });
  await world.api('POST', '/subscriptions/contact', {
    contact_type: 'shared',
    endpoint_id: hook.body['id'],
  });
  receiver.answerWith(500, 500, 500, 500, 500);
  const beganAt = Date.now();
  await world.person('create', { first_name: 'Ada' });
  await receiver.waitFor(5);
  expect(Date.now() - beganAt).toBeGreaterThanOrEqual(1490);
  await world.stop();
  await receiver.stop();
});

test('events come twice and out of order when the seed says so', async () => {
  const receiver = await startReceiver();
  const world = await startDialpad({
    delivery: { duplicateRate: 0.5, reorderRate: 0.5, delayMsMax: 1, reorderDelayMsMax: 40 },
  });
  const hook = await world.api('POST', '/webhooks', { hook_url: receiver.url, secret: 'puppy' });
  await world.api('POST', '/subscriptions/contact', {
    contact_type: 'shared',
    endpoint_id: hook.body['id'],
  });
  const names = Array.from({ length: 20 }, (_, index) => `P${index}`);
  for (const name of names) await world.person('create', { first_name: name });
  const nameOf = (post: Received) => (eventOf(post)['contact'] as Body)['first_name'];
  const posts = await receiver.waitFor(
    (some) => new Set(some.map(nameOf)).size === 20 && some.length > 20,
  );
  expect([...new Set(posts.map(nameOf))]).not.toEqual(names);
  await world.stop();
  await receiver.stop();
});
