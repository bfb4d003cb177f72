/** Leases of calls: never more than the limit in any window, whoever asks, whenever, for how many. */
import fc from 'fast-check';
import {
  type Bucket,
  type BucketState,
  BUCKETS,
  fitBucket,
  FULL,
  HORIZONS_MS,
  isOnTime,
  leaseCalls,
  LIMITS,
  type Limit,
  SLIP_MS,
} from '../../../lib/connectors/dialpad/budget.ts';

interface Ask {
  /** Since the last one; clocks of several processes may go back. */
  readonly afterMs: number;
  readonly wanted: number;
  readonly horizonMs: number;
  /** How late each call starts, up to the slip. */
  readonly lateMs: number;
}

const limits: fc.Arbitrary<Limit> = fc.record({
  calls: fc.integer({ min: 1, max: 120 }),
  windowMs: fc.constantFrom(1000, 5000, 60_000),
});
const limitsWithBurst = limits.chain((limit) =>
  fc.integer({ min: 1, max: limit.calls }).map((burst) => ({ limit, burst })),
);
const asks: fc.Arbitrary<readonly Ask[]> = fc.array(
  fc.record({
    afterMs: fc.integer({ min: -100, max: 3000 }),
    wanted: fc.integer({ min: 0, max: 200 }),
    horizonMs: fc.constantFrom(0, HORIZONS_MS.backfill, HORIZONS_MS.live, 120_000),
    lateMs: fc.integer({ min: 0, max: SLIP_MS }),
  }),
  { maxLength: 60 },
);

/** When calls start, if all that are leased are made, each as late as its ask says. */
function play(bucket: Bucket, story: readonly Ask[]): readonly number[] {
  let state: BucketState = FULL;
  let nowMs = 1_773_489_600_000;
  const starts: number[] = [];
  for (const { afterMs, wanted, horizonMs, lateMs } of story) {
    nowMs += afterMs;
    const lease = leaseCalls(bucket, state, { wanted, nowMs, horizonMs });
    state = lease.next;
    starts.push(...lease.times.map((time) => time + lateMs));
  }
  return starts.toSorted((a, b) => a - b);
}

/** The most calls in any half-open window of the length. */
function densest(starts: readonly number[], windowMs: number): number {
  let [most, first] = [0, 0];
  for (const [last, time] of starts.entries()) {
    while ((starts[first] ?? time) <= time - windowMs) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

describe('leased calls', () => {
  test('are never more than the limit in any window, however late they start', () => {
    fc.assert(
      fc.property(limitsWithBurst, asks, ({ limit, burst }, story) => {
        const starts = play(fitBucket(limit, burst), story);
        expect(densest(starts, limit.windowMs)).toBeLessThanOrEqual(limit.calls);
      }),
      { numRuns: 500 },
    );
  });

  test('come in order, none before now and none behind the horizon', () => {
    fc.assert(
      fc.property(limitsWithBurst, asks, ({ limit, burst }, story) => {
        const bucket = fitBucket(limit, burst);
        let state: BucketState = FULL;
        let nowMs = 0;
        for (const { afterMs, wanted, horizonMs } of story) {
          nowMs = Math.max(0, nowMs + afterMs);
          const { times, next } = leaseCalls(bucket, state, { wanted, nowMs, horizonMs });
          expect(times.length).toBeLessThanOrEqual(wanted);
          expect(times).toEqual(times.toSorted((a, b) => a - b));
          for (const time of times) {
            expect(time).toBeGreaterThanOrEqual(nowMs);
            expect(time).toBeLessThanOrEqual(nowMs + horizonMs);
          }
          expect(next.fullAt).toBeGreaterThanOrEqual(state.fullAt);
          expect(times.length > 0 || next.fullAt === state.fullAt).toBe(true);
          state = next;
        }
      }),
    );
  });

  test('leave nothing unused: who asks all the time gets nearly all there is', () => {
    for (const [name, bucket] of Object.entries(BUCKETS)) {
      const { calls, windowMs } = LIMITS[name as keyof typeof BUCKETS];
      const story = Array.from({ length: 600 }, () => ({
        afterMs: 1000,
        wanted: 1000,
        horizonMs: 1000,
        lateMs: 0,
      }));
      const perWindow = play(bucket, story).length / ((600 * 1000) / windowMs);
      expect(perWindow / calls).toBeGreaterThan(0.75);
    }
  });

  test('of one lease are those of several small ones', () => {
    fc.assert(
      fc.property(
        limitsWithBurst,
        fc.integer({ min: 0, max: 5_000 }),
        fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 9 }),
        ({ limit, burst }, fullAt, parts) => {
          const bucket = fitBucket(limit, burst);
          const ask = { nowMs: 1000, horizonMs: 600_000 };
          const wanted = parts.reduce((sum, part) => sum + part, 0);
          const whole = leaseCalls(bucket, { fullAt }, { ...ask, wanted });
          let state: BucketState = { fullAt };
          const times: number[] = [];
          for (const part of parts) {
            const lease = leaseCalls(bucket, state, { ...ask, wanted: part });
            times.push(...lease.times);
            state = lease.next;
          }
          expect(times).toEqual(whole.times);
          expect(state).toEqual(whole.next);
        },
      ),
    );
  });
});

describe('Dialpad’s limits', () => {
  const steady = (bucket: Bucket, windowMs: number): number =>
    bucket.burst - 1 + Math.ceil(windowMs / bucket.intervalMs);

  test('are kept by each bucket', () => {
    for (const [name, bucket] of Object.entries(BUCKETS)) {
      const { calls, windowMs } = LIMITS[name as keyof typeof BUCKETS];
      expect(steady(bucket, windowMs + SLIP_MS)).toBeLessThanOrEqual(calls);
    }
  });

  test('of a minute are kept by the company’s bucket, so that most calls need one lease', () => {
    const { calls, windowMs } = LIMITS.others;
    expect(steady(BUCKETS.company, windowMs + SLIP_MS)).toBeLessThan(calls);
  });

  test('give fifteen calls a second and ninety creates a minute', () => {
    expect(BUCKETS.company).toEqual({ burst: 2, intervalMs: 66 });
    expect(BUCKETS.creates).toEqual({ burst: 10, intervalMs: 663 });
    expect(BUCKETS.optOuts).toEqual({ burst: 1, intervalMs: 241 });
  });
});

describe('live work', () => {
  const bucket = BUCKETS.company;
  const nowMs = 1_773_489_600_000;
  const live = { wanted: 100, nowMs, horizonMs: HORIZONS_MS.live };
  const backfill = { wanted: 1000, nowMs, horizonMs: HORIZONS_MS.backfill };

  test('goes first: while it has booked ahead, backfill gets nothing', () => {
    const booked = leaseCalls(bucket, FULL, live);
    expect(booked.times.length).toBeGreaterThan(60);
    expect(leaseCalls(bucket, booked.next, backfill).times).toEqual([]);
  });

  test('waits for a backfill that takes all it can hardly longer than half a second', () => {
    const taken = leaseCalls(bucket, FULL, backfill);
    const [first = 0] = leaseCalls(bucket, taken.next, live).times;
    expect(first - nowMs).toBeLessThanOrEqual(HORIZONS_MS.backfill + bucket.intervalMs);
  });
});

test('a call is made in its time, and given up after it', () => {
  const when = [999, 1000, 1000 + SLIP_MS, 1001 + SLIP_MS];
  expect(when.map((nowMs) => isOnTime(1000, nowMs))).toEqual([false, true, true, false]);
});

test.each([0, 21, 1.5, -1])('no bucket holds %d calls at once of twenty', (burst) => {
  expect(() => fitBucket(LIMITS.company, burst)).toThrow('a number from 1 to 20');
});
