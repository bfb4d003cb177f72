/** What travels through the queues. A message says "look at this record"; twice, late or out of order is harmless. */
import type { CrmKey, Deed } from '../engine/model.ts';
import type { Value } from '../engine/value.ts';
import type { AppObservation, FetchTarget } from './app.ts';
import type { CrmCheckpoint } from './crm.ts';
import type { Json } from '../engine/value.ts';

/** A queue did not take a message for reasons of its own; nothing is wrong with what was to be sent. */
export class QueueUnavailable extends Error {
  readonly kind = 'queue-unavailable';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'QueueUnavailable';
  }
}

/** Group = sync, so pulls of one sync never overlap. */
export type PullMessage =
  /** The schedule, a person, or the CRM's doorbell: do a round. */
  | {
      readonly kind: 'ring';
      readonly sync: string;
      readonly source: string;
      readonly scheduledAt?: string;
    }
  /** A webhook that names records. */
  | { readonly kind: 'look'; readonly sync: string; readonly look: readonly NamedTarget[] }
  /** This round's slice of time was over: go on from the stored cursor. `progress` must differ from the last one. */
  | { readonly kind: 'continue'; readonly sync: string; readonly progress: string }
  /** A lane finished its backfill page and may have the next. */
  | {
      readonly kind: 'page-done';
      readonly sync: string;
      readonly backfill: string;
      readonly lane: number;
      readonly page: number;
    };

/** A record that somebody named; `digest`: of what it showed then. */
export interface NamedTarget extends FetchTarget {
  readonly digest?: string;
}

/** Where a reference was read, so that a sync that could not serve it restarts there. */
export interface SourcePosition {
  readonly crm?: CrmCheckpoint;
  readonly app?: Json;
}

export interface Reference {
  readonly key: CrmKey;
  /** When the CRM's log saw the change, epoch ms. */
  readonly crmAt?: number;
  /** The log's last word on the row is that it was deleted, then; epoch ms. */
  readonly goneAt?: number;
  /** The row was there when it was named: it was found by its match value, or by the key planted in the app. */
  readonly hadRow?: boolean;
  /** What the app showed. */
  readonly observed?: AppObservation;
  /** Look at both ends, whatever the shadow says. */
  readonly look?: boolean;
  /** With `look`: of what the app showed. If that is what we know, there is nothing to look for: our own echo. */
  readonly digest?: string;
  /** Another holder may have saved this record's move and died before it told whoever waits for it. */
  readonly wake?: boolean;
}

/** A person's order, carried in the record's own lane so that it cannot race with the sync. */
export interface ResolveCommand {
  readonly kind: 'resolve';
  readonly key: CrmKey;
  readonly field: string;
  readonly take:
    | { readonly side: 'crm' }
    | { readonly side: 'app' }
    | { readonly side: 'value'; readonly value: Value };
  readonly by: string;
}

/** A record of a plan a person has accepted: carried out as long as nothing of it has moved since. */
export interface PlannedOrder {
  /** In here and not among the message's own: code that knows no plans does nothing with it. */
  readonly ref: Reference;
  /** Digests of what it was planned on. */
  readonly legs: { readonly crm: string; readonly state: string; readonly app: string };
  readonly deeds: readonly Deed[];
  /** It is about what a brake holds of the record: these deeds of it, for what they would have written and nothing else. */
  readonly held?: {
    readonly verb: 'approve' | 'drop';
    /** Of each deed a digest of what it would write. */
    readonly values: readonly string[];
    readonly by: string;
  };
  /** It is about a record an end refused: it is offered again, or given up. */
  readonly quarantined?: { readonly verb: 'retry' | 'drop'; readonly by: string };
  /** What is taken back of it; without one it is carried out as the rules judge it. */
  readonly undo?: UndoOrder;
}

/** A person takes decisions about one record back, each as long as nobody has changed since what it wrote. */
export interface UndoOrder {
  readonly by: string;
  /** What is undone, in words; stands in the history. */
  readonly what: string;
  readonly fields: readonly UndoneField[];
  readonly existence: 'archive-app' | 'revive-app' | null;
  /** Brakes count it: it is one of many. */
  readonly braked: boolean;
}

export interface UndoneField {
  /** The CRM column. */
  readonly field: string;
  readonly wrote: Value;
  readonly back: Value;
}

/** Orders of one plan. Whoever sent them waits for the result under this name, and sends the next page then. */
export interface PlanPage {
  readonly name: string;
  /** Of the map the plan was made by. */
  readonly code: string;
  readonly orders: readonly PlannedOrder[];
}

export interface BackfillTag {
  readonly id: string;
  readonly page: number;
  readonly last: boolean;
  /** Everybody at the app is being replaced in this session; `isEnd`: nobody comes after this message. */
  readonly rebuild?: { readonly session: number; readonly isEnd: boolean };
}

/** Group = lane: at most 500 references (1000 to a bulk app), at most 64 kB. */
export interface LaneMessage {
  readonly sync: string;
  readonly lane: number;
  readonly refs: readonly Reference[];
  readonly commands?: readonly ResolveCommand[];
  readonly position: SourcePosition;
  /** What brakes count together: the pull's round, or a whole backfill. Messages of earlier code have none. */
  readonly run?: string;
  /** Set on backfill pages: the apply that finishes it asks for the next. */
  readonly backfill?: BackfillTag;
  readonly plan?: PlanPage;
  /** Orders to erase somebody, by their ids; what they say stands with the sync. */
  readonly erase?: readonly string[];
}

export interface PullQueue {
  sendPull(messages: readonly PullMessage[]): Promise<void>;
}

/** Sends are accepted as a whole or throw: a checkpoint may pass a message only when it is in the queue. */
export interface LaneQueue {
  sendLane(messages: readonly LaneMessage[]): Promise<void>;
}
