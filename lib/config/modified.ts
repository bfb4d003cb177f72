/**
 * Finding changes by a timestamp, as a user writes it: `modified: 'updated_at'`, or
 * `{ column: 'updated_at', clock: 'app', overlapSeconds: 600, timeZone: 'UTC', sweepHours: 24 }`.
 */
import * as z from 'zod';
import type { ModifiedConfig } from './model.ts';

/** Only where `postgres({ capture: 'timestamp' })` says so. */
export type ModifiedInput<Column extends string = string> =
  | Column
  | {
      readonly column: Column;
      /** Who sets it: the database itself (a trigger, `now()`), or programs by their own clocks. @default 'database' */
      readonly clock?: 'database' | 'app' | undefined;
      /** How far behind the database's clock a timestamp may lie when it is stored. @default 5 for the database's clock, 600 for the apps' */
      readonly overlapSeconds?: number | undefined;
      /** Whose wall clock a `timestamp` without time zone shows, e.g. 'UTC' or 'Europe/Paris'. */
      readonly timeZone?: string | undefined;
      /** How often the whole table is walked for what timestamps cannot show: deletes above all. @default 24 */
      readonly sweepHours?: number | undefined;
    };

const OVERLAP_SECONDS = { database: 5, app: 600 } as const;
const SWEEP_HOURS = 24;

export const modifiedShape = z.union(
  [
    z.string().min(1),
    z.strictObject({
      column: z.string().min(1),
      clock: z.enum(['database', 'app']).optional(),
      overlapSeconds: z.number().min(1).max(86_400).optional(),
      timeZone: z
        .string()
        .refine(isTimeZone, 'must be a time zone’s name such as “UTC” or “Europe/Paris”')
        .optional(),
      sweepHours: z.number().min(1).max(168).optional(),
    }),
  ],
  'must be a column, or { column, clock, overlapSeconds, timeZone, sweepHours }',
);

export function compileModified(input: ModifiedInput): ModifiedConfig {
  const given = typeof input === 'string' ? { column: input } : input;
  const clock = given.clock ?? 'database';
  return {
    column: given.column,
    clock,
    overlapMs: Math.round((given.overlapSeconds ?? OVERLAP_SECONDS[clock]) * 1_000),
    timeZone: given.timeZone ?? null,
    sweepEveryMs: (given.sweepHours ?? SWEEP_HOURS) * 3_600_000,
  };
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
