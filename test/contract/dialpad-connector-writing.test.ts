/** Creates, changes and deletions, by the calls they take and by what Dialpad holds afterwards. */
import type { RemoteId } from '../../lib/engine/model.ts';
import { idOfUid } from '../../lib/connectors/dialpad/uid.ts';
import type { AppCommand } from '../../lib/ports/app.ts';
import {
  appliedOf,
  create,
  key,
  kinds,
  remote,
  shown,
  startConnectorWorld,
  update,
  valueOf,
} from './dialpad-connector-world.ts';
import type { ConnectorWorld } from './dialpad-connector-world.ts';
import type { Body } from './dialpad-simulator-world.ts';

const [A, B, C, D] = ['+14155550100', '+14155550101', '+14155550102', '+14155550103'] as const;

describe('the Dialpad connector writes', () => {
  let world: ConnectorWorld;

  beforeEach(async () => {
    world = await startConnectorWorld();
  });

  afterEach(async () => {
    await world.stop();
  });

  const idOf = (of: string): RemoteId => idOfUid(world.dialpad.simulator.companyId, `main-${of}`);

  const made = async (of: string, fields: Readonly<Record<string, string>>): Promise<RemoteId> => {
    const [outcome] = await world.push(create(of, fields));
    return appliedOf(outcome).remoteId as RemoteId;
  };

  test('a create is one look and one PUT under our own uid, and shows what was made', async () => {
    const [outcome] = await world.push(
      create('17', { first_name: 'Ada', 'phones.primary': A, 'emails.primary': 'ada@x.test' }),
    );
    expect(appliedOf(outcome)).toMatchObject({
      remoteId: idOf('17'),
      existence: 'present',
      version: null,
      raw: { first_name: 'Ada', last_name: null, 'phones.primary': A, 'phones.extra': [] },
    });
    // Whose key it is, is asked once in each push: a create with another company's would land there.
    expect(world.calls()).toEqual({
      'GET /company': 1,
      'GET /contacts/{id}': 1,
      'PUT /contacts': 1,
    });
    expect(world.app.keyOf?.(idOf('17'))).toBe('17');
    expect(world.process({ installation: 'other' }).keyOf?.(idOf('17'))).toBeNull();
  });

  test('a create whose answer was lost is found by its key, and made again it is told to look', async () => {
    await world.fault({ kind: 'timeout-after', ms: 1, match: 'PUT /api/v2/contacts', count: 2 });
    const lost = await world.push(create('17', { first_name: 'Ada', 'phones.primary': A }));
    expect(lost).toMatchObject([{ kind: 'retry', ambiguous: true }]);
    const [found] = await world.fetch({ remoteId: null, match: A, key: key('17') });
    expect(valueOf(found)).toMatchObject({ remoteId: idOf('17'), existence: 'present' });
    await world.dialpad.person('edit', { uid: 'main-17', set: { phones: [A, B] } });
    expect(kinds(await world.push(create('17', { first_name: 'Ada' })))).toEqual(['exists']);
    expect(await shown(world, idOf('17'))).toMatchObject({ phones: [A, B] });
  });

  test('an installation’s hyphens keep it apart from others in its uids', async () => {
    const app = world.process({ installation: 'my-crm' });
    await app.push([create('17', { first_name: 'Ada' })], world.budget);
    const { companyId } = world.dialpad.simulator;
    expect((await shown(world, idOfUid(companyId, 'myHcrm-17')))['first_name']).toBe('Ada');
  });

  test.each([
    { patchOmitted: 'keep', patchNull: 'clear' },
    { patchOmitted: 'keep', patchNull: 'omitted' },
    { patchOmitted: 'clear', patchNull: 'clear' },
    { patchOmitted: 'clear', patchNull: 'omitted' },
  ])(
    'all changes of a record are one look and one PATCH, and what people added stays, with %j',
    async (reading) => {
      const id = await made('17', { first_name: 'Ada', 'phones.primary': A });
      const set = { last_name: 'Lovelace', phones: [A, B], emails: ['ada@home.test'] };
      await world.dialpad.person('edit', { id, set });
      await world.dialpad.settings(reading);
      const before = world.calls();
      const agreed = { 'phones.primary': A, 'phones.extra': [] };
      const commands: AppCommand[] = [
        { kind: 'rename', key: key('17'), remoteId: id, path: 'phones.primary', to: C, agreed },
        { kind: 'tags', key: key('17'), remoteId: id, path: 'phones.extra', add: [D], remove: [] },
        {
          ...update(id, { job_title: 'Countess', first_name: 'Augusta' }),
          key: key('17'),
          agreed,
        } as AppCommand,
      ];
      const outcomes = await world.push(...commands);
      expect(kinds(outcomes)).toEqual(['applied', 'applied', 'applied']);
      const { phones, ...rest } = await shown(world, id);
      expect({ phones, ...rest }).toMatchObject({
        first_name: 'Augusta',
        last_name: 'Lovelace',
        job_title: 'Countess',
        phones: [C, B, D],
        emails: ['ada@home.test'],
      });
      expect(appliedOf(outcomes[0]).raw['phones.extra']).toEqual([B, D]);
      expect(difference(before, world.calls())).toEqual({
        'GET /contacts/{id}': 2,
        'PATCH /contacts/{id}': 1,
      });
    },
  );

  test('of several values the one that is refused is found, and the others are not lost', async () => {
    const id = await made('17', { first_name: 'Ada', 'phones.primary': A });
    await world.fault({ kind: 'error', error: 'bad-request', match: 'PATCH *', count: 2 });
    const [outcome] = await world.push(update(id, { first_name: 'Bad', job_title: 'Good' }));
    expect(outcome).toMatchObject({ kind: 'rejected', path: 'first_name' });
    expect(await shown(world, id)).toMatchObject({ first_name: 'Ada', job_title: 'Good' });
  });

  test('a number that cannot be dialled is refused here, by its field, before any write', async () => {
    const id = await made('17', { first_name: 'Ada', 'phones.primary': A });
    const [outcome] = await world.push(update(id, { 'phones.primary': '4253', first_name: 'Bo' }));
    expect(outcome).toMatchObject({ kind: 'rejected', path: 'phones.primary' });
    expect(world.calls()['PATCH /contacts/{id}']).toBeUndefined();
  });

  test('a removal deletes, whatever it is called, and is done when it was done already', async () => {
    const [first, second] = [
      await made('1', { first_name: 'A' }),
      await made('2', { first_name: 'B' }),
    ];
    const outcomes = await world.push(
      { kind: 'archive', key: key('1'), remoteId: first },
      { kind: 'delete', key: key('2'), remoteId: second },
    );
    expect(kinds(outcomes)).toEqual(['applied', 'applied']);
    expect(kinds(await world.push({ kind: 'delete', key: key('1'), remoteId: first }))).toEqual([
      'gone',
    ]);
    const looked = await world.fetch({ remoteId: first, match: null });
    expect(valueOf(looked[0])).toMatchObject({ remoteId: first, existence: 'absent' });
  });

  test('one troubled contact does not stop the others; a bad key stops all', async () => {
    const ids = [
      await made('1', { first_name: 'A' }),
      await made('2', { first_name: 'B' }),
    ] as const;
    const path = `PATCH /api/v2/contacts/${encodeURIComponent(ids[1])}`;
    await world.fault({ kind: 'status', status: 500, match: path });
    const one = await world.push(
      update(ids[0], { job_title: 'x' }),
      update(ids[1], { job_title: 'x' }),
    );
    expect(one).toMatchObject([
      { kind: 'applied' },
      { kind: 'retry', scope: 'record', ambiguous: true },
    ]);
    await world.dialpad.settings({ key: 'revoked' });
    const all = await world.push(
      update(ids[0], { job_title: 'y' }),
      update(ids[1], { job_title: 'y' }),
    );
    expect(kinds(all)).toEqual(['halted', 'halted']);
  });

  test('with the key of another company nobody is taken for deleted', async () => {
    const id = await made('1', { first_name: 'A' });
    const app = world.process({ company: '42' });
    expect(await app.fetch([{ remoteId: remote('123'), match: null }], world.budget)).toMatchObject(
      [
        {
          kind: 'halted',
          reason: expect.stringContaining('belongs to the Dialpad company') as string,
        },
      ],
    );
    expect(
      await app.push([{ kind: 'delete', key: key('1'), remoteId: remote(`${id}x`) }], world.budget),
    ).toMatchObject([{ kind: 'halted' }]);
    expect(await app.identify(world.budget)).toMatchObject({ kind: 'halted' });
  });

  test('an answer that shows ids as numbers names the same contacts', async () => {
    await world.dialpad.settings({ numberIds: 'number' });
    expect(await world.app.identify(world.budget)).toEqual({
      kind: 'ok',
      value: {
        account: world.dialpad.simulator.companyId,
        object: world.dialpad.simulator.companyId,
      },
    });
  });
});

function difference(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
) {
  const counted = Object.entries(after).map(
    ([route, count]) => [route, count - (before[route] ?? 0)] as const,
  );
  return Object.fromEntries(counted.filter(([, count]) => count > 0)) as Body;
}
