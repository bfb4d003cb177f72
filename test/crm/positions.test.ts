/** Places in the CRM's changes: which of two is the lower, and what survives the queue. */
import {
  lowerPosition,
  progressOf,
  type LogPosition,
  type TimePosition,
} from '../../lib/ports/crm.ts';
import { requireLaneMessage } from '../../lib/queue/parse-message.ts';
import type { CrmKey } from '../../lib/engine/model.ts';

const at = (second: number, pass: TimePosition['pass'] = null): TimePosition => ({
  reached: `2026-11-26T10:00:0${second}.000001Z`,
  settled: '700',
  pass,
});

const pass = (page: number, more: Partial<NonNullable<TimePosition['pass']>> = {}) => ({
  until: '2026-11-26T10:00:09.000000Z',
  settled: '710',
  page,
  modified: '2026-11-26 10:00:05.000003+00',
  key: `${page}00` as CrmKey,
  ...more,
});

const log = (xid: string): LogPosition => ({ xid, seq: '1' });

describe('the lower of two places', () => {
  test.each<[string, TimePosition, TimePosition, TimePosition]>([
    ['is the one that reached less', at(2), at(1, pass(4)), at(1, pass(4))],
    ['is the start of a pass', at(1, pass(1)), at(1), at(1)],
    ['is the earlier page of one pass', at(1, pass(3)), at(1, pass(2)), at(1, pass(2))],
    ['is itself when both are the same', at(1, pass(2)), at(1, pass(2)), at(1, pass(2))],
    [
      'is the start of the pass when two passes began there',
      at(1, pass(2)),
      at(1, pass(3, { until: '2026-11-26T10:00:08.000000Z' })),
      at(1),
    ],
    [
      'is the start of the pass when one page was read twice and ended elsewhere',
      at(1, pass(2)),
      at(1, pass(2, { key: '999' as CrmKey })),
      at(1),
    ],
  ])('%s', (_, a, b, lower) => {
    expect(lowerPosition(a, b)).toEqual(lower);
    expect(lowerPosition(b, a)).toEqual(lower);
  });

  test('P7 is by number in the log, not as text', () => {
    expect(lowerPosition(log('10'), log('9'))).toEqual(log('9'));
  });

  test('of two captures is either: the one that is not in use is a lost position', () => {
    expect([log('9'), at(1)]).toContainEqual(lowerPosition(log('9'), at(1)));
  });
});

test('a clock that goes on is no progress; a page that was read is', () => {
  expect(progressOf(at(1))).toEqual(progressOf(at(2)));
  expect(progressOf(at(1, pass(1)))).not.toEqual(progressOf(at(1, pass(2))));
  expect(progressOf(log('9'))).not.toEqual(progressOf(log('10')));
});

test.each([at(1), at(1, pass(2)), log('9')])(
  'a place comes out of the queue as it went in (%#)',
  (position) => {
    const crm = { position, mark: '0/1A', systemId: '1', timeline: '00000001' };
    const message = { sync: 's', lane: 0, refs: [], position: { crm } };
    expect(requireLaneMessage(JSON.stringify(message)).position).toEqual({ crm });
  },
);
