/** Calls of a time that rolls on, counted exactly: each is remembered until it has left the window. */

export interface CallWindow {
  add(now: number): void;
  count(now: number): number;
  /** When fewer than `max` will be left if none is added. */
  freeAt(now: number, max: number): number;
}

export function createCallWindow(lengthMs: number): CallWindow {
  let times: number[] = [];
  let first = 0;
  const forget = (now: number): void => {
    while (first < times.length && (times[first] ?? 0) <= now - lengthMs) first += 1;
    if (first < 10_000) return;
    times = times.slice(first);
    first = 0;
  };
  const count = (now: number): number => {
    forget(now);
    return times.length - first;
  };
  return {
    count,
    add: (now) => {
      forget(now);
      times.push(now);
    },
    freeAt: (now, max) => {
      const over = count(now) - max;
      return over < 0 ? now : (times[first + over] ?? now) + lengthMs;
    },
  };
}
