/** Rows of people: cells in the order of the schema, empty where nothing is known, and Limited Data Use. */
import { digest } from '../../../lib/connectors/meta/hash.ts';
import { dataUseCells, type RowForm, shapeRow } from '../../../lib/connectors/meta/mapping.ts';

const form = (more: Partial<RowForm> = {}): RowForm => ({
  keys: ['EXTERN_ID', 'EMAIL', 'PHONE', 'FN', 'ZIP', 'COUNTRY'],
  defaultCountry: null,
  thisYear: 2026,
  ...more,
});

test('a row has a cell for every column, hashed where Meta wants hashes', () => {
  const row = shapeRow(form(), {
    EXTERN_ID: 'crm-17',
    EMAIL: 'Mary@Example.com',
    PHONE: '+1 555 987 6543',
    COUNTRY: 'US',
  });
  expect(row).toEqual({
    cells: ['crm-17', digest('mary@example.com'), digest('15559876543'), '', '', digest('us')],
    unusable: [],
    isEmpty: false,
  });
});

test('the person’s country tells how their number and post code are meant, the default does where there is none', () => {
  const keys = ['PHONE', 'ZIP'] as const;
  const values = { PHONE: '020 7946 0018', ZIP: 'SW1A 1AA' };
  const british = [digest('442079460018'), digest('sw1a1')];
  expect(shapeRow(form({ keys }), { ...values, COUNTRY: 'GB' }).cells).toEqual(british);
  expect(shapeRow(form({ keys, defaultCountry: 'gb' }), values).cells).toEqual(british);
  const abroad = { ...values, COUNTRY: 'FR' };
  expect(shapeRow(form({ keys, defaultCountry: 'gb' }), abroad).cells[1]).toBe(digest('sw1a1aa'));
});

test('a value that cannot be used leaves its column empty and says why', () => {
  const row = shapeRow(form(), { EMAIL: 'nobody', FN: 'Mary', PHONE: ['1', '2'] });
  expect(row.cells).toEqual(['', '', '', digest('mary'), '', '']);
  expect(row.unusable).toEqual([
    { key: 'EMAIL', reason: 'This is not an e-mail address: it has no @.' },
    { key: 'PHONE', reason: 'A single text was expected.' },
  ]);
});

test.each([[{}], [{ EMAIL: null, FN: ' ', PHONE: '' }], [{ EMAIL: 'nobody' }]])(
  'a person of whom nothing is left has an empty row: %j',
  (values) => {
    expect(shapeRow(form(), values).isEmpty).toBe(true);
  },
);

test.each([
  [{ kind: 'full' } as const, [[], 0, 0]],
  [{ kind: 'limited' } as const, [['LDU'], 0, 0]],
  [{ kind: 'limited-in', country: 1, state: 1000 } as const, [['LDU'], 1, 1000]],
])('data use %j has the cells %j', (use, cells) => {
  expect(dataUseCells(use)).toEqual(cells);
});
