/**
 * Date: a calendar day as YYYY-MM-DD, the one form that every end reads and writes alike. A text with
 * a time behind the day means that day as written: shifting it through a time zone would move
 * birthdays and contract dates by a day.
 */
import type { FieldType, Parsed } from '../value.ts';
import { padded, readDay } from './calendar.ts';
import { held, refused } from './parsed.ts';
import { createScalarType } from './scalar-type.ts';

/** Accepts Mailchimp's forms YYYY-MM-DD, YYYY/MM/DD, DD-MM-YYYY and MM/DD/YYYY, and Postgres date and timestamp texts. */
export function date(): FieldType<'date'> {
  return createScalarType({ name: 'date', read: readDate });
}

function readDate(text: string): Parsed {
  const found = readDay(text);
  if (!found) {
    return refused('This is not a day between 0001-01-01 and 9999-12-31: write it as YYYY-MM-DD.');
  }
  const { year, month, day } = found;
  return held(`${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`);
}
