/** The field types as the reference page tells them; a test holds the list to what lib/engine/types exports. */

export interface FieldTypeWords {
  /** The function's name. */
  readonly name: string;
  /** As it is written. */
  readonly example: string;
  readonly reads: string;
  readonly equal: string;
}

export const FIELD_TYPES: readonly FieldTypeWords[] = [
  {
    name: 'text',
    example: '`text()`, `text(255)`',
    reads: 'any text; the number is the most bytes the app keeps of it',
    equal:
      'differ in nothing but Unicode composition, line ends and blanks at the ends; beyond the limit not at all',
  },
  {
    name: 'email',
    example: '`email()`',
    reads: 'an address; what is none is parked',
    equal: 'differ in case only',
  },
  {
    name: 'phone',
    example: "`phone()`, `phone({ defaultCountry: 'DE' })`",
    reads: 'a number as people write it; without a country code only with `defaultCountry`',
    equal: 'are one E.164 number, or the same digits',
  },
  {
    name: 'number',
    example: '`number()`',
    reads: 'decimal numbers, without losing a digit',
    equal: 'are one number: `15.5` and `15.50`',
  },
  {
    name: 'date',
    example: '`date()`',
    reads: 'a calendar day, also out of a timestamp, never shifted by a time zone',
    equal: 'are one day',
  },
  {
    name: 'birthday',
    example: '`birthday()`',
    reads:
      'month and day, also out of a date; the way back cannot invent a year, so the CRM owns it',
    equal: 'are one day of the year',
  },
  {
    name: 'timestamp',
    example: '`timestamp()`',
    reads: 'an instant; without a zone UTC',
    equal: 'are within one millisecond',
  },
  {
    name: 'boolean',
    example: '`boolean()`',
    reads: 'true and false, yes and no, 1 and 0; empty is neither',
    equal: 'say the same',
  },
  {
    name: 'enumeration',
    example: "`enumeration(['gold', 'silver'])`",
    reads: 'one of the words, in any case; another is parked',
    equal: 'are one word of the list',
  },
  {
    name: 'address',
    example: '`address()`',
    reads: 'JSON with `addr1`, `addr2`, `city`, `state`, `zip`, `country`',
    equal: 'have the same parts; the country in any case',
  },
  {
    name: 'tags',
    example: '`tags()`',
    reads: 'a set of words: `text[]`, or a JSON list',
    equal: 'have the same words in any case and order',
  },
  {
    name: 'consent',
    example: "`consent()`, `consent({ optInAt: 'opted_in_at' })`",
    reads:
      '`transactional`, `pending`, `subscribed`, `unsubscribed`, `cleaned`, `complained`; empty is `transactional`. ' +
      '`optInAt` is the column with the time of the last opt-in, without which the CRM cannot grant',
    equal: 'are one word',
  },
  {
    name: 'optOut',
    example: "`optOut()`, `optOut({ optInAt: 'call_consent_at' })`",
    reads:
      'a refusal as `boolean()` reads it: true is one, false and empty are none. It follows the rules of consent: ' +
      'it is taken over from either end, and taken back only with an opt-in',
    equal: 'say the same',
  },
];
