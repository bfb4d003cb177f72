/**
 * The laws every field type obeys, for any JSON an end may hold. Each type's raws are drawn from its
 * own forms (so that equivalent values are met often), from texts that have broken syncs before, and
 * from arbitrary JSON.
 */
import fc from 'fast-check';
import {
  address,
  birthday,
  boolean,
  consent,
  date,
  email,
  enumeration,
  number,
  phone,
  setDifference,
  tags,
  text,
  threeWayUnion,
  timestamp,
  truncateBytes,
} from '../../lib/engine/types/index.ts';
import { isEquivalent } from '../../lib/engine/value.ts';
import type { FieldType, Json, Value } from '../../lib/engine/value.ts';

const NASTY_TEXTS = [
  '',
  ' ',
  '\u00a0\ufeff',
  '\0',
  'a\0b',
  '\ud800',
  'a\udfff',
  '\u200b',
  'e\u0301',
  'é',
  '\u212b',
  'Å',
  'İ',
  'ẞ',
  'ς',
  'Σ',
  '\u202a+12133734253\u202c',
  'ﬁ',
  '😀',
  'a\r\nb',
  'a\nb',
  'x'.repeat(300),
  'é'.repeat(200),
  '__proto__',
  'constructor',
  '{}',
  '[]',
  '[',
  '{',
  '{"',
  'NaN',
  'Infinity',
  '-0',
  '1e999',
  'null',
  '0000-00-00',
];

const nastyText = fc.oneof(
  fc.constantFrom(...NASTY_TEXTS),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc
    .array(fc.constantFrom('\ud83d', '\ude00', ' ', '\0', 'a', 'É', '"', '\\', ','), {
      maxLength: 8,
    })
    .map((units) => units.join('')),
);

const padded = (inner: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom('', ' ', '\t', '\u00a0', '\0'), inner, fc.constantFrom('', ' ', '\n'))
    .map((parts) => parts.join(''));

const respelled = (inner: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(inner, fc.constantFrom('as is', 'upper', 'lower', 'NFD')).map(([word, how]) => {
    if (how === 'upper') return word.toUpperCase();
    if (how === 'lower') return word.toLowerCase();
    return how === 'NFD' ? word.normalize('NFD') : word;
  });

const words = respelled(
  padded(fc.constantFrom('VIP', 'Café', 'Ünï', 'two words', 'a,b', 'straße', 'ΟΔΟΣ')),
);

const integers = (min: number, max: number, digits: number): fc.Arbitrary<string> =>
  fc.integer({ min, max }).map((n) => String(n).padStart(digits, '0'));

const dates = fc
  .tuple(
    integers(1999, 2001, 4),
    integers(0, 13, 2),
    integers(0, 32, 2),
    fc.constantFrom('Y-M-D', 'Y/M/D', 'D-M-Y', 'M/D/Y', 'M/D'),
  )
  .map(([y, m, d, form]) => form.replace('Y', y).replace('M', m).replace('D', d));

const times = fc
  .tuple(
    dates,
    fc.constantFrom('T', ' '),
    integers(0, 24, 2),
    integers(58, 60, 2),
    integers(0, 60, 2),
    fc.constantFrom('', '.1', '.123456', '.999999'),
    fc.constantFrom('', 'Z', '+00', '+05:30', '-0800', '+00:19:32'),
  )
  .map(([day, t, h, m, s, fraction, zone]) => `${day}${t}${h}:${m}:${s}${fraction}${zone}`);

const decimals = fc
  .tuple(
    fc.constantFrom('', '-', '+'),
    fc.stringMatching(/^[0-9]{0,25}$/),
    fc.stringMatching(/^(\.[0-9]{0,25})?$/),
    fc.stringMatching(/^(e[+-]?[0-9]{1,3})?$/),
  )
  .map((parts) => parts.join(''));

const phones = fc
  .tuple(
    fc.constantFrom('', '+', '00', '0', '+49 (0)', '+1', 'tel:+'),
    fc.stringMatching(/^[0-9 ()./*#-]{0,16}$/),
    fc.constantFrom('', ' x12', ' ext. 3', ';ext=7'),
  )
  .map((parts) => parts.join(''));

const emails = respelled(
  fc
    .tuple(
      fc.constantFrom('jon', 'Jön', 'a b', '', 'x'.repeat(65), 'o\u2019neil', 'a..b'),
      fc.constantFrom('@', '@@', ''),
      fc.constantFrom('b.co', 'Bücher.DE', 'localhost', 'b..co', '-b.co', 'İ.com', 'a.com\u200b'),
    )
    .map((parts) => parts.join('')),
);

const addresses = fc.dictionary(
  fc.constantFrom('addr1', 'addr2', 'city', 'state', 'zip', 'country', 'street', '__proto__'),
  fc.oneof(words, fc.constantFrom<Json>('', ' ', null, 12345, 'us', 'US', ['x'])),
  { maxKeys: 4 },
) as fc.Arbitrary<Json>;

const tagLists = fc.oneof(
  fc.array(fc.oneof(words, nastyText)),
  fc.array(words.map((name) => ({ id: 1, name }))),
  fc
    .array(words)
    .map(
      (list) => `{${list.map((tag) => JSON.stringify(tag.replace(/[\n\t\0]/g, ' '))).join(',')}}`,
    ),
  fc.array(words).map((list) => JSON.stringify(list)),
) as fc.Arbitrary<Json>;

const longTexts = fc
  .tuple(nastyText, fc.integer({ min: 240, max: 258 }), nastyText)
  .map(([a, n, b]) => a + '.'.repeat(n) + b);

const CASES: readonly (readonly [string, FieldType, fc.Arbitrary<Json>])[] = [
  ['text', text(), words],
  ['text(255)', text(255), fc.oneof(words, longTexts)],
  ['email', email(), emails],
  ['phone', phone(), phones],
  ['phone of a country', phone({ defaultCountry: 'DE' }), phones],
  [
    'number',
    number(),
    fc.oneof(padded(decimals), fc.double({ noNaN: true, noDefaultInfinity: true })),
  ],
  ['boolean', boolean(), fc.constantFrom<Json>(true, false, 'T', 'f', 'Yes', 'off', 0, 1, '')],
  ['date', date(), fc.oneof(dates, times)],
  ['birthday', birthday(), fc.oneof(dates, times)],
  ['timestamp', timestamp(), fc.oneof(dates, times)],
  ['enum', enumeration(['Café', 'VIP', 'two words']), words],
  ['tags', tags(), tagLists],
  ['address', address(), addresses],
  [
    'consent',
    consent(),
    respelled(padded(fc.constantFrom('subscribed', 'transactional', 'cleaned', 'gold'))),
  ],
];

const withAnyJson = (own: fc.Arbitrary<Json>): fc.Arbitrary<Json | undefined> =>
  fc.oneof(
    { weight: 4, arbitrary: own },
    { weight: 2, arbitrary: nastyText },
    { weight: 1, arbitrary: fc.jsonValue() as fc.Arbitrary<Json> },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );

/** Values of a type: whatever its raws parse to, and empty. */
const valuesOf = (type: FieldType, raws: fc.Arbitrary<Json | undefined>): fc.Arbitrary<Value> =>
  raws.map((raw) => {
    const parsed = type.parse(raw);
    return parsed.ok ? parsed.value : null;
  });

describe.each(CASES)('The laws of %s', (_name, type, own) => {
  const raws = withAnyJson(own);
  const values = valuesOf(type, raws);

  test('parsing any JSON gives a value or a reason and never throws', () => {
    fc.assert(
      fc.property(raws, (raw) => {
        const parsed = type.parse(raw);
        expect(parsed.ok ? 'a value' : parsed.reason).toMatch(/\S/);
      }),
    );
  });

  test('parsing a value gives the value again', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(type.parse(value)).toEqual({
          ok: true,
          value: value === null ? valueOf(type, null) : value,
        });
      }),
      { numRuns: 300 },
    );
  });

  test('a value survives storage and the wire: JSON, UTF-8 and Postgres can hold it', () => {
    fc.assert(
      fc.property(values, (value) => {
        const json = JSON.stringify(value);
        expect(JSON.parse(Buffer.from(json, 'utf8').toString('utf8'))).toEqual(value);
        expect(json).not.toMatch(/\\u0000|\\ud[89a-f]/);
      }),
    );
  });

  test('equivalence is reflexive and symmetric and is equality of keys', () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        expect(isEquivalent(type, a, structuredClone(a))).toBe(true);
        expect(isEquivalent(type, a, b)).toBe(isEquivalent(type, b, a));
        expect(isEquivalent(type, a, b)).toBe(type.key(a) === type.key(b));
      }),
    );
  });

  test('equivalence is transitive', () => {
    fc.assert(
      fc.property(values, values, values, (a, b, c) => {
        const isChain = isEquivalent(type, a, b) && isEquivalent(type, b, c);
        expect(isChain && !isEquivalent(type, a, c)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  test('all empty raws mean the same, and the same as no value', () => {
    for (const raw of [null, undefined, '', ' ', '\t\n', '\u00a0', '\0']) {
      expect(type.key(valueOf(type, raw))).toBe(type.key(null));
    }
  });

  test('no reason repeats a long raw, which may be personal', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 50, maxLength: 60 }), (raw) => {
        const parsed = type.parse(`?${raw}`);
        expect(parsed.ok ? '' : parsed.reason).not.toContain(raw);
      }),
    );
  });
});

describe('The laws of text', () => {
  test('a text and what a byte limit leaves of it are equivalent', () => {
    const type = text(255);
    fc.assert(
      fc.property(longTexts, (raw) => {
        const whole = valueOf(type, raw) as string;
        const cut = truncateBytes(whole, 255);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(255);
        expect(whole.startsWith(cut)).toBe(true);
        expect(isEquivalent(type, whole, valueOf(type, cut))).toBe(true);
      }),
    );
  });

  test('cutting takes no more than it must', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.integer({ min: 0, max: 40 }),
        (whole, limit) => {
          const cut = truncateBytes(whole.toWellFormed(), limit);
          const [next = ''] = whole.toWellFormed().slice(cut.length);
          const isWhole = cut === whole.toWellFormed();
          expect(isWhole || Buffer.byteLength(cut + next) > limit).toBe(true);
        },
      ),
    );
  });
});

describe('The laws of number', () => {
  test('a double and its text in any notation are one value, which gives the double back', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (double) => {
        const value = valueOf(number(), double) as string;
        expect(value).toBe(valueOf(number(), double.toExponential()));
        expect(Number(value)).toBe(double === 0 ? 0 : double);
      }),
      { numRuns: 500 },
    );
  });

  test('no digit of a long decimal is lost', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.integer({ min: 1, max: 40 }), (whole, zeros) => {
        expect(valueOf(number(), whole.toString())).toBe(whole.toString());
        expect(valueOf(number(), `${whole}${'0'.repeat(zeros)}e-${zeros}`)).toBe(whole.toString());
      }),
    );
  });
});

describe('The laws of the timestamp', () => {
  test('every instant of a JavaScript date within the years 1 to 9999 keeps its text', () => {
    const instants = fc.date({
      min: new Date('0001-01-01T00:00:00.000Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(instants, (instant) => {
        expect(valueOf(timestamp(), instant.toISOString())).toBe(instant.toISOString());
        expect(valueOf(date(), instant.toISOString())).toBe(instant.toISOString().slice(0, 10));
      }),
    );
  });
});

describe('The laws of sets', () => {
  const sets = fc.array(fc.constantFrom('a', 'A', 'b', 'B', 'c', 'd', 'é', 'É', 'e\u0301'), {
    maxLength: 6,
  });
  const foldsOf = (set: readonly string[]): ReadonlySet<string> =>
    new Set(set.map((tag) => tag.normalize('NFC').toLowerCase()));
  const normal = (set: readonly string[]): readonly string[] =>
    valueOf(tags(), set) as readonly string[];

  test('the union does not depend on which end is which', () => {
    fc.assert(
      fc.property(sets, sets, sets, (base, a, b) => {
        expect(threeWayUnion(base, a, b)).toEqual(threeWayUnion(base, b, a));
      }),
    );
  });

  test('the union of equal sets is that set, whatever the base', () => {
    fc.assert(
      fc.property(sets, sets, (base, a) => {
        expect(threeWayUnion(base, a, a)).toEqual(normal(a));
        expect(threeWayUnion(a, a, a)).toEqual(normal(a));
      }),
    );
  });

  test('uniting again, once both ends hold the union, changes nothing', () => {
    fc.assert(
      fc.property(sets, sets, sets, (base, a, b) => {
        const union = threeWayUnion(base, a, b);
        expect(threeWayUnion(union, union, union)).toEqual(union);
        expect(threeWayUnion(base, union, union)).toEqual(union);
      }),
    );
  });

  test('a change of one end alone is taken as it is', () => {
    fc.assert(
      fc.property(sets, sets, (base, a) => {
        expect(foldsOf(threeWayUnion(base, a, base))).toEqual(foldsOf(a));
      }),
    );
  });

  test('what either end added is in it, what either end removed is not, and nothing else happens', () => {
    fc.assert(
      fc.property(sets, sets, sets, (base, a, b) => {
        const union = foldsOf(threeWayUnion(base, a, b));
        const [inBase, inA, inB] = [foldsOf(base), foldsOf(a), foldsOf(b)];
        for (const tag of foldsOf([...base, ...a, ...b])) {
          const isThere = inBase.has(tag)
            ? inA.has(tag) && inB.has(tag)
            : inA.has(tag) || inB.has(tag);
          expect([tag, union.has(tag)]).toEqual([tag, isThere]);
        }
      }),
    );
  });

  test('without a base a union only adds', () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        expect(foldsOf(threeWayUnion([], a, b))).toEqual(foldsOf([...a, ...b]));
      }),
    );
  });

  test('a difference applied to the one set gives the other, and equivalent sets have none', () => {
    fc.assert(
      fc.property(sets, sets, (from, to) => {
        const { add, remove } = setDifference(from, to);
        const applied = from
          .filter((tag) => !foldsOf(remove).has([...foldsOf([tag])].join('')))
          .concat(add);
        expect(tags().key(normal(applied))).toBe(tags().key(normal(to)));
        expect(add.length + remove.length === 0).toBe(
          tags().key(normal(from)) === tags().key(normal(to)),
        );
      }),
    );
  });
});

function valueOf(type: FieldType, raw: Json | undefined): Value {
  const parsed = type.parse(raw);
  if (!parsed.ok) throw new Error(`${type.name} refuses a value of this test: ${parsed.reason}`);
  return parsed.value;
}
