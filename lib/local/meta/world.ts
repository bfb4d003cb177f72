/** What every handler is given. Made once per simulator; nothing here is global. */
import type { SimulatedClock } from '../simulation/clock.ts';
import type { Stats } from '../simulation/stats.ts';
import { findReplacing } from './audience-status.ts';
import type { Standing } from './audience-status.ts';
import type { Meter } from './meter.ts';
import type { AudienceRecord, Change, Identity } from './model.ts';
import type { Settings } from './settings.ts';
import type { Account } from './state.ts';

/** What is counted besides answers. */
export const counterNames = [
  'rowsReceived',
  'rowsInvalid',
  /** Rows of a session that was over: taken, and counting for nothing. */
  'rowsDiscarded',
  /** Hashes of an empty text, which find nobody. */
  'emptyHashes',
  /** Uploads whose rows were in the URL. */
  'payloadsInUrl',
] as const;

export type Counter = (typeof counterNames)[number];

export interface World {
  readonly identity: Identity;
  readonly account: Account;
  readonly stats: Stats<Counter>;
  readonly meter: Meter;
  readonly commit: (change: Change) => void;
  readonly clock: SimulatedClock;
  /** The clock's time. */
  readonly now: () => number;
  readonly settings: () => Settings;
  /** The next number of a kind, decimal text, never twice. */
  readonly nextId: (kind: 'audience' | 'session') => string;
  /** `http://127.0.0.1:PORT`, known once the server listens. */
  readonly origin: () => string;
}

export function standingOf(world: World, audience: AudienceRecord): Standing {
  const settings = world.settings();
  const now = world.now();
  const sessions = world.account.sessionsOf(audience.id);
  return {
    audience,
    members: world.account.book(audience.id).size(),
    replacing: findReplacing(sessions, settings, now),
    settings,
    now,
  };
}
