/** What sets and addresses make of the raws that have broken syncs. */
import {
  address,
  setDifference,
  tags,
  tagsOf,
  threeWayUnion,
} from '../../lib/engine/types/index.ts';
import { isEquivalent } from '../../lib/engine/value.ts';
import { means, reads, refuses, valueOf } from './field-types-table.ts';

describe('tags', () => {
  reads(tags(), [
    [null, []],
    ['', []],
    [[], []],
    ['{}', []],
    ['[]', []],
    [
      ['b', ' a ', '', null, 'b'],
      ['a', 'b'],
    ],
    [['vip', 'VIP', 'Vip'], ['vip']],
    [['é', 'e\u0301', 'É'], ['é']],
    [
      [
        { id: 7, name: 'VIP' },
        { id: 8, name: 'news' },
      ],
      ['news', 'VIP'],
    ],
    [
      ['a,b', 2024],
      ['2024', 'a,b'],
    ],
    [
      '{VIP,"two words",NULL,"NULL","a,b","q\\"uote","back\\\\slash",""}',
      ['a,b', 'back\\slash', 'NULL', 'q"uote', 'two words', 'VIP'],
    ],
    ['[0:1]={a,b}', ['a', 'b']],
    ['{ a b , c }', ['a b', 'c']],
    ['["VIP", "a"]', ['a', 'VIP']],
    [
      ['a\0', '\ud800'],
      ['a', '\ufffd'],
    ],
  ]);
  refuses(tags(), /list of tags|neither a word/, [
    'VIP',
    'a, b',
    '{a',
    '{a}b',
    '{{a,b},{c,d}}',
    '{a,,b}',
    '{a,}',
    '["a"',
    '{"a}',
    { a: 1 },
    [['a']],
    [{ id: 1 }],
    [{ name: ['a'] }],
    true,
  ]);

  test('order, case and blanks do not tell sets apart', () => {
    expect(means(tags(), ['B', 'a'], ' {A,b} ')).toBe(true);
    expect(means(tags(), ['a'], ['a', 'b'])).toBe(false);
    expect(isEquivalent(tags(), null, [])).toBe(true);
    expect(isEquivalent(tags(), ['b', 'a'], ['A', 'B', 'b'])).toBe(true);
    expect(tagsOf(null)).toEqual([]);
    expect(tagsOf(['a'])).toEqual(['a']);
  });

  test('a union keeps both ends’ additions and both ends’ removals', () => {
    expect(
      threeWayUnion(['old', 'kept', 'gone'], ['kept', 'gone', 'crm'], ['old', 'kept', 'app']),
    ).toEqual(['app', 'crm', 'kept']);
    expect(threeWayUnion([], ['VIP', 'crm'], ['vip', 'app'])).toEqual(['app', 'crm', 'VIP']);
    expect(threeWayUnion(['VIP'], ['vip'], ['VIP', 'new'])).toEqual(['new', 'VIP']);
  });

  test('a removal is named as the end that has the tag spells it', () => {
    expect(setDifference(['vip', 'Old'], ['VIP', 'New'])).toEqual({
      add: ['New'],
      remove: ['Old'],
    });
    expect(setDifference([], [])).toEqual({ add: [], remove: [] });
  });
});

describe('address', () => {
  const full = {
    addr1: '1 Main St',
    city: 'Springfield',
    state: 'IL',
    zip: '62701',
    country: 'US',
  };
  reads(address(), [
    [null, null],
    ['', null],
    [{}, null],
    [[], null],
    ['{}', null],
    [{ addr1: '', addr2: ' ', city: null, street: '' }, null],
    [{ ...full, addr2: '' }, full],
    [{ country: 'US', zip: 62701, addr1: ' 1 Main St ', state: 'IL', city: 'Springfield' }, full],
    [JSON.stringify(full), full],
    [{ city: 'Springfield' }, { city: 'Springfield' }],
  ]);
  refuses(address(), /address/, [
    '1 Main St, Springfield',
    { street: '1 Main St' },
    { addr1: ['1 Main St'] },
    [full],
    '[1]',
    '{"addr1":',
    'null',
    5,
  ]);

  test('the case of a country does not tell addresses apart, the case of a street does', () => {
    expect(means(address(), full, { ...full, country: 'us' })).toBe(true);
    expect(means(address(), full, { ...full, addr1: '1 MAIN ST' })).toBe(false);
    expect(means(address(), { city: 'Ko\u0308ln' }, { city: 'K\u00f6ln' })).toBe(true);
    expect(means(address(), { addr1: 'a' }, { addr2: 'a' })).toBe(false);
    expect(means(address(), {}, full)).toBe(false);
  });

  test('the parts keep their order, so that equal addresses are stored as equal texts', () => {
    expect(JSON.stringify(valueOf(address(), { zip: '1', addr1: 'a' }))).toBe(
      '{"addr1":"a","zip":"1"}',
    );
  });
});
