/** What every handler is given. Made once per simulator; nothing here is global. */
import type { SimulatedClock } from '../simulation/clock.ts';
import type { Random } from '../simulation/random.ts';
import type { Stats } from '../simulation/stats.ts';
import type { Limits } from './limits.ts';
import type { Change, Contact, Identity, Numbered } from './model.ts';
import type { Settings } from './settings.ts';
import type { Company } from './state.ts';

/** What is counted besides answers. */
export const counterNames = [
  /** Keys in the URL, where they end up in logs. */
  'keysInUrl',
  /** Contacts' ids in the path that were not URL-encoded. */
  'rawIds',
  /** Listings that asked for a number of rows. */
  'limitsAsked',
  /** Attempts to deliver an event, retries and second copies included. */
  'eventsSent',
  /** Events answered by a success. */
  'eventsDelivered',
  /** Events nobody took, after the last retry or without one. */
  'eventsGivenUp',
  /** Events that were lost on purpose. */
  'eventsLost',
] as const;

export type Counter = (typeof counterNames)[number];

export type EventName = 'Created' | 'Updated' | 'Deleted';

export interface World {
  readonly identity: Identity;
  readonly company: Company;
  readonly stats: Stats<Counter>;
  readonly limits: Limits;
  readonly random: Random;
  readonly commit: (change: Change) => void;
  readonly clock: SimulatedClock;
  readonly settings: () => Settings;
  /** The number of a new one, never twice. */
  readonly number: (what: Numbered) => number;
  /** The id of a new contact: decimal text, short enough for readers of JSON. */
  readonly contactId: () => string;
  /** Tells whoever subscribed. */
  readonly tell: (event: EventName, contact: Contact) => void;
}
