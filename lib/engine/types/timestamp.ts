/**
 * Timestamp: an instant, as ISO 8601 in UTC with milliseconds (2026-01-31T12:00:00.000Z).
 *
 * A text without a zone is UTC: that is how Mailchimp writes its times, and a Postgres `timestamp`
 * column has no zone to ask. Microseconds are cut off, so two times within one millisecond are
 * equivalent, and a Postgres time that was only read is never rewritten because of its last digits.
 */
import type { FieldType, Parsed } from '../value.ts';
import { padded, realDay } from './calendar.ts';
import { held, refused } from './parsed.ts';
import { createScalarType } from './scalar-type.ts';

const FIRST_MS = Date.parse('0001-01-01T00:00:00.000Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

const DATE = String.raw`(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})`;
const TIME = String.raw`(?<hour>\d{2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,](?<fraction>\d+))?)?`;
/** Postgres prints `+00`, `+05:30` and, for times before standard time, `+00:19:32`. */
const ZONE = String.raw`(?:z|utc|gmt|(?<sign>[+-])(?<zoneHour>\d{2})(?::?(?<zoneMinute>\d{2})(?::?(?<zoneSecond>\d{2}))?)?)`;
const INSTANT = new RegExp(`^${DATE}(?:[t ]${TIME} ?${ZONE}?)?$`, 'i');

type Parts = Readonly<Record<string, string | undefined>>;

/** Accepts ISO 8601, the texts of Postgres `timestamptz`, `timestamp` and `date`, and Mailchimp's `Y-m-d H:i:s`. */
export function timestamp(): FieldType<'timestamp'> {
  return createScalarType({ name: 'timestamp', read: readTimestamp });
}

function readTimestamp(text: string): Parsed {
  const parts = INSTANT.exec(text)?.groups;
  const instantMs = parts === undefined ? null : instantOf(parts);
  if (instantMs === null || instantMs < FIRST_MS || instantMs > LAST_MS) {
    return refused('This is not a time between the years 0001 and 9999: write it as ISO 8601.');
  }
  return held(new Date(instantMs).toISOString());
}

function instantOf(parts: Parts): number | null {
  const day = realDay(numberOf(parts.year), numberOf(parts.month), numberOf(parts.day));
  const offsetMs = clockMs(parts.zoneHour, parts.zoneMinute, parts.zoneSecond);
  const timeMs = clockMs(parts.hour, parts.minute, parts.second);
  if (!day || timeMs === null || offsetMs === null) return null;
  const midnight = `${padded(day.year, 4)}-${padded(day.month, 2)}-${padded(day.day, 2)}T00:00:00Z`;
  const millis = Number((parts.fraction ?? '').slice(0, 3).padEnd(3, '0'));
  return Date.parse(midnight) + timeMs + millis - (parts.sign === '-' ? -offsetMs : offsetMs);
}

/** A leap second (:60) is the first second of the next minute, as Postgres reads it. */
function clockMs(hour?: string, minute?: string, second?: string): number | null {
  const [hours, minutes, seconds] = [numberOf(hour), numberOf(minute), numberOf(second)];
  if (hours > 23 || minutes > 59 || seconds > 60) return null;
  return ((hours * 60 + minutes) * 60 + seconds) * 1000;
}

const numberOf = (digits: string | undefined): number => Number(digits ?? '0');
