import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import type { RecordState } from '../../lib/engine/model.ts';
import { NewerItem, type StoredRecord } from '../../lib/ports/state.ts';
import type { Item } from '../../lib/state/attribute.ts';
import { inboxPlaceOf, isInInbox, recordMap, recordOfItem } from '../../lib/state/record-item.ts';
import { itemRevision } from '../../lib/state/revision.ts';
import { recordKey } from '../../lib/state/table-keys.ts';
import { anyState } from './records.arbitrary.ts';
import { sampleFields, samplePairs, sampleRecord } from './sample-record.ts';

const stored = (state: RecordState, more: Partial<StoredRecord> = {}): StoredRecord => ({
  state,
  version: 0,
  marks: 0,
  ...more,
});

function itemOf(record: StoredRecord): Item {
  const { pk, sk } = recordKey('contacts-news', record.state.key);
  return { pk: { S: pk }, sk: { S: sk }, s: { M: recordMap(record) } };
}

/** The service's own rules: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
function bytesOf(attribute: AttributeValue): number {
  if (attribute.S !== undefined) return Buffer.byteLength(attribute.S);
  if (attribute.N !== undefined) return Math.ceil(attribute.N.length / 2) + 1;
  if (attribute.L !== undefined) {
    return attribute.L.reduce((sum, element) => sum + bytesOf(element) + 1, 3);
  }
  if (attribute.M !== undefined) {
    return Object.values(attribute.M).length + 3 + itemBytes(attribute.M);
  }
  return 1;
}

const itemBytes = (item: Item): number =>
  Object.entries(item).reduce((sum, [name, at]) => sum + Buffer.byteLength(name) + bytesOf(at), 0);

describe('a record as an item', () => {
  test('comes back as it went, whatever its state, with its version one higher', () => {
    fc.assert(
      fc.property(anyState, fc.nat(), fc.nat(), (state, version, marks) => {
        const read = recordOfItem(itemOf({ state, version, marks }));
        expect(read).toStrictEqual({ state, version: version + 1, marks });
      }),
      { numRuns: 500 },
    );
  });

  test('of the sample sync fits one write unit, also while it is created or a shared field is on its way', () => {
    const quiet = stored(sampleRecord(), { version: 41 });
    const phone = { [sampleFields.phone]: '+12025550199' };
    const sent = { at: 1_790_000_000_000, toApp: phone, toCrm: {}, existence: null };
    const all = Object.entries(samplePairs).map(([field, pair]) => [field, pair.c] as const);
    const created = {
      ...sent,
      toApp: Object.fromEntries(all),
      existence: { end: 'app' as const, to: { c: 'present' as const, r: 'present' as const } },
    };
    const busy = [
      sampleRecord({ intent: sent }),
      sampleRecord({ intent: created, shadow: null, link: 'planned' }),
    ];
    expect(itemBytes(itemOf(quiet))).toBeLessThanOrEqual(900);
    for (const state of busy) expect(itemBytes(itemOf(stored(state)))).toBeLessThanOrEqual(1024);
  });

  test('stores the app side only where it differs', () => {
    const { city } = sampleFields;
    const cut = { c: 'San Francisco', r: 'San Fran', rewrittenBy: 'app' as const };
    const shadow = {
      existence: { c: 'present' as const, r: 'present' as const },
      pairs: { ...samplePairs, [city]: cut },
    };
    const map = recordMap(stored(sampleRecord({ shadow })));
    expect(map['r']).toStrictEqual({ M: { [city]: { S: 'San Fran' } } });
    expect(map['w']).toStrictEqual({ M: { [city]: { S: 'app' } } });
    expect(recordMap(stored(sampleRecord()))).not.toHaveProperty('r');
  });

  test('keeps an empty value apart from no value', () => {
    const existence = { c: 'present' as const, r: 'present' as const };
    const pairs = { a: { c: 'x', r: null }, b: { c: null, r: 'y' }, d: { c: null, r: null } };
    const read = recordOfItem(itemOf(stored(sampleRecord({ shadow: { existence, pairs } }))));
    expect(read.state.shadow?.pairs).toStrictEqual(pairs);
  });

  test('carries what other code stored in it through a load and a save', () => {
    const item = itemOf(stored(sampleRecord()));
    const foreign: Item = { zz: { NS: ['1', '340282366920938463463374607431768211456'] } };
    const read = recordOfItem({ ...item, s: { M: { ...item['s']?.M, ...foreign } } });
    const next = recordMap({ ...read, state: { ...read.state, archivedByUs: true } });
    expect(next['zz']).toStrictEqual(foreign['zz']);
    expect(next['ar']).toStrictEqual({ BOOL: true });
  });

  test('does not let carried attributes override ours', () => {
    const raw = { v: { N: '900' }, g: { N: '9' } } satisfies Item;
    const map = recordMap(stored(sampleRecord(), { version: 3, raw }));
    expect(map['v']).toStrictEqual({ N: '4' });
    expect(map['g']).toStrictEqual({ N: String(itemRevision) });
  });

  test('drops an attribute of ours that is over, though it was read', () => {
    const waiting = { kind: 'waiting' as const, until: 5, attempts: 1, reason: 'busy' };
    const read = recordOfItem(itemOf(stored(sampleRecord({ parking: waiting }))));
    expect(recordMap({ ...read, state: { ...read.state, parking: null } })).not.toHaveProperty('q');
  });

  test('written by newer code is refused, naming the item', () => {
    const item = itemOf(stored(sampleRecord()));
    const newer = { ...item, s: { M: { g: { N: String(itemRevision + 1) }, zz: { S: '?' } } } };
    expect(() => recordOfItem(newer)).toThrow(NewerItem);
    expect(() => recordOfItem(newer)).toThrow(/1042 was written by revision 2/);
  });

  test('replaces what is no text, because the service refuses the whole batch for it', () => {
    const pairs = { a: { c: 'half \ud83d', r: 'half \ud83d' } };
    const existence = { c: 'present' as const, r: 'present' as const };
    const map = recordMap(stored(sampleRecord({ shadow: { existence, pairs } })));
    expect(map['c']).toStrictEqual({ M: { a: { S: 'half \ufffd' } } });
  });
});

describe('the place of a record in the inbox', () => {
  const waiting = { kind: 'waiting' as const, until: 1_790_000_000_000, attempts: 1, reason: '' };
  const conflict = {
    kind: 'conflict' as const,
    crm: 'a',
    app: 'b',
    base: null,
    reason: 'both changed',
    at: 1,
  };

  test('is none for a record in ordinary traffic', () => {
    expect(inboxPlaceOf('s', sampleRecord())).toBeNull();
  });

  test('is by due time for a record that waits, also when a field is parked', () => {
    const place = inboxPlaceOf('s', sampleRecord({ parking: waiting, parked: { f: conflict } }));
    expect(place?.ipk).toMatch(/^s#waiting#[0-7]$/);
    expect(place?.isk).toBe('0001790000000000');
  });

  test('is by key for a parked field and for a quarantined record', () => {
    const quarantined = { kind: 'quarantined' as const, reason: 'refused', at: 1 };
    for (const more of [{ parked: { f: conflict } }, { parking: quarantined }]) {
      const place = inboxPlaceOf('s', sampleRecord(more));
      expect(place?.ipk).toMatch(/^s#parked#[0-7]$/);
      expect(place?.isk).toBe('1042');
    }
  });

  test('is there exactly when the map says so', () => {
    fc.assert(
      fc.property(anyState, (state) => {
        const isPlaced = inboxPlaceOf('s', state) !== null;
        expect(isInInbox(state)).toBe(isPlaced);
        expect(recordMap(stored(state))['x']).toStrictEqual({ N: isPlaced ? '1' : '0' });
      }),
    );
  });
});
