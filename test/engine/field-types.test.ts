/** What the types of one text make of the raws that have broken syncs. */
import { fieldFingerprint } from '../../lib/engine/fingerprint.ts';
import {
  address,
  birthday,
  boolean,
  consent,
  consentOf,
  date,
  email,
  enumeration,
  number,
  phone,
  tags,
  text,
  timestamp,
  truncateBytes,
} from '../../lib/engine/types/index.ts';
import { isEquivalent } from '../../lib/engine/value.ts';
import type { FieldType } from '../../lib/engine/value.ts';
import { means, reads, reasonOf, refuses, valueOf } from './field-types-table.ts';

describe('text', () => {
  reads(text(), [
    [undefined, null],
    [' \t\r\n\u00a0\u2003\ufeff', null],
    ['\0', null],
    ['  Jon Snow ', 'Jon Snow'],
    ['Jo\0n', 'Jon'],
    ['a\ud800b', 'a\ufffdb'],
    ['\ude00\ud83d', '\ufffd\ufffd'],
    ['😀', '😀'],
    ['\u200b', '\u200b'],
    ['a\u0001b', 'a\u0001b'],
    ['e\u0301', 'e\u0301'],
    ['神\ufa19', '神\ufa19'],
    [15.5, '15.5'],
    [true, 'true'],
    ['null', 'null'],
  ]);
  refuses(text(), /single value/, [['a'], { a: 'b' }, []]);

  test('the spelling stays as typed, and its composition and line ends do not tell texts apart', () => {
    expect(means(text(), 'Zoe\u0308', 'Zo\u00eb')).toBe(true);
    expect(means(text(), 'one\r\ntwo', 'one\ntwo')).toBe(true);
    expect(means(text(), 'Jon', 'jon')).toBe(false);
    expect(means(text(), 'a b', 'a  b')).toBe(false);
  });

  test('300 bytes and the 255 that an app stored are equivalent, and 255 without a limit are not', () => {
    const long = 'x'.repeat(300);
    expect(means(text(255), long, long.slice(0, 255))).toBe(true);
    expect(means(text(255), long, long.slice(0, 254))).toBe(false);
    expect(means(text(), long, long.slice(0, 255))).toBe(false);
    expect(means(text(255), `${'x'.repeat(254)} y`, 'x'.repeat(254))).toBe(true);
  });

  test('a text is cut between characters, at bytes of UTF-8', () => {
    expect(truncateBytes('ééé', 5)).toBe('éé');
    expect(truncateBytes('a😀b', 4)).toBe('a');
    expect(truncateBytes('a😀b', 5)).toBe('a😀');
    expect(truncateBytes('€uro', 3)).toBe('€');
    expect(truncateBytes('€'.repeat(100), 255)).toBe('€'.repeat(85));
    expect(truncateBytes('short', 255)).toBe('short');
    expect(truncateBytes('short', 0)).toBe('');
  });

  test.each([
    ['\u007f', 1],
    ['\u0080', 2],
    ['\u07ff', 2],
    ['\u0800', 3],
    ['\uffff', 3],
    ['\u{10000}', 4],
  ])('the character %j is cut off when there is no room for its %i bytes', (character, bytes) => {
    expect(truncateBytes(character, bytes)).toBe(character);
    expect(truncateBytes(character, bytes - 1)).toBe('');
  });

  test('no value is not the word "null"', () => {
    expect(isEquivalent(text(), null, 'null')).toBe(false);
  });

  test('an app that cut within a character shows what we would have cut', () => {
    const whole = `${'x'.repeat(254)}é and more`;
    expect(means(text(255), whole, `${'x'.repeat(254)}\ufffd`)).toBe(true);
  });

  test.each([0, 3, -1, 2.5, Number.NaN])('a limit of %p bytes is a mistake', (limit) => {
    expect(() => text(limit)).toThrow(/maxBytes/);
  });
});

describe('email', () => {
  reads(email(), [
    ['', null],
    ['\u200b', null],
    [' Jon.Snow@Winterfell.ORG ', 'Jon.Snow@winterfell.org'],
    ['jon@bücher.DE', 'jon@bücher.de'],
    ['\u202ajon@x.org\u202c', 'jon@x.org'],
    ['jon@x.org\u200b', 'jon@x.org'],
    ['jo\0n@x.org', 'jon@x.org'],
    ["o'neil+news@x.co.uk", "o'neil+news@x.co.uk"],
    ['a..b.@docomo.ne.jp', 'a..b.@docomo.ne.jp'],
    [`${'x'.repeat(64)}@x.org`, `${'x'.repeat(64)}@x.org`],
  ]);
  refuses(email(), /not an e-mail address/, [
    'AAAAA',
    '@x.org',
    'jon@',
    'jon@localhost',
    'jon@@x.org',
    'jon snow@x.org',
    'jon@x.org, arya@x.org',
    'Jon <jon@x.org>',
    'jon@x..org',
    'jon@x.org.',
    'jon@-x.org',
    'jon@x_y.org',
    '"jon"@x.org',
    'jo\u200bn@x.org',
    `${'x'.repeat(65)}@x.org`,
    `${'é'.repeat(33)}@x.org`,
    `jon@${'x'.repeat(64)}.org`,
    `${'x'.repeat(60)}@${'y.'.repeat(96)}org`,
    'x'.repeat(2000),
    42,
  ]);

  test('case does not tell addresses apart, and their spelling stays', () => {
    expect(means(email(), 'Jon@X.org', 'jON@x.ORG')).toBe(true);
    expect(means(email(), 'jo\u0308n@x.org', 'J\u00d6N@x.org')).toBe(true);
    expect(means(email(), 'jon@x.org', 'jon+1@x.org')).toBe(false);
    expect(email().key('Jon@x.org')).toBe('jon@x.org');
  });
});

describe('phone', () => {
  reads(phone(), [
    ['', null],
    ['+1 (213) 373-4253', '+12133734253'],
    ['+49 (0)151 2345 6789', '+4915123456789'],
    ['0049 151 23456789', '+4915123456789'],
    ['\u202a+1 213‑373‑4253\u202c', '+12133734253'],
    ['+１２１３３７３４２５３', '+12133734253'],
    ['tel:+1-213-373-4253', '+12133734253'],
    ['+1 213 373 4253 ext. 12', '+12133734253;ext=12'],
    ['+5583999999999', '+5583999999999'],
    ['+12', '+12'],
    ['+999 123 456', '+999123456'],
    ['0151 / 234-5678', '01512345678'],
    ['4253', '4253'],
    ['*21#', '*21#'],
    [2133734253, '2133734253'],
    ['+971 00 6228 0068', '+9710062280068'],
  ]);
  refuses(phone(), /not a phone number/, [
    'n/a',
    '-',
    '0',
    '1-800-FLOWERS',
    '+12133734253 (home)',
    '+12133734253, +12133734254',
    '0151 23456789 / 0160 23456789',
    '++12133734253',
    '1'.repeat(100),
    true,
  ]);

  describe('with a default country', () => {
    reads(phone({ defaultCountry: 'US' }), [
      ['(213) 373-4253', '+12133734253'],
      ['1 213 373 4253 x5', '+12133734253;ext=5'],
      ['+44 20 7946 0958', '+442079460958'],
      ['011 44 20 7946 0958', '+442079460958'],
      ['4253', '4253'],
      ['373-4253', '3734253'],
      ['911', '911'],
    ]);

    test('an internal number does not become a number of the country', () => {
      expect(valueOf(phone({ defaultCountry: 'DE' }), '1234')).toBe('1234');
      expect(valueOf(phone({ defaultCountry: 'DE' }), '030/1234567')).toBe('+49301234567');
    });

    test('a country that does not exist is a mistake', () => {
      expect(() => phone({ defaultCountry: 'XX' as 'US' })).toThrow(/defaultCountry is "XX"/);
    });
  });
});

describe('enumeration', () => {
  const size = enumeration(['Small', 'Extra large', '2', 'Très grand']);
  reads(size, [
    ['', null],
    ['Small', 'Small'],
    [' EXTRA LARGE ', 'Extra large'],
    [2, '2'],
    ['Tre\u0300s grand', 'Très grand'],
  ]);
  refuses(size, /none of "Small", "Extra large", "2", "Très grand"|single value/, [
    'XXL',
    'Smal',
    ['Small'],
    '__proto__',
  ]);

  test.each([[[]], [['a', 'A']], [['a', ' ']], [['a', 'a ']]])(
    'the list %j is a mistake',
    (list) => {
      expect(() => enumeration(list)).toThrow(/enumeration\(\)/);
    },
  );

  test('a long unknown word is quoted in part, between characters', () => {
    expect(reasonOf(size, '😀'.repeat(50))).toContain(`"${'😀'.repeat(40)}…"`);
  });
});

describe('consent', () => {
  reads(consent(), [
    [null, 'transactional'],
    [undefined, 'transactional'],
    ['', 'transactional'],
    ['transactional', 'transactional'],
    ['Subscribed', 'subscribed'],
    [' UNSUBSCRIBED ', 'unsubscribed'],
    ['pending', 'pending'],
    ['cleaned', 'cleaned'],
    ['complained', 'complained'],
  ]);
  refuses(consent(), /is none of transactional, pending/, [
    'archived',
    'yes',
    true,
    0,
    'subscribe',
    [],
    {},
    'constructor',
  ]);

  test('no value is "never asked", never anything else', () => {
    expect(consentOf(null)).toBe('transactional');
    expect(isEquivalent(consent(), null, 'transactional')).toBe(true);
    expect(isEquivalent(consent(), null, 'unsubscribed')).toBe(false);
  });
});

describe('the fingerprint of a field', () => {
  const print = (type: FieldType): string => fieldFingerprint('c', 'p', type);

  test('changes with what was given to its type, and with nothing else', () => {
    expect(print(text())).toBe('c>p:text');
    expect(print(text(255))).toBe(print(text({ maxBytes: 255 })));
    expect(print(text(255))).not.toBe(print(text(100)));
    expect(print(phone())).toBe('c>p:phone');
    expect(print(phone({ defaultCountry: 'US' }))).toBe('c>p:phone{"defaultCountry":"US"}');
    expect(print(enumeration(['a', 'b']))).toBe('c>p:enum["a","b"]');
    expect(print(consent({ optInAt: 'opted_in_at' }))).toBe('c>p:consent{"optInAt":"opted_in_at"}');
  });

  test('every type has its own name', () => {
    const types = [
      address(),
      birthday(),
      boolean(),
      consent(),
      date(),
      email(),
      enumeration(['a']),
    ];
    const names = [...types, number(), phone(), tags(), text(), timestamp()].map(
      ({ name }) => name,
    );
    expect(new Set(names).size).toBe(12);
  });
});
