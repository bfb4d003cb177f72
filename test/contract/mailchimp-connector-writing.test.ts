/** Writing in batches: creates and our own updates, and what becomes of every refused row. */
import type { AppCommand, AppOutcome } from '../../lib/ports/app.ts';
import {
  FNAME,
  type ConnectorWorld,
  key,
  kinds,
  members,
  startConnectorWorld,
  update,
  ANY_TEXT,
  containing,
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

const push = (...commands: AppCommand[]): Promise<readonly AppOutcome[]> =>
  world.app.push(commands, world.budget);

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
    const there = await members(world);
    expect(there.size).toBe(1200);
    expect(there.get('person0@mail.test')?.status).toBe('subscribed');
    expect(there.get('person1@mail.test')?.status).toBe('transactional');
  });

  test('never bring anybody in as pending', async () => {
    await push(create(1, { status: 'pending' }), create(2, { status: 'pending' }));
    await push(create(3, { status: 'pending' }));
    expect([...(await members(world)).values()].map(({ status }) => status)).toEqual([
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
    expect((await members(world)).get('ada@mail.test')?.raw[FNAME]).toBe('Ada');
  });

  test('do not bring back an archived contact', async () => {
    seedOne({ status: 'archived' });
    const again = create('x', { email_address: 'ada@mail.test', status: 'subscribed' });
    expect(kinds(await push(again, create(2)))).toEqual(['exists', 'applied']);
    expect(kinds(await push(again))).toEqual(['exists']);
    expect((await members(world)).get('ada@mail.test')?.status).toBe('archived');
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
    expect((await members(world)).size).toBe(2);
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
    expect((await members(world)).get('person4@mail.test')?.raw['merge_fields.BDAY']).toBe('12/21');
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
    expect((await members(world)).get('a@mail.test')?.status).toBe('transactional');
  });

  test('a lone one, and one that is not all ours, go by contact_id', async () => {
    const id = seedOne();
    await world.person('change-email', { email: 'ada@mail.test', new_email: 'new@mail.test' });
    const [outcome] = await push(update(id, 'ada@mail.test', { [FNAME]: 'A' }));
    expect(outcome).toMatchObject({ kind: 'applied', observed: { remoteId: id } });
    expect([...(await members(world)).keys()]).toEqual(['new@mail.test']);
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
