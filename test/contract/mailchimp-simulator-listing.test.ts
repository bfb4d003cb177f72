/** Reading the audience: pages without a snapshot, whole-second watermarks, and partial answers. */
import { emailsOf, membersOf, noonMs, startWorld } from './mailchimp-simulator-world.ts';
import type { SimulatorWorld } from './mailchimp-simulator-world.ts';

describe('a listing of the simulated Mailchimp', () => {
  let world: SimulatorWorld;

  beforeEach(async () => {
    world = await startWorld();
  });

  afterEach(async () => {
    await world.stop();
  });

  const seed = (count: number, lastChangedMs: (index: number) => number) =>
    world.simulator.seedMembers(
      Array.from({ length: count }, (_, index) => ({
        email_address: `p${index}@trivet.test`,
        last_changed_ms: lastChangedMs(index),
      })),
    );

  test('shows ten members unless told otherwise, a thousand at most', async () => {
    seed(12, () => noonMs);
    const page = await world.api('GET', '/members');
    expect(membersOf(page)).toHaveLength(10);
    expect(page.body['total_items']).toBe(12);
    const rest = await world.api('GET', '/members?count=1000&offset=10');
    expect(membersOf(rest)).toHaveLength(2);
    expect((await world.api('GET', '/members?count=1001')).status).toBe(400);
  });

  test('leaves out the second that since and before name', async () => {
    seed(3, (index) => noonMs + index * 1000);
    const since = await world.api('GET', '/members?since_last_changed=2026-03-14T12:00:00%2B00:00');
    expect(emailsOf(since)).toEqual(['p1@trivet.test', 'p2@trivet.test']);
    const before = await world.api('GET', '/members?before_last_changed=2026-03-14T12:00:02Z');
    expect(emailsOf(before)).toEqual(['p0@trivet.test', 'p1@trivet.test']);
  });

  test('takes fractions of seconds in a watermark', async () => {
    seed(2, (index) => noonMs + index * 1000);
    const page = await world.api('GET', '/members?since_last_changed=2026-03-14T12:00:00.999Z');
    expect(emailsOf(page)).toEqual(['p1@trivet.test']);
  });

  test('orders members of one second as they changed, and moves one that changes again to the end', async () => {
    seed(4, () => noonMs);
    await world.api('PATCH', '/members/p1@trivet.test', { vip: true });
    const path = '/members?sort_field=last_changed&sort_dir=';
    const rising = ['p0@trivet.test', 'p2@trivet.test', 'p3@trivet.test', 'p1@trivet.test'];
    expect(emailsOf(await world.api('GET', `${path}ASC`))).toEqual(rising);
    expect(emailsOf(await world.api('GET', `${path}DESC`))).toEqual(rising.toReversed());
  });

  test('skips a member when one leaves the filter between two pages', async () => {
    seed(4, () => noonMs);
    const path = '/members?status=subscribed&count=2&sort_field=last_changed&sort_dir=ASC';
    const first = await world.api('GET', `${path}&offset=0`);
    await world.control('POST', '/people/unsubscribe', { email: 'p0@trivet.test' });
    const second = await world.api('GET', `${path}&offset=2`);
    expect([...emailsOf(first), ...emailsOf(second)]).not.toContain('p2@trivet.test');
  });

  test('shows a member twice when it changes during a walk', async () => {
    seed(4, () => noonMs);
    const path = '/members?count=3&sort_field=last_changed&sort_dir=ASC';
    const first = await world.api('GET', `${path}&offset=0`);
    await world.api('PATCH', '/members/p0@trivet.test', { vip: true });
    const second = await world.api('GET', `${path}&offset=3`);
    expect(emailsOf(first)).toContain('p0@trivet.test');
    expect(emailsOf(second)).toEqual(['p0@trivet.test']);
  });

  test('hides archived members unless asked for them', async () => {
    seed(2, () => noonMs);
    await world.api('DELETE', '/members/p0@trivet.test');
    expect(emailsOf(await world.api('GET', '/members'))).toEqual(['p1@trivet.test']);
    expect(emailsOf(await world.api('GET', '/members?status=archived'))).toEqual([
      'p0@trivet.test',
    ]);
  });

  test('shows archived members unasked in an audience made that way', async () => {
    await world.stop();
    world = await startWorld({ unfilteredIncludesArchived: true });
    world.simulator.seedMembers([{ email_address: 'x@trivet.test', status: 'archived' }]);
    expect(emailsOf(await world.api('GET', '/members'))).toEqual(['x@trivet.test']);
  });

  test('gives only the fields asked for, and leaves out the fields excluded', async () => {
    seed(1, () => noonMs);
    const only = await world.api(
      'GET',
      '/members?fields=members.email_address,members.merge_fields.FNAME,total_items',
    );
    expect(only.body).toEqual({
      members: [{ email_address: 'p0@trivet.test', merge_fields: { FNAME: '' } }],
      total_items: 1,
    });
    const without = await world.api(
      'GET',
      '/members?exclude_fields=members._links,_links,members.stats',
    );
    expect(without.body).not.toHaveProperty('_links');
    expect(membersOf(without)[0]).not.toHaveProperty('stats');
    expect(membersOf(without)[0]).toHaveProperty('email_address');
  });

  test('ignores an excluded field it does not have, but refuses to keep one', async () => {
    seed(1, () => noonMs);
    const without = await world.api('GET', '/members?exclude_fields=email_address');
    expect(membersOf(without)[0]).toHaveProperty('email_address');
    expect((await world.api('GET', '/members?fields=members.nonsense')).status).toBe(400);
    const both = '/members?fields=total_items&exclude_fields=members';
    expect((await world.api('GET', both)).status).toBe(400);
  });

  test('refuses a status, a sort field or a time it does not know', async () => {
    for (const query of ['status=gone', 'sort_field=email', 'since_last_changed=yesterday']) {
      const { status, body } = await world.api('GET', `/members?${query}`);
      expect([status, body['title']]).toEqual([400, 'Invalid Resource']);
    }
  });

  test('pages through fifty thousand members of few seconds without losing one', async () => {
    seed(50_000, (index) => noonMs + (index >> 13) * 1000);
    const seen = new Set<unknown>();
    const path =
      '/members?count=1000&sort_field=last_changed&sort_dir=ASC&fields=members.email_address';
    for (let offset = 0; offset < 50_000; offset += 1000) {
      for (const email of emailsOf(await world.api('GET', `${path}&offset=${offset}`)))
        seen.add(email);
    }
    expect(seen.size).toBe(50_000);
  });

  test('counts members by status for the list itself', async () => {
    world.simulator.seedMembers([
      { email_address: 'a@trivet.test' },
      { email_address: 'b@trivet.test', status: 'unsubscribed' },
      { email_address: 'c@trivet.test', status: 'archived' },
    ]);
    const { body } = await world.api('GET', '?include_total_contacts=true');
    expect(body).toMatchObject({
      id: world.simulator.audienceId,
      double_optin: false,
      stats: { member_count: 1, unsubscribe_count: 1, cleaned_count: 0, total_contacts: 2 },
    });
    const lists = await world.api('GET', './lists?fields=lists.id,total_items');
    expect(lists.body).toEqual({ lists: [{ id: world.simulator.audienceId }], total_items: 1 });
  });
});
