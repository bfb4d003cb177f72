/** The strings to pull: faults by kind and by the vendor's own errors, statistics, settings, the clock. */
import { errorNames, graphErrors } from '../../lib/local/meta/errors.ts';
import { codeOf, dayMs, mail, noonMs, startMeta, usageOf } from './meta-simulator-world.ts';
import type { Body, MetaWorld } from './meta-simulator-world.ts';

describe('the controls of the simulated Meta', () => {
  let world: MetaWorld;

  beforeEach(async () => {
    world = await startMeta();
  });

  afterEach(async () => {
    await world.stop();
  });

  const inject = async (fault: Body) => world.control('POST', '/faults', fault);
  const add = async (name = 'ada') => world.add(['EMAIL'], [[mail(name)]]);

  test('inject every error of the vendor by name', async () => {
    const listed = (await world.control('GET', '/faults')).body;
    expect(listed['errors']).toEqual(errorNames);
    for (const name of errorNames) {
      await inject({ kind: 'error', error: name, count: 1 });
      const answer = await add();
      const error: { status: number; code: number; subcode?: number } = graphErrors[name];
      expect([answer.status, ...codeOf(answer)]).toEqual(
        [error.status, error.code, error.subcode].filter((part) => part !== undefined),
      );
    }
    expect(await world.members()).toEqual([]);
    expect((await add()).status).toBe(200);
  });

  test('inject throttles that say when access is regained', async () => {
    await inject({ kind: 'error', error: 'throttled', ms: 240_000, count: 1 });
    expect(usageOf(await add())).toMatchObject({ estimated_time_to_regain_access: 4 });
    await inject({ kind: 'error', error: 'account-calls', ms: 30_000, count: 1 });
    const account = (await add()).headers.get('x-ad-account-usage') ?? '{}';
    expect(JSON.parse(account)).toMatchObject({ reset_time_duration: 30 });
  });

  test('inject a status: in the vendor’s words where it has some, otherwise as a page', async () => {
    const statusOf = async (status: number) => {
      await inject({ kind: 'status', status, count: 1 });
      const answer = await add();
      return [answer.status, codeOf(answer)[0] ?? answer.headers.get('content-type')];
    };
    expect(await statusOf(429)).toEqual([429, 80003]);
    expect(await statusOf(500)).toEqual([500, 1]);
    expect(await statusOf(503)).toEqual([503, 2]);
    for (const status of [400, 403, 502, 504]) {
      expect(await statusOf(status)).toEqual([status, 'text/html']);
    }
  });

  test('drop a connection before the write, or after it', async () => {
    await inject({ kind: 'timeout-before', ms: 10, count: 1 });
    await expect(add('before')).rejects.toThrow('fetch failed');
    await inject({ kind: 'reset', count: 1 });
    await expect(add('reset')).rejects.toThrow('fetch failed');
    await inject({ kind: 'timeout-after', ms: 10, count: 1 });
    await expect(add('after')).rejects.toThrow('fetch failed');
    expect(await world.members()).toEqual([{ EMAIL: mail('after') }]);
    expect((await world.control('GET', '/stats')).body).toMatchObject({
      routes: { 'POST /{audience}/users': { dropped: 3 } },
      rowsReceived: 1,
    });
  });

  test('match a request by its route or by its path', async () => {
    const { audienceId } = world.simulator;
    await inject({ kind: 'status', status: 500, match: 'POST /{audience}/users' });
    expect((await add()).status).toBe(500);
    expect((await world.api('GET', '')).status).toBe(200);
    expect((await world.control('DELETE', '/faults')).body).toEqual({ cleared: 1 });
    await inject({ kind: 'status', status: 500, match: `GET /${audienceId}*` });
    expect((await world.api('GET', '')).status).toBe(500);
    expect((await add()).status).toBe(200);
  });

  test('count answers by route, and forget them', async () => {
    await add();
    await world.api('GET', '');
    await world.api('GET', `./${world.simulator.adAccountId}`);
    await world.api('GET', './1/2/3');
    const { body } = await world.control('GET', '/stats');
    expect(body).toEqual({
      routes: {
        'POST /{audience}/users': { 200: 1 },
        'GET /{audience}': { 200: 1 },
        'GET /act_{account}': { 200: 1 },
        'GET (unknown)': { 400: 1 },
      },
      rowsReceived: 1,
      rowsInvalid: 0,
      rowsDiscarded: 0,
      emptyHashes: 0,
      payloadsInUrl: 0,
      peakConnections: 1,
    });
    await world.control('POST', '/reset-stats');
    expect((await world.control('GET', '/stats')).body).toMatchObject({ routes: {} });
  });

  test('keep the token out of what onlookers are told of a body', async () => {
    await add();
    const [exchange] = world.exchanges();
    expect(exchange).toMatchObject({
      method: 'POST',
      path: `/${world.simulator.audienceId}/users`,
      requestBody: { payload: { schema: ['EMAIL'] } },
      status: 200,
    });
    expect(JSON.stringify(exchange)).not.toContain(world.simulator.accessToken);
  });

  test('move the clock', async () => {
    await world.add(['EXTERN_ID', 'EMAIL'], [['crm-1', mail('ada')]]);
    const moved = await world.control('POST', '/clock', { advanceMs: 91 * dayMs });
    expect(moved.body).toEqual({ now: noonMs + 91 * dayMs, offsetMs: 91 * dayMs });
    await world.remove('EXTERN_ID', ['crm-1']);
    expect(await world.members()).toHaveLength(1);
    expect((await world.control('POST', '/clock', { offsetMs: 0 })).body['now']).toBe(noonMs);
  });

  test('list the audiences', async () => {
    await add();
    expect((await world.control('GET', '/audiences')).body).toEqual({
      audiences: [
        {
          id: world.simulator.audienceId,
          name: 'Trivet sample audience',
          operation_status: 200,
          size: 1,
          lookalikes: 0,
        },
      ],
    });
  });

  test.each([
    ['POST /faults', { kind: 'error', error: 'oops' }, 400, 'use one of unknown, service'],
    [
      'POST /faults',
      { kind: 'flood' },
      400,
      'timeout-before, timeout-after, latency, reset, error',
    ],
    ['POST /settings', { token: 'lost' }, 400, 'token'],
    [
      'POST /settings',
      { tokn: 'valid' },
      400,
      'There is token, permission, audienceSubtype, termsAccepted',
    ],
    ['POST /settings', [], 400, 'The body must be a JSON object of settings'],
    ['POST /clock', { advanceMs: -1 }, 400, 'Give offsetMs, or advanceMs'],
    ['POST /throttle', { minutes: 'long' }, 400, 'minutes'],
    ['POST /audiences/1', {}, 404, 'There is no audience 1; there is'],
    ['GET /audiences/1', undefined, 404, 'There is no audience 1; there is'],
    ['GET /nowhere', undefined, 404, 'there is POST /faults'],
  ])('answer %s %j with %i and what to do', async (asked, body, status, error) => {
    const [method = '', path = ''] = asked.split(' ');
    const answer = await world.control(method, path, body);
    expect(answer.status).toBe(status);
    expect(answer.body['error']).toContain(error);
  });
});
