import fc from 'fast-check';
import {
  blockedKey,
  bucketOf,
  controlKey,
  historyPartition,
  idOfSortText,
  inboxPartition,
  linkKey,
  recordKey,
  recordKeyOfSortText,
  sortText,
  timeText,
  tombstoneKeyOf,
  tombstoneSecretKey,
  unmatchedKey,
} from '../../lib/state/table-keys.ts';
import { anyKey } from './records.arbitrary.ts';

describe('an id as a sort key', () => {
  test('is the id itself when the service takes it', () => {
    expect(sortText('17')).toBe('17');
    expect(sortText('["a","b"]')).toBe('["a","b"]');
  });

  test('fits the service, gives the id back or says that it cannot, and differs for different ids', () => {
    fc.assert(
      fc.property(anyKey, anyKey, (one, other) => {
        const text = sortText(one);
        expect(Buffer.byteLength(text)).toBeGreaterThan(0);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1024);
        expect(idOfSortText(text)).toBe(Buffer.byteLength(one) > 900 ? null : one);
        expect(text === sortText(other)).toBe(one === other);
      }),
    );
  });

  test('of an id that imitates a digest is not taken for one', () => {
    const long = 'x'.repeat(2000);
    expect(sortText(sortText(long))).not.toBe(sortText(long));
    expect(idOfSortText(sortText(sortText(long)))).toBe(sortText(long));
  });
});

describe('keys', () => {
  test('stay where they were: another bucket would not find what is stored', () => {
    expect(recordKey('contacts-news', '17')).toStrictEqual({ pk: 'contacts-news#05', sk: '17' });
    expect(recordKey('contacts-news', '1042')).toStrictEqual({
      pk: 'contacts-news#33',
      sk: '1042',
    });
    expect(linkKey('contacts-news', 'abc').pk).toBe('contacts-news#link#58');
  });

  test('of different kinds and syncs never meet', () => {
    const keys = ['a', 'a#link', 'tombstone', '%'].flatMap((sync) => [
      recordKey(sync, 'x'),
      linkKey(sync, 'x'),
      unmatchedKey(sync, 'x'),
      blockedKey(sync, 'x', 'x'),
      controlKey(sync, 'checkpoint'),
      controlKey(sync, 'health'),
    ]);
    const all = [...keys, tombstoneKeyOf('x'), tombstoneSecretKey];
    expect(new Set(all.map(({ pk, sk }) => `${pk} ${sk}`)).size).toBe(all.length);
  });

  test('of a record follow from its sort key alone', () => {
    fc.assert(
      fc.property(anyKey, (key) => {
        const itemKey = recordKey('s', key);
        expect(recordKeyOfSortText('s', itemKey.sk)).toStrictEqual(itemKey);
      }),
    );
  });

  test('need a sync with a name', () => {
    expect(() => recordKey('', '17')).toThrow(/without a name/);
  });

  test('spread evenly over 64 buckets', () => {
    const counts = new Map<number, number>();
    for (let key = 1; key <= 64_000; key += 1) {
      const bucket = bucketOf(String(key));
      counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
    }
    expect(counts.size).toBe(64);
    for (const count of counts.values()) {
      expect(count).toBeGreaterThan(850);
      expect(count).toBeLessThan(1150);
    }
  });

  test('name the inbox and history partitions of a sync', () => {
    expect(inboxPartition('contacts-news', 'waiting', 3)).toBe('contacts-news#waiting#3');
    expect(historyPartition('contacts-news', '17')).toBe('contacts-news#17');
  });
});

describe('a time as text', () => {
  test('sorts as the time does', () => {
    const time = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(time, time, (a, b) => {
        expect(timeText(a) < timeText(b)).toBe(a < b);
      }),
    );
  });

  test('stays sortable for times that make no sense', () => {
    expect(timeText(-5)).toBe('0000000000000000');
    expect(timeText(Infinity)).toBe('9007199254740991');
  });
});
