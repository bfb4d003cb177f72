/**
 * How many calls a vendor allows one credential is counted over all invocations, so it is kept where all of them
 * see it: one small item by name, written on condition that nobody else has.
 */
import type { SaveOutcome } from './state.ts';

/** A bucket of calls that fills at a steady rate; version 0 = not stored yet. */
export interface StoredRate {
  readonly version: number;
  /** When it will be full again, epoch ms. What a crashed holder took comes back by itself. */
  readonly fullAt: number;
}

export interface RateStore {
  /** Strongly read. */
  loadRate(name: string): Promise<StoredRate>;
  /** Conditional on `rate.version`; stores version + 1. */
  saveRate(name: string, rate: StoredRate): Promise<SaveOutcome>;
}

/** For one process alone: a command before anything is deployed, a test. */
export function createOwnRates(): RateStore {
  const rates = new Map<string, StoredRate>();
  const known = (name: string): StoredRate => rates.get(name) ?? { version: 0, fullAt: 0 };
  return {
    loadRate: (name) => Promise.resolve(known(name)),
    // Compared and stored in one go: whoever waited in between would lease what another has.
    saveRate: (name, rate) => {
      if (known(name).version !== rate.version) return Promise.resolve('lost');
      rates.set(name, { ...rate, version: rate.version + 1 });
      return Promise.resolve('saved');
    },
  };
}
