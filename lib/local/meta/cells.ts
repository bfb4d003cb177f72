/**
 * What a value of each key must look like. A value that should be a hash and is not makes its row an invalid
 * entry: an address in the clear, an upper-case or shortened hash, another algorithm's.
 * https://developers.facebook.com/docs/marketing-api/reference/custom-audience/users
 */

type Check = (value: string) => boolean;

const sha256: Check = (value) => /^[0-9a-f]{64}$/.test(value);
const device: Check = (value) => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value);
const anything: Check = () => true;
const digits: Check = (value) => /^\d+$/.test(value);

/** Keys that say who somebody is. `DOB` is none of them. */
const identifying: Readonly<Record<string, Check>> = {
  EXTERN_ID: anything,
  EMAIL: sha256,
  PHONE: sha256,
  GEN: sha256,
  DOBY: sha256,
  DOBM: sha256,
  DOBD: sha256,
  LN: sha256,
  FN: sha256,
  FI: sha256,
  CT: sha256,
  ST: sha256,
  ZIP: sha256,
  COUNTRY: sha256,
  MADID: device,
  APPUID: digits,
  PAGEUID: digits,
};

/** One-key schemas have names of their own. */
const aliases: ReadonlyMap<string, string> = new Map([
  ['EMAIL_SHA256', 'EMAIL'],
  ['PHONE_SHA256', 'PHONE'],
  ['MOBILE_ADVERTISER_ID', 'MADID'],
]);

/** Keys that come along and identify nobody. */
export const companionKeys = [
  'LOOKALIKE_VALUE',
  'DATA_PROCESSING_OPTIONS',
  'DATA_PROCESSING_OPTIONS_COUNTRY',
  'DATA_PROCESSING_OPTIONS_STATE',
];

/** The key a schema's name means, or null when there is none of that name. */
export function keyNamed(name: string): string | null {
  const key = aliases.get(name) ?? name;
  return Object.hasOwn(identifying, key) || companionKeys.includes(key) ? key : null;
}

/** Whether a value that is not empty may stand under an identifying key. */
export function isValidCell(key: string, value: unknown): value is string {
  return typeof value === 'string' && identifying[key]?.(value) === true;
}

/** The hash of nothing looks like any other, so the vendor takes it and finds nobody. */
export const hashOfNothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
