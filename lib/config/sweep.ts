/** How often everything is compared, as a user writes it: `sweep: 'P1D'`, `'PT6H'`, or `false` for never by itself. */
import * as z from 'zod';
import type { ModifiedConfig } from './model.ts';

/** An ISO 8601 duration of days and hours. */
export type SweepInput = `P${string}` | false;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DAYS_MAX = 31;
const FORM = /^P(?:(\d{1,2})D)?(?:T(\d{1,3})H)?$/;
const WANTED =
  'must be a duration of days and hours such as “P1D” or “PT6H”, from PT1H to P31D, or false for no sweep but when asked';

const sweepShape = z.union(
  [
    z.literal(false),
    z.custom<`P${string}`>((given) => typeof given === 'string' && durationOf(given) !== null),
  ],
  WANTED,
);

export const sweepOption = sweepShape.optional().meta({
  description:
    'How often both ends and our memory are compared as a whole ([the sweep](sweep.md)), as a duration of days and hours; ' +
    '`false`: only when asked. Where changes are found by timestamp, `modified.sweepHours` says it.',
  default: "'P1D'",
  example: "'PT6H'",
  form: 'duration or `false`',
});

/** Where changes are found by timestamp, the sweep finds deletes: there it has its own word, and cannot be turned off. */
export function compileSweep(
  input: SweepInput | undefined,
  modified: ModifiedConfig | null,
): number | null {
  if (modified !== null) return modified.sweepEveryMs;
  if (input === undefined) return DAY_MS;
  return input === false ? null : durationOf(input);
}

function durationOf(text: string): number | null {
  const [, days, hours] = FORM.exec(text) ?? [];
  const ms = Number(days ?? 0) * DAY_MS + Number(hours ?? 0) * HOUR_MS;
  return ms >= HOUR_MS && ms <= DAYS_MAX * DAY_MS ? ms : null;
}
