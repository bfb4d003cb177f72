/** The Meta connector telling the simulated Meta: who is in afterwards, and what it cost in calls. */
import { mail, sha256 } from './meta-simulator-world.ts';
import { isIn, startConnector, type ConnectorWorld } from './meta-connector-world.ts';

describe('the Meta connector', () => {
  let world: ConnectorWorld;

  beforeEach(async () => {
    world = await startConnector();
  });

  afterEach(async () => {
    await world.stop();
  });

  const person = (name: string, phone: string | null = null) =>
    world.row({ EMAIL: `${name}@trivet.test`, PHONE: phone, FN: name });
  const applied = { kind: 'applied' };

  test('says which end it is, and that nobody can be read', async () => {
    const budget = { remainingMs: () => 30_000 };
    const { adAccountId, audienceId } = world.simulator;
    expect(await world.replica.identify(budget)).toEqual({
      kind: 'ok',
      value: { account: adAccountId, object: audienceId },
    });
    expect(world.replica.capabilities.delta).toBe('none');
    expect(await world.replica.list(null, budget)).toMatchObject({
      value: { observations: [], done: true },
    });
  });

  test('puts a page of people in with one call, and hashes what it says of them', async () => {
    const people = Array.from({ length: 3000 }, (_, index) => person(`p${index}`, '+12133734253'));
    const outcomes = await world.send(...people.map((put) => ({ put })));
    expect(outcomes).toHaveLength(3000);
    expect(outcomes.filter(({ kind }) => kind !== 'applied')).toEqual([]);
    expect(world.uploads()).toEqual(['POST users 3000']);
    const members = await world.members();
    expect(members).toHaveLength(3000);
    expect(members[0]).toEqual({
      EMAIL: mail('p0'),
      PHONE: sha256('12133734253'),
      FN: sha256('p0'),
    });
    expect(JSON.stringify(world.exchanges())).not.toContain('trivet.test');
  });

  test('takes old identifiers out before the new ones go in', async () => {
    const before = person('ada', '+12133734253');
    await world.send({ put: before });
    const after = person('ada', '+12133734254');
    const take = before.ids.filter((id) => !after.ids.includes(id));
    expect(await world.send({ take, put: after })).toEqual([applied]);
    const members = await world.members();
    expect(members).toEqual([
      { EMAIL: mail('ada'), PHONE: sha256('12133734254'), FN: sha256('ada') },
    ]);
    expect(world.uploads()).toEqual(['POST users 1', 'DELETE users 1', 'POST users 1']);
  });

  test('takes out what one gives up before another brings it along', async () => {
    const ada = person('ada');
    await world.send({ put: ada });
    const outcomes = await world.send({ put: person('ada') }, { take: ada.ids });
    expect(outcomes).toEqual([applied, applied]);
    expect(isIn(await world.members(), mail('ada'))).toBe(true);
  });

  test('is told the same twice as well as once', async () => {
    const put = person('ada', '+12133734253');
    await world.send({ put });
    await world.send({ put });
    expect(await world.members()).toHaveLength(1);
    await world.send({ take: put.ids });
    expect(await world.send({ take: put.ids })).toEqual([applied]);
    expect(await world.members()).toEqual([]);
  });

  test('takes whoever opted out from every audience of the account', async () => {
    const made = await world.api('POST', `./${world.simulator.adAccountId}/customaudiences`, {
      name: 'Another list',
      subtype: 'CUSTOM',
      customer_file_source: 'USER_PROVIDED_ONLY',
    });
    const other = String(made.body['id']);
    const payload = { schema: ['EMAIL'], data: [[mail('ada')], [mail('bob')]] };
    await world.api('POST', `./${other}/users`, { payload });
    const [ada, bob] = [person('ada'), person('bob')];
    await world.send({ put: ada }, { put: bob });
    await world.send({ take: ada.ids, everywhere: true }, { take: bob.ids });
    expect(await world.members()).toEqual([]);
    const { body } = await world.control('GET', `/audiences/${other}`);
    expect(body['members']).toEqual([{ EMAIL: mail('bob') }]);
    expect(world.uploads().slice(-2)).toEqual(['DELETE usersofanyaudience 1', 'DELETE users 1']);
  });

  test('never puts rows or the token into a URL', async () => {
    const put = person('ada');
    await world.send({ put });
    await world.send({ take: put.ids });
    await world.send({ take: put.ids, everywhere: true });
    expect((await world.control('GET', '/stats')).body).toMatchObject({ payloadsInUrl: 0 });
    const paths = world.exchanges().map(({ path }) => path);
    expect(paths.filter((path) => path.includes(world.simulator.accessToken))).toEqual([]);
  });

  test('sends more than one call holds as batches of one session', async () => {
    const people = Array.from({ length: 10_002 }, (_, index) => person(`p${index}`));
    const outcomes = await world.send(...people.map((put) => ({ put })));
    expect(outcomes.every(({ kind }) => kind === 'applied')).toBe(true);
    expect(world.uploads()).toEqual(['POST users 10000', 'POST users 2']);
    const { body } = await world.control('GET', `/audiences/${world.simulator.audienceId}`);
    expect(body['sessions']).toMatchObject([{ num_received: '10002', stage: 'done' }]);
  });

  test('says nothing of a person nobody could be found by', () => {
    expect(world.ledger.encode({ EMAIL: 'no address', PHONE: null, FN: 'Ada' }, 0)).toMatchObject({
      kind: 'nobody',
      reason: expect.stringContaining('EMAIL') as string,
    });
  });
});

describe('Limited Data Use', () => {
  const spans = [
    ['true in its column', { DATA_PROCESSING_OPTIONS: true }, { country: 0, state: 0 }],
    [
      'a place in its columns',
      {
        DATA_PROCESSING_OPTIONS: 'LDU',
        DATA_PROCESSING_OPTIONS_COUNTRY: '1',
        DATA_PROCESSING_OPTIONS_STATE: '1000',
      },
      { country: 1, state: 1000 },
    ],
    ['nothing in its columns', {}, undefined],
  ] as const;

  test.each(spans)('goes with the person by %s', async (_name, columns, dataProcessing) => {
    const paths = [
      'EMAIL',
      'DATA_PROCESSING_OPTIONS',
      'DATA_PROCESSING_OPTIONS_COUNTRY',
      'DATA_PROCESSING_OPTIONS_STATE',
    ];
    const world = await startConnector({ paths });
    await world.send({ put: world.row({ EMAIL: 'ada@trivet.test', ...columns }) });
    const [member] = await world.members();
    expect(member?.['dataProcessing']).toEqual(dataProcessing);
    await world.stop();
  });

  test('goes with everybody where the configuration says so', async () => {
    const options = { limitedDataUse: { country: 1, state: 1000 } };
    const world = await startConnector({ paths: ['EMAIL'], options });
    await world.send({ put: world.row({ EMAIL: 'ada@trivet.test' }) });
    expect(await world.members()).toEqual([
      { EMAIL: mail('ada'), dataProcessing: { country: 1, state: 1000 } },
    ]);
    await world.stop();
  });
});
