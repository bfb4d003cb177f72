/** Sums over a time that rolls on, kept in a few buckets instead of one entry per event. */

export interface Window {
  add(now: number, amount: number): void;
  sum(now: number): number;
  /** When the sum will be below a limit if nothing is added. */
  freeAt(now: number, limit: number): number;
}

export function createWindow(lengthMs: number, bucketMs: number): Window {
  /** By the time a bucket begins, oldest first. */
  const buckets = new Map<number, number>();
  const forget = (now: number): void => {
    for (const start of buckets.keys()) {
      if (start + lengthMs > now) return;
      buckets.delete(start);
    }
  };
  const sum = (now: number): number => {
    forget(now);
    return [...buckets.values()].reduce((total, amount) => total + amount, 0);
  };
  return {
    add: (now, amount) => {
      forget(now);
      const start = Math.floor(now / bucketMs) * bucketMs;
      buckets.set(start, (buckets.get(start) ?? 0) + amount);
    },
    sum,
    freeAt: (now, limit) => {
      let left = sum(now);
      for (const [start, amount] of buckets) {
        if (left < limit) return now;
        left -= amount;
        if (left < limit) return start + lengthMs;
      }
      return now;
    },
  };
}
