/**
 * Birthday: month and day as MM/DD, which is all that Mailchimp's birthday fields store
 * (https://mailchimp.com/developer/marketing/docs/merge-fields/). A CRM date gives its month and day.
 * The way back cannot invent a year: map a date column only where the CRM owns the field.
 */
import type { FieldType, Parsed } from '../value.ts';
import { isDayOfYear, padded, readDay } from './calendar.ts';
import { held, refused } from './parsed.ts';
import { createScalarType } from './scalar-type.ts';

/** `07/14`, `7/14`, `07-14`, and vCard's `--07-14` (RFC 6350 §6.2.5). */
const MONTH_AND_DAY = /^(?:--)?(\d{1,2})[/-](\d{1,2})$/;

export function birthday(): FieldType<'birthday'> {
  return createScalarType({ name: 'birthday', read: readBirthday });
}

function readBirthday(text: string): Parsed {
  const short = MONTH_AND_DAY.exec(text);
  const found = short ? { month: Number(short[1]), day: Number(short[2]) } : readDay(text);
  if (!found || !isDayOfYear(found.month, found.day)) {
    return refused('This is not a month (01-12) and a day (01-31): write it as MM/DD.');
  }
  return held(`${padded(found.month, 2)}/${padded(found.day, 2)}`);
}
