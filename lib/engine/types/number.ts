/**
 * Number: canonical decimal text, so that no digit is lost on the way (a JavaScript number would
 * round bigint and numeric columns) and 15.5, '15.50' and 1.55e1 are one value.
 *
 * An end that stores doubles (Mailchimp answers with a JSON number) rounds what is longer than about
 * 15 digits; that is its rewrite and comes back as a different value, not as an equivalent one.
 */
import type { FieldType, Parsed } from '../value.ts';
import { held, refused } from './parsed.ts';
import { createScalarType } from './scalar-type.ts';

/** '1e999999999' would fill the memory; doubles need no more than 309 + 324 digits. */
const DIGITS_MAX = 1000;

const DECIMAL = /^([+-]?)(?=\.?\d)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,9}))?$/i;

export function number(): FieldType<'number'> {
  return createScalarType({ name: 'number', read: readNumber });
}

function readNumber(text: string): Parsed {
  const match = DECIMAL.exec(text);
  if (!match)
    return refused('This is not a number: write it as digits with a point, like -1234.5.');
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const digits = (whole + fraction).replace(/^0+/, '');
  const scale = fraction.length - Number(exponent);
  if (digits === '') return held('0');
  if (digits.length + Math.abs(scale) > DIGITS_MAX) {
    return refused(`This number has more than ${DIGITS_MAX} digits.`);
  }
  return held((sign === '-' ? '-' : '') + decimalText(digits, scale));
}

/** `digits · 10^-scale` in full, without needless zeros. */
function decimalText(digits: string, scale: number): string {
  if (scale <= 0) return digits + '0'.repeat(-scale);
  const padded = digits.padStart(scale + 1, '0');
  const fraction = padded.slice(-scale).replace(/0+$/, '');
  const whole = padded.slice(0, -scale);
  return fraction === '' ? whole : `${whole}.${fraction}`;
}
