/** The judge of the fuzzed function: each thing that must not be is seen. */
import { MARK, eventOf } from '../../fuzz/genuine.ts';
import { type Answered, type Input, judge } from '../../fuzz/judge.ts';
import { hmac, Issued, KEYS } from '../../fuzz/keys.ts';

const NOW_MS = 1_773_489_600_000;
const body = Buffer.from('{}');
const sign = (key: string): string => `sha256=${hmac(key, body).toString('hex')}`;

const issued = new Issued();
const genuine = issued.note(sign(KEYS.doorbell), { body, sync: null, atMs: NOW_MS });

const input = (signature: string, more: Partial<Input> = {}): Input => ({
  index: 0,
  event: eventOf({
    path: '/doorbell/contacts-news',
    body,
    headers: { 'x-trivet-signature': signature },
  }),
  nowMs: NOW_MS,
  rings: null,
  ...more,
});

const RING = JSON.stringify({ kind: 'ring', sync: 'contacts-news', source: 'crm' });
const answered = (more: Partial<Answered> = {}): Answered => ({
  answer: { statusCode: 202, body: '' },
  hasThrown: false,
  calls: [{ messages: [RING], foreign: null }],
  printed: '',
  ms: 3,
  ...more,
});
const silent = { calls: [] };

describe('an answer', () => {
  test('to a request that a key’s holder signed may ring, also one that is asked for', () => {
    expect(judge(input(genuine), answered(), issued)).toEqual([]);
    expect(judge(input(genuine, { rings: 'contacts-news' }), answered(), issued)).toEqual([]);
  });

  test.each<readonly [string, Input, Answered, RegExp]>([
    ['that rang for a guess', input(sign('a guess')), answered(), /without a key/],
    [
      'that rang for other bytes',
      input(genuine, {
        event: { ...(input(genuine).event as object), body: 'x', isBase64Encoded: false },
      }),
      answered(),
      /without a key/,
    ],
    [
      'that rang for an old signature',
      input(genuine, { nowMs: NOW_MS + 301_000 }),
      answered(),
      /without a key/,
    ],
    [
      'that rang and refused',
      input(genuine),
      answered({ answer: { statusCode: 401, body: '' } }),
      /rang and answered 401/,
    ],
    [
      'that did not ring',
      input(genuine, { rings: 'contacts-news' }),
      answered(silent),
      /did not ring/,
    ],
    ['of 500', input(''), answered({ ...silent, answer: { statusCode: 500 } }), /status is 500/],
    ['without a status', input(''), answered({ ...silent, answer: {} }), /status is undefined/],
    ['that is an exception', input(''), answered({ hasThrown: true, answer: 'x' }), /threw: x/],
    [
      'that shows somebody',
      input(''),
      answered({ ...silent, answer: { statusCode: 401, body: MARK } }),
      /was told/,
    ],
    ['whose log shows a key', input(''), answered({ ...silent, printed: KEYS.news[1] }), /told/],
    ['that took long', input(''), answered({ ...silent, ms: 9_000 }), /took 9000 ms/],
    [
      'that looked elsewhere',
      input(''),
      answered({ calls: [{ messages: [], foreign: 'DynamoDB_20120810.PutItem' }] }),
      /called DynamoDB/,
    ],
  ])('%s is a problem', (_, given, bad, problem) => {
    expect(judge(given, bad, issued).join('\n')).toMatch(problem);
  });
});
