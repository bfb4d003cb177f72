import { toAnswer, toEvent, type HttpContext } from '../../lib/local/runtime/http-event.ts';
import { findRoute, parseRouteKey, type RouteKey } from '../../lib/local/runtime/http-routes.ts';
import { createTokenBucket } from '../../lib/local/runtime/token-bucket.ts';

function requireKey(key: string): RouteKey {
  const route = parseRouteKey(key);
  if (route === undefined) throw new Error(`${key} is no route key`);
  return route;
}

describe('routes', () => {
  const routes = [
    'ANY /{proxy+}',
    'GET /webhooks/{app}',
    'GET /webhooks/news',
    'ANY /webhooks/news',
    'POST /webhooks/{app}/{secret}',
    'GET /',
  ].map(requireKey);
  const find = (method: string, path: string): unknown => {
    const match = findRoute(routes, method, path);
    return match && [match.route.key, match.parameters];
  };

  test.each([
    ['GET', '/webhooks/news', ['GET /webhooks/news', {}]],
    ['POST', '/webhooks/news', ['ANY /webhooks/news', {}]],
    ['GET', '/webhooks/a%2Fb', ['GET /webhooks/{app}', { app: 'a/b' }]],
    ['POST', '/webhooks/x/y', ['POST /webhooks/{app}/{secret}', { app: 'x', secret: 'y' }]],
    ['GET', '/', ['GET /', {}]],
    ['PUT', '/some/where', ['ANY /{proxy+}', { proxy: 'some/where' }]],
    ['GET', '/webhooks/%zz', ['GET /webhooks/{app}', { app: '%zz' }]],
  ])('%s %s is %j', (method, path, expected) => {
    expect(find(method, path)).toEqual(expected);
  });

  test('without a match there is none, unless $default is declared', () => {
    const only = [requireKey('GET /a')];
    expect(findRoute(only, 'GET', '/b')).toBeUndefined();
    expect(findRoute(only, 'POST', '/a')).toBeUndefined();
    const withDefault = [...only, requireKey('$default')];
    expect(findRoute(withDefault, 'POST', '/x/y')?.route.key).toBe('$default');
    expect(findRoute(withDefault, 'GET', '/a')?.route.key).toBe('GET /a');
  });

  test('what is no route key is none', () => {
    expect(parseRouteKey('get /x')).toBeUndefined();
    expect(parseRouteKey('/x')).toBeUndefined();
  });
});

describe('events', () => {
  const context: HttpContext = {
    apiId: 'api',
    accountId: '000000000000',
    domainName: '127.0.0.1',
    routeKey: 'POST /x',
    parameters: {},
    requestId: 'r',
    at: new Date('2026-01-02T03:04:05Z'),
  };
  const eventOf = (contentType: string, body: string): unknown =>
    toEvent(
      {
        method: 'POST',
        url: '/x',
        rawHeaders: ['Content-Type', contentType, 'X-A', '1', 'x-a', '2', 'Cookie', 'a=1; b=2'],
        body: Buffer.from(body),
        sourceIp: '127.0.0.1',
      },
      context,
    );

  test.each([
    ['application/json', false],
    ['application/json; charset=utf-8', false],
    ['application/problem+json', false],
    ['text/xml', false],
    ['application/x-www-form-urlencoded', true],
    ['application/octet-stream', true],
    ['', true],
  ])('a body of type %j is in base64: %j', (contentType, isBase64Encoded) => {
    const body = isBase64Encoded ? Buffer.from('é').toString('base64') : 'é';
    expect(eventOf(contentType, 'é')).toMatchObject({ body, isBase64Encoded });
  });

  test('join repeated headers and take cookies out', () => {
    expect(eventOf('text/plain', '')).toMatchObject({
      headers: { 'x-a': '1,2', 'content-type': 'text/plain' },
      cookies: ['a=1', 'b=2'],
    });
    expect(eventOf('text/plain', '')).not.toHaveProperty('body');
  });
});

describe('answers', () => {
  test('without a status code are the body themselves', () => {
    const answer = toAnswer({ hello: 1 });
    expect([answer.status, answer.body.toString()]).toEqual([200, '{"hello":1}']);
  });

  test('with a status that is none are an error of ours', () => {
    expect(toAnswer({ statusCode: 'abc' }).status).toBe(500);
    expect(toAnswer({ statusCode: 1000 }).status).toBe(500);
  });

  test('without a body are empty', () => {
    expect(toAnswer({ statusCode: 204 }).body).toHaveLength(0);
  });
});

describe('a throttle', () => {
  test('lets the burst pass, then the rate', () => {
    const mayPass = createTokenBucket({ ratePerSecond: 2, burst: 3 });
    expect([0, 0, 0, 0].map(mayPass)).toEqual([true, true, true, false]);
    expect([499, 500, 501].map(mayPass)).toEqual([false, true, false]);
    expect([60_000, 60_000, 60_000, 60_000].map(mayPass)).toEqual([true, true, true, false]);
  });
});
