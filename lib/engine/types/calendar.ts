/**
 * Days of the Gregorian calendar as the ends write them. The separator tells the order: '-' after one
 * or two digits is day first, '/' is month first, as Mailchimp's date fields read them
 * (https://mailchimp.com/developer/marketing/docs/merge-fields/).
 */

export interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

const YEAR_FIRST =
  /^(?<year>\d{4})(?<separator>[-/])(?<month>\d{1,2})\k<separator>(?<day>\d{1,2})$/;
const DAY_FIRST = /^(?<day>\d{1,2})-(?<month>\d{1,2})-(?<year>\d{4})$/;
const MONTH_FIRST = /^(?<month>\d{1,2})\/(?<day>\d{1,2})\/(?<year>\d{4})$/;
/** The time of day behind a date: a timestamp column mapped to a date field means its day, as written. */
const TIME_OF_DAY = /[T ]\d{2}:\d{2}[\d:.,]* ?(?:Z|[+-][\d:]+)?$/i;

/** The day a text names, with or without a time behind it; null when it names none that exists. */
export function readDay(text: string): Day | null {
  const date = text.replace(TIME_OF_DAY, '');
  const match = YEAR_FIRST.exec(date) ?? DAY_FIRST.exec(date) ?? MONTH_FIRST.exec(date);
  if (!match?.groups) return null;
  const { year, month, day } = match.groups;
  return realDay(Number(year), Number(month), Number(day));
}

/** Year 0 does not exist in Postgres and in no app: it could not be written. */
export function realDay(year: number, month: number, day: number): Day | null {
  return year >= 1 && day >= 1 && day <= daysOf(month, isLeap(year)) ? { year, month, day } : null;
}

/** Whether the day comes at least every fourth year. */
export const isDayOfYear = (month: number, day: number): boolean =>
  day >= 1 && day <= daysOf(month, true);

export const padded = (number: number, digits: number): string =>
  String(number).padStart(digits, '0');

function daysOf(month: number, leap: boolean): number {
  if (month < 1 || month > 12) return 0;
  if (month === 2) return leap ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
