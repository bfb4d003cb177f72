/** The limits of the simulated Dialpad: counted exactly, enforced exactly, shown to onlookers. */
import { ada, call, startDialpad } from './dialpad-simulator-world.ts';
import type { Body, DialpadWorld } from './dialpad-simulator-world.ts';

describe('the limits of the simulated Dialpad', () => {
  let world: DialpadWorld;

  beforeEach(async () => {
    world = await startDialpad();
  });

  afterEach(async () => {
    await world.stop();
  });

  const company = async () => (await world.api('GET', '/company')).status;
  const limits = async () => (await world.control('GET', '/stats')).body['limits'] as Body;
  /** Statuses of so many calls, one each so many milliseconds. */
  const series = async (count: number, everyMs: number, ask: () => Promise<number>) => {
    const statuses: number[] = [];
    for (let n = 0; n < count; n += 1) {
      statuses.push(await ask());
      world.clock.ms += everyMs;
    }
    return statuses;
  };
  const served = (statuses: readonly number[]) => statuses.filter((each) => each === 200).length;

  test('are twenty calls in any second', async () => {
    expect(await series(21, 0, company)).toEqual([...Array<number>(20).fill(200), 429]);
    world.clock.ms += 999;
    expect(await company()).toBe(429);
    world.clock.ms += 1;
    expect(await company()).toBe(200);
    expect((await limits())['company']).toEqual({
      max: 20,
      windowMs: 1000,
      calls: 23,
      refused: 2,
      peak: 22,
    });
  });

  test('are a second that rolls on, not one of the clock', async () => {
    await series(10, 0, company);
    world.clock.ms += 600;
    await series(10, 0, company);
    expect(await company()).toBe(429);
    world.clock.ms += 400;
    expect(served(await series(11, 0, company))).toBe(10);
  });

  test('are a hundred creates in any minute, by POST and PUT together', async () => {
    let uid = 0;
    const create = async () => {
      uid += 1;
      const isPut = uid % 2 === 0;
      const answer = isPut
        ? await world.api('PUT', '/contacts', { ...ada, uid: String(uid) })
        : await world.api('POST', '/contacts', ada);
      return answer.status;
    };
    expect(served(await series(110, 500, create))).toBe(100);
    expect(await company()).toBe(200);
    world.clock.ms += 5000;
    expect(await create()).toBe(200);
    expect((await limits())['creates']).toMatchObject({ max: 100, refused: 10, peak: 110 });
  });

  test('are 1,200 other calls and 250 looks at opt-outs', async () => {
    const optOuts = async () => {
      const path = `/company/${world.simulator.companyId}/smsoptout?opt_out_state=opted_out`;
      return (await world.api('GET', path)).status;
    };
    expect(served(await series(260, 60, optOuts))).toBe(250);
    await world.settings({ callsPerSecond: 10_000 });
    expect(served(await series(1201, 10, company))).toBe(1200);
    expect(await limits()).toMatchObject({
      optOuts: { max: 250, calls: 260, refused: 10 },
      others: { max: 1200, calls: 1201, refused: 1, peak: 1201 },
    });
  });

  test('belong to each operation, or to all of one kind', async () => {
    await world.settings({ callsPerMinute: 3 });
    expect(await series(3, 0, company)).toEqual([200, 200, 200]);
    expect((await world.api('GET', '/webhooks')).status).toBe(429);
    await world.settings({ limitsBy: 'operation' });
    expect((await world.api('GET', '/webhooks')).status).toBe(200);
  });

  test('count calls that were refused by a fault, and none without a key', async () => {
    await world.control('POST', '/faults', { kind: 'status', status: 503, count: 2 });
    expect(await series(2, 0, company)).toEqual([503, 503]);
    await call(`${world.simulator.baseUrl}/api/v2/company`, {});
    expect((await limits())['company']).toMatchObject({ calls: 2, peak: 2 });
    await world.control('POST', '/reset-stats');
    expect((await limits())['company']).toMatchObject({ calls: 0, peak: 0 });
  });

  test('say when to come again only where the settings say so', async () => {
    await world.settings({ callsPerMinute: 1 });
    await company();
    world.clock.ms += 18_500;
    expect((await world.api('GET', '/company')).headers.get('retry-after')).toBeNull();
    await world.settings({ retryAfter: 'seconds' });
    expect((await world.api('GET', '/company')).headers.get('retry-after')).toBe('42');
  });

  test('leave connections alone, and count them', async () => {
    await world.control('POST', '/faults', { kind: 'latency', ms: 300 });
    const answers = await Promise.all(Array.from({ length: 12 }, company));
    expect(served(answers)).toBe(12);
    const { body } = await world.control('GET', '/stats');
    expect(body['peakConnections']).toBe(12);
  });
});
