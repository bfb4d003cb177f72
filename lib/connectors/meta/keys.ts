/**
 * The keys of an audience's schema, and which of them travel as hashes. There is no key for a whole date of
 * birth: it is three.
 * https://developers.facebook.com/docs/marketing-api/reference/custom-audience/users
 */

/** Travel as SHA-256, in lower-case hexadecimal. */
export const HASHED_KEYS = [
  'EMAIL',
  'PHONE',
  'GEN',
  'DOBY',
  'DOBM',
  'DOBD',
  'FN',
  'LN',
  'FI',
  'CT',
  'ST',
  'ZIP',
  'COUNTRY',
] as const;

/** Travel as they are: they mean nothing outside the device, or outside the ad account. */
export const PLAIN_KEYS = ['MADID', 'EXTERN_ID'] as const;

export const AUDIENCE_KEYS = [...HASHED_KEYS, ...PLAIN_KEYS] as const;

export type AudienceKey = (typeof AUDIENCE_KEYS)[number];

const hashed: ReadonlySet<AudienceKey> = new Set(HASHED_KEYS);

export const isHashedKey = (key: AudienceKey): boolean => hashed.has(key);
