/** The laws every field type obeys for any JSON an end may hold, and those of single types. */
import fc from 'fast-check';
import { date, number, text, timestamp, truncateBytes } from '../../lib/engine/types/index.ts';
import { isEquivalent } from '../../lib/engine/value.ts';
import { CASES, longTexts, valuesOf, withAnyJson } from './field-types-raws.ts';
import { valueOf } from './field-types-table.ts';

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
