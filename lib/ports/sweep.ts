/** Where a sync stands in comparing everybody, and what the last comparison proved. */
import type { Proof } from '../engine/proof.ts';
import type { Json } from '../engine/value.ts';

/** A sweep that walks both ends. In `compare` a backfill with its id goes on with it. */
export interface SweepWalk {
  readonly id: string;
  /** The person's order it answers, by its time; null: the schedule's. */
  readonly order: number | null;
  readonly reason: string;
  readonly startedAt: number;
  readonly phase: 'app' | 'crm' | 'compare';
  readonly cursor: Json;
  /** Slices of this phase spilled so far. */
  readonly slices: number;
  /** The app does not go on with its listing; everything else of the sync goes on meanwhile. */
  readonly restsUntil: number | null;
  /** Rows and records of the app seen so far; null: the app shows nobody. */
  readonly rows: number;
  readonly members: number | null;
}

export interface SweepState {
  /** When the last one that was finished began; of a new sync, when it began. */
  readonly lastAt: number;
  readonly walk: SweepWalk | null;
  /** Of the last one that was finished. */
  readonly proof: Proof | null;
}

export interface SweepOrder {
  readonly by: string;
  readonly at: number;
  /** Both ends are taken as they are, and everybody is met anew. */
  readonly adopts?: true;
  /** The app was found to show other people: those we knew there are nobody's partners any more. */
  readonly forgets?: 'partner';
}
