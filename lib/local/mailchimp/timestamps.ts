/** The vendor's time formats. Everything inside is epoch milliseconds; text exists only at the edges. */

/** `last_changed` and its siblings show whole seconds. */
export function floorToSecond(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

/** `2021-11-23T14:54:43+00:00`; a time that never came is an empty string, not null. */
export function formatTimestamp(ms: number | null): string {
  return ms === null ? '' : `${new Date(ms).toISOString().slice(0, 19)}+00:00`;
}

/** Webhooks write `2021-11-23 14:54:43` without a zone and mean UTC. */
export function formatFiredAt(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

const timestampPattern =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?))?\s*(Z|[+-]\d{2}:?\d{2})?$/;

/** Reads `Y-m-d H:i:s`, ISO 8601 with or without fraction and zone (none means UTC). Null: not a time. */
export function parseTimestamp(text: string): number | null {
  // A query string turns the plus of an unescaped offset into a blank; the vendor's clients rely on it.
  const match = timestampPattern.exec(text.trim().replace(/(T[\d:.]+) (\d{2}:?\d{2})$/, '$1+$2'));
  if (match === null) return null;
  const [, day, time = '00:00:00', zone = 'Z'] = match;
  const ms = Date.parse(`${day}T${time}${zone}`);
  return Number.isNaN(ms) ? null : ms;
}
