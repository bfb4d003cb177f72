/** At most so many calls at once: vendors count connections, and refuse those above a number. */

export interface Slots {
  run<T>(work: () => Promise<T>): Promise<T>;
}

export function createSlots(max: number): Slots {
  let free = max;
  const waiting: (() => void)[] = [];
  const release = (): void => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  return {
    async run(work) {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await work();
      } finally {
        release();
      }
    },
  };
}

/**
 * Works a list, so many at a time, until one result speaks for all the rest: `skip` then says what the
 * untried ones get, null as long as work goes on. Results stand in the order of the items.
 */
export async function mapUntil<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
  skip: (result: R) => R | null,
): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  let rest: R | null = null;
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) {
      results[index] = rest ?? (await work(item));
      rest ??= skip(results[index]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return results;
}
