/** The timestamp by which changes are found: what may be said of it, and where it must be. */
import { defineTrivet, email, mailchimp, postgres } from '../../lib/config/index.ts';
import type { SyncInput } from '../../lib/config/define.ts';
import type { Capture } from '../../lib/config/model.ts';

const define = (capture: Capture, modified?: SyncInput['modified']) =>
  defineTrivet({
    crm: postgres({ secret: 'crm', capture }),
    apps: { news: mailchimp({ audience: 'a1', secret: 'mailchimp' }) },
    syncs: [
      {
        table: 'contacts',
        key: 'id',
        app: 'news',
        match: { email: 'email_address' },
        fields: { email: { app: 'email_address', type: email(), owner: 'crm' } },
        ...(modified === undefined ? {} : { modified }),
      },
    ],
  }).syncs[0]?.modified;

describe('a timestamp column', () => {
  test('is enough by its name: the database sets it, and the sweep comes once a day', () => {
    expect(define('timestamp', 'updated_at')).toEqual({
      column: 'updated_at',
      clock: 'database',
      overlapMs: 5_000,
      timeZone: null,
      sweepEveryMs: 86_400_000,
    });
  });

  test('set by programs overlaps by ten minutes, or by as much as is said', () => {
    expect(define('timestamp', { column: 'm', clock: 'app' })).toMatchObject({
      overlapMs: 600_000,
    });
    const said = {
      column: 'm',
      clock: 'app',
      overlapSeconds: 90,
      timeZone: 'Europe/Paris',
    } as const;
    expect(define('timestamp', { ...said, sweepHours: 6 })).toMatchObject({
      overlapMs: 90_000,
      timeZone: 'Europe/Paris',
      sweepEveryMs: 6 * 3_600_000,
    });
  });

  test('must be named where the capture is by timestamp, and waits unread where it is by the log', () => {
    expect(() => define('timestamp')).toThrow('syncs.0.modified: is missing: capture “timestamp”');
    expect(define('log', 'updated_at')).toBeNull();
    expect(define('log')).toBeNull();
  });

  test.each<[string, object]>([
    ['a time zone nobody knows', { column: 'm', timeZone: 'Mars/Base' }],
    ['no overlap', { column: 'm', overlapSeconds: 0 }],
    ['a sweep once a month', { column: 'm', sweepHours: 720 }],
    ['a word that means nothing', { column: 'm', overlap: 5 }],
    ['no column', { clock: 'app' }],
  ])('is refused with %s, by its path', (_, modified) => {
    expect(() => define('timestamp', modified as SyncInput['modified'])).toThrow(
      /syncs\.0\.modified/,
    );
  });
});
