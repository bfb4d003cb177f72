/** Single writes by contact_id: renames, consent, tags, removals, revivals. */
import type { AppCommand, AppOutcome } from '../../lib/ports/app.ts';
import {
  FNAME,
  type ConnectorWorld,
  key,
  kinds,
  members,
  remote,
  startConnectorWorld,
  update,
  containing,
} from './mailchimp-connector-world.ts';

let world: ConnectorWorld;

beforeEach(async () => {
  world = await startConnectorWorld();
});

afterEach(async () => {
  await world.stop();
});

const push = (...commands: AppCommand[]): Promise<readonly AppOutcome[]> =>
  world.app.push(commands, world.budget);

const seedOne = (more: object = {}): string | undefined =>
  world.simulator.seedMembers([{ email_address: 'ada@mail.test', ...more }])[0];

describe('single writes', () => {
  test('a rename keeps the contact, and a taken address is exists', async () => {
    const id = seedOne({ tags: ['vip'] });
    seedOne({ email_address: 'taken@mail.test' });
    const rename = (to: string): AppCommand => ({
      kind: 'rename',
      key: key('1'),
      remoteId: remote(id),
      path: 'email_address',
      to,
    });
    expect((await push(rename('taken@mail.test')))[0]).toMatchObject({ kind: 'exists' });
    expect((await push(rename('foo@example.com')))[0]).toMatchObject({
      kind: 'rejected',
      path: 'email_address',
    });
    expect((await push(rename('eve@mail.test')))[0]).toMatchObject({
      kind: 'applied',
      observed: { remoteId: id, raw: { email_address: 'eve@mail.test', tags: ['vip'] } },
    });
  });

  const consent = (id: string | undefined, to: string): AppCommand => ({
    kind: 'consent',
    key: key('1'),
    remoteId: remote(id),
    path: 'status',
    to,
  });

  test('a withdrawal and a grant set the status alone', async () => {
    const id = seedOne({ merge_fields: { FNAME: 'Ada' } });
    expect((await push(consent(id, 'complained')))[0]).toMatchObject({
      kind: 'applied',
      observed: { raw: { status: 'unsubscribed', [FNAME]: 'Ada' }, optInAt: null },
    });
    expect((await push(consent(id, 'subscribed')))[0]).toMatchObject({
      observed: { raw: { status: 'subscribed' }, optInAt: world.vendor.ms },
    });
  });

  test('who unsubscribed themself is not subscribed again, in the vendor’s words', async () => {
    const id = seedOne();
    await world.person('unsubscribe', { email: 'ada@mail.test' });
    expect((await push(consent(id, 'subscribed')))[0]).toMatchObject({
      kind: 'rejected',
      path: 'status',
      reason: containing('compliance state'),
    });
  });

  test('pending is never sent, nor is "never asked"', async () => {
    const id = seedOne();
    const before = world.exchanges.length;
    expect(kinds(await push(consent(id, 'pending')))).toEqual(['rejected']);
    expect(kinds(await push(consent(id, 'transactional')))).toEqual(['rejected']);
    expect(world.exchanges.length).toBe(before);
  });

  test('tags are added and removed one by one, and hand-made ones stay', async () => {
    const id = seedOne({ tags: ['hand-made', 'old'] });
    const [outcome] = await push({
      kind: 'tags',
      key: key('1'),
      remoteId: remote(id),
      path: 'tags',
      add: ['new'],
      remove: ['old', 'never there'],
    });
    expect(outcome).toMatchObject({
      kind: 'applied',
      observed: { raw: { tags: ['hand-made', 'new'] } },
    });
    expect(world.exchanges.find(({ method }) => method === 'POST')?.requestBody).toMatchObject({
      is_syncing: true,
    });
  });

  const remove = (kind: 'archive' | 'delete', id: string | undefined): AppCommand => ({
    kind,
    key: key('1'),
    remoteId: remote(id),
  });

  test('archiving twice is archived once; a bounced member is refused; a missing one is gone', async () => {
    const id = seedOne();
    const bounced = seedOne({ email_address: 'b@mail.test', status: 'cleaned' });
    expect(kinds(await push(remove('archive', id)))).toEqual(['applied']);
    expect((await push(remove('archive', id)))[0]).toMatchObject({
      kind: 'applied',
      observed: { existence: 'archived' },
    });
    expect((await push(remove('archive', bounced)))[0]).toMatchObject({
      kind: 'rejected',
      reason: containing('bounced'),
    });
    expect(kinds(await push(remove('archive', '0'.repeat(32))))).toEqual(['gone']);
  });

  test('a permanent deletion is one, and its repetition finds nobody', async () => {
    const id = seedOne();
    expect(kinds(await push(remove('delete', id)))).toEqual(['applied']);
    expect(kinds(await push(remove('delete', id)))).toEqual(['gone']);
    expect((await members(world)).size).toBe(0);
  });

  const revive = (id: string | undefined, status: string): AppCommand => ({
    kind: 'revive',
    key: key('1'),
    remoteId: remote(id),
    fields: {
      email_address: 'ada@mail.test',
      status,
      [FNAME]: 'Eve',
      'merge_fields.LNAME': null,
      tags: ['new'],
    },
  });

  test('a revival brings back the contact with the merged consent, values and tags', async () => {
    const id = seedOne({
      status: 'archived',
      tags: ['old'],
      merge_fields: { FNAME: 'Ada', LNAME: 'Byron' },
    });
    expect((await push(revive(id, 'transactional')))[0]).toMatchObject({
      kind: 'applied',
      observed: {
        remoteId: id,
        existence: 'present',
        raw: {
          status: 'transactional',
          [FNAME]: 'Eve',
          'merge_fields.LNAME': null,
          tags: ['old', 'new'],
        },
      },
    });
  });

  test('nobody who is not archived is revived, and nobody who is gone is made anew', async () => {
    const id = seedOne();
    expect((await push(revive(id, 'subscribed')))[0]).toMatchObject({
      kind: 'retry',
      scope: 'record',
    });
    expect(kinds(await push(revive('0'.repeat(32), 'subscribed')))).toEqual(['gone']);
    expect((await members(world)).size).toBe(1);
  });

  test('after a command that was not applied the rest of its record waits, and other records go on', async () => {
    const id = seedOne();
    const other = seedOne({ email_address: 'b@mail.test' });
    await world.person('unsubscribe', { email: 'ada@mail.test' });
    const outcomes = await push(
      consent(id, 'subscribed'),
      { ...(update(id, 'ada@mail.test', { [FNAME]: 'X' }, false) as AppCommand), key: key('1') },
      update(other, 'b@mail.test', { [FNAME]: 'Y' }, false),
    );
    expect(kinds(outcomes)).toEqual(['rejected', 'retry', 'applied']);
    expect((await members(world)).get('ada@mail.test')?.raw[FNAME]).toBeNull();
  });
});
