/**
 * How much of its limits the ad account has used: calls (and rows) in a rolling hour, and a score in which a
 * read counts one point and a write three. Above either the calls are refused, and every answer says in its
 * headers how far it is.
 *   https://developers.facebook.com/docs/graph-api/overview/rate-limiting
 *   https://developers.facebook.com/docs/marketing-api/overview/rate-limiting
 */
import { graphErrors } from './errors.ts';
import type { GraphError } from './errors.ts';
import type { Regain } from './exchange.ts';
import type { Settings } from './settings.ts';
import { createWindow } from './window.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const scoreMs = 5 * minuteMs;

/** Points an account may have in five minutes, and how long it is blocked above them. */
const scores = {
  limited: { max: 60, blockedMs: 5 * minuteMs },
  full: { max: 9000, blockedMs: minuteMs },
} as const;

/** Calls in an hour for the bucket of custom audiences. */
const hourlyBase = { limited: 5000, full: 190_000 } as const;
const hourlyMax = 700_000;
const perAudience = 40;

/** What the control interface says instead of what was used. Percentages are floors. */
export interface Forced {
  readonly callCount?: number | undefined;
  readonly totalCputime?: number | undefined;
  readonly totalTime?: number | undefined;
  readonly accountPct?: number | undefined;
  /** Until then every call is refused with 80003. */
  readonly until?: number | undefined;
}

export interface MeterParts {
  readonly accountId: string;
  readonly now: () => number;
  readonly settings: () => Settings;
  readonly audiences: () => number;
}

export interface Throttle {
  readonly error: GraphError;
  readonly regain: Regain;
}

export interface Meter {
  /** Counts a call, or refuses it. */
  admit(isWrite: boolean): Throttle | null;
  countRows(rows: number): void;
  force(forced: Forced | null): void;
  headers(regain?: Regain): Readonly<Record<string, string>>;
}

export function createMeter(parts: MeterParts): Meter {
  const { now, settings } = parts;
  const calls = createWindow(hourMs, minuteMs);
  const rows = createWindow(hourMs, minuteMs);
  const points = createWindow(scoreMs, 1000);
  let blockedUntil = 0;
  let forced: Forced = {};

  const callsMax = (): number =>
    settings().hourlyCallsMax ?? formula(settings(), parts.audiences());
  const usage = (): { calls: number; rows: number } => ({
    calls: percent(calls.sum(now()), callsMax()),
    rows: percent(rows.sum(now()), settings().hourlyRowsMax),
  });
  const minutesUntil = (time: number): number => Math.max(0, Math.ceil((time - now()) / minuteMs));
  /** Minutes until enough of the hour has passed. */
  const minutesToWait = (): number => {
    const used = usage();
    if (forced.until !== undefined && forced.until > now()) return minutesUntil(forced.until);
    if (used.calls >= 100) return minutesUntil(calls.freeAt(now(), callsMax()));
    return used.rows >= 100 ? minutesUntil(rows.freeAt(now(), settings().hourlyRowsMax)) : 0;
  };
  const secondsBlocked = (): number => Math.ceil(Math.max(0, blockedUntil - now()) / 1000);
  const scorePct = (): number => percent(points.sum(now()), scores[settings().tier].max);

  return {
    admit: (isWrite) => {
      const minutes = minutesToWait();
      if (minutes > 0) return { error: withStatus(settings()), regain: { minutes } };
      const { max, blockedMs } = scores[settings().tier];
      const cost = isWrite ? 3 : 1;
      if (now() >= blockedUntil && points.sum(now()) + cost > max) blockedUntil = now() + blockedMs;
      if (now() < blockedUntil) {
        return { error: graphErrors['account-limit'], regain: { seconds: secondsBlocked() } };
      }
      calls.add(now(), 1);
      points.add(now(), cost);
      return null;
    },
    countRows: (count) => rows.add(now(), count),
    force: (given) => {
      forced = given ?? {};
    },
    headers: ({ minutes = minutesToWait(), seconds = secondsBlocked() } = {}) => {
      const used = usage();
      const business = {
        type: 'custom_audience',
        call_count: Math.max(used.calls, forced.callCount ?? 0, minutes > 0 ? 100 : 0),
        total_cputime: Math.max(used.rows, forced.totalCputime ?? 0),
        total_time: Math.max(used.rows, forced.totalTime ?? 0),
        estimated_time_to_regain_access: minutes,
      };
      const { call_count, total_cputime, total_time } = business;
      return {
        'x-business-use-case-usage': JSON.stringify({ [parts.accountId]: [business] }),
        'x-app-usage': JSON.stringify({ call_count, total_cputime, total_time }),
        'x-ad-account-usage': JSON.stringify({
          acc_id_util_pct: Math.max(scorePct(), forced.accountPct ?? 0, seconds > 0 ? 100 : 0),
          reset_time_duration: seconds,
          ads_api_access_tier: accessTier(settings()),
        }),
      };
    },
  };
}

function formula({ tier }: Settings, audiences: number): number {
  return Math.min(hourlyMax, hourlyBase[tier] + perAudience * audiences);
}

function percent(used: number, max: number): number {
  return Math.floor((100 * used) / max);
}

function withStatus({ throttleStatus }: Settings): GraphError {
  return { ...graphErrors.throttled, status: throttleStatus };
}

function accessTier({ tier }: Settings): string {
  return tier === 'full' ? 'standard_access' : 'development_access';
}
