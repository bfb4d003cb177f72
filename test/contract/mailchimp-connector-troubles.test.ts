/** Trouble on the way: what is tried again, what is handed back, and what may have taken effect. */
import type { AppCommand, AppOutcome } from '../../lib/ports/app.ts';
import type { Budget } from '../../lib/ports/clock.ts';
import {
  FNAME,
  type ConnectorWorld,
  key,
  readAll,
  remote,
  startConnectorWorld,
  containing,
} from './mailchimp-connector-world.ts';

let world: ConnectorWorld;
let ids: readonly string[];

beforeEach(async () => {
  world = await startConnectorWorld();
  ids = world.simulator.seedMembers(
    Array.from({ length: 30 }, (_, n) => ({ email_address: `p${n}@mail.test` })),
  );
});

afterEach(async () => {
  await world.stop();
});

const single = (n: number): AppCommand => ({
  kind: 'update',
  key: key(`${n}`),
  remoteId: remote(ids[n]),
  match: `p${n}@mail.test`,
  fields: { [FNAME]: `New ${n}` },
  bulk: false,
});

const creates = (count: number): AppCommand[] =>
  Array.from({ length: count }, (_, n) => ({
    kind: 'create',
    key: key(`c${n}`),
    fields: { email_address: `c${n}@mail.test` },
  }));

const push = (...commands: AppCommand[]): Promise<readonly AppOutcome[]> =>
  world.app.push(commands, world.budget);

const short = (ms: number): Budget => {
  const endsAt = Date.now() + ms;
  return { remainingMs: () => endsAt - Date.now() };
};

async function memberCount(): Promise<number> {
  const { seen } = await readAll((cursor) => world.app.list(cursor, world.budget), null);
  return seen.length;
}

describe('too many connections', () => {
  test.each([429, 403])('a passing %i is tried again and nobody notices', async (status) => {
    await world.fault({ kind: 'status', status, count: 2, match: 'PATCH' });
    expect(await push(single(0))).toMatchObject([{ kind: 'applied' }]);
  });

  test.each([429, 403])('a lasting %i cools the whole app and ends the calling', async (status) => {
    await world.fault({ kind: 'status', status, match: 'PATCH' });
    const outcomes = await push(...ids.map((_, n) => single(n)));
    expect(outcomes).toHaveLength(30);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ kind: 'retry', scope: 'app', ambiguous: false });
    }
    expect(world.calls('PATCH /lists/{id}/members/{hash}')).toBeLessThanOrEqual(6);
  });

  test('a batch that is turned away is handed back whole', async () => {
    await world.fault({ kind: 'status', status: 429, match: 'POST /lists/' });
    const outcomes = await push(...creates(700), single(0));
    expect(outcomes.filter(({ kind }) => kind === 'retry')).toHaveLength(701);
    expect(await memberCount()).toBe(30);
  });
});

describe('server errors', () => {
  test('a page of HTML from the network in front is tried again', async () => {
    await world.fault({ kind: 'status', status: 502, count: 1 });
    expect(await push(...creates(3))).toMatchObject(creates(3).map(() => ({ kind: 'applied' })));
  });

  test('on one record while others are served they are that record’s trouble', async () => {
    await world.fault({ kind: 'status', status: 500, match: `${ids[3]}` });
    const outcomes = await push(...[1, 2, 3, 4, 5].map(single));
    expect(outcomes.map((outcome) => ('scope' in outcome ? outcome.scope : outcome.kind))).toEqual([
      'applied',
      'applied',
      'record',
      'applied',
      'applied',
    ]);
    expect(outcomes[2]).toMatchObject({ ambiguous: true });
  });

  test('on a lone record the audience is asked, and if it is well so is the app', async () => {
    await world.fault({ kind: 'status', status: 500, match: 'PATCH' });
    expect(await push(single(0))).toMatchObject([{ kind: 'retry', scope: 'record' }]);
  });

  test('on everything they are the app’s trouble', async () => {
    await world.fault({ kind: 'status', status: 500 });
    expect(await push(single(0), single(1))).toMatchObject([
      { kind: 'retry', scope: 'app' },
      { kind: 'retry', scope: 'app' },
    ]);
  });

  test('on a large page a small one is asked for', async () => {
    await world.fault({ kind: 'status', status: 500, count: 3, match: 'GET' });
    expect(await memberCount()).toBe(30);
  });
});

describe('silence', () => {
  test('a create whose answer is lost may have taken effect, and its repetition says exists', async () => {
    await world.fault({ kind: 'timeout-after', ms: 60_000, count: 1, match: 'POST' });
    const [command] = creates(1) as [AppCommand];
    const [first] = await world.app.push([command], short(4000));
    expect(first).toMatchObject({ kind: 'retry', scope: 'app', ambiguous: true });
    expect(await push(command)).toMatchObject([{ kind: 'exists' }]);
    expect(await memberCount()).toBe(31);
  });

  test('a batch update whose answer is lost is not sent again behind our back', async () => {
    await world.fault({ kind: 'timeout-after', ms: 0, match: 'POST' });
    const outcomes = await push(
      { ...single(0), bulk: true } as AppCommand,
      {
        ...single(1),
        bulk: true,
      } as AppCommand,
    );
    expect(outcomes).toMatchObject([
      { kind: 'retry', scope: 'app', ambiguous: true },
      { kind: 'retry', scope: 'app', ambiguous: true },
    ]);
    expect(await world.control('GET', '/stats')).toMatchObject({
      routes: { 'POST /lists/{id}': { dropped: 1 } },
    });
  });

  test('about one record while others are served is that record’s trouble', async () => {
    await world.fault({ kind: 'timeout-before', ms: 60_000, match: `${ids[3]}` });
    const looks = await world.app.fetch(
      [1, 2, 3, 4, 5].map((n) => ({ remoteId: remote(ids[n]), match: null })),
      short(4000),
    );
    expect(
      looks.map((look) => (look.kind === 'ok' ? 'ok' : 'scope' in look && look.scope)),
    ).toEqual(['ok', 'ok', 'record', 'ok', 'ok']);
  });

  test('about everybody is the app’s trouble after a few records', async () => {
    // The audience itself answers, and one member was served: still, it is not the records.
    await world.fault({ kind: 'timeout-after', ms: 0, match: 'PATCH' });
    const outcomes = await push(...ids.map((_, n) => single(n)));
    const scopes = outcomes.map((outcome) => ('scope' in outcome ? outcome.scope : outcome.kind));
    // Several calls run at once, so which five were the first to come back is chance.
    expect(scopes.filter((scope) => scope === 'record')).toHaveLength(5);
    expect(scopes.slice(-20)).toEqual(Array.from({ length: 20 }, () => 'app'));
    expect(world.calls('PATCH /lists/{id}/members/{hash}')).toBeLessThanOrEqual(30);
  });

  test('a broken connection is tried again where that is harmless', async () => {
    await world.fault({ kind: 'reset', count: 2, match: 'PATCH' });
    expect(await push(single(0))).toMatchObject([{ kind: 'applied' }]);
  });

  test('without time left nothing is sent, and nobody is to blame', async () => {
    const before = world.exchanges.length;
    const outcomes = await world.app.push([single(0), ...creates(2)], short(600));
    expect(outcomes).toMatchObject(
      [0, 1, 2].map(() => ({ kind: 'retry', scope: 'budget', ambiguous: false })),
    );
    expect(world.exchanges.length).toBe(before);
  });

  test('a Mailchimp that is not there is the app’s trouble, and nothing happened', async () => {
    await world.simulator.stop();
    expect(await push(single(0))).toMatchObject([
      { kind: 'retry', scope: 'app', ambiguous: false },
    ]);
    world = await startConnectorWorld();
  });
});

describe('trouble throughout', () => {
  test('whatever fails on the way, repeating ends with everybody there once and everything written', async () => {
    const faults = [
      { kind: 'status', status: 429, rate: 0.2 },
      { kind: 'status', status: 502, rate: 0.15 },
      { kind: 'status', status: 403, rate: 0.1 },
      { kind: 'timeout-after', ms: 0, rate: 0.2 },
      { kind: 'reset', rate: 0.1 },
    ];
    for (const fault of faults) await world.fault(fault);
    let open = [...creates(60), ...ids.map((_, n) => single(n))];
    for (let round = 0; open.length > 0 && round < 200; round += 1) {
      const outcomes = await push(...open);
      const isOver = (n: number): boolean =>
        ['applied', 'exists'].includes(outcomes[n]?.kind ?? '');
      open = open.filter((_, n) => !isOver(n));
    }
    expect(open).toEqual([]);
    await world.control('DELETE', '/faults');
    const { seen } = await readAll((cursor) => world.app.list(cursor, world.budget), null);
    const addresses = seen.map(({ raw }) => raw['email_address']);
    expect(new Set(addresses).size).toBe(90);
    expect(addresses).toHaveLength(90);
    const names = seen.map(({ raw }) => raw[FNAME]).filter((name) => name !== null);
    expect(new Set(names)).toEqual(new Set(ids.map((_, n) => `New ${n}`)));
  });
});

describe('the audience is gone', () => {
  test('writes halt, and no member is taken for gone', async () => {
    await world.fault({ kind: 'status', status: 404 });
    for (const outcome of await push(single(0), ...creates(3))) {
      expect(outcome).toMatchObject({ kind: 'halted' });
    }
  });

  test('a revoked key halts everything with a sentence', async () => {
    await world.fault({ kind: 'status', status: 401 });
    for (const outcome of await push(single(0), single(1))) {
      expect(outcome).toMatchObject({ kind: 'halted', reason: containing('API key') });
    }
  });
});
