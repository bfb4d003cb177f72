/** Webhooks: validated on creation, signed, form-encoded, at least once, told who asked for what. */
import { signBody } from '../../lib/local/mailchimp/webhook-delivery.ts';
import { startReceiver } from '../support/webhook-receiver.ts';
import type { Received, Receiver } from '../support/webhook-receiver.ts';
import { noonMs, startWorld } from './mailchimp-simulator-world.ts';
import type { SimulatorWorld } from './mailchimp-simulator-world.ts';

const formOf = ({ body }: Received): URLSearchParams => new URLSearchParams(body);

const calm = { duplicateRate: 0, reorderRate: 0, delayMsMax: 0 };
const allEvents = {
  subscribe: true,
  unsubscribe: true,
  profile: true,
  cleaned: true,
  upemail: true,
  campaign: true,
};
const people = { user: true, admin: true, api: false };

describe('webhooks of the simulated Mailchimp', () => {
  let world: SimulatorWorld;
  let receiver: Receiver;
  let other: SimulatorWorld | null = null;

  beforeEach(async () => {
    world = await startWorld({ webhooks: { ...calm, retryDelaysMs: [5, 5] } });
    receiver = await startReceiver();
  });

  afterEach(async () => {
    await world.stop();
    await other?.stop();
    other = null;
    await receiver.stop();
  });

  const hook = async (more: object = {}) =>
    world.api('POST', '/webhooks', {
      url: receiver.url,
      events: allEvents,
      sources: people,
      ...more,
    });
  const person = async (action: string, body: object) =>
    world.control('POST', `/people/${action}`, body);
  const drained = async () => {
    while ((await world.control('GET', '/deliveries')).body['pending'] !== 0);
  };

  test('are accepted only after the URL answered a GET with 200', async () => {
    receiver.answerWith(400);
    const refused = await hook();
    expect(refused.status).toBe(400);
    expect(refused.body['detail']).toContain('HTTP Code: 400');
    const { status, body } = await hook();
    expect(status).toBe(200);
    expect(body).toMatchObject({ url: receiver.url, signing_enabled: true, sources: people });
    expect(receiver.gets().map(({ headers }) => headers['user-agent'])).toEqual([
      'MailChimp.com WebHook Validator',
      'MailChimp.com WebHook Validator',
    ]);
  });

  test('show their secret once, and not twice for one URL', async () => {
    const { body } = await hook();
    expect(body['signing_secret']).toMatch(/^[0-9a-f]{64}$/);
    const shown = await world.api('GET', `/webhooks/${String(body['id'])}`);
    expect(shown.body).not.toHaveProperty('signing_secret');
    expect((await hook({ url: `${receiver.url}?other=1` })).status).toBe(400);
    const all = await world.api('GET', '/webhooks');
    expect(all.body['total_items']).toBe(1);
  });

  test('sign the raw form with the time', async () => {
    const { body } = await hook();
    await person('signup', { email: 'ada@trivet.test', merge_fields: { FNAME: 'Ada' } });
    const [post] = await receiver.waitFor(1);
    expect(post?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(post?.headers['user-agent']).toBe('MailChimp.com');
    expect(post?.headers['x-mailchimp-signature']).toBe(
      signBody(String(body['signing_secret']), post?.body ?? '', noonMs),
    );
    expect(Object.fromEntries(new URLSearchParams(post?.body))).toMatchObject({
      type: 'subscribe',
      fired_at: '2026-03-14 12:00:00',
      'data[list_id]': world.simulator.audienceId,
      'data[email]': 'ada@trivet.test',
      'data[merges][EMAIL]': 'ada@trivet.test',
      'data[merges][FNAME]': 'Ada',
    });
  });

  test('of the older kind are not signed', async () => {
    other = await startWorld({ webhooks: { ...calm, isSigned: false } });
    const { body } = await other.api('POST', '/webhooks', { url: receiver.url, events: allEvents });
    expect(body).toMatchObject({ signing_enabled: false });
    expect(body).not.toHaveProperty('signing_secret');
    await other.control('POST', '/people/signup', { email: 'ada@trivet.test' });
    const [post] = await receiver.waitFor(1);
    expect(post?.headers).not.toHaveProperty('x-mailchimp-signature');
  });

  test('tell each thing a person does in its own words', async () => {
    world.simulator.seedMembers(
      ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({ email_address: `${name}@trivet.test` })),
    );
    await hook();
    const steps: [string, object, object][] = [
      [
        'unsubscribe',
        { email: 'a@trivet.test' },
        { type: 'unsubscribe', 'data[action]': 'unsub', 'data[reason]': 'manual' },
      ],
      ['complain', { email: 'b@trivet.test' }, { type: 'unsubscribe', 'data[reason]': 'abuse' }],
      [
        'bounce',
        { email: 'c@trivet.test' },
        { type: 'cleaned', 'data[reason]': 'hard', 'data[email]': 'c@trivet.test' },
      ],
      ['archive', { email: 'd@trivet.test' }, { type: 'unsubscribe', 'data[action]': 'delete' }],
      [
        'delete-permanently',
        { email: 'e@trivet.test' },
        { type: 'unsubscribe', 'data[action]': 'delete' },
      ],
      [
        'update-profile',
        { email: 'f@trivet.test', merge_fields: { CITY: 'Wien' } },
        { type: 'profile', 'data[merges][CITY]': 'Wien' },
      ],
    ];
    for (const [index, [action, body, expected]] of steps.entries()) {
      await person(action, body);
      const posts = await receiver.waitFor(index + 1);
      expect(Object.fromEntries(new URLSearchParams(posts[index]?.body))).toMatchObject(expected);
    }
  });

  test('tell of a new address twice: as the rename and as the profile', async () => {
    world.simulator.seedMembers([{ email_address: 'old@trivet.test' }]);
    await hook();
    await person('change-email', { email: 'old@trivet.test', new_email: 'new@trivet.test' });
    const posts = await receiver.waitFor(2);
    const byType = new Map(posts.map((each) => [formOf(each).get('type'), formOf(each)]));
    expect(byType.get('upemail')?.get('data[old_email]')).toBe('old@trivet.test');
    expect(byType.get('upemail')?.get('data[new_email]')).toBe('new@trivet.test');
    expect(byType.get('profile')?.get('data[email]')).toBe('new@trivet.test');
  });

  test('tell of API writes only to those who ask, and of nothing that changed nothing', async () => {
    world.simulator.seedMembers([{ email_address: 'ada@trivet.test' }]);
    const patch = async (city: string) =>
      world.api('PATCH', '/members/ada@trivet.test', { merge_fields: { CITY: city } });
    const { body } = await hook();
    await patch('Wien');
    await drained();
    expect(receiver.posts()).toEqual([]);
    await world.api('PATCH', `/webhooks/${String(body['id'])}`, { sources: { api: true } });
    await patch('Wien');
    await drained();
    expect(receiver.posts()).toEqual([]);
    await patch('Graz');
    const [post] = await receiver.waitFor(1);
    expect(new URLSearchParams(post?.body).get('data[merges][CITY]')).toBe('Graz');
  });

  test('are tried again until they are answered well', async () => {
    await hook();
    receiver.answerWith(500, 503, 200);
    await person('signup', { email: 'ada@trivet.test' });
    const posts = await receiver.waitFor(3);
    expect(new Set(posts.map(({ body }) => body)).size).toBe(1);
    await drained();
    expect(receiver.posts()).toHaveLength(3);
  });

  test.each([
    ['a 410', [410], 1],
    ['failing to the last', [500, 500, 500], 3],
  ])('are turned off by %s', async (_name, statuses, attempts) => {
    await hook();
    receiver.answerWith(...statuses);
    await person('signup', { email: 'ada@trivet.test' });
    await receiver.waitFor(attempts);
    await drained();
    await person('signup', { email: 'bob@trivet.test' });
    await drained();
    expect(receiver.posts()).toHaveLength(attempts);
  });

  test('come twice and out of order when the seed says so', async () => {
    other = await startWorld({
      webhooks: { duplicateRate: 0.5, reorderRate: 0.5, delayMsMax: 1, reorderDelayMsMax: 40 },
    });
    await other.api('POST', '/webhooks', { url: receiver.url, events: allEvents });
    const emails = Array.from({ length: 20 }, (_, index) => `p${index}@trivet.test`);
    for (const email of emails) await other.control('POST', '/people/signup', { email });
    const emailOf = (post: Received) => formOf(post).get('data[email]');
    const posts = await receiver.waitFor(
      (some) => new Set(some.map(emailOf)).size === 20 && some.length > 20,
    );
    expect([...new Set(posts.map(emailOf))]).not.toEqual(emails);
  });
});
