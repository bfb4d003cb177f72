/** What of an event reaches the door: whole requests within limits, and never an exception. */
import { readEvent } from '../../functions/read-event.ts';

const event = (more: object = {}): object => ({
  rawPath: '/webhooks/news',
  requestContext: { http: { method: 'POST' } },
  headers: { 'Content-Type': 'text/plain' },
  body: 'aGVsbG8=',
  isBase64Encoded: true,
  ...more,
});
const statusOf = (given: object): unknown => {
  const read = readEvent(given);
  return 'reason' in read ? read.status : 'let in';
};

describe('an event', () => {
  test('is a request with the bytes that were sent, and headers by lower-case name', () => {
    expect(readEvent(event())).toEqual({
      method: 'POST',
      path: '/webhooks/news',
      headers: { 'content-type': 'text/plain' },
      body: Buffer.from('hello'),
    });
    expect(readEvent(event({ isBase64Encoded: false }))).toMatchObject({
      body: Buffer.from('aGVsbG8='),
    });
  });

  test('without a body has an empty one, and what is no text is no header', () => {
    const read = readEvent(event({ body: undefined, headers: { a: 1, b: null, c: 'x' } }));
    expect(read).toMatchObject({ headers: { c: 'x' }, body: Buffer.alloc(0) });
  });

  test.each([
    ['a path of 2 kB', { rawPath: '/'.repeat(2_048) }, 'let in'],
    ['a longer path', { rawPath: '/'.repeat(2_049) }, 414],
    ['a long path of few characters', { rawPath: 'é'.repeat(1_100) }, 414],
    ['headers of 16 kB', { headers: { a: 'x'.repeat(16_383) } }, 'let in'],
    ['larger headers', { headers: { a: 'x'.repeat(16_384) } }, 431],
    [
      'many small headers',
      { headers: Object.fromEntries(Array.from({ length: 4_000 }, (_, n) => [`x-${n}`, 'y'])) },
      431,
    ],
    ['a body of 256 kB', { body: 'x'.repeat(262_144), isBase64Encoded: false }, 'let in'],
    ['a larger body', { body: 'x'.repeat(262_145), isBase64Encoded: false }, 413],
    ['a larger body in base64', { body: 'x'.repeat(400_000) }, 413],
    ['no method', { requestContext: {} }, 400],
    ['no context', { requestContext: null }, 400],
    ['no path', { rawPath: undefined }, 400],
    ['a body that is no text', { body: { a: 1 } }, 400],
  ])('with %s', (_, more, status) => {
    expect(statusOf(event(more))).toBe(status);
  });

  test.each([[null], [undefined], ['text'], [7], [[]], [{}]])('that is %j is refused', (given) => {
    expect(readEvent(given as never)).toEqual({
      status: 400,
      reason: 'the event lacks a method or a path',
    });
  });
});
