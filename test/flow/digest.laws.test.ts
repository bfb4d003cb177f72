/** Digests of contacts: equal where the values mean the same, different where they do not. */
import fc from 'fast-check';
import { createDigester } from '../../lib/flow/digest.ts';
import { observeContact } from '../../lib/connectors/dialpad/mapping.ts';
import { contactSchema } from '../../lib/connectors/dialpad/wire.ts';
import type { FieldSpec } from '../../lib/engine/model.ts';
import { email, phone, tags, text } from '../../lib/engine/types/index.ts';
import { isEmpty, isEquivalent, type Json, type Value } from '../../lib/engine/value.ts';
import { fieldOf } from '../engine/fields.ts';

const field = (path: string, type: FieldSpec['type']): FieldSpec =>
  fieldOf(path, { path, type, fingerprint: `${path}>${path}:${type.name}` });

const FIELDS = [
  field('first_name', text()),
  field('emails.primary', email()),
  field('phones.primary', phone({ defaultCountry: 'US' })),
  field('phones.extra', tags()),
];
const KEY = 'a secret';
const digester = createDigester(FIELDS, KEY);

type Raw = Readonly<Record<string, Json>>;

/** Spellings of the same, and of others, often enough to meet both. */
const raws: fc.Arbitrary<Raw> = fc.record(
  {
    first_name: fc.oneof(
      fc.constantFrom('Ada', ' Ada ', 'ada', 'É', 'E\u0301', '', null, 'a\r\nb', 'a\nb'),
      fc.string(),
    ),
    'emails.primary': fc.constantFrom('ada@b.test', 'ADA@B.test', ' ada@b.test', 'x', '', null),
    'phones.primary': fc.constantFrom(
      '+14155550100',
      '(415) 555-0100',
      '+1 415 555 0100',
      '+14155550101',
      '4253',
      'n/a',
      null,
    ),
    'phones.extra': fc.oneof(
      fc.constantFrom<Json>(['a', 'b'], ['b', 'a'], ['B', 'A', 'a'], [], null, '', { a: 1 }),
      fc.array(fc.constantFrom('a', 'b', 'c')),
    ),
  },
  { requiredKeys: [] },
);

/** What decides: each field the same in meaning, or unreadable and the very same. */
function meansTheSame(a: Raw, b: Raw): boolean {
  return FIELDS.every(({ path, type }) => {
    const [left, right] = [a[path] ?? null, b[path] ?? null].map((raw) => ({
      raw,
      parsed: type.parse(raw),
    }));
    if (left === undefined || right === undefined) return false;
    if (!left.parsed.ok || !right.parsed.ok) {
      const bothBroken = !left.parsed.ok && !right.parsed.ok;
      return bothBroken && JSON.stringify(left.raw) === JSON.stringify(right.raw);
    }
    const [x, y] = [left.parsed.value, right.parsed.value];
    return (isEmpty(x) && isEmpty(y)) || isEquivalent(type, x, y);
  });
}

const valuesOf = (raw: Raw): Record<string, Value> | null => {
  const values: Record<string, Value> = {};
  for (const { path, fingerprint, type } of FIELDS) {
    const parsed = type.parse(raw[path] ?? null);
    if (!parsed.ok) return null;
    values[fingerprint] = parsed.value;
  }
  return values;
};

describe('a digest', () => {
  test('is equal exactly where the values mean the same', () => {
    fc.assert(
      fc.property(raws, raws, (a, b) => {
        expect(digester.ofRaw(a) === digester.ofRaw(b)).toBe(meansTheSame(a, b));
      }),
      { numRuns: 2000 },
    );
  });

  test('of what a contact shows is that of its values, once they are agreed on', () => {
    fc.assert(
      fc.property(raws, (raw) => {
        const values = valuesOf(raw);
        fc.pre(values !== null);
        expect(digester.ofValues(values)).toBe(digester.ofRaw(raw));
      }),
    );
  });

  test('takes what is not there for empty, whichever way it is not there', () => {
    const nothing = digester.ofRaw({});
    expect(digester.ofValues({})).toBe(nothing);
    expect(digester.ofRaw({ first_name: ' ', 'phones.extra': [] })).toBe(nothing);
    expect(digester.ofValues({ [FIELDS[3]?.fingerprint ?? '']: [] })).toBe(nothing);
  });

  test('does not depend on the order of fields or of properties', () => {
    const turned = createDigester(FIELDS.toReversed(), KEY);
    fc.assert(
      fc.property(raws, (raw) => {
        const backwards = Object.fromEntries(Object.entries(raw).toReversed());
        expect(turned.ofRaw(backwards)).toBe(digester.ofRaw(raw));
      }),
    );
  });

  test('does not run fields together', () => {
    const two = createDigester([field('first_name', text()), field('last_name', text())], KEY);
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (a, b, c, d) => {
        const [left, right] = [
          two.ofRaw({ first_name: a, last_name: b }),
          two.ofRaw({ first_name: c, last_name: d }),
        ];
        const same = [
          [a, c],
          [b, d],
        ].every(([x = '', y = '']) => sameText(x, y));
        expect(left === right).toBe(same);
      }),
    );
  });

  test('is twelve characters, another for another key and another map', () => {
    const raw = { first_name: 'Ada' };
    const digest = digester.ofRaw(raw);
    expect(digest).toMatch(/^[\w-]{12}$/);
    expect(createDigester(FIELDS, 'other').ofRaw(raw)).not.toBe(digest);
    expect(createDigester(FIELDS.slice(1), KEY).ofRaw(raw)).not.toBe(digest);
    expect(createDigester(FIELDS.slice(0, 3), KEY).ofRaw(raw)).not.toBe(digest);
  });

  test('sees a filler where there was no name, and no difference', () => {
    const digestOf = (more: object) => {
      const contact = contactSchema.parse({ id: '1', phones: ['+14155550100'], ...more });
      return digester.ofRaw(
        observeContact(
          contact,
          FIELDS.map(({ path }) => path),
          0,
        ).raw,
      );
    };
    expect(digestOf({ first_name: '-' })).toBe(digestOf({}));
    expect(digestOf({ first_name: '-', job_title: 'x' })).toBe(digestOf({ urls: ['y'] }));
    expect(digestOf({ first_name: 'Ada' })).not.toBe(digestOf({}));
  });
});

function sameText(x: string, y: string): boolean {
  const [left, right] = [text().parse(x), text().parse(y)];
  return left.ok && right.ok && text().key(left.value) === text().key(right.value);
}
