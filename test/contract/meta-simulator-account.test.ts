/** The ad account and its audiences: reading, making, who may, terms, integrity, versions. */
import { call, codeOf, mail, startMeta } from './meta-simulator-world.ts';
import type { Answer, Body, MetaWorld } from './meta-simulator-world.ts';

describe('the ad account of the simulated Meta', () => {
  let world: MetaWorld;
  let account: string;

  beforeEach(async () => {
    world = await startMeta();
    account = `./${world.simulator.adAccountId}`;
  });

  afterEach(async () => {
    await world.stop();
  });

  const turn = async (settings: Body) => world.control('POST', '/settings', settings);
  const create = async (more: Body = {}): Promise<Answer> =>
    world.api('POST', `${account}/customaudiences`, {
      name: 'Customers',
      subtype: 'CUSTOM',
      customer_file_source: 'USER_PROVIDED_ONLY',
      ...more,
    });
  const addSomebody = async () => world.add(['EMAIL'], [[mail('ada')]]);

  describe('its audiences', () => {
    test('show the fields that were asked for, and only their id otherwise', async () => {
      const { audienceId } = world.simulator;
      expect((await world.api('GET', '')).body).toEqual({ id: audienceId });
      const fields =
        'name,subtype,account_id,operation_status{code},delivery_status,approximate_count_lower_bound,approximate_count_upper_bound,time_content_updated,rule';
      expect((await world.api('GET', '', { fields })).body).toEqual({
        id: audienceId,
        name: 'Trivet sample audience',
        subtype: 'CUSTOM',
        account_id: world.simulator.adAccountId.slice(4),
        operation_status: { code: 410, description: 'No upload.' },
        delivery_status: { code: 300, description: 'This audience is too small.' },
        approximate_count_lower_bound: -1,
        approximate_count_upper_bound: -1,
        time_content_updated: 1791979200,
      });
    });

    test('refuse a field that is misspelt', async () => {
      const answer = await world.api('GET', '', { fields: 'name,aproximate_count' });
      expect(codeOf(answer)).toEqual([100]);
      expect(answer.text).toContain('nonexisting field (aproximate_count)');
      expect(codeOf(await world.api('GET', '', { fields: 'constructor' }))).toEqual([100]);
    });

    test('tell their size in round numbers, once it is large enough', async () => {
      const rows = Array.from({ length: 1234 }, (_, index) => [mail(`p${index}`)]);
      await world.add(['EMAIL'], rows);
      const fields =
        'approximate_count_lower_bound,approximate_count_upper_bound,operation_status,delivery_status';
      expect((await world.api('GET', '', { fields })).body).toMatchObject({
        approximate_count_lower_bound: 1200,
        approximate_count_upper_bound: 1300,
        operation_status: { code: 200 },
        delivery_status: { code: 200 },
      });
    });

    test('are being populated for as long as it takes', async () => {
      await turn({ settleMs: 60_000 });
      await addSomebody();
      const code = async () =>
        (await world.api('GET', '', { fields: 'operation_status' })).body['operation_status'];
      expect(await code()).toMatchObject({ code: 441 });
      world.clock.ms += 60_000;
      expect(await code()).toMatchObject({ code: 200 });
    });

    test('are made, listed by pages, renamed and deleted', async () => {
      const made = await create({ description: 'All', retention_days: 30 });
      const id = String(made.body['id']);
      const first = await world.api('GET', `${account}/customaudiences`, {
        fields: 'name',
        limit: 1,
      });
      expect(first.body['data']).toMatchObject([{ name: 'Trivet sample audience' }]);
      const { next } = first.body['paging'] as { next: string };
      const second = await call(next, {});
      expect(second.body['data']).toEqual([{ name: 'Customers', id }]);
      expect(second.body['paging']).not.toHaveProperty('next');
      const renamed = await world.api('POST', `./${id}`, { name: 'Clients' });
      expect(renamed.body).toMatchObject({ success: true });
      const fields = 'name,description,retention_days';
      expect((await world.api('GET', `./${id}`, { fields })).body).toEqual({
        id,
        name: 'Clients',
        description: 'All',
        retention_days: 30,
      });
      expect((await world.api('DELETE', `./${id}`)).body).toEqual({ success: true });
      expect(codeOf(await world.api('GET', `./${id}`))).toEqual([1487366]);
    });

    test.each([
      ['a name', { name: '' }],
      ['a subtype', { subtype: undefined }],
      ['where the list comes from', { customer_file_source: 'SOMEWHERE' }],
      ['a retention of at most 180 days', { retention_days: 181 }],
    ])('need %s', async (_name, more) => {
      expect(codeOf(await create(more))).toEqual([100]);
    });

    test('are not deleted while lookalikes depend on them', async () => {
      await world.control('POST', `/audiences/${world.simulator.audienceId}`, { lookalikes: 1 });
      expect(codeOf(await world.api('DELETE', ''))).toEqual([2656]);
    });

    test('are flagged for what their name suggests, and then take no edits', async () => {
      const made = await create({ name: 'People with diabetes' });
      const audience = `./${String(made.body['id'])}`;
      const fields = 'operation_status,delivery_status,fields_violating_integrity_policy';
      expect((await world.api('GET', audience, { fields })).body).toMatchObject({
        operation_status: { code: 471 },
        delivery_status: { code: 400 },
        fields_violating_integrity_policy: ['name'],
      });
      const payload = { schema: 'EMAIL', data: [mail('ada')] };
      for (const method of ['POST', 'DELETE']) {
        const edited = await world.api(method, `${audience}/users`, { payload });
        expect(codeOf(edited)).toEqual([100, 1713230]);
      }
      const renamed = await world.api('POST', audience, { name: 'People' });
      expect(codeOf(renamed)).toEqual([100, 1713228]);
    });

    test('that are not there, or another account’s, cannot be told apart from hidden ones', async () => {
      expect(codeOf(await world.api('GET', './123'))).toEqual([100, 33]);
      expect(codeOf(await world.api('GET', './act_123/customaudiences'))).toEqual([100, 33]);
      expect(codeOf(await world.api('PUT', '/users'))).toEqual([100, 33]);
      expect(codeOf(await world.api('GET', './a/b/c'))).toEqual([2500]);
    });

    test('never show who is in them', async () => {
      await addSomebody();
      expect(codeOf(await world.api('GET', '/users'))).toEqual([100, 33]);
    });
  });

  describe('its terms', () => {
    const terms = async () =>
      (await world.api('GET', account, { fields: 'tos_accepted,user_tos_accepted' })).body;

    test('are shown, and without them lists are neither made nor filled', async () => {
      expect(await terms()).toMatchObject({ tos_accepted: { custom_audience_tos: 1 } });
      await turn({ termsAccepted: false });
      expect(await terms()).toMatchObject({ tos_accepted: {}, user_tos_accepted: {} });
      for (const refusal of [await create(), await addSomebody()]) {
        expect([refusal.status, ...codeOf(refusal)]).toEqual([403, 200, 1870090]);
      }
    });

    test('can be read and accepted', async () => {
      await turn({ termsAccepted: false });
      const { body } = await world.api('GET', `${account}/customaudiencestos`);
      const [tos] = body['data'] as readonly Body[];
      expect(codeOf(await world.api('POST', `${account}/customaudiencestos`))).toEqual([100]);
      await world.api('POST', `${account}/customaudiencestos`, { tos_id: tos?.['id'] });
      expect((await addSomebody()).status).toBe(200);
    });

    test('need a business behind the account', async () => {
      await turn({ businessLinked: false });
      expect(codeOf(await addSomebody())).toEqual([200, 1870050]);
    });

    test('an account refuses a field that it does not know', async () => {
      expect((await world.api('GET', account)).body).toEqual({
        account_id: world.simulator.adAccountId.slice(4),
        id: world.simulator.adAccountId,
      });
      expect(codeOf(await world.api('GET', account, { fields: 'tos' }))).toEqual([100]);
    });
  });

  describe('who may call', () => {
    const url = (path: string) => `${world.simulator.baseUrl}${path}`;

    test('a token in the URL, in the body or in the header', async () => {
      const { accessToken, audienceId } = world.simulator;
      const path = url(`/v26.0/${audienceId}`);
      const headers = { authorization: `Bearer ${accessToken}` };
      expect((await call(path, { headers })).status).toBe(200);
      expect((await call(`${path}?access_token=${accessToken}`, {})).status).toBe(200);
      expect(codeOf(await call(path, {}))).toEqual([104]);
      expect(codeOf(await call(`${path}?access_token=other`, {}))).toEqual([190]);
    });

    test.each([
      ['expired', [190, 463]],
      ['password', [190, 460]],
      ['checkpoint', [190, 459]],
      ['invalid', [190, 467]],
    ])('a token that is %s is refused', async (token, code) => {
      await turn({ token });
      expect(codeOf(await addSomebody())).toEqual(code);
      await turn({ token: 'valid' });
      expect((await addSomebody()).status).toBe(200);
    });

    test.each([
      ['ads-management-missing', [294]],
      ['denied', [200]],
      ['capability', [10]],
    ])('a permission that is %s is asked for', async (permission, code) => {
      await turn({ permission });
      expect(codeOf(await addSomebody())).toEqual(code);
    });
  });

  describe('versions', () => {
    const at = async (version: string): Promise<Answer> => {
      const { baseUrl, audienceId, accessToken } = world.simulator;
      return call(`${baseUrl}/${version}/${audienceId}?access_token=${accessToken}`, {});
    };

    test('live as long as the settings say', async () => {
      expect((await at('v26.0')).headers.get('facebook-api-version')).toBe('v26.0');
      expect((await at('v24.0')).status).toBe(200);
      expect(codeOf(await at('v23.0'))).toEqual([2635]);
      expect(codeOf(await at('v27.0'))).toEqual([2500]);
      expect(codeOf(await at('v26.1'))).toEqual([2500]);
      await turn({ oldestVersion: 26, newestVersion: 27 });
      expect(codeOf(await at('v25.0'))).toEqual([2635]);
      expect((await at('v27.0')).status).toBe(200);
    });

    test('that are dead may be answered by a living one in silence', async () => {
      await turn({ deadVersion: 'upgrade' });
      const answer = await at('v20.0');
      expect([answer.status, answer.headers.get('facebook-api-version')]).toEqual([200, 'v24.0']);
    });

    test('must be there', async () => {
      const { baseUrl, audienceId } = world.simulator;
      const answer = await call(`${baseUrl}/${audienceId}`, {});
      expect(answer.status).toBe(404);
      expect(answer.body['error']).toContain('the API is below /v26.0');
    });
  });
});
