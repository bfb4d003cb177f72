/** Contacts of the simulated Dialpad: made, found, changed and deleted, in both readings where there are two. */
import { ada, call, itemsOf, messageOf, pathOf, startDialpad } from './dialpad-simulator-world.ts';
import type { Body, DialpadWorld } from './dialpad-simulator-world.ts';

describe('contacts of the simulated Dialpad', () => {
  let world: DialpadWorld;

  beforeEach(async () => {
    world = await startDialpad();
  });

  afterEach(async () => {
    await world.stop();
  });

  const put = async (uid: string, more: Body = {}) =>
    world.api('PUT', '/contacts', { uid, ...ada, ...more });

  test('are made by PUT under an id that follows from the uid, once', async () => {
    const first = await put('trivet-17');
    expect(first.status).toBe(200);
    expect(first.body).toEqual({
      ...ada,
      id: `shared_contact_pool_Company:${world.simulator.companyId}_uid_trivet-17`,
      display_name: 'Ada Lovelace',
      primary_email: 'ada@trivet.test',
      primary_phone: '+14155550100',
      type: 'shared',
    });
    const second = await put('trivet-17', { job_title: 'Countess' });
    expect(second.body['id']).toBe(first.body['id']);
    expect(itemsOf(await world.api('GET', '/contacts'))).toEqual([second.body]);
    expect((await world.api('GET', pathOf(first.body['id']))).body).toEqual(second.body);
  });

  test('keep or lose at a second PUT what it does not name', async () => {
    await put('1', { company_name: 'Engines' });
    expect((await put('1')).body).not.toHaveProperty('company_name');
    await world.settings({ putExisting: 'merge' });
    await put('1', { company_name: 'Engines' });
    expect((await put('1')).body['company_name']).toBe('Engines');
  });

  test('are made by POST as often as it is called, under numbers', async () => {
    const ids = new Set<unknown>();
    for (let n = 0; n < 3; n += 1) ids.add((await world.api('POST', '/contacts', ada)).body['id']);
    expect(ids.size).toBe(3);
    for (const id of ids) expect(Number.isSafeInteger(Number(id))).toBe(true);
  });

  test('belong to one user when the POST says so', async () => {
    await world.api('POST', '/contacts', { ...ada, owner_id: '42' });
    await put('1');
    const typesOf = async (query: string) =>
      itemsOf(await world.api('GET', `/contacts${query}`)).map(({ type }) => String(type));
    expect(await typesOf('')).toEqual(['shared']);
    expect(await typesOf('?owner_id=42')).toEqual(['local']);
    expect((await typesOf('?include_local=true')).toSorted()).toEqual(['local', 'shared']);
  });

  test.each([
    ['POST', { first_name: 'Ada' }, 'last_name is required'],
    ['POST', { first_name: null, last_name: 'L' }, 'first_name is required'],
    ['PUT', { ...ada, uid: '' }, 'uid is required'],
    ['PUT', ada, 'uid is required'],
    ['PUT', { ...ada, uid: '1', last_name: ' ' }, 'last_name must not be empty'],
    ['PUT', { ...ada, uid: '1', phones: ['4155550100'] }, 'not in e164'],
    ['PUT', { ...ada, uid: '1', phones: ['+1 415 555 0100'] }, 'not in e164'],
    ['PUT', { ...ada, uid: '1', phones: ['+14155550100', ''] }, 'not in e164'],
    ['PUT', { ...ada, uid: '1', job_title: 'two\nlines' }, 'single line'],
    ['PUT', { ...ada, uid: '1', emails: 'ada@trivet.test' }, 'a list of strings'],
    ['PUT', { ...ada, uid: '1', extension: 12 }, 'a string'],
    ['PUT', [ada], 'a JSON object'],
  ])('are refused to %s %j: %s', async (method, body, message) => {
    const answer = await world.api(method, '/contacts', body);
    expect(answer.status).toBe(400);
    expect(messageOf(answer)).toContain(message);
    expect(itemsOf(await world.api('GET', '/contacts'))).toEqual([]);
  });

  test('lose by PATCH what it does not name, or keep it; lists are replaced in any case', async () => {
    const { id } = (await put('1', { company_name: 'Engines', urls: ['https://crm.test/1'] })).body;
    const change = { job_title: 'Countess', phones: ['+14155550199'] };
    const kept = await world.api('PATCH', pathOf(id), change);
    expect(kept.body).toMatchObject({
      company_name: 'Engines',
      first_name: 'Ada',
      urls: ['https://crm.test/1'],
      phones: ['+14155550199'],
      primary_phone: '+14155550199',
    });
    await world.settings({ patchOmitted: 'clear' });
    const cleared = await world.api('PATCH', pathOf(id), change);
    expect(cleared.body).toEqual({
      id,
      type: 'shared',
      display_name: '+14155550199',
      primary_phone: '+14155550199',
      ...change,
    });
  });

  test('take null as a value, or as nothing said; an empty text always clears', async () => {
    const { id } = (await put('1', { company_name: 'Engines', job_title: 'Countess' })).body;
    const patch = async (body: Body) => (await world.api('PATCH', pathOf(id), body)).body;
    await world.settings({ patchNull: 'omitted' });
    expect(await patch({ job_title: null, emails: null })).toMatchObject({
      job_title: 'Countess',
      emails: ada.emails,
    });
    expect(await patch({ job_title: '', emails: [] })).toMatchObject({ job_title: '' });
    await world.settings({ patchNull: 'clear' });
    expect(await patch({ company_name: null })).not.toHaveProperty('company_name');
  });

  test('are shown with what they lack left out, null or empty', async () => {
    const { id } = (await put('1')).body;
    const show = async (emptyFields: string) => {
      await world.settings({ emptyFields });
      return (await world.api('GET', pathOf(id))).body;
    };
    expect(await show('null')).toMatchObject({ company_name: null, urls: null });
    expect(await show('empty')).toMatchObject({ company_name: '', urls: [] });
    expect(Object.keys(await show('omitted'))).not.toContain('urls');
  });

  test('are gone after DELETE, which answers with what was there', async () => {
    const { body } = await put('1');
    expect((await world.api('DELETE', pathOf(body['id']))).body).toEqual(body);
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const answer = await world.api(
        method,
        pathOf(body['id']),
        method === 'PATCH' ? {} : undefined,
      );
      expect(answer.status).toBe(404);
    }
    // The id comes back with the uid.
    expect((await put('1')).body['id']).toBe(body['id']);
  });

  test('want their id URL-encoded', async () => {
    const { id } = (await put('1')).body;
    const raw = await world.api('GET', `/contacts/${String(id)}`);
    expect(raw.status).toBe(400);
    expect(messageOf(raw)).toContain('URL-encoded');
    await world.settings({ rawIds: 'accept' });
    expect((await world.api('GET', `/contacts/${String(id)}`)).status).toBe(200);
    expect((await world.control('GET', '/stats')).body['rawIds']).toBe(2);
  });

  test('may have any uid, which never shows', async () => {
    const { id, ...shown } = (await put('a/b c?d#ü')).body;
    expect((await world.api('GET', pathOf(id))).body['id']).toBe(id);
    expect(JSON.stringify(shown)).not.toContain('uid');
  });

  test('are nobody’s without a key that is good for them', async () => {
    const url = `${world.simulator.baseUrl}/api/v2/contacts`;
    expect((await call(url, {})).status).toBe(401);
    expect((await call(url, { headers: { authorization: 'Bearer x' } })).status).toBe(401);
    expect((await call(`${url}?apikey=${world.simulator.apiKey}`, {})).status).toBe(200);
    expect((await world.control('GET', '/stats')).body['keysInUrl']).toBe(1);
    expect(JSON.stringify(world.exchanges())).not.toContain(world.simulator.apiKey);
    for (const [setting, status] of [
      [{ key: 'expired' }, 401],
      [{ key: 'revoked' }, 401],
      [{ key: 'valid', permission: 'none' }, 403],
      [{ permission: 'contacts' }, 200],
    ] as const) {
      await world.settings(setting);
      expect((await world.api('GET', '/contacts')).status).toBe(status);
    }
    expect((await world.api('GET', '/company')).status).toBe(403);
    expect((await world.api('GET', '/subscriptions/contact')).status).toBe(403);
  });

  test('are not found elsewhere', async () => {
    expect((await world.api('GET', '/contact')).status).toBe(404);
    expect((await world.api('POST', '/contacts/1')).status).toBe(405);
    const broken = await call(`${world.simulator.baseUrl}/api/v2/contacts`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${world.simulator.apiKey}` },
      body: '{',
    });
    expect(broken.status).toBe(400);
    expect((await call(`${world.simulator.baseUrl}/v2/contacts`, {})).status).toBe(404);
  });
});
