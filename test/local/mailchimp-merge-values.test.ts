import fc from 'fast-check';
import {
  findMissing,
  mergeValues,
  textBytesMax,
  truncateBytes,
} from '../../lib/local/mailchimp/merge-values.ts';
import type { MergeField, MergeFieldType } from '../../lib/local/mailchimp/model.ts';

function field(type: MergeFieldType, more: Partial<MergeField> = {}): MergeField {
  return {
    id: 1,
    tag: 'F',
    name: 'F',
    type,
    isRequired: false,
    isPublic: true,
    defaultValue: '',
    displayOrder: 1,
    helpText: '',
    options: {},
    ...more,
  };
}

/** The stored value, or the message of the refusal. */
function store(type: MergeFieldType, input: unknown, more: Partial<MergeField> = {}): unknown {
  const merged = mergeValues({}, { F: input }, [field(type, more)]);
  return merged.ok ? merged.value['1'] : merged.problem.errors?.[0]?.message;
}

const address = { addr1: '1 Main St', city: 'Linz', state: 'OÖ', zip: '4020' };

describe('a merge field value', () => {
  test.each<[MergeFieldType, unknown, unknown]>([
    ['text', 'Ada', 'Ada'],
    ['text', 17, '17'],
    ['number', '15.5', 15.5],
    ['number', 7, 7],
    ['number', '-.5', -0.5],
    ['date', '2020-12-31', '2020-12-31'],
    ['date', '2020/1/2', '2020-01-02'],
    ['date', '31-12-2020', '2020-12-31'],
    ['date', '12/31/2020', '2020-12-31'],
    ['birthday', '2/29', '02/29'],
    ['phone', '+5583999999999', '+5583999999999'],
    ['zip', '12345', '12345'],
    ['url', 'https://trivet.test/a', 'https://trivet.test/a'],
    ['address', address, { ...address, addr2: '', country: 'US' }],
    ['address', { ...address, country: 'AT' }, { ...address, addr2: '', country: 'AT' }],
  ])('of type %s takes %j', (type, input, stored) => {
    expect(store(type, input)).toEqual(stored);
  });

  test.each<[MergeFieldType, unknown, string]>([
    ['number', '12 euros', 'Please enter a number'],
    ['date', '2021-02-29', 'Please enter a valid date'],
    ['birthday', '1980-12-21', 'Please enter a month (01-12) and a day (01-31)'],
    ['birthday', '02/30', 'Please enter a month (01-12) and a day (01-31)'],
    ['address', { addr1: '1 Main St' }, 'Please enter a complete address'],
    ['address', '1 Main St', 'Please enter a complete address'],
    ['zip', '1234', 'Please enter a zip code (5 digits)'],
    ['url', 'trivet', 'Please enter a valid URL'],
    ['text', null, 'Schema describes string, NULL found instead'],
    ['text', true, 'Schema describes string, boolean found instead'],
    ['address', [], 'Schema describes object, array found instead'],
  ])('of type %s refuses %j', (type, input, message) => {
    expect(store(type, input)).toBe(message);
  });

  test('is cleared by an empty string, whatever its type', () => {
    for (const type of ['text', 'number', 'date', 'birthday', 'address', 'zip', 'url'] as const) {
      expect(store(type, '')).toBe('');
    }
  });

  test('must be one of the choices', () => {
    const choices = { options: { choices: ['free', 'paid'] } };
    expect(store('dropdown', 'paid', choices)).toBe('paid');
    expect(store('radio', 'gold', choices)).toBe('Please enter a value from the list');
  });

  test('of a phone in the US form needs ten digits', () => {
    const american = { options: { phone_format: 'US' } };
    expect(store('phone', '(415) 555-0100', american)).toBe('(415) 555-0100');
    expect(store('phone', '+43 1 555', american)).toBe('Please enter a valid phone number');
  });

  test('leaves values that are not named as they were', () => {
    const fields = [field('text'), field('text', { id: 2, tag: 'G' })];
    expect(mergeValues({ 1: 'a', 2: 'b' }, { G: 'c', NOBODY: 'x' }, fields)).toEqual({
      ok: true,
      value: { 1: 'a', 2: 'c' },
    });
  });

  test('is missing when a required field would be stored empty', () => {
    const required = [field('text', { isRequired: true })];
    expect(findMissing({}, required)).toEqual([{ field: 'F', message: 'Please enter a value' }]);
    expect(findMissing({ 1: 'a' }, required)).toEqual([]);
  });
});

describe('truncation to bytes', () => {
  test('keeps a prefix of whole characters that fits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), (text) => {
        const cut = truncateBytes(text, textBytesMax);
        expect(text.startsWith(cut)).toBe(true);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(textBytesMax);
        expect(cut).not.toContain('\uFFFD');
        // The next character would not have fitted.
        const codePoint = text.codePointAt(cut.length);
        const next = codePoint === undefined ? '' : String.fromCodePoint(codePoint);
        expect(next === '' || Buffer.byteLength(cut + next) > textBytesMax).toBe(true);
      }),
    );
  });
});
