/** The table of refusals: by code and subcode, and by status where Meta's API did not answer. */
import {
  type Context,
  type FailedAnswer,
  judgeAnswer,
  judgeSilence,
} from '../../../lib/connectors/meta/failures.ts';
import type { Usage } from '../../../lib/connectors/meta/usage.ts';

const CONTEXT: Context = {
  isWrite: true,
  adAccount: 'act_42',
  audience: '238',
  version: 'v26.0',
};
const READ = { ...CONTEXT, isWrite: false };

const quiet: Usage = { percent: null, bucketWaitMs: null, accountWaitMs: null };

const answer = (status: number, error?: object, usage: Partial<Usage> = {}): FailedAnswer => ({
  status,
  body: error === undefined ? '<html></html>' : { error: { message: 'Said.', ...error } },
  usage: { ...quiet, ...usage },
});

const coded = (code: number, subcode?: number, status = 400): FailedAnswer =>
  answer(status, { code, ...(subcode === undefined ? {} : { error_subcode: subcode }) });

describe('what stops until a person acts says what to do', () => {
  test.each([
    [190, undefined, 'does not accept the access token'],
    [190, 467, 'does not accept the access token'],
    [190, 463, 'has expired'],
    [190, 460, 'changed their password'],
    [190, 459, 'log in at facebook.com'],
    [102, undefined, 'does not accept the access token'],
    [104, undefined, 'does not accept the access token'],
    [10, undefined, 'may not change the audience 238'],
    [200, undefined, 'may not change the audience 238'],
    [275, undefined, 'may not change the audience 238'],
    [294, undefined, 'ads_management'],
    [200, 1870090, 'customaudiences/tos/?act=42'],
    [200, 1870050, 'belongs to a business'],
    [100, 33, 'is not there'],
    [100, 1713230, 'has flagged the audience 238'],
    [100, 1713228, 'has flagged the audience 238'],
    [100, 1713231, 'has flagged the audience 238'],
    [368, undefined, 'blocked'],
    [2635, undefined, 'ended version v26.0'],
    [2650, undefined, 'refuses to change the audience 238'],
    [2650, 1870144, 'too large to be replaced'],
    [2656, undefined, 'Lookalike audiences depend'],
    [1487301, undefined, 'not shared with the ad account act_42'],
    [1487366, undefined, 'was deleted at Meta'],
  ])('code %i, subcode %s', (code, subcode, sentence) => {
    const verdict = judgeAnswer(coded(code, subcode), CONTEXT);
    expect(verdict).toMatchObject({
      kind: 'halted',
      reason: expect.stringContaining(sentence) as string,
    });
  });

  test('also for a permission nobody has written down', () => {
    expect(judgeAnswer(coded(3333, undefined, 403), CONTEXT)).toMatchObject({ kind: 'halted' });
  });
});

describe('limits wait as long as Meta says, and nothing was done', () => {
  const waits = { bucketWaitMs: 240_000, accountWaitMs: 30_000 };

  test.each([
    [80003, undefined, 240_000],
    [80004, 2446079, 240_000],
    [4, undefined, 240_000],
    [32, undefined, 240_000],
    [341, undefined, 240_000],
    [17, 2446079, 30_000],
    [613, 1487742, 30_000],
    [613, undefined, 30_000],
  ])('code %i, subcode %s', (code, subcode, afterMs) => {
    const refused = { ...coded(code, subcode), usage: { ...quiet, ...waits } };
    expect(judgeAnswer(refused, CONTEXT)).toMatchObject({
      kind: 'retry',
      scope: 'app',
      afterMs,
      ambiguous: false,
    });
  });

  test.each([
    [coded(80003), null],
    [coded(80003, undefined, 429), null],
    [coded(17, 2446079), 300_000],
    [coded(613, 1487742), 300_000],
    [coded(613), 3_600_000],
    [coded(803), 30_000],
    [answer(429), null],
  ])('%j without a word about how long', (refused, afterMs) => {
    expect(judgeAnswer(refused, CONTEXT)).toMatchObject({ kind: 'retry', afterMs });
  });

  test('abnormal traffic names whom to ask', () => {
    expect(judgeAnswer(coded(613), CONTEXT)).toMatchObject({
      reason: expect.stringContaining('ask Meta') as string,
    });
  });
});

describe('Meta’s own trouble may have taken effect', () => {
  test.each([
    [coded(1, undefined, 500)],
    [coded(2, undefined, 503)],
    [answer(400, { code: 3333, is_transient: true })],
    [answer(400, { code: 2650, is_transient: true })],
    [coded(3333, undefined, 500)],
    [answer(400)],
    [answer(403)],
    [answer(500)],
    [answer(502)],
  ])('%j', (refused) => {
    expect(judgeAnswer(refused, CONTEXT)).toMatchObject({
      kind: 'retry',
      scope: 'app',
      ambiguous: true,
    });
    expect(judgeAnswer(refused, READ)).toMatchObject({ kind: 'retry', ambiguous: false });
  });
});

test.each([
  [coded(100), 'rejected'],
  [coded(100, 999), 'rejected'],
  [coded(3333), 'rejected'],
  [coded(105), 'split'],
  [answer(413), 'split'],
  [answer(414), 'split'],
  [answer(431), 'split'],
  [answer(404), 'halted'],
  [answer(301), 'halted'],
])('%j is %s', (refused, kind) => {
  expect(judgeAnswer(refused, CONTEXT)).toMatchObject({ kind });
});

test.each([
  [1870145, 'wait'],
  [1870147, 'restart'],
  [1870148, 'restart'],
  [1870158, 'restart'],
  [1870159, 'restart'],
])('of a replace, 2650/%i means to %s', (subcode, next) => {
  expect(judgeAnswer(coded(2650, subcode), CONTEXT)).toMatchObject({ kind: 'session', next });
});

describe('a reason', () => {
  test('is in Meta’s words, the user’s before the developer’s, with code and subcode', () => {
    const refused = answer(400, { code: 100, error_subcode: 7, error_user_msg: 'For people.' });
    expect(judgeAnswer(refused, CONTEXT)).toMatchObject({ reason: 'Meta: For people. [100/7]' });
    expect(judgeAnswer(coded(105), CONTEXT)).toMatchObject({ reason: 'Meta: Said. [105]' });
    expect(judgeAnswer(answer(502), CONTEXT)).toMatchObject({
      reason: 'Meta answered 502 without saying why.',
    });
  });

  test('repeats nothing of a person', () => {
    const said = answer(400, { code: 100, error_user_msg: 'Row mary@example.com is wrong.' });
    expect(judgeAnswer(said, CONTEXT)).toMatchObject({ reason: 'Meta: Row … is wrong. [100]' });
  });

  test('is understood though half of the error is missing or wrong', () => {
    const odd = {
      status: 400,
      body: { error: { code: 100, message: 7, error_subcode: 'x' } },
      usage: quiet,
    };
    expect(judgeAnswer(odd, CONTEXT)).toMatchObject({ kind: 'rejected' });
    const none = { status: 400, body: { error: 'oops' }, usage: quiet };
    expect(judgeAnswer(none, CONTEXT)).toMatchObject({ kind: 'retry' });
  });
});

test.each([
  ['unreachable', 'app', false],
  ['budget', 'budget', false],
  ['timeout', 'app', true],
  ['reset', 'app', true],
] as const)(
  'a write that ended in %s concerns the %s; may have landed: %s',
  (cause, scope, ambiguous) => {
    const silence = { kind: 'silence', cause, reason: 'why' } as const;
    expect(judgeSilence(silence, CONTEXT)).toEqual({
      kind: 'retry',
      scope,
      afterMs: null,
      reason: 'why',
      ambiguous,
    });
  },
);
