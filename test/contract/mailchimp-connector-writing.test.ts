/** Writing: batches, single writes, and what becomes of every refusal. */
import type { AppCommand, AppOutcome } from '../../lib/ports/app.ts';
import {
  FNAME,
  type ConnectorWorld,
  key,
  readAll,
  remote,
  startConnectorWorld,
  ANY_TEXT,
  containing,
  textOf,
} from './mailchimp-connector-world.ts';

let world: ConnectorWorld;

beforeEach(async () => {
  world = await startConnectorWorld();
});

afterEach(async () => {
  await world.stop();
});

const create = (n: number | string, fields: Record<string, string | null> = {}): AppCommand => ({
  kind: 'create',
  key: key(`${n}`),
  fields: { email_address: `person${n}@mail.test`, status: 'transactional', ...fields },
});

const update = (
  id: string | undefined,
  match: string,
  fields: Record<string, string | null>,
  bulk = true,
): AppCommand => ({ kind: 'update', key: key(match), remoteId: remote(id), match, fields, bulk });

const push = (...commands: AppCommand[]): Promise<readonly AppOutcome[]> =>
  world.app.push(commands, world.budget);

const kinds = (outcomes: readonly AppOutcome[]): string[] => outcomes.map(({ kind }) => kind);

interface Shown {
  readonly id: string;
  readonly status: unknown;
  readonly raw: Readonly<Record<string, unknown>>;
}

/** What Mailchimp holds, by address. */
async function members(): Promise<ReadonlyMap<string, Shown>> {
  const { seen } = await readAll((cursor) => world.app.list(cursor, world.budget), null);
  return new Map(
    seen.map(({ remoteId, existence, raw }) => [
      textOf(raw['email_address']),
      { id: textOf(remoteId), status: raw['status'] ?? existence, raw },
    ]),
  );
}

const seedOne = (more: object = {}): string | undefined =>
  world.simulator.seedMembers([{ email_address: 'ada@mail.test', ...more }])[0];

describe('creates', () => {
  test('1,200 creates go in three batches and keep their consent', async () => {
    const commands = Array.from({ length: 1200 }, (_, n) =>
      create(n, { status: n % 2 === 0 ? 'subscribed' : null, [FNAME]: `N${n}` }),
    );
    const outcomes = await push(...commands);
    expect(new Set(kinds(outcomes))).toEqual(new Set(['applied']));
    expect(world.calls('POST /lists/{id}')).toBe(3);
    const there = await members();
    expect(there.size).toBe(1200);
    expect(there.get('person0@mail.test')?.status).toBe('subscribed');
    expect(there.get('person1@mail.test')?.status).toBe('transactional');
  });

  test('never bring anybody in as pending', async () => {
    await push(create(1, { status: 'pending' }), create(2, { status: 'pending' }));
    await push(create(3, { status: 'pending' }));
    expect([...(await members()).values()].map(({ status }) => status)).toEqual([
      'transactional',
      'transactional',
      'transactional',
    ]);
  });

  test('of an address that is a member are answered with exists and change nothing', async () => {
    seedOne({ merge_fields: { FNAME: 'Ada' } });
    const taken = create('x', { email_address: 'ADA@mail.test', [FNAME]: 'Eve' });
    expect(kinds(await push(taken, create(2)))).toEqual(['exists', 'applied']);
    expect(kinds(await push(taken))).toEqual(['exists']);
    expect((await members()).get('ada@mail.test')?.raw[FNAME]).toBe('Ada');
  });

  test('do not bring back an archived contact', async () => {
    seedOne({ status: 'archived' });
    const again = create('x', { email_address: 'ada@mail.test', status: 'subscribed' });
    expect(kinds(await push(again, create(2)))).toEqual(['exists', 'applied']);
    expect(kinds(await push(again))).toEqual(['exists']);
    expect((await members()).get('ada@mail.test')?.status).toBe('archived');
  });

  test('a lone create answers with the id, a batch with what it shows', async () => {
    const [alone] = await push(create(1, { [FNAME]: 'Ada' }));
    expect(alone).toMatchObject({
      kind: 'applied',
      observed: { remoteId: ANY_TEXT, raw: { [FNAME]: 'Ada' } },
    });
    const [first] = await push(create(2, { [FNAME]: 'Eve' }), create(3));
    expect(first).toMatchObject({
      kind: 'applied',
      observed: { remoteId: null, raw: { [FNAME]: 'Eve', email_address: 'person2@mail.test' } },
    });
  });

  test('two rows with one address make one member', async () => {
    const twin = create('b', { email_address: 'Person1@mail.test' });
    expect(kinds(await push(create(1), create(2), twin)).toSorted()).toEqual([
      'applied',
      'applied',
      'exists',
    ]);
    expect((await members()).size).toBe(2);
  });

  test('one refused address is told in the vendor’s words and sinks nobody', async () => {
    await world.person('signup', { email: 'gone@mail.test' });
    await world.person('delete-permanently', { email: 'gone@mail.test' });
    const outcomes = await push(
      create(1),
      create('fake', { email_address: 'foo@example.com' }),
      create('gone', { email_address: 'gone@mail.test' }),
      create('none', { email_address: null }),
      create(2),
    );
    expect(kinds(outcomes)).toEqual(['applied', 'rejected', 'rejected', 'rejected', 'applied']);
    expect(outcomes[1]).toMatchObject({ reason: containing('looks fake or invalid') });
    expect(outcomes[2]).toMatchObject({ reason: containing('permanently deleted') });
    expect(outcomes[3]).toMatchObject({ path: 'email_address' });
  });

  test('a value its merge field does not take is refused before it is sent', async () => {
    const outcomes = await push(
      create(1),
      create(2, { 'merge_fields.BDAY': 'tomorrow' }),
      create(3, { 'merge_fields.NOPE': 'x' }),
      create(4, { 'merge_fields.BDAY': '1980-12-21' }),
    );
    expect(outcomes.map((outcome) => ('path' in outcome ? outcome.path : outcome.kind))).toEqual([
      'applied',
      'merge_fields.BDAY',
      'merge_fields.NOPE',
      'applied',
    ]);
    expect((await members()).get('person4@mail.test')?.raw['merge_fields.BDAY']).toBe('12/21');
  });
});

describe('bulk updates', () => {
  test('go in one call by the last address and leave the status alone', async () => {
    const ids = world.simulator.seedMembers([
      { email_address: 'a@mail.test', status: 'unsubscribed' },
      { email_address: 'b@mail.test', status: 'cleaned' },
    ]);
    const outcomes = await push(
      update(ids[0], 'a@mail.test', { [FNAME]: 'A' }),
      update(ids[1], 'b@mail.test', { [FNAME]: 'B' }),
    );
    expect(outcomes).toMatchObject([
      {
        kind: 'applied',
        observed: { remoteId: null, raw: { [FNAME]: 'A', status: 'unsubscribed' } },
      },
      { kind: 'applied', observed: { remoteId: null, raw: { [FNAME]: 'B', status: 'cleaned' } } },
    ]);
    expect(world.calls('POST /lists/{id}')).toBe(1);
  });

  test('a second contact made by a rename we did not know of is reported, and gets no mail', async () => {
    const ids = world.simulator.seedMembers([
      { email_address: 'a@mail.test' },
      { email_address: 'b@mail.test' },
    ]);
    await world.person('change-email', { email: 'a@mail.test', new_email: 'new@mail.test' });
    const outcomes = await push(
      update(ids[0], 'a@mail.test', { [FNAME]: 'A' }),
      update(ids[1], 'b@mail.test', { [FNAME]: 'B' }),
    );
    expect(outcomes[0]).toMatchObject({
      kind: 'duplicated',
      duplicate: { remoteId: null, match: 'a@mail.test' },
    });
    expect(outcomes[1]).toMatchObject({ kind: 'applied' });
    expect((await members()).get('a@mail.test')?.status).toBe('transactional');
  });

  test('a lone one, and one that is not all ours, go by contact_id', async () => {
    const id = seedOne();
    await world.person('change-email', { email: 'ada@mail.test', new_email: 'new@mail.test' });
    const [outcome] = await push(update(id, 'ada@mail.test', { [FNAME]: 'A' }));
    expect(outcome).toMatchObject({ kind: 'applied', observed: { remoteId: id } });
    expect([...(await members()).keys()]).toEqual(['new@mail.test']);
  });

  test('of a row the vendor refuses although we did not, only that row is refused', async () => {
    const seeds = Array.from({ length: 40 }, (_, n) => ({ email_address: `p${n}@mail.test` }));
    const ids = world.simulator.seedMembers(seeds);
    await push(update(ids[0], 'p0@mail.test', { [FNAME]: 'warm the cache' }));
    // Somebody retypes the field behind our back.
    await retype('BDAY', 'number');
    const outcomes = await push(
      ...ids.map((id, n) =>
        update(
          id,
          `p${n}@mail.test`,
          n === 7 ? { 'merge_fields.BDAY': '12/21' } : { [FNAME]: 'X' },
        ),
      ),
    );
    expect(outcomes[7]).toMatchObject({ kind: 'rejected', path: 'merge_fields.BDAY' });
    expect(outcomes.filter(({ kind }) => kind === 'applied')).toHaveLength(39);
  });

  test('text beyond 255 bytes is cut at a character', async () => {
    const id = seedOne();
    const [outcome] = await push(update(id, 'ada@mail.test', { [FNAME]: 'é'.repeat(200) }));
    expect(outcome).toMatchObject({ observed: { raw: { [FNAME]: 'é'.repeat(127) } } });
  });

  test('an address goes whole or not at all', async () => {
    const id = seedOne();
    const whole = { addr1: '1 Main St', city: 'Ada', state: 'OK', zip: '74820' };
    const command = (fields: object): AppCommand => ({
      ...(update(id, 'ada@mail.test', {}) as Extract<AppCommand, { kind: 'update' }>),
      fields: { 'merge_fields.ADDR': { ...fields } },
    });
    expect((await push(command(whole)))[0]).toMatchObject({
      kind: 'applied',
      observed: { raw: { 'merge_fields.ADDR': whole } },
    });
    expect((await push(command({ addr1: 'x' })))[0]).toMatchObject({
      kind: 'rejected',
      path: 'merge_fields.ADDR',
    });
  });
});

async function retype(tag: string, type: string): Promise<void> {
  const { baseUrl, audienceId, apiKey } = world.simulator;
  const url = `${baseUrl}/lists/${audienceId}/merge-fields`;
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const listed = (await (await fetch(url, { headers })).json()) as {
    merge_fields: { merge_id: number; tag: string }[];
  };
  const id = listed.merge_fields.find((field) => field.tag === tag)?.merge_id;
  await fetch(`${url}/${id}`, { method: 'DELETE', headers });
  const body = JSON.stringify({ name: tag, tag, type });
  const made = await fetch(url, { method: 'POST', headers, body });
  if (!made.ok) throw new Error(await made.text());
}

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
    expect((await members()).size).toBe(0);
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
    expect((await members()).size).toBe(1);
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
    expect((await members()).get('ada@mail.test')?.raw[FNAME]).toBeNull();
  });
});
