/** The simulator's small pure parts: times, addresses, faults, randomness, events. */
import { parseEmail } from '../../lib/local/mailchimp/email-rules.ts';
import { createFaults, isMatch, parseFault } from '../../lib/local/simulation/faults.ts';
import type { Fault } from '../../lib/local/simulation/faults.ts';
import type { Member, MemberStatus } from '../../lib/local/mailchimp/model.ts';
import { subscriberHash } from '../../lib/local/mailchimp/subscriber-hash.ts';
import { createRandom } from '../../lib/local/simulation/random.ts';
import {
  floorToSecond,
  formatFiredAt,
  formatTimestamp,
  parseTimestamp,
} from '../../lib/local/mailchimp/timestamps.ts';
import { signBody } from '../../lib/local/mailchimp/webhook-delivery.ts';
import { encodeEvent, eventsOf } from '../../lib/local/mailchimp/webhook-events.ts';

const noonMs = Date.UTC(2026, 2, 14, 12);

describe('times', () => {
  test.each([
    ['2026-03-14T12:00:00+00:00', noonMs],
    ['2026-03-14T14:00:00+02:00', noonMs],
    ['2026-03-14T14:00:00 02:00', noonMs],
    ['2026-03-14 12:00', noonMs],
    ['2026-03-14T12:00:00.999Z', noonMs + 999],
    ['2026-03-14 12:00:00', noonMs],
    ['2026-03-14', noonMs - 12 * 3_600_000],
    ['yesterday', null],
    ['2026-13-14', null],
  ])('reads %s', (text, ms) => {
    expect(parseTimestamp(text)).toBe(ms);
  });

  test('are written in whole seconds, with nothing for never', () => {
    expect(formatTimestamp(noonMs + 999)).toBe('2026-03-14T12:00:00+00:00');
    expect(formatTimestamp(null)).toBe('');
    expect(formatFiredAt(noonMs)).toBe('2026-03-14 12:00:00');
    expect(floorToSecond(noonMs + 999)).toBe(noonMs);
  });
});

describe('an address', () => {
  test('is hashed in lower case', () => {
    expect(subscriberHash(' Urist.McVankab@Freddiesjokes.com ')).toBe(
      '62eeb292278cc15f5817cb78f7790b08',
    );
  });

  test.each(['ada@trivet.test', " o'neil+news@mail.trivet.test", 'ü@trivet.test'])(
    'like %s is taken',
    (email) => {
      expect(parseEmail(email)).toEqual({ ok: true, value: email.trim() });
    },
  );

  test.each(['', 'ada', 'ada@', '@trivet.test', 'ada@trivet', 'a@b@c.test', 'x@mail.example.org'])(
    'like %j is not',
    (email) => {
      expect(parseEmail(email).ok).toBe(false);
    },
  );
});

describe('a fault', () => {
  test.each([
    [null, true],
    ['PATCH', true],
    ['/members/', true],
    ['PATCH /lists/*/members/*', true],
    ['*/members/*', true],
    ['PATCH /lists/*', true],
    ['GET *', false],
    ['/lists/*', false],
    ['PATCH /lists/a.c/members/1f', false],
  ])('with match %j meets the request or not', (match, expected) => {
    expect(isMatch(match, 'PATCH /lists/abc/members/1f')).toBe(expected);
  });

  test('takes hold as often as its rate and count say, and latency adds to what follows', () => {
    const faults = createFaults(createRandom(1));
    const fault = (more: object): Fault => {
      const parsed = parseFault(more);
      if (typeof parsed === 'string') throw new Error(parsed);
      return parsed;
    };
    faults.add(fault({ kind: 'latency', ms: 5 }));
    faults.add(fault({ kind: 'status', status: 500, rate: 0.25 }));
    faults.add(fault({ kind: 'reset', count: 1 }));
    const kinds = Array.from({ length: 1000 }, () => {
      const verdict = faults.judge(['GET /ping']);
      expect(verdict.delayMs).toBe(5);
      return verdict.fault?.kind;
    });
    const failures = kinds.filter((kind) => kind === 'status').length;
    expect(failures).toBeGreaterThan(200);
    expect(failures).toBeLessThan(300);
    expect(kinds.filter((kind) => kind === 'reset')).toHaveLength(1);
  });
});

describe('randomness', () => {
  test('repeats itself for the same seed and not for another', () => {
    const draw = (seed: number): number[] => {
      const random = createRandom(seed);
      return Array.from({ length: 5 }, random);
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(draw(3).every((value) => value >= 0 && value < 1)).toBe(true);
  });
});

describe('webhook events', () => {
  const context = { listId: 'abc', fields: [], source: 'user' as const };
  const member = (status: MemberStatus, more: Partial<Member> = {}): Member =>
    ({ status, email: 'a@b.test', hash: '0'.repeat(32), mergeValues: {}, ...more }) as Member;
  const names = (before: Member | null, after: Member | null): string[] =>
    eventsOf(before, after, context).map((event) => event.name);

  test.each<[MemberStatus | null, MemberStatus | null, string[]]>([
    [null, 'subscribed', ['subscribe']],
    [null, 'transactional', []],
    [null, 'unsubscribed', []],
    ['pending', 'subscribed', ['subscribe']],
    ['archived', 'subscribed', ['subscribe']],
    ['subscribed', 'unsubscribed', ['unsubscribe']],
    ['subscribed', 'cleaned', ['cleaned']],
    ['subscribed', 'archived', ['unsubscribe']],
    ['subscribed', null, ['unsubscribe']],
    ['archived', null, []],
    ['subscribed', 'pending', []],
    ['subscribed', 'subscribed', []],
  ])('from %s to %s are %j', (before, after, expected) => {
    const make = (status: MemberStatus | null) => (status === null ? null : member(status));
    expect(names(make(before), make(after))).toEqual(expected);
  });

  test('of a rename are the rename and the new profile', () => {
    const renamed = member('subscribed', { email: 'c@d.test', hash: '1'.repeat(32) });
    expect(names(member('subscribed'), renamed)).toEqual(['upemail', 'profile']);
  });

  test('are written as a form and signed over time and raw body', () => {
    const event = {
      name: 'cleaned',
      source: 'user',
      data: [['data[email]', 'a+b@c.test']],
    } as const;
    const body = encodeEvent(event, noonMs);
    expect(body).toBe(
      'type=cleaned&fired_at=2026-03-14+12%3A00%3A00&data%5Bemail%5D=a%2Bb%40c.test',
    );
    expect(signBody('secret', 'type=x', 1_700_000_000_999)).toMatch(
      /^t=1700000000,v1=[0-9a-f]{64}$/,
    );
  });
});
