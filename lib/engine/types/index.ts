/** All field types: what stands behind `type:` in a configuration. */
export { ADDRESS_PARTS, address } from './address.ts';
export { birthday } from './birthday.ts';
export { boolean } from './boolean.ts';
export { CONSENTS, consent, consentOf } from './consent.ts';
export type { Consent, ConsentOptions } from './consent.ts';
export { date } from './date.ts';
export { email } from './email.ts';
export { enumeration } from './enumeration.ts';
export { number } from './number.ts';
export { optOut } from './opt-out.ts';
export { isPhoneCountry, phone } from './phone.ts';
export type { PhoneOptions } from './phone.ts';
export { setDifference, tags, tagsOf, threeWayUnion } from './tags.ts';
export { text, truncateBytes } from './text.ts';
export type { TextOptions } from './text.ts';
export { timestamp } from './timestamp.ts';
