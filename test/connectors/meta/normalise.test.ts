/** Each key's form, by cases; Meta's own two hashes among them. */
import { digest, EMPTY_DIGEST } from '../../../lib/connectors/meta/hash.ts';
import type { AudienceKey } from '../../../lib/connectors/meta/keys.ts';
import { toCell } from '../../../lib/connectors/meta/mapping.ts';
import { normalise } from '../../../lib/connectors/meta/normalise.ts';

const at = (country: string | null) => ({ country, thisYear: 2026 });

/** The text that is hashed or sent; null for an empty column; undefined for a value that cannot be used. */
function formOf(key: AudienceKey, raw: string, country: string | null): string | null | undefined {
  const normal = normalise(key, raw, at(country));
  if (normal.kind === 'text') return normal.text;
  if (normal.kind === 'digest') return normal.digest;
  return normal.kind === 'empty' ? null : undefined;
}

/** https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences */
test.each([
  ['EMAIL', 'mary@example.com', 'f1904cf1a9d73a55fa5de0ac823c4403ded71afd4c3248d00bdcd0866552bb79'],
  ['PHONE', '15559876543', '1ef970831d7963307784fa8688e8fce101a15685d62aa765fed23f3a2c576a4e'],
] as const)('%s: Meta’s own example has Meta’s own hash', (key, raw, hash) => {
  expect(toCell(key, normalise(key, raw, at(null)))).toBe(hash);
});

describe('EMAIL', () => {
  test.each([
    [' Mary@Example.COM ', 'mary@example.com'],
    ['mary+news@example.com', 'mary+news@example.com'],
    ['\u200bmary@example.com\u00a0', 'mary@example.com'],
    ['JÜRGEN@BÜCHER.example.de', 'jürgen@bücher.example.de'],
    ['ju\u0308rgen@example.de', 'jürgen@example.de'],
    ['o’neil@example.com', 'o’neil@example.com'],
    ['   ', null],
    ['mary at example.com', undefined],
    ['mary@example', undefined],
    ['Mary <mary@example.com>', undefined],
  ])('%j becomes %j', (raw, form) => {
    expect(formOf('EMAIL', raw, null)).toBe(form);
  });
});

describe('PHONE', () => {
  test.each([
    ['+1 (555) 987-6543', null, '15559876543'],
    ['1-555-987-6543', null, '15559876543'],
    ['+1 213 373 4253', 'de', '12133734253'],
    ['(213) 373-4253', 'us', '12133734253'],
    ['213.373.4253 x12', 'us', '12133734253'],
    ['213 373 4253 ext. 99', 'us', '12133734253'],
    ['tel:+12133734253;ext=12', null, '12133734253'],
    ['020 7946 0018', 'gb', '442079460018'],
    ['+44 (0)20 7946 0018', null, '442079460018'],
    ['+44 20 7946 0018', 'us', '442079460018'],
    ['0044 20 7946 0018', null, '442079460018'],
    ['0151 23456789', 'de', '4915123456789'],
    ['06 12 34 56 78', 'fr', '33612345678'],
    ['＋４４ ２０ ７９４６ ００１８', null, '442079460018'],
    ['+1 555 987 6543 (home)', null, '15559876543'],
    ['015123456789', null, '15123456789'],
    ['0015559876543', null, '15559876543'],
    ['213 373 4253', 'xx', '2133734253'],
    ['n/a', 'us', undefined],
    ['12', null, undefined],
    ['020 7946 0018 / 020 7946 0019', null, undefined],
    ['', 'us', null],
  ])('%j in %s becomes %j', (raw, country, form) => {
    expect(formOf('PHONE', raw, country)).toBe(form);
  });
});

describe('FN and LN', () => {
  test.each([
    ['Mary', 'mary'],
    ['  MARY   ANN ', 'mary ann'],
    ['O’Neil', 'oneil'],
    ["O'Neil", 'oneil'],
    ['Smith-Jones, Jr.', 'smithjones jr'],
    ['Valéry', 'valéry'],
    ['Vale\u0301ry', 'valéry'],
    ['MÜLLER', 'müller'],
    ['Łukasz', 'łukasz'],
    ['Þórunn', 'þórunn'],
    ['정', '정'],
    ['李小龍', '李小龍'],
    ['ЖАННА', 'жанна'],
    ['محمد', 'محمد'],
    ['Ada ★', 'ada'],
    ['---', null],
  ])('%j becomes %j', (raw, form) => {
    expect(formOf('FN', raw, null)).toBe(form);
    expect(formOf('LN', raw, null)).toBe(form);
  });
});

describe('FI', () => {
  test.each([
    ['Mary', 'm'],
    ['m.', 'm'],
    ['Émile', 'e'],
    ['Żaneta', 'z'],
    ['李', null],
  ])('%j becomes %j', (raw, form) => {
    expect(formOf('FI', raw, null)).toBe(form);
  });
});

describe('CT', () => {
  test.each([
    ['Menlo Park', 'menlopark'],
    ['São Paulo', 'saopaulo'],
    ['St. John’s', 'stjohns'],
    ['København', 'kobenhavn'],
    ['Gießen', 'giessen'],
    ['İstanbul', 'istanbul'],
    ['東京', null],
  ])('%j becomes %j', (raw, form) => {
    expect(formOf('CT', raw, null)).toBe(form);
  });
});

describe('ST', () => {
  test.each([
    ['CA', 'us', 'ca'],
    ['California', 'us', 'ca'],
    ['new  york', 'us', 'ny'],
    ['Washington, D.C.', 'us', 'dc'],
    ['Bavaria', 'us', undefined],
    ['Île-de-France', 'fr', 'iledefrance'],
    ['New South Wales', 'au', 'newsouthwales'],
    ['California', null, 'california'],
    ['BY', 'de', 'by'],
  ])('%j in %s becomes %j', (raw, country, form) => {
    expect(formOf('ST', raw, country)).toBe(form);
  });
});

describe('ZIP', () => {
  test.each([
    ['94025', 'us', '94025'],
    ['94025-1234', 'us', '94025'],
    ['940251234', 'us', '94025'],
    ['2134', 'us', undefined],
    ['94025-1234', null, '94025'],
    ['SW1A 1AA', 'gb', 'sw1a1'],
    ['m1 1ae', 'gb', 'm11'],
    ['EC1A1BB', 'gb', 'ec1a1'],
    ['B33 8TH', null, 'b338'],
    ['JE2 3AB', 'je', 'je23'],
    ['SW1A', 'gb', 'sw1a'],
    ['K1A 0B1', 'ca', 'k1a0b1'],
    ['1011 AB', 'nl', '1011ab'],
    ['00-950', 'pl', '00-950'],
    ['80331', 'de', '80331'],
    ['  ', 'de', null],
  ])('%j in %s becomes %j', (raw, country, form) => {
    expect(formOf('ZIP', raw, country)).toBe(form);
  });
});

describe('COUNTRY', () => {
  test.each([
    ['US', 'us'],
    [' gb ', 'gb'],
    ['UK', 'gb'],
    ['Germany', undefined],
    ['USA', undefined],
    ['XY', undefined],
    ['', null],
  ])('%j becomes %j', (raw, form) => {
    expect(formOf('COUNTRY', raw, null)).toBe(form);
  });
});

describe('GEN and birth', () => {
  test.each([
    ['GEN', 'F', 'f'],
    ['GEN', 'Male', 'm'],
    ['GEN', 'diverse', undefined],
    ['DOBY', '1990', '1990'],
    ['DOBY', '1990-07-04', '1990'],
    ['DOBY', '1899', undefined],
    ['DOBY', '2027', undefined],
    ['DOBM', '7', '07'],
    ['DOBM', '07/14', '07'],
    ['DOBM', '1990-07-04', '07'],
    ['DOBM', '13', undefined],
    ['DOBD', '4', '04'],
    ['DOBD', '07/14', '14'],
    ['DOBD', '1990-07-04T00:00:00Z', '04'],
    ['DOBD', '32', undefined],
    ['DOBD', 'fourth', undefined],
  ] as const)('%s %j becomes %j', (key, raw, form) => {
    expect(formOf(key, raw, null)).toBe(form);
  });
});

describe('MADID and EXTERN_ID', () => {
  test.each([
    ['MADID', 'AECE52E7-03EE-455A-B3C4-E57283966239', 'aece52e7-03ee-455a-b3c4-e57283966239'],
    ['MADID', '00000000-0000-0000-0000-000000000000', null],
    ['MADID', 'aece52e703ee455ab3c4e57283966239', undefined],
    ['EXTERN_ID', 'CRM-17', 'CRM-17'],
    ['EXTERN_ID', ' ', null],
  ] as const)('%s %j is sent as %j, unhashed', (key, raw, form) => {
    expect(formOf(key, raw, null)).toBe(form);
    expect(toCell(key, normalise(key, raw, at(null)))).toBe(form ?? '');
  });
});

describe('a value that is a hash already', () => {
  const hash = digest('mary@example.com');

  test('is sent as it is, in lower case, and not hashed again', () => {
    for (const key of ['EMAIL', 'PHONE', 'FN', 'ZIP', 'COUNTRY'] as const) {
      expect(toCell(key, normalise(key, ` ${hash.toUpperCase()} `, at('us')))).toBe(hash);
    }
  });

  test('is nothing when it is the hash of nothing', () => {
    expect(digest(' ')).not.toBe(EMPTY_DIGEST);
    expect(formOf('EMAIL', EMPTY_DIGEST, null)).toBeNull();
  });

  test.each([32, 40, 128])('cannot be used when it has %i digits: another algorithm', (length) => {
    expect(formOf('FN', 'a1'.repeat(length / 2), null)).toBeUndefined();
  });
});

test('an empty value is never hashed, whatever the key', () => {
  expect(() => digest('')).toThrow('never hashed');
});

test('the reasons do not repeat the value', () => {
  for (const key of ['EMAIL', 'PHONE', 'GEN', 'DOBY', 'COUNTRY', 'MADID'] as const) {
    expect(normalise(key, 'Secret Value 99', at('us'))).toMatchObject({
      kind: 'unusable',
      reason: expect.not.stringMatching(/secret|99/i) as string,
    });
  }
});
