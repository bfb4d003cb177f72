/**
 * Hours in which what is around the sync does not do as it is told: the app asks for rest, the state table and the queues
 * refuse, and calls that were given up land long afterwards. Hazards befall one delivery; weather lasts.
 */
import { QueueUnavailable } from '../../../lib/ports/messages.ts';
import { StateUnavailable } from '../../../lib/ports/state.ts';
import type { AppFault, AppTroubles } from './app-port.ts';
import type { RemoteId } from '../../../lib/engine/model.ts';
import { readHealth, type MemoryState } from './memory-state.ts';
import type { Running } from './running.ts';

/** Refused before anything happened, or done and never answered. */
export type Side = 'before' | 'after';

/** A call that timed out here and is still under way there. */
export interface LateCall {
  readonly label: string;
  readonly at: number;
  readonly land: () => void;
}

export interface Weather {
  appFault: (label: string) => AppFault | null;
  /** How long the app says to wait when it is busy; null: it does not say. */
  retryAfterMs: number | null;
  stateFault: (label: string) => Side | null;
  queueFault: (label: string) => Side | null;
  /** When a call given up now lands, ms from now. */
  lateMs: () => number;
  readonly late: LateCall[];
  /** A mapped column that the CRM does not have just now. */
  missingColumn: string | null;
  /** What such calls put into fields of the app, by place. */
  readonly landed: Map<string, string | null>;
  /** Whom such calls made. */
  readonly made: Set<RemoteId>;
}

export const fineWeather = (): Weather => ({
  appFault: () => null,
  retryAfterMs: null,
  stateFault: () => null,
  queueFault: () => null,
  lateMs: () => 0,
  late: [],
  missingColumn: null,
  landed: new Map(),
  made: new Set(),
});

/** What was given up and is due by now takes effect, in the order in which it arrives. */
export function landDue({ late }: Weather, now: number): readonly LateCall[] {
  const due = late.filter(({ at }) => at <= now).toSorted((a, b) => a.at - b.at);
  for (const call of due) {
    late.splice(late.indexOf(call), 1);
    call.land();
  }
  return due;
}

/** Calls of one service, some of which fail as the weather has it. */
export const inWeather = (
  running: Running,
  faultOf: (label: string) => Side | null,
  failed: (label: string) => Error,
): Running => ({
  ...running,
  call: (label, effect) =>
    running.call(label, () => {
      const fault = faultOf(label);
      if (fault === null) return effect();
      if (fault === 'after') effect();
      throw failed(label);
    }),
});

export const throttled = (label: string): Error =>
  new StateUnavailable(`the state table is throttled (${label})`);

export const refused = (label: string): Error =>
  new QueueUnavailable(`SQS refused a message (${label})`);

/** So far the clocks of two hosts may be apart. */
const CLOCKS_MS = 6_000;

interface Troubled {
  readonly hazards: { appFault: (label: string) => AppFault | null };
  readonly weather: Weather;
  readonly memory: MemoryState;
  readonly monitor: { readonly violations: string[] };
}

/** How one invocation finds the app; whoever knew when it began that the app rests has no business there. */
export function troublesOf(
  { hazards, weather, memory, monitor }: Troubled,
  { clock }: Running,
): AppTroubles {
  const until = (readHealth(memory).cooling?.until ?? 0) - CLOCKS_MS;
  return {
    faultOf: (label) => {
      if (clock.now() < until)
        monitor.violations.push(`${label}: the app was called while it was to be left alone`);
      return hazards.appFault(label) ?? weather.appFault(label);
    },
    retryAfterMs: () => weather.retryAfterMs,
    giveUp: (label, land) => {
      weather.late.push({ label, at: clock.now() + weather.lateMs(), land });
    },
  };
}
