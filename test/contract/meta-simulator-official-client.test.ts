/** The vendor's own client, `facebook-nodejs-business-sdk`, drives the simulator, unchanged but for its address. */
import { mail, sha256, startMeta, usageOf } from './meta-simulator-world.ts';
import type { Body, MetaWorld } from './meta-simulator-world.ts';

/** What these tests use of the client, which ships without types. */
interface Sdk {
  readonly FacebookAdsApi: {
    init(accessToken: string, locale: string, reportsCrashes: boolean): ClientApi;
  };
  readonly AdAccount: new (id: string) => ClientAccount;
  readonly CustomAudience: new (id: string) => ClientAudience;
}

interface ClientApi {
  setShowHeader(isShown: boolean): void;
  call(method: string, path: readonly string[], params: object): Promise<Body>;
}

interface ClientAccount {
  readonly _data: Body;
  read(fields: readonly string[]): Promise<Body>;
  getCustomAudiences(fields: readonly string[], params?: object): Promise<ClientCursor>;
  createCustomAudience(fields: readonly string[], params: object): Promise<ClientAudience>;
  getCustomAudiencesTos(fields: readonly string[]): Promise<ClientCursor>;
  createCustomAudiencesTo(fields: readonly string[], params: object): Promise<unknown>;
  deleteUsersOfAnyAudience(params: object): Promise<Body>;
}

interface ClientAudience {
  readonly id: string;
  readonly _data: Body;
  get(fields: readonly string[]): Promise<ClientAudience>;
  update(fields: readonly string[], params: object): Promise<Body>;
  delete(fields: readonly string[]): Promise<Body>;
  createUser(fields: readonly string[], params: object): Promise<ClientAudience>;
  createUsersReplace(fields: readonly string[], params: object): Promise<ClientAudience>;
  deleteUsers(params: object): Promise<Body>;
  getSessions(fields: readonly string[], params?: object): Promise<ClientCursor>;
}

interface ClientCursor extends Array<ClientAudience> {
  hasNext(): boolean;
  next(): Promise<ClientCursor>;
}

interface ClientError {
  readonly status: number | null;
  readonly response: Body;
  readonly headers: Readonly<Record<string, string>>;
}

const { FacebookAdsApi, AdAccount, CustomAudience } =
  require('facebook-nodejs-business-sdk') as Sdk;

/** The addresses are getters without setters; redefining them is the one way to turn the client elsewhere. */
function pointAt(origin: string, version: string): void {
  const fixed = (value: string) => ({ get: () => value, configurable: true });
  Object.defineProperty(FacebookAdsApi, 'GRAPH', fixed(origin));
  Object.defineProperty(FacebookAdsApi, 'VERSION', fixed(version));
}

describe('the official client on the simulated Meta', () => {
  let world: MetaWorld;
  let api: ClientApi;
  let account: ClientAccount;
  let audience: ClientAudience;

  beforeEach(async () => {
    world = await startMeta();
    pointAt(world.simulator.baseUrl, 'v26.0');
    // Its crash reporter listens for everybody's exceptions and sends them to the vendor.
    api = FacebookAdsApi.init(world.simulator.accessToken, 'en_US', false);
    account = new AdAccount(world.simulator.adAccountId);
    audience = new CustomAudience(world.simulator.audienceId);
  });

  afterEach(async () => {
    await world.stop();
  });

  const payload = (...names: string[]) => ({ schema: 'EMAIL_SHA256', data: names.map(mail) });
  const failure = async (work: Promise<unknown>): Promise<ClientError> =>
    (await work.catch((caught: unknown) => caught)) as ClientError;

  test('reads the account, its terms and the audience', async () => {
    expect(await account.read(['name', 'tos_accepted'])).toMatchObject({
      name: 'Trivet sample ad account',
      tos_accepted: { custom_audience_tos: 1 },
    });
    const read = await audience.get(['name', 'operation_status', 'approximate_count_lower_bound']);
    expect(read._data).toMatchObject({
      name: 'Trivet sample audience',
      operation_status: { code: 410 },
      approximate_count_lower_bound: -1,
    });
  });

  test('makes, lists, renames and deletes audiences', async () => {
    const made = await account.createCustomAudience([], {
      name: 'Customers',
      subtype: 'CUSTOM',
      customer_file_source: 'USER_PROVIDED_ONLY',
    });
    const page = await account.getCustomAudiences(['name'], { limit: 1 });
    expect(page.map(({ _data }) => _data['name'])).toEqual(['Trivet sample audience']);
    expect(page.hasNext()).toBe(true);
    const rest = await page.next();
    expect(rest.map(({ _data }) => _data['name'])).toEqual(['Customers']);
    const customers = new CustomAudience(made.id);
    expect(await customers.update([], { name: 'Clients' })).toMatchObject({ success: true });
    expect((await customers.get(['name']))._data['name']).toBe('Clients');
    expect(await customers.delete([])).toEqual({ success: true });
    expect((await failure(customers.get(['name']))).response['code']).toBe(1487366);
  });

  test('adds people, by one key and by several', async () => {
    const one = await audience.createUser([], { payload: payload('ada', 'bob') });
    expect(one._data).toMatchObject({ num_received: 2, num_invalid_entries: 0 });
    const several = await audience.createUser([], {
      payload: {
        schema: ['EXTERN_ID', 'EMAIL', 'FN'],
        data: [['crm-3', mail('eve'), sha256('eve')]],
        is_raw: true,
      },
      session: { session_id: 8, batch_seq: 1, last_batch_flag: true, estimated_num_total: 1 },
    });
    expect(several._data).toMatchObject({ session_id: 8, num_received: 1 });
    expect(await world.members()).toHaveLength(3);
    const sessions = await audience.getSessions(['session_id', 'stage'], { session_id: 8 });
    expect(sessions.map(({ _data }) => _data['stage'])).toEqual(['done']);
  });

  test('removes ten thousand people in the body of a POST', async () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `p${index}`);
    await audience.createUser([], { payload: payload(...names) });
    expect(await world.members()).toHaveLength(10_000);
    await audience.createUser([], { method: 'delete', payload: payload(...names) });
    expect(await world.members()).toEqual([]);
    const { body } = await world.control('GET', '/stats');
    expect(body).toMatchObject({
      payloadsInUrl: 0,
      routes: { 'DELETE /{audience}/users': { 200: 1 } },
    });
  });

  test('puts a removal into the URL by its own method, which no server takes when it is long', async () => {
    await audience.createUser([], { payload: payload('ada') });
    expect(await audience.deleteUsers({ payload: payload('ada') })).toMatchObject({
      num_received: 1,
    });
    expect((await world.control('GET', '/stats')).body).toMatchObject({ payloadsInUrl: 1 });
    const names = Array.from({ length: 10_000 }, (_, index) => `p${index}`);
    const refused = await failure(audience.deleteUsers({ payload: payload(...names) }));
    expect(refused).toBeInstanceOf(Error);
  });

  test('replaces everybody in a session', async () => {
    await audience.createUser([], { payload: payload('old') });
    const session = { session_id: 9, estimated_num_total: 2 };
    await audience.createUsersReplace([], {
      payload: payload('ada'),
      session: { ...session, batch_seq: 1, last_batch_flag: false },
    });
    const refused = await failure(audience.createUser([], { payload: payload('eve') }));
    expect(refused.response).toMatchObject({ code: 2650, error_subcode: 1870145 });
    await audience.createUsersReplace([], {
      payload: payload('bob'),
      session: { ...session, batch_seq: 2, last_batch_flag: true },
    });
    expect(await world.members()).toEqual([{ EMAIL: mail('ada') }, { EMAIL: mail('bob') }]);
  });

  test('takes people out of every audience', async () => {
    await audience.createUser([], { payload: payload('ada', 'bob') });
    await account.deleteUsersOfAnyAudience({ payload: payload('ada') });
    expect(await world.members()).toEqual([{ EMAIL: mail('bob') }]);
  });

  test('accepts the terms, without which nothing is added', async () => {
    await world.control('POST', '/settings', { termsAccepted: false });
    const refused = await failure(audience.createUser([], { payload: payload('ada') }));
    expect(refused).toMatchObject({
      status: 403,
      response: {
        code: 200,
        error_subcode: 1870090,
        error_user_title: expect.any(String) as string,
      },
    });
    const [terms] = await account.getCustomAudiencesTos(['id']);
    await account.createCustomAudiencesTo([], { tos_id: terms?._data['id'] ?? terms?.id });
    expect((await audience.createUser([], { payload: payload('ada') }))._data).toMatchObject({
      num_received: 1,
    });
  });

  test('shows the vendor’s headers, with answers and with errors', async () => {
    await world.control('POST', '/throttle', { minutes: 3 });
    const refused = await failure(audience.createUser([], { payload: payload('ada') }));
    expect(refused).toMatchObject({ status: 400, response: { code: 80003 } });
    const answer = { status: 400, headers: new Headers(refused.headers), text: '', body: {} };
    expect(usageOf(answer)).toMatchObject({ estimated_time_to_regain_access: 3 });
    await world.control('DELETE', '/throttle');
    api.setShowHeader(true);
    const shown = await api.call('GET', [world.simulator.audienceId], {});
    expect(shown['headers']).toHaveProperty('x-business-use-case-usage');
  });

  test('speaks a version that the vendor has ended', async () => {
    pointAt(world.simulator.baseUrl, 'v23.0');
    const refused = await failure(audience.get(['name']));
    expect(refused.response).toMatchObject({ code: 2635 });
  });
});
