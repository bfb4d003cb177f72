/**
 * The vendor's limits, counted and enforced: calls of the whole company in a second, and in a minute by what is
 * asked. How the vendor counts its minutes is not said; here any sixty seconds in a row are one, which is the
 * strictest a minute can mean. https://developers.dialpad.com/docs/rate-limits
 */
import type { LimitKind } from './exchange.ts';
import type { Settings } from './settings.ts';
import { createCallWindow } from './window.ts';
import type { CallWindow } from './window.ts';

const secondMs = 1000;
const minuteMs = 60_000;

/** One limit, as an onlooker sees it. */
export interface LimitReport {
  readonly max: number;
  readonly windowMs: number;
  /** Calls that arrived, refused ones included. */
  readonly calls: number;
  readonly refused: number;
  /** The most that arrived in any window. */
  readonly peak: number;
}

export type LimitsReport = Readonly<Record<LimitKind | 'company', LimitReport>>;

/** A call that wants in. `operation`: method and template. */
export interface Knock {
  readonly kind: LimitKind | null;
  readonly operation: string;
}

export interface Limits {
  /** Counts a call. Null: it may be answered; otherwise how long until one may. */
  admit(knock: Knock): number | null;
  report(): LimitsReport;
  reset(): void;
}

interface Meter {
  arrive(now: number): void;
  refuse(): void;
  report(max: number): LimitReport;
}

export function createLimits(now: () => number, settings: () => Settings): Limits {
  const admitted = new Map<string, CallWindow>();
  let meters = createMeters();
  const windowOf = (name: string, lengthMs: number): CallWindow => {
    const window = admitted.get(name) ?? createCallWindow(lengthMs);
    admitted.set(name, window);
    return window;
  };
  const doorsOf = ({ kind, operation }: Knock) => {
    const max = maxima(settings());
    const company = { kind: 'company' as const, max: max.company };
    const doors = [{ ...company, window: windowOf('company', secondMs) }];
    if (kind === null) return doors;
    const name = settings().limitsBy === 'kind' ? kind : operation;
    return [...doors, { kind, max: max[kind], window: windowOf(name, minuteMs) }];
  };
  return {
    admit: (knock) => {
      const at = now();
      const doors = doorsOf(knock);
      for (const { kind } of doors) meters[kind].arrive(at);
      const closed = doors.filter(({ window, max }) => window.count(at) >= max);
      for (const { kind } of closed) meters[kind].refuse();
      if (closed.length > 0) {
        return Math.max(...closed.map(({ window, max }) => window.freeAt(at, max))) - at;
      }
      for (const { window } of doors) window.add(at);
      return null;
    },
    report: () => {
      const max = maxima(settings());
      return {
        company: meters.company.report(max.company),
        creates: meters.creates.report(max.creates),
        others: meters.others.report(max.others),
        optOuts: meters.optOuts.report(max.optOuts),
      };
    },
    reset: () => {
      meters = createMeters();
    },
  };
}

function maxima(settings: Settings): Record<LimitKind | 'company', number> {
  return {
    company: settings.callsPerSecond,
    creates: settings.createsPerMinute,
    others: settings.callsPerMinute,
    optOuts: settings.optOutsPerMinute,
  };
}

function createMeters(): Record<LimitKind | 'company', Meter> {
  return {
    company: createMeter(secondMs),
    creates: createMeter(minuteMs),
    others: createMeter(minuteMs),
    optOuts: createMeter(minuteMs),
  };
}

function createMeter(windowMs: number): Meter {
  const arrived = createCallWindow(windowMs);
  let [calls, refused, peak] = [0, 0, 0];
  return {
    arrive: (now) => {
      arrived.add(now);
      calls += 1;
      peak = Math.max(peak, arrived.count(now));
    },
    refuse: () => {
      refused += 1;
    },
    report: (max) => ({ max, windowMs, calls, refused, peak }),
  };
}
