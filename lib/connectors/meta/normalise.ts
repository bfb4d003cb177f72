/**
 * One value of one key, brought to the form in which Meta hashes its own. A value that differs in a blank gives
 * another hash and finds nobody, and no answer says so; so the form is everything.
 * https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences#hash
 */
import { EMPTY_DIGEST } from './hash.ts';
import { type AudienceKey, isHashedKey } from './keys.ts';
import { EMPTY, type Normal, textOf, unusable } from './normal.ts';
import {
  normaliseBirthDay,
  normaliseBirthMonth,
  normaliseBirthYear,
  normaliseDevice,
  normaliseEmail,
  normaliseInitial,
  normaliseName,
  normalisePhone,
  normaliseSex,
} from './people.ts';
import { normaliseCity, normaliseCountry, normalisePostcode, normaliseState } from './places.ts';

/** What the rules need to know besides the value. */
export interface Surroundings {
  /** The person's country, two letters in lower case; null: not known. */
  readonly country: string | null;
  readonly thisYear: number;
}

type Rule = (text: string, surroundings: Surroundings) => Normal;

/** Texts come trimmed and are not empty. */
const rules: Readonly<Record<AudienceKey, Rule>> = {
  EMAIL: normaliseEmail,
  PHONE: (text, { country }) => normalisePhone(text, country),
  GEN: normaliseSex,
  DOBY: (text, { thisYear }) => normaliseBirthYear(text, thisYear),
  DOBM: normaliseBirthMonth,
  DOBD: normaliseBirthDay,
  FN: normaliseName,
  LN: normaliseName,
  FI: normaliseInitial,
  CT: normaliseCity,
  ST: (text, { country }) => normaliseState(text, country),
  ZIP: (text, { country }) => normalisePostcode(text, country),
  COUNTRY: normaliseCountry,
  MADID: normaliseDevice,
  EXTERN_ID: textOf,
};

const SHA_256 = /^[0-9a-f]{64}$/i;
const OTHER_HASH = /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{128})$/i;

export function normalise(key: AudienceKey, raw: string, surroundings: Surroundings): Normal {
  const text = raw.toWellFormed().trim();
  if (text === '') return EMPTY;
  return isHashedKey(key)
    ? normaliseHashed(key, text, surroundings)
    : rules[key](text, surroundings);
}

/** A CRM may hold hashes already; hashed a second time they would find nobody. */
function normaliseHashed(key: AudienceKey, text: string, surroundings: Surroundings): Normal {
  const digest = SHA_256.test(text) ? text.toLowerCase() : null;
  if (digest === EMPTY_DIGEST) return EMPTY;
  if (digest !== null) return { kind: 'digest', digest };
  if (OTHER_HASH.test(text)) return unusable('This is a hash, but not SHA-256.');
  return rules[key](text, surroundings);
}
