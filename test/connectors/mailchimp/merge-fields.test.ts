/** The forms of values, by the type the merge field has today. */
import fc from 'fast-check';
import { formMergeValue, truncateBytes } from '../../../lib/connectors/mailchimp/merge-fields.ts';
import type { Value } from '../../../lib/engine/value.ts';

const field = (type: string, choices?: string[]) => ({
  tag: 'X',
  type,
  name: 'X',
  options: choices === undefined ? undefined : { choices },
});

const address = { addr1: '1 Main St', city: 'Ada', state: 'OK', zip: '74820' };

test.each<[string, Value, unknown]>([
  ['text', 'Ada', 'Ada'],
  ['text', '', ''],
  ['text', null, ''],
  ['text', true, 'true'],
  ['number', '15.5', 15.5],
  ['number', '-3', -3],
  ['number', '12345678901234567890', '12345678901234567890'],
  ['number', '0.10', '0.10'],
  ['number', null, ''],
  ['date', '1980-12-21', '1980-12-21'],
  ['date', '1980-12-21T10:00:00.000Z', '1980-12-21'],
  ['birthday', '12/21', '12/21'],
  ['birthday', '1980-12-21', '12/21'],
  ['birthday', '02/29', '02/29'],
  ['phone', '+5583999999999', '+5583999999999'],
  ['zip', '74820', '74820'],
  ['url', 'https://ada.test/x', 'https://ada.test/x'],
  ['address', address, address],
  ['address', { ...address, addr2: ' Flat 2 ', country: '' }, { ...address, addr2: 'Flat 2' }],
  ['address', { addr1: '', city: '', state: '', zip: '', country: 'US' }, ''],
  ['address', null, ''],
])('%s takes %j as %j', (type, value, form) => {
  expect(formMergeValue(field(type), value)).toEqual({ ok: true, value: form });
});

test.each<[string, Value]>([
  ['text', ['a']],
  ['text', address],
  ['number', 'many'],
  ['number', 'Infinity'],
  ['date', '21.12.1980'],
  ['birthday', '13/01'],
  ['birthday', '21.12.'],
  ['zip', 'W1A 1AA'],
  ['url', 'ada'],
  ['url', 'javascript:alert(1)'],
  ['url', `https://ada.test/${'x'.repeat(255)}`],
  ['address', '1 Main St'],
  ['address', { addr1: '1 Main St' }],
  ['hologram', 'x'],
])('%s does not take %j, and says why', (type, value) => {
  expect(formMergeValue(field(type), value)).toMatchObject({
    ok: false,
    reason: expect.stringMatching(/\w+/) as unknown,
  });
});

test.each(['radio', 'dropdown'])('%s takes its choices and says them', (type) => {
  const choice = field(type, ['Red', 'Blue']);
  expect(formMergeValue(choice, 'Red')).toEqual({ ok: true, value: 'Red' });
  expect(formMergeValue(choice, 'Green')).toMatchObject({
    ok: false,
    reason: 'The field takes one of its choices: Red, Blue.',
  });
});

test('text is cut to the limit at a character, whatever the characters are', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.nat(300), (text, bytesMax) => {
      const cut = truncateBytes(text, bytesMax);
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(bytesMax);
      expect(text.startsWith(cut)).toBe(true);
      // One character more would have been too much.
      const next = String.fromCodePoint(text.codePointAt(cut.length) ?? 0);
      expect(cut === text || Buffer.byteLength(cut + next) > bytesMax).toBe(true);
    }),
  );
});
