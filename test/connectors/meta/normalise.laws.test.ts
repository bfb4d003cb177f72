/** Laws of the forms: any text, any key. */
import fc from 'fast-check';
import { EMPTY_DIGEST, digest } from '../../../lib/connectors/meta/hash.ts';
import { AUDIENCE_KEYS, type AudienceKey, HASHED_KEYS } from '../../../lib/connectors/meta/keys.ts';
import { toCell } from '../../../lib/connectors/meta/mapping.ts';
import { normalise } from '../../../lib/connectors/meta/normalise.ts';
import { email, phone } from '../../../lib/engine/types/index.ts';
import { isEquivalent } from '../../../lib/engine/value.ts';

const surroundings = fc.record({
  country: fc.constantFrom(null, 'us', 'gb', 'de', 'jp', 'xx'),
  thisYear: fc.constant(2026),
});
const keys = fc.constantFrom(...AUDIENCE_KEYS);
/** Texts of any script, and such as the rules are about. */
const texts = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.stringMatching(/^[+0-9() -]{0,18}$/),
  fc.stringMatching(/^[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}$/),
  fc.constantFrom('İ', 'ẞ', 'ǅ', 'ΣΊΣΥΦΟΣ', 'ﬁ', 'a\u0301\u0301', '\ud800', 'ᾳ', 'Ω'),
  fc.emailAddress(),
);

describe('any value of any key', () => {
  test('becomes a cell Meta takes: empty, a lower-case SHA-256, or a plain id', () => {
    fc.assert(
      fc.property(keys, texts, surroundings, (key, raw, around) => {
        const cell = toCell(key, normalise(key, raw, around));
        const isHashed = HASHED_KEYS.some((hashed) => hashed === key);
        expect(cell).toMatch(isHashed ? /^(?:|[0-9a-f]{64})$/ : /^/);
        expect(cell).not.toBe(EMPTY_DIGEST);
        expect(cell).toBe(cell.toWellFormed());
      }),
      { numRuns: 2000 },
    );
  });

  test('is the same with blanks around it', () => {
    fc.assert(
      fc.property(keys, texts, surroundings, (key, raw, around) => {
        expect(normalise(key, ` \t${raw}\u00a0\n`, around)).toEqual(normalise(key, raw, around));
      }),
    );
  });
});

const padded = (number: number, length: number): string => String(number).padStart(length, '0');

/** Texts of which many can be used, for the keys that refuse most. */
const usable: Readonly<Partial<Record<AudienceKey, fc.Arbitrary<string>>>> = {
  EMAIL: fc.oneof(fc.emailAddress(), fc.mixedCase(fc.emailAddress())),
  GEN: fc.mixedCase(fc.constantFrom('m', 'f', 'male', 'female')),
  DOBY: fc.integer({ min: 1890, max: 2030 }).map(String),
  DOBM: fc.oneof(
    fc.integer({ min: 0, max: 13 }).map(String),
    fc.integer({ min: 0, max: 13 }).map((month) => `${padded(month, 2)}/09`),
  ),
  DOBD: fc.integer({ min: 0, max: 33 }).map(String),
  COUNTRY: fc.oneof(fc.constantFrom('US', 'uk', 'De', 'jp'), fc.stringMatching(/^[A-Za-z]{2}$/)),
  MADID: fc.mixedCase(fc.uuid()),
};

/** A phone number loses its plus, which is how it knew that it had a country: see below. */
const IDEMPOTENT = AUDIENCE_KEYS.filter((key) => key !== 'PHONE');

test.each(IDEMPOTENT)('%s: a form has itself as its form', (key: AudienceKey) => {
  fc.assert(
    fc.property(usable[key] ?? texts, surroundings, (raw, around) => {
      const first = normalise(key, raw, around);
      fc.pre(first.kind === 'text');
      expect(normalise(key, first.text, around)).toEqual(first);
    }),
    { numRuns: 1000 },
  );
});

test('PHONE: a form with its plus has itself as its form, in any country', () => {
  const numbers = fc.constantFrom(
    '+442079460018',
    '+12133734253',
    '+4915123456789',
    '+33612345678',
    '+81312345678',
  );
  fc.assert(
    fc.property(numbers, surroundings, (number, around) => {
      expect(normalise('PHONE', number, around)).toEqual({ kind: 'text', text: number.slice(1) });
    }),
  );
});

describe('values that mean the same to the engine have one hash', () => {
  const cellOf = (key: AudienceKey, value: unknown, country: string | null): string =>
    toCell(key, normalise(key, String(value), { country, thisYear: 2026 }));

  test('addresses', () => {
    const type = email();
    const spelt = fc.emailAddress().chain((address) =>
      fc.tuple(
        fc.constant(address),
        fc.mixedCase(fc.constant(address)).map((mixed) => ` ${mixed} `),
      ),
    );
    fc.assert(
      fc.property(spelt, ([one, other]) => {
        const [a, b] = [type.parse(one), type.parse(other)];
        fc.pre(a.ok && b.ok && a.value !== null && b.value !== null);
        fc.pre(isEquivalent(type, a.value, b.value));
        expect(cellOf('EMAIL', a.value, null)).toBe(cellOf('EMAIL', b.value, null));
        expect(cellOf('EMAIL', one, null)).toBe(digest(one.toLowerCase()));
      }),
    );
  });

  test('phone numbers, written for people at home and abroad', () => {
    const type = phone({ defaultCountry: 'GB' });
    const local = fc.stringMatching(/^7946 0\d{3}$/);
    fc.assert(
      fc.property(local, (digits) => {
        const spellings = [
          `020 ${digits}`,
          `(020) ${digits}`,
          `+44 20 ${digits}`,
          `+44 (0)20-${digits}`,
        ];
        const values = spellings.map((spelling) => type.parse(spelling));
        const [first] = values;
        for (const value of values) {
          expect(value).toEqual(first);
        }
        const cells = spellings.map((spelling) => cellOf('PHONE', spelling, 'gb'));
        expect(new Set(cells).size).toBe(1);
      }),
    );
  });
});
