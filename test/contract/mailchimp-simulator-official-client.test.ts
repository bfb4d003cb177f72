/** The vendor's own client drives the simulator, unchanged, and what it sends and gets is within the contract. */
import { startWorld } from './mailchimp-simulator-world.ts';
import type { Body, SimulatorWorld } from './mailchimp-simulator-world.ts';

/** What these tests use of `@mailchimp/mailchimp_marketing`, which ships without types. */
interface OfficialClient {
  basePath: string;
  setConfig(config: { apiKey?: string; accessToken?: string }): void;
  readonly ping: { get(): Promise<Body> };
  readonly lists: {
    getAllLists(): Promise<Body>;
    getList(listId: string): Promise<Body>;
    getListMembersInfo(listId: string, options: object): Promise<Body>;
    getListMember(listId: string, hash: string): Promise<Body>;
    addListMember(listId: string, body: object): Promise<Body>;
    setListMember(listId: string, hash: string, body: object): Promise<Body>;
    updateListMember(listId: string, hash: string, body: object): Promise<Body>;
    deleteListMember(listId: string, hash: string): Promise<unknown>;
    deleteListMemberPermanent(listId: string, hash: string): Promise<unknown>;
    getListMemberTags(listId: string, hash: string): Promise<Body>;
    updateListMemberTags(listId: string, hash: string, body: object): Promise<unknown>;
    batchListMembers(listId: string, body: object, options?: object): Promise<Body>;
    getListMergeFields(listId: string): Promise<Body>;
    addListMergeField(listId: string, body: object): Promise<Body>;
    getListWebhooks(listId: string): Promise<Body>;
    tagSearch(listId: string, options: object): Promise<Body>;
  };
  readonly searchMembers: { search(query: string): Promise<Body> };
}

interface ClientError {
  readonly status: number;
  readonly response: { readonly body: Body };
}

const ApiClient =
  require('@mailchimp/mailchimp_marketing/src/ApiClient') as new () => OfficialClient;

describe('the official client on the simulated Mailchimp', () => {
  let world: SimulatorWorld;
  let client: OfficialClient;
  let list: string;

  beforeEach(async () => {
    world = await startWorld();
    client = new ApiClient();
    client.setConfig({ apiKey: world.simulator.apiKey });
    client.basePath = world.simulator.baseUrl;
    list = world.simulator.audienceId;
  });

  afterEach(async () => {
    await world.stop();
  });

  test('pings, and reads the audience', async () => {
    expect(await client.ping.get()).toEqual({ health_status: "Everything's Chimpy!" });
    expect(await client.lists.getAllLists()).toMatchObject({ lists: [{ id: list }] });
    expect(await client.lists.getList(list)).toMatchObject({ stats: { member_count: 0 } });
  });

  test('works with a token as with a key', async () => {
    client.setConfig({ accessToken: world.simulator.apiKey });
    expect(await client.ping.get()).toHaveProperty('health_status');
  });

  test('adds, sets, updates, tags, archives and erases a member', async () => {
    const added = await client.lists.addListMember(list, {
      email_address: 'ada@trivet.test',
      status: 'subscribed',
      merge_fields: { FNAME: 'Ada' },
    });
    const hash = String(added['id']);
    const set = await client.lists.setListMember(list, hash, {
      email_address: 'ada@trivet.test',
      status_if_new: 'subscribed',
      merge_fields: { CITY: 'London' },
    });
    expect(set).toMatchObject({ merge_fields: { FNAME: 'Ada', CITY: 'London' } });
    const contactId = String(added['contact_id']);
    const renamed = await client.lists.updateListMember(list, contactId, {
      email_address: 'countess@trivet.test',
    });
    expect(renamed['contact_id']).toBe(contactId);
    const newHash = String(renamed['id']);
    await client.lists.updateListMemberTags(list, newHash, {
      tags: [{ name: 'vip', status: 'active' }],
    });
    expect(await client.lists.getListMemberTags(list, newHash)).toMatchObject({ total_items: 1 });
    expect(await client.lists.tagSearch(list, { name: 'vip' })).toMatchObject({ total_items: 1 });
    await client.lists.deleteListMember(list, newHash);
    expect(await client.lists.getListMember(list, newHash)).toMatchObject({ status: 'archived' });
    await client.lists.deleteListMemberPermanent(list, newHash);
    await expect(client.lists.getListMember(list, newHash)).rejects.toMatchObject({ status: 404 });
  });

  test('subscribes in bulk and pages through the members', async () => {
    const members = Array.from({ length: 25 }, (_, index) => ({
      email_address: `p${index}@trivet.test`,
      status: 'subscribed',
    }));
    const bulk = await client.lists.batchListMembers(list, { members, update_existing: true });
    expect(bulk).toMatchObject({ total_created: 25, error_count: 0 });
    const page = await client.lists.getListMembersInfo(list, {
      count: 10,
      offset: 20,
      sinceLastChanged: '2026-03-14T11:59:59+00:00',
      sortField: 'last_changed',
      sortDir: 'ASC',
      excludeFields: ['members._links', '_links'],
    });
    expect(page['total_items']).toBe(25);
    expect(page['members']).toHaveLength(5);
    expect(await client.searchMembers.search('p7@trivet.test')).toMatchObject({
      exact_matches: { total_items: 1 },
    });
  });

  test('reads and adds merge fields, and lists webhooks', async () => {
    await client.lists.addListMergeField(list, { name: 'Plan', type: 'text', tag: 'PLAN' });
    const fields = await client.lists.getListMergeFields(list);
    expect(fields['total_items']).toBe(6);
    expect(await client.lists.getListWebhooks(list)).toMatchObject({ total_items: 0 });
  });

  test('gets the vendor’s problem documents as errors', async () => {
    await client.lists.addListMember(list, { email_address: 'a@trivet.test', status: 'pending' });
    const again = client.lists.addListMember(list, {
      email_address: 'a@trivet.test',
      status: 'pending',
    });
    const error = (await again.catch((caught: unknown) => caught)) as ClientError;
    expect(error.status).toBe(400);
    expect(error.response.body['title']).toBe('Member Exists');
  });
});
