/** The table of refusals: what is retried, what a person must see to, what one record must answer for. */
import {
  type Asked,
  type FailedAnswer,
  judgeAnswer,
  judgeSilence,
  toFailure,
} from '../../../lib/connectors/dialpad/failures.ts';

const READ: Asked = { kind: 'read' };
const WRITE: Asked = { kind: 'write' };
const FIRST_PAGE: Asked = { kind: 'page', hasCursor: false };
const NEXT_PAGE: Asked = { kind: 'page', hasCursor: true };

const answer = (status: number, more: Partial<FailedAnswer> = {}): FailedAnswer => ({
  status,
  body: { error: { message: 'Said.' } },
  isPage: false,
  retryAfterMs: null,
  ...more,
});

describe('an answer', () => {
  test.each([
    [302, WRITE, { kind: 'halted' }],
    [400, WRITE, { kind: 'rejected', path: null }],
    [400, READ, { kind: 'retry', scope: 'record' }],
    [400, FIRST_PAGE, { kind: 'retry', scope: 'app' }],
    [400, NEXT_PAGE, { kind: 'lost-place' }],
    [401, READ, { kind: 'halted' }],
    [402, READ, { kind: 'halted' }],
    [403, WRITE, { kind: 'halted' }],
    [404, READ, { kind: 'missing' }],
    [404, WRITE, { kind: 'missing' }],
    [405, READ, { kind: 'halted' }],
    [408, WRITE, { kind: 'retry', scope: 'app', ambiguous: true }],
    [409, WRITE, { kind: 'exists' }],
    [413, WRITE, { kind: 'rejected' }],
    [422, WRITE, { kind: 'rejected' }],
    [429, WRITE, { kind: 'retry', scope: 'app', ambiguous: false, afterMs: null }],
    [500, WRITE, { kind: 'retry', scope: 'app', ambiguous: true }],
    [500, READ, { kind: 'retry', scope: 'app', ambiguous: false }],
    [503, NEXT_PAGE, { kind: 'retry', scope: 'app', ambiguous: false }],
  ] as const)('%i to %j is %j', (status, asked, verdict) => {
    expect(judgeAnswer(answer(status), asked)).toMatchObject(verdict);
  });

  test('may say how long to wait', () => {
    expect(judgeAnswer(answer(429, { retryAfterMs: 42_000 }), READ)).toMatchObject({
      afterMs: 42_000,
    });
  });

  test.each([
    [403, 'retry'],
    [429, 'retry'],
    [502, 'retry'],
    [400, 'retry'],
    [401, 'retry'],
    [404, 'halted'],
    [301, 'halted'],
  ])('that is a page of HTML with %i was a proxy’s: %s', (status, kind) => {
    const page = { body: '<html><body>Mary Poppins</body></html>', isPage: true };
    expect(judgeAnswer(answer(status, page), WRITE)).toMatchObject({ kind });
  });
});

describe('a reason', () => {
  const reasonOf = (body: unknown, status = 400): string =>
    judgeAnswer(answer(status, { body }), WRITE).reason;

  test('is in Dialpad’s words, with the status', () => {
    expect(reasonOf({ error: { message: 'Bad phone.' } })).toBe('Dialpad: Bad phone. [400]');
    expect(reasonOf('Bad phone.')).toBe('Dialpad: Bad phone. [400]');
  });

  test.each([[undefined], [null], [{}], [{ error: 'x' }], [{ error: { message: 7 } }], [''], [[]]])(
    'is that there is none for %j',
    (body) => {
      expect(reasonOf(body)).toBe('Dialpad answered 400 without saying why.');
    },
  );

  test('repeats nothing of a person, and ends somewhere', () => {
    expect(reasonOf({ error: { message: 'Phone number +1 (415) 555-0100 of a@b.test' } })).toBe(
      'Dialpad: Phone number … of … [400]',
    );
    expect(reasonOf('x '.repeat(5000)).length).toBeLessThan(400);
  });

  test('tells a person what to do', () => {
    expect(reasonOf(undefined, 401)).toContain('makes a new one; put it into the secret');
    expect(reasonOf(undefined, 403)).toContain('company admin');
    expect(reasonOf(undefined, 405)).toContain('base URL');
  });
});

describe('no answer', () => {
  const silence = (cause: 'timeout' | 'reset' | 'unreachable' | 'budget') => ({
    kind: 'silence' as const,
    cause,
    reason: 'Nothing came.',
  });

  test.each([
    ['timeout', WRITE, 'app', true],
    ['reset', WRITE, 'app', true],
    ['unreachable', WRITE, 'app', false],
    ['budget', WRITE, 'budget', false],
    ['timeout', READ, 'app', false],
    ['reset', NEXT_PAGE, 'app', false],
  ] as const)('by %s to %j', (cause, asked, scope, ambiguous) => {
    expect(judgeSilence(silence(cause), asked)).toEqual({
      kind: 'retry',
      scope,
      afterMs: null,
      reason: 'Nothing came.',
      ambiguous,
    });
  });
});

test('where only failing is possible, everything is a failure', () => {
  const failed = (status: number, asked: Asked) => toFailure(judgeAnswer(answer(status), asked));
  expect(failed(404, READ)).toMatchObject({ kind: 'halted' });
  expect(failed(409, WRITE)).toMatchObject({ kind: 'rejected' });
  expect(failed(400, NEXT_PAGE)).toMatchObject({ kind: 'retry', scope: 'app' });
  expect(failed(503, READ)).toMatchObject({ kind: 'retry' });
});
