/**
 * Phone number: E.164 (https://www.itu.int/rec/T-REC-E.164) where the number says so without doubt,
 * otherwise the digits as they are. A short, internal or mistyped number is still somebody's number:
 * it must reach the other end, and must not be turned into a stranger's by a guessed country code.
 *
 *   '(213) 373-4253 x12', defaultCountry US   →  +12133734253;ext=12   (RFC 3966 §3)
 *   '0151 2345678', no default country        →  01512345678
 *   '*21#', '4253'                            →  *21#, 4253
 *   'n/a', 'call the office'                  →  refused
 *
 * Metadata: `libphonenumber-js/max`. It makes a bundle about 74 kB (21 kB zipped) larger than `/min`,
 * whose patterns are so loose that a German internal '1234' passes for +49 1234.
 */
import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { CountryCode } from 'libphonenumber-js/max';
import type { FieldType, Parsed } from '../value.ts';
import { held, refused } from './parsed.ts';
import { createScalarType } from './scalar-type.ts';

export interface PhoneOptions {
  /** ISO 3166 code of the country whose numbers are written without a country code. @default none */
  readonly defaultCountry?: CountryCode;
}

/** E.164 numbers have at most 15 digits. More is two numbers in one field, and joining them gives neither. */
const DIGITS_MAX = 15;
const DIGITS_MIN = 2;
const TEXT_LENGTH_MAX = 80;

/** Direction marks, which address books put around a number when it is copied. */
const INVISIBLE = /\p{Cf}/gu;
const SEPARATORS = /[\s()./\p{Pd}\u2212]+/gu;
const DIALLABLE = /^\+?[\d*#]+$/;

export function phone(options: PhoneOptions = {}): FieldType<'phone'> {
  const { defaultCountry } = options;
  if (defaultCountry !== undefined) requireCountry(defaultCountry);
  return createScalarType({
    name: 'phone',
    options: defaultCountry === undefined ? {} : { defaultCountry },
    read: (text) => readPhone(text, defaultCountry),
  });
}

function readPhone(raw: string, defaultCountry: CountryCode | undefined): Parsed {
  // Full-width digits and signs of East Asian keyboards become plain ones.
  if (raw.length > TEXT_LENGTH_MAX) return notAPhone('it is too long');
  const text = raw
    .normalize('NFKC')
    .replace(INVISIBLE, '')
    .trim()
    .replace(/^tel:\s*/i, '');
  const international = internationalForm(text, defaultCountry);
  return international === null ? readDigits(text) : held(international);
}

/** E.164 of a number that says so without doubt, null otherwise. */
function internationalForm(text: string, defaultCountry: CountryCode | undefined): string | null {
  // Without a country of its own the dialling prefix 00 can only mean "+".
  const dialled = defaultCountry === undefined ? text.replace(/^00(?=[1-9])/, '+') : text;
  const form = certainForm(dialled, defaultCountry);
  // '+971 00…' loses one trunk zero at each reading: what does not stay as it is read is not certain.
  return form !== null && certainForm(form, defaultCountry) === form ? form : null;
}

/** A number with its country code needs only a possible length; one without must be valid in the default country. */
function certainForm(dialled: string, defaultCountry: CountryCode | undefined): string | null {
  const number = parsePhoneNumberFromString(dialled, {
    extract: false,
    ...(defaultCountry === undefined ? {} : { defaultCountry }),
  });
  if (number === undefined) return null;
  const isCertain = number.isValid() || (dialled.startsWith('+') && number.isPossible());
  if (!isCertain) return null;
  return number.ext === undefined ? number.number : `${number.number};ext=${number.ext}`;
}

function readDigits(text: string): Parsed {
  const digits = text.replace(SEPARATORS, '');
  if (!DIALLABLE.test(digits)) return notAPhone('it has characters no phone can dial');
  const count = digits.replace(/\D/g, '').length;
  if (count < DIGITS_MIN) return notAPhone(`it has fewer than ${DIGITS_MIN} digits`);
  if (count > DIGITS_MAX) return notAPhone(`it has more than ${DIGITS_MAX} digits`);
  return held(digits);
}

const notAPhone = (fault: string): Parsed => refused(`This is not a phone number: ${fault}.`);

/** Whether numbers of this country can be told, so that it may be a default. */
export const isPhoneCountry = (code: string): code is CountryCode => isSupportedCountry(code);

function requireCountry(country: string): void {
  if (isPhoneCountry(country)) return;
  throw new RangeError(
    `phone(): defaultCountry is "${country}"; give an ISO 3166 code such as "US"`,
  );
}
