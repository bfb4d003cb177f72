/** Reading: walks that miss nobody while members change, and what a look shows. */
import type { PullPage } from '../../lib/ports/app.ts';
import type { SeedMember } from '../../lib/local/mailchimp/simulator.ts';
import {
  FNAME,
  NOON_MS,
  type ConnectorWorld,
  PATHS,
  readAll,
  remote,
  startConnectorWorld,
  valueOf,
  containing,
  textOf,
} from './mailchimp-connector-world.ts';

let world: ConnectorWorld;

afterEach(async () => {
  await world.stop();
});

function people(
  count: number,
  more: (n: number) => Partial<SeedMember> = () => ({}),
): SeedMember[] {
  return Array.from({ length: count }, (_, n) => ({
    email_address: `person${n}@mail.test`,
    merge_fields: { FNAME: `Name ${n}` },
    last_changed_ms: NOON_MS - 3_600_000 + n * 1000,
    ...more(n),
  }));
}

describe('the listing', () => {
  test('5,000 members sharing one second are read completely, each once, in few calls', async () => {
    world = await startConnectorWorld();
    world.simulator.seedMembers(people(5000, () => ({ last_changed_ms: NOON_MS - 60_000 })));
    const { seen } = await readAll((cursor) => world.app.list(cursor, world.budget), null);
    expect(new Set(seen.map(({ remoteId }) => remoteId)).size).toBe(5000);
    expect(seen).toHaveLength(5000);
    expect(world.calls('GET /lists/{id}/members')).toBeLessThanOrEqual(Math.ceil(5000 / 1000) + 4);
  });

  test('says beforehand about how long it will be', async () => {
    world = await startConnectorWorld();
    world.simulator.seedMembers(people(7));
    expect(await world.app.size?.(world.budget)).toEqual({ kind: 'ok', value: 7 });
  });

  test('shows archived members, without the consent they hide', async () => {
    world = await startConnectorWorld();
    world.simulator.seedMembers(
      people(3, (n) => (n === 1 ? { status: 'archived' } : { status: 'unsubscribed' })),
    );
    const { seen } = await readAll((cursor) => world.app.list(cursor, world.budget), null);
    expect(seen.map(({ existence, raw }) => [existence, raw['status'] ?? null])).toEqual([
      ['present', 'unsubscribed'],
      ['present', 'unsubscribed'],
      ['archived', null],
    ]);
  });

  test('works the same when the vendor lists archived members among the others', async () => {
    world = await startConnectorWorld({ unfilteredIncludesArchived: true });
    world.simulator.seedMembers(people(4, (n) => (n === 1 ? { status: 'archived' } : {})));
    const { seen } = await readAll((cursor) => world.app.list(cursor, world.budget), null);
    expect(new Set(seen.map(({ remoteId }) => remoteId)).size).toBe(4);
    expect(seen.filter(({ existence }) => existence === 'archived')).not.toHaveLength(0);
  });

  test('an empty audience is an empty page', async () => {
    world = await startConnectorWorld();
    const page = valueOf(await world.app.list(null, world.budget));
    expect(page).toMatchObject({ observations: [], done: true });
  });

  test('an observation carries what is mapped, the version and the opt-in, and nothing else', async () => {
    world = await startConnectorWorld();
    const [id] = world.simulator.seedMembers([
      {
        email_address: 'ada@mail.test',
        merge_fields: { FNAME: 'Ada' },
        tags: ['vip', 'press'],
        last_changed_ms: NOON_MS - 5000,
        timestamp_opt_ms: NOON_MS - 9000,
      },
    ]);
    const page = valueOf(await world.app.list(null, world.budget));
    expect(page.observations[0]).toMatchObject({
      remoteId: id,
      existence: 'present',
      version: NOON_MS - 5000,
      optInAt: NOON_MS - 9000,
      raw: {
        email_address: 'ada@mail.test',
        status: 'subscribed',
        tags: ['vip', 'press'],
        [FNAME]: 'Ada',
        'merge_fields.LNAME': null,
        'merge_fields.PHONE': null,
        'merge_fields.BDAY': null,
        'merge_fields.ADDR': null,
      },
    });
  });

  test('of a member with more than fifty tags all are observed', async () => {
    world = await startConnectorWorld();
    const tags = Array.from({ length: 73 }, (_, n) => `tag ${n}`);
    world.simulator.seedMembers([{ email_address: 'ada@mail.test', tags }]);
    const page = valueOf(await world.app.list(null, world.budget));
    expect(page.observations[0]?.raw['tags']).toHaveLength(73);
  });
});

describe('the delta', () => {
  test('an idle round costs two calls and tells nothing', async () => {
    world = await startConnectorWorld();
    world.simulator.seedMembers(people(1500));
    const cursor = valueOf(await world.app.present(world.budget));
    const before = world.exchanges.length;
    const page = valueOf(await world.app.pull(cursor, world.budget));
    expect(page).toMatchObject({ observations: [], done: true });
    expect(world.exchanges.length - before).toBe(2);
  });

  test('delivers signups, edits, departures, archivings and revivals since the present', async () => {
    world = await startConnectorWorld();
    world.simulator.seedMembers(people(10, (n) => (n === 9 ? { status: 'archived' } : {})));
    const cursor = valueOf(await world.app.present(world.budget));
    world.vendor.ms += 10_000;
    await world.person('signup', { email: 'new@mail.test' });
    await world.person('update-profile', {
      email: 'person1@mail.test',
      merge_fields: { FNAME: 'X' },
    });
    await world.person('unsubscribe', { email: 'person2@mail.test' });
    await world.person('archive', { email: 'person3@mail.test' });
    await world.person('change-email', { email: 'person4@mail.test', new_email: 'four@mail.test' });
    await world.person('signup', { email: 'person9@mail.test' });
    world.vendor.ms += 10_000;
    const { seen } = await readAll((at) => world.app.pull(at, world.budget), cursor);
    const shown = seen.map(({ raw, existence }) => [
      raw['email_address'],
      existence,
      raw['status'],
    ]);
    expect(new Map(shown.map((row) => [row[0], row]))).toEqual(
      new Map(
        [
          ['new@mail.test', 'present', 'subscribed'],
          ['person1@mail.test', 'present', 'subscribed'],
          ['person2@mail.test', 'present', 'unsubscribed'],
          ['person3@mail.test', 'archived', undefined],
          ['four@mail.test', 'present', 'subscribed'],
          ['person9@mail.test', 'present', 'subscribed'],
        ].map((row) => [row[0], row]),
      ),
    );
  });

  test('a second change within the second that was just read is delivered by the next round', async () => {
    world = await startConnectorWorld();
    world.simulator.seedMembers(people(2));
    const start = valueOf(await world.app.present(world.budget));
    world.vendor.ms += 10_300;
    await world.person('update-profile', {
      email: 'person0@mail.test',
      merge_fields: { FNAME: 'A' },
    });
    const first = await readAll((at) => world.app.pull(at, world.budget), start);
    await world.person('update-profile', {
      email: 'person0@mail.test',
      merge_fields: { FNAME: 'B' },
    });
    world.vendor.ms += 10_000;
    const second = await readAll((at) => world.app.pull(at, world.budget), first.cursor);
    expect(first.seen.map(({ raw }) => raw[FNAME])).toEqual(['A']);
    expect(second.seen.map(({ raw }) => raw[FNAME])).toEqual(['B']);
    const third = await readAll((at) => world.app.pull(at, world.budget), second.cursor);
    expect(third.seen).toEqual([]);
  });

  test('what changed is read once more ten minutes later, for rows that became visible late', async () => {
    world = await startConnectorWorld();
    world.simulator.seedMembers(people(2));
    let cursor = valueOf(await world.app.present(world.budget));
    const round = async (): Promise<number> => {
      const read = await readAll((at) => world.app.pull(at, world.budget), cursor);
      cursor = read.cursor;
      return read.seen.length;
    };
    for (let minute = 0; minute < 30; minute += 1) {
      world.vendor.ms += 60_000;
      await round();
    }
    await world.person('update-profile', {
      email: 'person0@mail.test',
      merge_fields: { FNAME: 'A' },
    });
    world.vendor.ms += 10_000;
    const seen = [await round(), await round()];
    for (let minute = 0; minute < 60; minute += 1) {
      world.vendor.ms += 60_000;
      seen.push(await round());
    }
    expect(seen.filter((count) => count > 0)).toEqual([1, 1]);
    const before = world.exchanges.length;
    await round();
    expect(world.exchanges.length - before).toBe(2);
  });

  test('the cursor is small and its order never falls', async () => {
    world = await startConnectorWorld();
    world.simulator.seedMembers(people(3500));
    let cursor = valueOf(await world.app.present(world.budget));
    let order = world.app.orderOf(cursor);
    world.vendor.ms += 60_000;
    for (let round = 0; round < 30; round += 1) {
      await world.person('update-profile', {
        email: `person${round}@mail.test`,
        merge_fields: { FNAME: 'X' },
      });
      world.vendor.ms += 100_000;
      cursor = valueOf(await world.app.pull(cursor, world.budget)).cursor;
      expect(JSON.stringify(cursor).length).toBeLessThan(1000);
      expect(world.app.orderOf(cursor)).toBeGreaterThanOrEqual(order);
      order = world.app.orderOf(cursor);
    }
  });
});

describe('a walk while members change', () => {
  test('nobody is missed when members are edited between any two pages', async () => {
    world = await startConnectorWorld();
    const total = 3300;
    world.simulator.seedMembers(
      people(total, (n) => ({ last_changed_ms: NOON_MS - 9000 + (n % 3) })),
    );
    const start = valueOf(await world.app.present(world.budget));
    const versions = new Map<string, number>();
    let cursor: Parameters<typeof world.app.list>[0] = null;
    for (let step = 0, done = false; !done; step += 1) {
      const page: PullPage = valueOf(await world.app.list(cursor, world.budget));
      for (const { remoteId, version } of page.observations)
        versions.set(textOf(remoteId), version ?? 0);
      world.vendor.ms += 700;
      // The first rows of the page slide everybody behind them forward.
      for (let n = 0; n < 7; n += 1) {
        await world.person('update-profile', {
          email: `person${(step * 400 + n * 3) % total}@mail.test`,
          merge_fields: { FNAME: `Edit ${step}` },
        });
      }
      ({ cursor, done } = page);
    }
    world.vendor.ms += 5000;
    const after = await readAll((at) => world.app.pull(at, world.budget), start);
    for (const { remoteId, version } of after.seen) versions.set(textOf(remoteId), version ?? 0);
    expect(versions.size).toBe(total);
    const truth = await readAll((at) => world.app.list(at, world.budget), null);
    expect(truth.seen.filter((row) => versions.get(`${row.remoteId}`) !== row.version)).toEqual([]);
  });
});

describe('a look', () => {
  test('finds by contact_id and by address, in the order asked, and says who is not there', async () => {
    world = await startConnectorWorld();
    const ids = world.simulator.seedMembers(people(2));
    const looks = await world.app.fetch(
      [
        { remoteId: null, match: ' PERSON1@mail.test' },
        { remoteId: remote('0'.repeat(32)), match: null },
        { remoteId: remote(ids[0]), match: null },
        { remoteId: null, match: 'nobody@mail.test' },
      ],
      world.budget,
    );
    const seen = looks.map(valueOf);
    expect(seen.map(({ remoteId, existence }) => [remoteId, existence])).toEqual([
      [ids[1], 'present'],
      ['0'.repeat(32), 'absent'],
      [ids[0], 'present'],
      [null, 'absent'],
    ]);
  });

  test('nobody is absent from an audience that is gone', async () => {
    world = await startConnectorWorld();
    await world.fault({ kind: 'status', status: 404, match: '/lists/' });
    const [look] = await world.app.fetch([{ remoteId: remote('a'), match: null }], world.budget);
    expect(look).toMatchObject({ kind: 'halted' });
  });

  test('one trouble that concerns everybody ends the looking', async () => {
    world = await startConnectorWorld();
    const ids = world.simulator.seedMembers(people(40));
    await world.fault({ kind: 'status', status: 429 });
    const targets = ids.map((id) => ({ remoteId: remote(id), match: null }));
    const looks = await world.app.fetch(targets, world.budget);
    expect(looks.map(({ kind }) => kind)).toEqual(ids.map(() => 'retry'));
    expect(world.exchanges.length).toBeLessThanOrEqual(6);
  });

  test('all connections of a process stay within its limit', async () => {
    world = await startConnectorWorld();
    const ids = world.simulator.seedMembers(people(60));
    await world.fault({ kind: 'latency', ms: 5 });
    const app = world.replica({ connectionsMax: 3, paths: PATHS });
    const looks = await app.fetch(
      ids.map((id) => ({ remoteId: remote(id), match: null })),
      world.budget,
    );
    expect(looks.every(({ kind }) => kind === 'ok')).toBe(true);
    expect(await world.control('GET', '/stats')).toMatchObject({ peakConnections: 3 });
  });
});

describe('who is at the other end', () => {
  test('the audience is named, and its absence halts with a sentence', async () => {
    world = await startConnectorWorld();
    expect(valueOf(await world.app.identify(world.budget))).toEqual({
      account: 'us1',
      object: world.simulator.audienceId,
    });
    await world.fault({ kind: 'status', status: 404, match: 'GET /lists/' });
    expect(await world.app.identify(world.budget)).toMatchObject({
      kind: 'halted',
      reason: containing(world.simulator.audienceId),
    });
  });

  test('a revoked key halts', async () => {
    world = await startConnectorWorld();
    await world.fault({ kind: 'status', status: 401 });
    expect(await world.app.present(world.budget)).toMatchObject({ kind: 'halted' });
  });
});
