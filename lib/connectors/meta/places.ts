/**
 * Where somebody lives: city, state, post code and country. Only names of people may be in other letters than
 * a-z; here accents are taken off, and what is still not a-z is left out.
 * https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences#hash
 */
import { EMPTY, type Normal, textOf, unusable } from './normal.ts';
import { usStateCode } from './us-states.ts';

/** Letters that are not a base letter with a mark on it. */
const SPELT: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ı: 'i',
  ħ: 'h',
  ŧ: 't',
};

/** In a-z alone: `São Paulo` → `saopaulo`. */
export function foldToLatin(text: string): string {
  return text
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z]/g, (character) => SPELT[character] ?? '');
}

export function normaliseCity(text: string): Normal {
  return textOf(foldToLatin(text));
}

/** In the USA the ANSI code of two letters, elsewhere the name. */
export function normaliseState(text: string, country: string | null): Normal {
  const state = foldToLatin(text);
  if (country !== 'us' || state === '') return textOf(state);
  const code = usStateCode(state);
  return code === null ? unusable('This is not a state of the USA.') : textOf(code);
}

/** Where the post office of the United Kingdom delivers. */
const UK = new Set(['gb', 'gg', 'im', 'je']);
/** Area, district, sector, and the unit that is left out. The shape is unmistakable among post codes. */
const UK_POSTCODE = /^([a-z]{1,2}\d[a-z\d]?\d)[a-z]{2}$/;
const ZIP_AND_FOUR = /^(\d{5})-\d{4}$/;
const US_ZIP = /^(\d{5})(?:-?\d{4})?$/;

/** Five digits in the USA, area, district and sector in the UK (`SW1A 1AA` → `sw1a1`), all of it elsewhere. */
export function normalisePostcode(text: string, country: string | null): Normal {
  const code = text.toLowerCase().replace(/\s/g, '');
  if (country === 'us') {
    const zip = US_ZIP.exec(code)?.[1];
    return zip === undefined ? unusable('This is not a ZIP code of five digits.') : textOf(zip);
  }
  const isUk = country === null || UK.has(country);
  const sector = isUk ? UK_POSTCODE.exec(code)?.[1] : undefined;
  const zip = country === null ? ZIP_AND_FOUR.exec(code)?.[1] : undefined;
  return textOf(sector ?? zip ?? code);
}

const countryNames = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });

/** Two letters of ISO 3166-1. Names are not guessed at: the first two letters of Germany are Georgia's. */
export function normaliseCountry(text: string): Normal {
  const code = text.trim().toLowerCase();
  if (code === '') return EMPTY;
  // Everybody writes UK; ISO reserves the code for exactly that.
  if (code === 'uk') return textOf('gb');
  const isKnown = /^[a-z]{2}$/.test(code) && countryNames.of(code.toUpperCase()) !== undefined;
  return isKnown
    ? textOf(code)
    : unusable('This is not a country code of two letters, such as US.');
}
