/**
 * How often we may call, as arithmetic: a bucket of calls that fills at a steady rate, from which several processes
 * take turns. Pure; the state is one number, kept where all of them see it and written on condition that nobody
 * else has. https://developers.dialpad.com/docs/rate-limits
 *
 * Dialpad counts calls per second and per minute, and does not say from when. So no window of that length, wherever
 * it begins, may hold more than the limit. A lease therefore is no number of calls but a timetable: so many calls,
 * each not before its time and at most `SLIP_MS` after it. A call that has missed its time is not made; it needs a
 * new lease. With B calls at once and one more every I ms, a window of W holds at most B - 1 + (W + slip) / I of
 * them, and I is chosen so that this is the limit.
 */

/** How late a call may start; also what the clocks of two processes, and the ways to Dialpad, may differ by. */
export const SLIP_MS = 250;

export interface Limit {
  readonly calls: number;
  readonly windowMs: number;
}

/** https://developers.dialpad.com/docs/rate-limits, and the limit beside each operation of the description. */
export const LIMITS = {
  /** Of the whole company, other tools of it included. */
  company: { calls: 20, windowMs: 1000 },
  creates: { calls: 100, windowMs: 60_000 },
  others: { calls: 1200, windowMs: 60_000 },
  optOuts: { calls: 250, windowMs: 60_000 },
} as const satisfies Readonly<Record<string, Limit>>;

export interface Bucket {
  /** Calls at once, after a rest. */
  readonly burst: number;
  readonly intervalMs: number;
}

/** What is kept: when the bucket will be full again, epoch ms. A new bucket is full. */
export interface BucketState {
  readonly fullAt: number;
}

export const FULL: BucketState = { fullAt: 0 };

/** A larger burst makes short work quicker and long work slower. */
export function fitBucket(limit: Limit, burst: number): Bucket {
  if (!Number.isInteger(burst) || burst < 1 || burst > limit.calls) {
    throw new RangeError(`fitBucket(): burst is ${burst}; give a number from 1 to ${limit.calls}`);
  }
  const steadyCalls = limit.calls - burst + 1;
  return { burst, intervalMs: Math.ceil((limit.windowMs + SLIP_MS) / steadyCalls) };
}

/**
 * The buckets to lease from. Every call takes from `company`, which at 15 calls a second never comes near the 1,200 a
 * minute of `others`: they need no bucket. A create takes from `creates` first and, when its time has come, from
 * `company`.
 */
export const BUCKETS = {
  company: fitBucket(LIMITS.company, 2),
  creates: fitBucket(LIMITS.creates, 10),
  optOuts: fitBucket(LIMITS.optOuts, 1),
} as const;

export interface Lease {
  /** When each call may start, ascending; as many as were granted. */
  readonly times: readonly number[];
  /** To be stored before the first call is made. */
  readonly next: BucketState;
}

/**
 * Whoever may book further ahead goes first: while live work has taken the next two seconds, others that may look
 * half a second ahead get nothing; and live work waits for them hardly longer than that half second.
 */
export const HORIZONS_MS = { live: 5000, backfill: 500 } as const;

/** `wanted` calls, or as many of them as fit between now and the horizon. */
export function leaseCalls(
  bucket: Bucket,
  state: BucketState,
  ask: { readonly wanted: number; readonly nowMs: number; readonly horizonMs: number },
): Lease {
  const { burst, intervalMs } = bucket;
  // A clock that is behind sees a state of its future and waits; it never fills the bucket a second time.
  const start = Math.max(state.fullAt, ask.nowMs);
  const ahead = (burst - 1) * intervalMs;
  const times: number[] = [];
  for (let n = 0; n < ask.wanted; n += 1) {
    const time = Math.max(ask.nowMs, start + n * intervalMs - ahead);
    if (time > ask.nowMs + ask.horizonMs) break;
    times.push(time);
  }
  return {
    times,
    next: { fullAt: times.length === 0 ? state.fullAt : start + times.length * intervalMs },
  };
}

/** Whether a leased call may still start. Too early it waits, too late it is given up. */
export function isOnTime(time: number, nowMs: number): boolean {
  return nowMs >= time && nowMs <= time + SLIP_MS;
}
