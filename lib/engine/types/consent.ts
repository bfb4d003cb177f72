/**
 * Consent to be written to, in Mailchimp's words
 * (https://mailchimp.com/help/about-your-contacts) and one more:
 *
 *   transactional   never asked (also null and '')      unsubscribed   said no
 *   pending         asked, not answered                 cleaned        the address bounces
 *   subscribed      said yes                            complained     reported us as spam
 *
 * An unknown word is refused, never guessed: both guesses are harmful. Which change may travel is not
 * decided here but by the engine's consent rules.
 */
import type { FieldType, Json, Parsed, Value } from '../value.ts';
import { held, quoted, refused } from './parsed.ts';
import { textOfRaw } from './raw-text.ts';

export const CONSENTS = [
  'transactional',
  'pending',
  'subscribed',
  'unsubscribed',
  'cleaned',
  'complained',
] as const;

export type Consent = (typeof CONSENTS)[number];

export interface ConsentOptions {
  /** The CRM column with the time of the last opt-in: evidence without which the CRM cannot grant. @default none */
  readonly optInAt?: string;
}

export function consent(options: ConsentOptions = {}): FieldType<'consent'> {
  return {
    name: 'consent',
    options: options.optInAt === undefined ? {} : { optInAt: options.optInAt },
    parse: readConsent,
    key: consentOf,
  };
}

/** A consent value as its word: no value is "never asked". A refusal that is a yes or no (opt-out.ts) has two of them. */
export const consentOf = (value: Value): Consent =>
  value === true ? 'unsubscribed' : (wordOf(value) ?? 'transactional');

function readConsent(raw: Json | undefined): Parsed {
  const text = textOfRaw(raw);
  if (text === null) return held('transactional');
  const word = wordOf(text);
  if (word !== undefined) return held(word);
  const what = text === undefined ? 'A list or an object' : quoted(text);
  return refused(`${what} is none of ${CONSENTS.join(', ')}.`);
}

const wordOf = (value: Value | undefined): Consent | undefined =>
  typeof value === 'string' ? CONSENTS.find((word) => word === value.toLowerCase()) : undefined;
