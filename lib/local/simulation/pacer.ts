/** Runs jobs after a delay each, and never more than a few at a time. */

export interface Pacer<Job> {
  later(job: Job, delayMs: number): void;
  /** Drops what has not begun and waits for what has. */
  stop(): Promise<void>;
}

export function createPacer<Job>(
  concurrencyMax: number,
  run: (job: Job) => Promise<void>,
): Pacer<Job> {
  const timers = new Set<NodeJS.Timeout>();
  const waiting: Job[] = [];
  const underWay = new Set<Promise<void>>();
  let isStopped = false;

  const pump = (): void => {
    while (underWay.size < concurrencyMax && !isStopped) {
      const job = waiting.shift();
      if (job === undefined) return;
      const ending = run(job).finally(() => {
        underWay.delete(ending);
        pump();
      });
      underWay.add(ending);
    }
  };

  return {
    later: (job, delayMs) => {
      if (isStopped) return;
      const timer = setTimeout(() => {
        timers.delete(timer);
        waiting.push(job);
        pump();
      }, delayMs);
      timers.add(timer);
    },
    stop: async () => {
      isStopped = true;
      for (const timer of timers) clearTimeout(timer);
      await Promise.allSettled(underWay);
    },
  };
}
