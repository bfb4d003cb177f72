/** The rates of vendors in memory, and how often somebody stored one or lost the race for it. */
import { createOwnRates, type RateStore } from '../../lib/ports/rates.ts';

export interface MemoryRates extends RateStore {
  readonly counts: { saved: number; lost: number };
}

export function createMemoryRates(): MemoryRates {
  const counts = { saved: 0, lost: 0 };
  const rates = createOwnRates();
  return {
    ...rates,
    counts,
    saveRate: async (name, rate) => {
      const outcome = await rates.saveRate(name, rate);
      counts[outcome] += 1;
      return outcome;
    },
  };
}
