/**
 * Who somebody is: addresses, numbers, names, sex and birth.
 * https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences#hash
 */
import { readDay } from '../../engine/types/calendar.ts';
import { email, isPhoneCountry, phone } from '../../engine/types/index.ts';
import type { FieldType } from '../../engine/value.ts';
import { EMPTY, type Normal, textOf, unusable } from './normal.ts';
import { foldToLatin } from './places.ts';

const EMAIL = email();

/** Trimmed and in lower case: two spellings that mean the same mailbox become one hash. */
export function normaliseEmail(text: string): Normal {
  const parsed = EMAIL.parse(text);
  return parsed.ok ? textOf(EMAIL.key(parsed.value)) : unusable(parsed.reason);
}

/** The number a switchboard asks for behind the number itself. */
const EXTENSION = /[\s,;]*(?:ext(?:ension|n)?\.?=?|(?<![a-z])x)\s*\d{1,7}\s*$/i;
/** E.164: more is two numbers in one field. Fewer is no number that reaches anybody from abroad. */
const DIGITS_MAX = 15;
const DIGITS_MIN = 7;

/**
 * Digits with the country code and without a plus or leading zeros. A number without a country code gets that of
 * the person's country; where none is known the digits are taken at their word, as Meta takes them.
 */
export function normalisePhone(text: string, country: string | null): Normal {
  const parsed = phoneOf(country).parse(text);
  const dialled = parsed.ok && typeof parsed.value === 'string' ? parsed.value : text;
  const digits = dialled
    .normalize('NFKC')
    .replace(EXTENSION, '')
    .replace(/\D/g, '')
    .replace(/^0+/, '');
  if (digits.length >= DIGITS_MIN && digits.length <= DIGITS_MAX) return textOf(digits);
  return unusable(`This is not a phone number of ${DIGITS_MIN} to ${DIGITS_MAX} digits.`);
}

const phones = new Map<string | null, FieldType>();

function phoneOf(country: string | null): FieldType {
  const known = phones.get(country);
  if (known !== undefined) return known;
  const code = country?.toUpperCase() ?? '';
  const type = isPhoneCountry(code) ? phone({ defaultCountry: code }) : phone();
  phones.set(country, type);
  return type;
}

/** Letters of any script, in lower case, without punctuation; accents stay. */
export function normaliseName(text: string): Normal {
  const name = text
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\p{P}\p{S}\p{Cc}\p{Cf}]/gu, '')
    .replace(/\s+/g, ' ')
    .trim()
    .normalize('NFC');
  return textOf(name);
}

/** The initial is a letter of a-z; a name in another script has none. */
export function normaliseInitial(text: string): Normal {
  return textOf(foldToLatin(text).slice(0, 1));
}

const SEXES: ReadonlyMap<string, string> = new Map([
  ['f', 'f'],
  ['female', 'f'],
  ['m', 'm'],
  ['male', 'm'],
]);

export function normaliseSex(text: string): Normal {
  const sex = SEXES.get(text.toLowerCase());
  return sex === undefined ? unusable('Meta knows m and f here, nothing else.') : textOf(sex);
}

/** Each of the three takes its part of a whole date too, so that one column serves all three. */
const YEAR_MIN = 1900;

export function normaliseBirthYear(text: string, thisYear: number): Normal {
  const year = /^\d{4}$/.test(text) ? Number(text) : (readDay(text)?.year ?? Number.NaN);
  return year >= YEAR_MIN && year <= thisYear
    ? textOf(String(year))
    : unusable(`This is not a year from ${YEAR_MIN} to ${thisYear}.`);
}

export function normaliseBirthMonth(text: string): Normal {
  const month = partOf(text, 'month');
  return month !== null && month >= 1 && month <= 12
    ? textOf(padded(month))
    : unusable('This is not a month from 01 to 12.');
}

export function normaliseBirthDay(text: string): Normal {
  const day = partOf(text, 'day');
  return day !== null && day >= 1 && day <= 31
    ? textOf(padded(day))
    : unusable('This is not a day from 01 to 31.');
}

/** Of `7`, of a birthday (`07/14`), or of a date. */
function partOf(text: string, part: 'month' | 'day'): number | null {
  if (/^\d{1,2}$/.test(text)) return Number(text);
  const birthday = /^(?<month>\d{1,2})\/(?<day>\d{1,2})$/.exec(text);
  if (birthday?.groups !== undefined) return Number(birthday.groups[part]);
  return readDay(text)?.[part] ?? null;
}

const padded = (number: number): string => String(number).padStart(2, '0');

const DEVICE = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A device on which advertising ids are switched off has the id of all others like it. */
export function normaliseDevice(text: string): Normal {
  const id = text.toLowerCase();
  if (!DEVICE.test(id)) return unusable('This is not an advertising id with its hyphens.');
  return /^[0-]+$/.test(id) ? EMPTY : textOf(id);
}
