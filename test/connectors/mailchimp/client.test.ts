/** One call: what is tried again, within which time, and what the answer tells of the vendor's clock. */
import { createClient, type Call } from '../../../lib/connectors/mailchimp/client.ts';
import { createSlots, mapUntil } from '../../../lib/connectors/slots.ts';

type Reaction = () => Promise<Response>;

const json =
  (status: number, body: unknown = {}, headers: Record<string, string> = {}): Reaction =>
  () =>
    Promise.resolve(new Response(JSON.stringify(body), { status, headers }));

const broken =
  (code: string): Reaction =>
  () =>
    Promise.reject(
      new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) }),
    );

const READ: Call = { method: 'GET', path: '/ping', repeatable: true };
const ONCE: Call = { method: 'POST', path: '/lists/a', body: {}, repeatable: false };

function setup(reactions: readonly Reaction[], remainingMs = 60_000) {
  const requests: { readonly url: string; readonly init: RequestInit }[] = [];
  const sleeps: number[] = [];
  const clock = {
    now: () => 1000 * requests.length,
    sleep: (ms: number) => {
      sleeps.push(ms);
      return Promise.resolve();
    },
  };
  const client = createClient({
    baseUrl: 'http://127.0.0.1:1/3.0',
    authorization: 'Basic xyz',
    connectionsMax: 2,
    clock,
    fetch: (url, init) => {
      requests.push({ url: url instanceof Request ? url.url : url.toString(), init: init ?? {} });
      const reaction = reactions[requests.length - 1] ?? json(200);
      return reaction();
    },
    random: () => 0.5,
  });
  return {
    requests,
    sleeps,
    call: (call: Call) => client.call(call, { remainingMs: () => remainingMs }),
  };
}

test.each([
  ['429', json(429)],
  ['403 without a body', () => Promise.resolve(new Response('', { status: 403 }))],
  ['a refused connection', broken('ECONNREFUSED')],
])('%s was surely not executed, so even a write is sent again', async (_name, reaction) => {
  const { call, requests, sleeps } = setup([reaction, reaction]);
  expect(await call(ONCE)).toMatchObject({ kind: 'answer', status: 200 });
  expect(requests).toHaveLength(3);
  expect(sleeps).toEqual([400, 800]);
});

test.each([
  ['500', json(500)],
  ['a page of HTML', () => Promise.resolve(new Response('<html>', { status: 502 }))],
  ['a broken connection', broken('ECONNRESET')],
])('%s is tried again only where twice is as good as once', async (_name, reaction) => {
  const repeated = setup([reaction]);
  expect(await repeated.call(READ)).toMatchObject({ kind: 'answer', status: 200 });
  const once = setup([reaction]);
  await once.call(ONCE);
  expect(once.requests).toHaveLength(1);
});

test('three tries are all', async () => {
  const { call, requests } = setup(Array.from({ length: 9 }, () => json(429)));
  expect(await call(READ)).toMatchObject({ status: 429 });
  expect(requests).toHaveLength(3);
});

test.each([400, 401, 404, 405])('%i is an answer and not tried again', async (status) => {
  const { call, requests } = setup([json(status)]);
  expect(await call(READ)).toMatchObject({ status });
  expect(requests).toHaveLength(1);
});

test('the vendor’s own wait is kept to', async () => {
  const { call, sleeps } = setup([json(429, {}, { 'retry-after': '3' })]);
  await call(READ);
  expect(sleeps).toEqual([3000]);
});

test('no second try begins that could not end in time', async () => {
  const { call, requests } = setup([json(429, {}, { 'retry-after': '60' })], 30_000);
  expect(await call(READ)).toMatchObject({ status: 429, retryAfterMs: 60_000 });
  expect(requests).toHaveLength(1);
});

test('without time nothing is sent', async () => {
  const { call, requests } = setup([], 700);
  expect(await call(READ)).toMatchObject({ kind: 'silence', cause: 'budget' });
  expect(requests).toHaveLength(0);
});

test('a call ends with the budget, and is not repeated', async () => {
  const { call, requests } = setup([
    () => Promise.reject(new DOMException('The operation timed out', 'TimeoutError')),
  ]);
  expect(await call(READ)).toMatchObject({ kind: 'silence', cause: 'timeout' });
  expect(requests).toHaveLength(1);
  expect(requests[0]?.init.signal).toBeInstanceOf(AbortSignal);
});

test('the vendor’s clock is its Date header less the time the call took', async () => {
  const date = new Date(Date.UTC(2026, 2, 14)).toUTCString();
  const { call } = setup([json(200, {}, { date })]);
  expect(await call(READ)).toMatchObject({
    vendorBeganAt: Date.UTC(2026, 2, 14) - 1000,
    beganAt: 0,
  });
});

test('a redirect is not followed with the key', async () => {
  const { call, requests } = setup([json(200)]);
  await call({ ...READ, query: { since: '2026-03-14T12:00:00+00:00' } });
  expect(requests[0]?.url).toBe(
    'http://127.0.0.1:1/3.0/ping?since=2026-03-14T12%3A00%3A00%2B00%3A00',
  );
  expect(requests[0]?.init).toMatchObject({
    redirect: 'manual',
    headers: { authorization: 'Basic xyz' },
  });
});

describe('slots', () => {
  test('let so many work at once, in order, and survive failures', async () => {
    const slots = createSlots(2);
    let running = 0;
    let peak = 0;
    const started: number[] = [];
    const work = async (n: number): Promise<void> => {
      started.push(n);
      running += 1;
      peak = Math.max(peak, running);
      await Promise.resolve();
      running -= 1;
      if (n === 1) throw new Error('one');
    };
    const all = await Promise.allSettled([0, 1, 2, 3, 4].map((n) => slots.run(() => work(n))));
    expect(peak).toBe(2);
    expect(started).toEqual([0, 1, 2, 3, 4]);
    expect(all.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ]);
  });

  test('a list is worked until one result speaks for the rest', async () => {
    const tried: number[] = [];
    const results = await mapUntil(
      [1, 2, 3, 4, 5, 6],
      2,
      (n) => {
        tried.push(n);
        return Promise.resolve(n === 3 ? 'stop' : `did ${n}`);
      },
      (result) => (result === 'stop' ? 'not tried' : null),
    );
    expect(tried.length).toBeLessThanOrEqual(4);
    expect(results.slice(0, 3)).toEqual(['did 1', 'did 2', 'stop']);
    expect(results.slice(4)).toEqual(['not tried', 'not tried']);
  });
});
