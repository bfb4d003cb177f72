/** Adding and removing people: schemas, hashes, invalid entries, who is in afterwards. */
import { call, codeOf, dayMs, mail, sha256, startMeta } from './meta-simulator-world.ts';
import type { Body, MetaWorld } from './meta-simulator-world.ts';

describe('the users of the simulated Meta', () => {
  let world: MetaWorld;

  beforeEach(async () => {
    world = await startMeta();
  });

  afterEach(async () => {
    await world.stop();
  });

  const emails = (...names: string[]) => names.map((name) => [mail(name)]);
  const stats = async (): Promise<Body> => (await world.control('GET', '/stats')).body;

  test('are added by several keys, and the answer counts them', async () => {
    const { status, body } = await world.add(
      ['EXTERN_ID', 'EMAIL', 'FN'],
      [
        ['crm-1', mail('ada'), sha256('ada')],
        ['crm-2', mail('bob'), ''],
      ],
    );
    expect(status).toBe(200);
    expect(body).toEqual({
      audience_id: world.simulator.audienceId,
      session_id: expect.stringMatching(/^\d+$/) as unknown,
      num_received: 2,
      num_invalid_entries: 0,
      invalid_entry_samples: {},
    });
    expect(await world.members()).toEqual([
      { EXTERN_ID: 'crm-1', EMAIL: mail('ada'), FN: sha256('ada') },
      { EXTERN_ID: 'crm-2', EMAIL: mail('bob') },
    ]);
  });

  test.each([
    ['EMAIL_SHA256', [mail('ada'), mail('bob')]],
    ['EMAIL_SHA256', emails('ada', 'bob')],
    ['EMAIL', [mail('ada'), mail('bob')]],
    [['EMAIL'], emails('ada', 'bob')],
    [['EMAIL_SHA256'], emails('ada', 'bob')],
  ])('are added by the one key %j, in a flat list or in rows', async (schema, data) => {
    expect((await world.add(schema, data)).body['num_received']).toBe(2);
    expect(await world.members()).toEqual([{ EMAIL: mail('ada') }, { EMAIL: mail('bob') }]);
  });

  test('are a set: who is in already is not in twice', async () => {
    await world.add(['EMAIL'], emails('ada', 'ada'));
    await world.add(['EMAIL'], emails('ada'));
    expect(await world.members()).toHaveLength(1);
  });

  test.each([
    ['an address in the clear', ['EMAIL'], 'mary@example.com'],
    ['a hash in capitals', ['EMAIL'], mail('ada').toUpperCase()],
    ['a shortened hash', ['PHONE'], sha256('15559876543').slice(0, 40)],
    ['another algorithm', ['EMAIL'], '5d41402abc4b2a76b9719d911017c592'],
    ['a name in the clear', ['FN'], 'mary'],
    ['a country in the clear', ['COUNTRY'], 'us'],
    ['a device in capitals', ['MADID'], 'AECE52E7-03EE-455A-B3C4-E57283966239'],
    ['a number instead of text', ['PHONE'], 15559876543],
    ['nothing at all', ['EMAIL'], ''],
  ])('with %s are invalid entries, and the others get in', async (_name, [key], value) => {
    const bad = [value, ''];
    const { status, body } = await world.add([key, 'LN'], [[mail('ada'), sha256('x')], bad]);
    // A device is no hash, so the good row is one that any key takes.
    const good = key === 'MADID' ? 0 : 1;
    expect([status, body['num_received'], body['num_invalid_entries']]).toEqual([200, 2, 2 - good]);
    expect(await world.members()).toHaveLength(good);
    expect(await stats()).toMatchObject({ rowsReceived: 2, rowsInvalid: 2 - good });
  });

  test('with hashes of nothing are taken, for the vendor cannot know, and counted for us', async () => {
    const { body } = await world.add(['EMAIL', 'PHONE'], [[mail('ada'), sha256('')]]);
    expect(body['num_invalid_entries']).toBe(0);
    expect(await stats()).toMatchObject({ rowsInvalid: 0, emptyHashes: 1 });
  });

  test('that are invalid come back as samples, in a map or in a list, at most a hundred', async () => {
    const data = Array.from({ length: 150 }, (_, index) => [`p${index}@trivet.test`]);
    const map = (await world.add(['EMAIL'], data)).body;
    expect(map['num_invalid_entries']).toBe(150);
    expect(Object.entries(map['invalid_entry_samples'] as Body)).toHaveLength(100);
    expect(map['invalid_entry_samples']).toMatchObject({ 0: 'p0@trivet.test' });
    await world.control('POST', '/settings', { samples: 'array' });
    const list = (await world.add(['EMAIL'], data)).body['invalid_entry_samples'];
    expect(list).toHaveLength(100);
    expect((await world.add(['EMAIL'], emails('ada'))).body['invalid_entry_samples']).toEqual([]);
  });

  test('are counted by bad values when told so, for the number is not exact', async () => {
    await world.control('POST', '/settings', { invalidCounts: 'values' });
    const { body } = await world.add(['EMAIL', 'FN'], [['ada@trivet.test', 'Ada']]);
    expect(body).toMatchObject({ num_received: 1, num_invalid_entries: 2 });
  });

  test.each([
    ['no payload', {}],
    ['an unknown key', { payload: { schema: ['DOB'], data: [['x']] } }],
    ['a key twice', { payload: { schema: ['EMAIL', 'EMAIL_SHA256'], data: [['x', 'y']] } }],
    ['no rows', { payload: { schema: ['EMAIL'], data: [] } }],
    ['a row too short', { payload: { schema: ['EMAIL', 'FN'], data: [[mail('a')]] } }],
    ['page ids missing', { payload: { schema: ['PAGEUID'], data: [['1']] } }],
    ['broken JSON in a text', { payload: '{"schema":' }],
  ])('are refused whole with %s', async (_name, params) => {
    expect(codeOf(await world.api('POST', '/users', params as Body))).toEqual([100]);
    expect(await world.members()).toEqual([]);
  });

  test('come in requests of at most 10,000 rows', async () => {
    const rows = Array.from({ length: 10_001 }, (_, index) => [mail(`p${index}`)]);
    expect(codeOf(await world.add(['EMAIL'], rows))).toEqual([105]);
    expect((await world.add(['EMAIL'], rows.slice(1))).body['num_received']).toBe(10_000);
  });

  test('are removed by any identifier that tells them from others', async () => {
    await world.add(
      ['EMAIL', 'PHONE', 'FN'],
      [
        [mail('ada'), sha256('1'), sha256('ada')],
        [mail('bob'), sha256('2'), sha256('bob')],
        [mail('eve'), '', sha256('eve')],
      ],
    );
    await world.remove(['EMAIL'], emails('ada'));
    await world.remove(['PHONE', 'FN'], [[sha256('2'), '']]);
    expect(await world.members()).toEqual([{ EMAIL: mail('eve'), FN: sha256('eve') }]);
  });

  test('leave once, however many rows had brought them: two rows with one address are one person', async () => {
    await world.add(
      ['EMAIL', 'FN'],
      [
        [mail('home'), sha256('ada')],
        [mail('home'), sha256('bob')],
      ],
    );
    await world.remove(['EMAIL', 'FN'], [[mail('home'), sha256('ada')]]);
    expect(await world.members()).toEqual([]);
  });

  test('without a telling identifier are removed only by rows that say no more than they do', async () => {
    await world.add(['FN', 'ZIP'], [[sha256('ada'), sha256('10001')]]);
    await world.remove(['FN', 'ZIP'], [[sha256('ada'), sha256('10002')]]);
    expect(await world.members()).toHaveLength(1);
    await world.remove(['FN', 'ZIP'], [[sha256('ada'), sha256('10001')]]);
    expect(await world.members()).toEqual([]);
  });

  test('that are not in can be removed without an error', async () => {
    const { status, body } = await world.remove(['EMAIL'], emails('nobody'));
    expect([status, body['num_received'], body['num_invalid_entries']]).toEqual([200, 1, 0]);
  });

  test('are known by an external id for ninety days after it was last sent', async () => {
    await world.add(['EXTERN_ID', 'EMAIL'], [['crm-1', mail('ada')]]);
    await world.remove('EMAIL', [mail('ada')]);
    await world.add('EXTERN_ID', ['crm-1', 'crm-2']);
    expect(await world.members()).toEqual([{ EXTERN_ID: 'crm-1', EMAIL: mail('ada') }]);
    world.clock.ms += 91 * dayMs;
    await world.remove('EXTERN_ID', ['crm-1']);
    expect(await world.members()).toHaveLength(1);
    await world.remove(['EXTERN_ID', 'EMAIL'], [['crm-1', mail('ada')]]);
    expect(await world.members()).toEqual([]);
  });

  test('carry Limited Data Use each for themselves, and nothing but LDU is an option', async () => {
    const schema = [
      'EMAIL',
      'DATA_PROCESSING_OPTIONS',
      'DATA_PROCESSING_OPTIONS_COUNTRY',
      'DATA_PROCESSING_OPTIONS_STATE',
    ];
    const { body } = await world.add(schema, [
      [mail('ada'), ['LDU'], 1, 1000],
      [mail('bob'), ['LDU'], 0, 0],
      [mail('eve'), [], 0, 0],
      [mail('joe'), ['XYZ'], 1, 1000],
    ]);
    expect(body['num_invalid_entries']).toBe(1);
    expect(await world.members()).toEqual([
      { EMAIL: mail('ada'), dataProcessing: { country: 1, state: 1000 } },
      { EMAIL: mail('bob'), dataProcessing: { country: 0, state: 0 } },
      { EMAIL: mail('eve') },
    ]);
    await world.add(['EMAIL'], emails('ada'));
    expect(await world.members()).toContainEqual({ EMAIL: mail('ada') });
  });

  test('come as JSON, as a form, as multipart, and leave by POST with a method', async () => {
    const url = `${world.simulator.baseUrl}/v26.0/${world.simulator.audienceId}/users`;
    const payload = JSON.stringify({ schema: 'EMAIL', data: [mail('ada')] });
    const access_token = world.simulator.accessToken;
    const form = new URLSearchParams({ access_token, payload });
    expect((await call(url, { method: 'POST', body: form })).body['num_received']).toBe(1);
    const multipart = new FormData();
    multipart.set('access_token', access_token);
    multipart.set('payload', payload.replace(mail('ada'), mail('bob')));
    expect((await call(url, { method: 'POST', body: multipart })).body['num_received']).toBe(1);
    expect(await world.members()).toHaveLength(2);
    form.set('method', 'delete');
    await call(url, { method: 'POST', body: form });
    expect(await world.members()).toEqual([{ EMAIL: mail('bob') }]);
    expect(await stats()).toMatchObject({
      payloadsInUrl: 0,
      routes: { 'POST /{audience}/users': { 200: 2 }, 'DELETE /{audience}/users': { 200: 1 } },
    });
  });

  test('in the URL of a removal are counted, and too many of them never arrive', async () => {
    const url = `${world.simulator.baseUrl}/v26.0/${world.simulator.audienceId}/users`;
    const removeInUrl = async (count: number) => {
      const data = Array.from({ length: count }, (_, index) => mail(`p${index}`));
      const payload = JSON.stringify({ schema: 'EMAIL', data });
      const query = new URLSearchParams({ access_token: world.simulator.accessToken, payload });
      return call(`${url}?${query.toString()}`, { method: 'DELETE' });
    };
    expect((await removeInUrl(10)).status).toBe(200);
    expect(await stats()).toMatchObject({ payloadsInUrl: 1 });
    expect((await removeInUrl(2000)).status).toBe(431);
  });

  test('leave every audience at once when they opted out', async () => {
    const { adAccountId } = world.simulator;
    const made = await world.api('POST', `./${adAccountId}/customaudiences`, {
      name: 'Second',
      subtype: 'CUSTOM',
      customer_file_source: 'USER_PROVIDED_ONLY',
    });
    const second = String(made.body['id']);
    const payload = { schema: 'EMAIL', data: [mail('ada'), mail('bob')] };
    await world.api('POST', '/users', { payload });
    await world.api('POST', `./${second}/users`, { payload });
    const gone = await world.api('DELETE', `./${adAccountId}/usersofanyaudience`, {
      payload: { schema: 'EMAIL', data: [mail('ada')] },
    });
    expect(gone.body).toMatchObject({ num_received: 1, num_invalid_entries: 0 });
    expect(await world.members()).toEqual([{ EMAIL: mail('bob') }]);
    const other = await world.control('GET', `/audiences/${second}?holds=${mail('ada')}`);
    expect(other.body).toMatchObject({ size: 1, members: [] });
  });

  test('of a value-based audience need a value', async () => {
    const made = await world.api('POST', `./${world.simulator.adAccountId}/customaudiences`, {
      name: 'Valued',
      subtype: 'CUSTOM',
      customer_file_source: 'USER_PROVIDED_ONLY',
      is_value_based: true,
    });
    const users = `./${String(made.body['id'])}/users`;
    const bare = { schema: ['EMAIL'], data: emails('ada') };
    expect(codeOf(await world.api('POST', users, { payload: bare }))).toEqual([100]);
    const valued = { schema: ['EMAIL', 'LOOKALIKE_VALUE'], data: [[mail('ada'), 44.5]] };
    const added = await world.api('POST', users, { payload: valued });
    expect(added.body).toMatchObject({ num_received: 1, num_invalid_entries: 0 });
  });
});
