/**
 * Raws to try a field type with: its own forms (so that equivalent values are met often), texts that
 * have broken syncs before, and arbitrary JSON.
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
  tags,
  text,
  timestamp,
} from '../../lib/engine/types/index.ts';
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

export const longTexts = fc
  .tuple(nastyText, fc.integer({ min: 240, max: 258 }), nastyText)
  .map(([a, n, b]) => a + '.'.repeat(n) + b);

export const CASES: readonly (readonly [string, FieldType, fc.Arbitrary<Json>])[] = [
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

export const withAnyJson = (own: fc.Arbitrary<Json>): fc.Arbitrary<Json | undefined> =>
  fc.oneof(
    { weight: 4, arbitrary: own },
    { weight: 2, arbitrary: nastyText },
    { weight: 1, arbitrary: fc.jsonValue() as fc.Arbitrary<Json> },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );

/** Values of a type: whatever its raws parse to, and empty. */
export const valuesOf = (
  type: FieldType,
  raws: fc.Arbitrary<Json | undefined>,
): fc.Arbitrary<Value> =>
  raws.map((raw) => {
    const parsed = type.parse(raw);
    return parsed.ok ? parsed.value : null;
  });
