/**
 * The company's calls, shared by every process that makes some: leased as timetables from one stored state, waited
 * for, and given up when their time has passed. budget.ts is the arithmetic; here are the clock and the store.
 */
import type { Budget, Clock } from '../../ports/clock.ts';
import type { RateStore } from '../../ports/rates.ts';
import { BUCKETS, HORIZONS_MS, isOnTime, leaseCalls, SLIP_MS } from './budget.ts';

export type BucketName = keyof typeof BUCKETS;

/** What one piece of work needs in all; a lease is then neither too small nor wasted. */
export type Needs = Readonly<Partial<Record<BucketName, number>>>;

export interface Ration {
  /** Waits for its time. False: none comes while there is time left, so the call must not be made. */
  await(bucket: BucketName): Promise<boolean>;
}

export interface Pace {
  open(budget: Budget, needs: Needs): Ration;
}

export interface PaceOptions {
  readonly rates: RateStore;
  /** Whom the vendor counts together. */
  readonly company: string;
  readonly clock: Clock;
  /** Jitter, 0 to 1. */
  readonly random: () => number;
}

/** More than a second's worth at once would keep others waiting for calls that may never be made. */
const LEASE_MAX = 20;
/** Between two questions while others have taken what there is. */
const PAUSE_MS = 250;
/** Left over for the call itself and for storing what it told. */
const MARGIN_MS = 3000;

export function createPace(options: PaceOptions): Pace {
  const timetables = new Map<BucketName, Timetable>();
  const timetableOf = (bucket: BucketName): Timetable => {
    const known = timetables.get(bucket) ?? { times: [], leasing: null };
    timetables.set(bucket, known);
    return known;
  };
  return {
    open: (budget, needs) => {
      const left: Partial<Record<BucketName, number>> = { ...needs };
      return {
        await: async (bucket) => {
          const wanted = Math.max(1, left[bucket] ?? 1);
          left[bucket] = wanted - 1;
          return awaitCall(options, timetableOf(bucket), { bucket, wanted, budget });
        },
      };
    },
  };
}

/** Leased times of this process, ascending: whoever asks first has the first. */
interface Timetable {
  times: number[];
  /** Several calls that find no time left lease once, or most of it would be wasted. */
  leasing: Promise<readonly number[] | null> | null;
}

interface Wish {
  readonly bucket: BucketName;
  readonly wanted: number;
  readonly budget: Budget;
}

async function awaitCall(options: PaceOptions, timetable: Timetable, wish: Wish): Promise<boolean> {
  const { clock } = options;
  for (;;) {
    const time = timetable.times.shift();
    if (time === undefined) {
      if (!(await refill(options, timetable, wish))) return false;
      continue;
    }
    if (time - clock.now() > wish.budget.remainingMs() - MARGIN_MS) {
      timetable.times.unshift(time);
      return false;
    }
    // Timers may ring a moment early.
    while (clock.now() < time) await clock.sleep(time - clock.now());
    if (isOnTime(time, clock.now())) return true;
  }
}

async function refill(options: PaceOptions, timetable: Timetable, wish: Wish): Promise<boolean> {
  if (timetable.leasing !== null) {
    await timetable.leasing;
    return wish.budget.remainingMs() >= MARGIN_MS;
  }
  timetable.leasing = lease(options, wish);
  try {
    const leased = await timetable.leasing;
    timetable.times.push(...(leased ?? []));
    return leased !== null;
  } finally {
    timetable.leasing = null;
  }
}

/** Null: there is no time left to wait for one. */
async function lease(
  { rates, company, clock, random }: PaceOptions,
  { bucket, wanted, budget }: Wish,
): Promise<readonly number[] | null> {
  const name = `dialpad/${company}/${bucket}`;
  for (;;) {
    if (budget.remainingMs() < MARGIN_MS) return null;
    const stored = await rates.loadRate(name);
    const { times, next } = leaseCalls(BUCKETS[bucket], stored, {
      wanted: Math.min(wanted, LEASE_MAX),
      nowMs: clock.now(),
      horizonMs: HORIZONS_MS[budget.rank ?? 'live'],
    });
    if (times.length === 0) {
      await clock.sleep(PAUSE_MS * (0.5 + random()));
    } else if ((await rates.saveRate(name, { ...stored, ...next })) === 'saved') {
      return times;
    } else {
      await clock.sleep(SLIP_MS * 0.2 * random());
    }
  }
}
