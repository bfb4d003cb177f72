import fc from 'fast-check';
import type { CrmKey } from '../../lib/engine/model.ts';
import { arrayLiteral, columnText } from '../../lib/crm/column-text.ts';
import { quoteIdentifier, quoteLiteral, tableLabel } from '../../lib/crm/identifiers.ts';
import { keyArrays, keyExpression, keyTexts } from '../../lib/crm/keys.ts';
import type { ColumnKind, ColumnShape } from '../../lib/crm/table-shape.ts';

const key = (text: string): CrmKey => text as CrmKey;
const column = (kind: ColumnKind): ColumnShape => ({
  name: 'c',
  type: 't',
  kind,
  writable: true,
  freshKey: null,
});

describe('names in SQL', () => {
  test('are quoted so that they end where they end', () => {
    expect(quoteIdentifier('a "b" c')).toBe('"a ""b"" c"');
    expect(quoteLiteral("o'brien")).toBe("'o''brien'");
    expect(quoteLiteral('back\\slash')).toBe(" E'back\\\\slash'");
  });

  test('two tables never share a label', () => {
    const name = fc.string({ maxLength: 4, unit: fc.constantFrom('a', '.', '"', ' ', 'B') });
    const table = fc.record({ schema: name, name });
    fc.assert(
      fc.property(table, table, (a, b) => {
        fc.pre(a.schema !== b.schema || a.name !== b.name);
        return tableLabel(a) !== tableLabel(b);
      }),
    );
    expect(tableLabel({ schema: 'public', name: 'contacts' })).toBe('public.contacts');
  });
});

describe('keys', () => {
  test('of one column are its text, whatever it looks like', () => {
    expect(keyTexts(key('["1"]'), 1)).toEqual(['["1"]']);
    expect(keyExpression('t', ['id'])).toBe('t."id"::text');
  });

  test('of several columns survive any text in them', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 2, maxLength: 4 }), (texts) => {
        expect(keyTexts(key(JSON.stringify(texts)), texts.length)).toEqual(texts);
      }),
    );
  });

  test.each(['1', '["1"]', '["1",2]', '{"a":1}', 'null', '['])(
    '%s is no key of two columns',
    (text) => {
      expect(() => keyTexts(key(text), 2)).toThrow(/not a key of 2 columns/);
    },
  );

  test('travel as one array per column', () => {
    const keys = [key('["1","eu"]'), key('["2","us"]')];
    expect(keyArrays(keys, 2)).toEqual([
      ['1', '2'],
      ['eu', 'us'],
    ]);
    expect(keyArrays([], 1)).toEqual([[]]);
  });
});

describe('values as text for Postgres', () => {
  test('list elements are quoted, so that NULL and {} are texts', () => {
    expect(arrayLiteral(['a', 'NULL', '', 'b "c" \\', '{}'])).toBe(
      String.raw`{"a","NULL","","b \"c\" \\","{}"}`,
    );
  });

  test.each<[ColumnKind, Parameters<typeof columnText>[1], string | null]>([
    ['scalar', 'x', 'x'],
    ['scalar', true, 'true'],
    ['scalar', null, null],
    ['json', null, null],
    ['json', 'x', '"x"'],
    ['json', ['x'], '["x"]'],
    ['array', ['x'], '{"x"}'],
    ['composite', { a: '1' }, '{"a":"1"}'],
  ])('a %s column holds %j as %j', (kind, value, text) => {
    expect(columnText(column(kind), value)).toEqual({ ok: true, text });
  });

  test.each<[ColumnKind, Parameters<typeof columnText>[1]]>([
    ['scalar', ['x']],
    ['scalar', { a: '1' }],
    ['array', { a: '1' }],
    ['composite', ['x']],
  ])('a %s column cannot hold %j', (kind, value) => {
    expect(columnText(column(kind), value)).toMatchObject({ ok: false });
  });
});
