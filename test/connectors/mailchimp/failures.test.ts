/** The table of refusals: by status and title, for the documented ones and the undocumented. */
import {
  judgeAnswer,
  judgeRow,
  judgeSilence,
  type FailedAnswer,
} from '../../../lib/connectors/mailchimp/failures.ts';

const answer = (
  status: number,
  body?: unknown,
  more: Partial<FailedAnswer> = {},
): FailedAnswer => ({
  status,
  body,
  isJson: body !== undefined,
  retryAfterMs: null,
  ...more,
});

const problem = (
  status: number,
  title: string,
  detail = 'The detail.',
  errors?: unknown,
): FailedAnswer =>
  answer(status, {
    title,
    status,
    detail,
    instance: '',
    ...(errors === undefined ? {} : { errors }),
  });

const WRITE = { isWrite: true, sent: ['status', 'merge_fields.BDAY', 'merge_fields.FNAME'] };
const READ = { isWrite: false, sent: [] };

test.each([
  [problem(400, 'Member Exists'), { kind: 'exists' }],
  [problem(400, 'Member In Compliance State'), { kind: 'rejected', path: 'status' }],
  [problem(400, 'Forgotten Email Not Subscribed'), { kind: 'rejected', path: null }],
  [problem(400, 'Invalid Resource'), { kind: 'rejected', path: null }],
  [problem(400, 'Something New'), { kind: 'rejected', path: null }],
  [problem(400, 'JSON Parse Exception'), { kind: 'rejected', path: null }],
  [problem(401, 'API Key Invalid'), { kind: 'halted' }],
  [problem(403, 'Forbidden'), { kind: 'halted' }],
  [problem(403, 'User Disabled'), { kind: 'halted' }],
  [problem(404, 'Resource Not Found'), { kind: 'missing' }],
  [problem(405, 'Method Not Allowed'), { kind: 'forbidden' }],
  [problem(402, 'Payment Required'), { kind: 'halted' }],
  [problem(403, 'Something New'), { kind: 'halted' }],
  [problem(409, 'Conflict'), { kind: 'rejected' }],
  [problem(426, 'Upgrade Required'), { kind: 'halted' }],
  [problem(429, 'TooManyRequests'), { kind: 'retry', scope: 'app', ambiguous: false }],
  [answer(403), { kind: 'retry', scope: 'app', ambiguous: false }],
  [problem(500, 'InternalServerError'), { kind: 'troubled', retry: { ambiguous: true } }],
  [answer(502), { kind: 'troubled', retry: { ambiguous: true } }],
  [answer(301), { kind: 'halted' }],
])('of a write, $status $body.title is $kind', (given, verdict) => {
  expect(judgeAnswer(given, WRITE)).toMatchObject(verdict);
});

test('a read that failed changed nothing', () => {
  expect(judgeAnswer(answer(502), READ)).toMatchObject({ retry: { ambiguous: false } });
});

test('the vendor’s own wait is kept', () => {
  const busy = answer(429, undefined, { retryAfterMs: 7000 });
  expect(judgeAnswer(busy, WRITE)).toMatchObject({ afterMs: 7000 });
});

test('a refused merge field is named by our path, in the vendor’s words', () => {
  const given = problem(400, 'Invalid Resource', 'Your merge fields were invalid.', [
    { field: 'BDAY', message: 'Please enter a month (01-12) and a day (01-31)' },
  ]);
  expect(judgeAnswer(given, WRITE)).toEqual({
    kind: 'rejected',
    path: 'merge_fields.BDAY',
    reason:
      'Mailchimp: Invalid Resource: Your merge fields were invalid. (BDAY: Please enter a month (01-12) and a day (01-31))',
  });
});

test('a field we did not send is never blamed', () => {
  const given = problem(400, 'Invalid Resource', 'No.', [{ field: 'OTHER', message: 'No.' }]);
  expect(judgeAnswer(given, WRITE)).toMatchObject({ path: null });
});

test('a call that sent one value can only mean that one', () => {
  const sent = { isWrite: true, sent: ['email_address'] };
  expect(judgeAnswer(problem(400, 'Invalid Resource'), sent)).toMatchObject({
    path: 'email_address',
  });
});

describe('a row of a batch', () => {
  test('that exists says so', () => {
    expect(judgeRow({ error_code: 'ERROR_CONTACT_EXISTS', error: 'x' }, [])).toMatchObject({
      kind: 'exists',
    });
  });

  test('that names a field we sent is refused for that field', () => {
    const row = {
      error_code: 'ERROR_GENERIC',
      error: 'No.',
      field: 'BDAY',
      field_message: 'Bad day',
    };
    expect(judgeRow(row, WRITE.sent)).toEqual({
      kind: 'rejected',
      path: 'merge_fields.BDAY',
      reason: 'Mailchimp: No. Bad day',
    });
  });

  test('that says nothing useful is to be sent alone', () => {
    expect(
      judgeRow({ error_code: 'ERROR_GENERIC', error: 'No.', field: '' }, WRITE.sent),
    ).toBeNull();
  });
});

test.each([
  ['unreachable', 'app'],
  ['budget', 'budget'],
] as const)('a write that ended in %s concerns the %s and did not land', (cause, scope) => {
  const verdict = judgeSilence({ kind: 'silence', cause, reason: 'why' }, WRITE);
  expect(verdict).toMatchObject({ kind: 'retry', scope, ambiguous: false, reason: 'why' });
});

test.each(['timeout', 'reset'] as const)(
  'a write that ended in %s may have landed, and whoever knows of other records decides its scope',
  (cause) => {
    const verdict = judgeSilence({ kind: 'silence', cause, reason: 'why' }, WRITE);
    expect(verdict).toMatchObject({
      kind: 'troubled',
      retry: { kind: 'retry', scope: 'app', ambiguous: true, reason: 'why' },
    });
  },
);
