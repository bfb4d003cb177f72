/** One record of a plan as it is kept: enough to carry it out later, and to tell whether it has moved by then. */
import type { CrmKey, RemoteId, SyncSpec } from '../engine/model.ts';
import type { UndoOrder } from '../ports/messages.ts';
import type { Legs } from '../flow/legs.ts';
import type { Rehearsed } from './met.ts';
import { deedsOfOutcome, isNewlyLinked, type PlannedDeed } from './tally.ts';

export interface PlannedRecord {
  readonly key: CrmKey;
  /** The app's record that belongs to it; null: there is none. */
  readonly remoteId: RemoteId | null;
  /** Their match value. */
  readonly name: string | null;
  /** Digests of the three legs it was decided on. */
  readonly legs: Legs;
  readonly deeds: readonly PlannedDeed[];
  /** It is to be tied to the app's record. */
  readonly link: boolean;
  /** How it is left, and why nothing is done about it, or about a part of it. */
  readonly left: { readonly label: string; readonly reason: string | null };
  /** It is not what the rules judge: decisions are taken back. */
  readonly undo?: UndoOrder;
}

/** Null: there is nothing to do, and nothing to say. */
export function plannedRecordOf(spec: SyncSpec, outcome: Rehearsed): PlannedRecord | null {
  const { key, remoteId, name, legs } = outcome;
  const { label, reason } = outcome.after;
  const deeds = deedsOfOutcome(spec, outcome);
  const link = isNewlyLinked(outcome);
  if (deeds.length === 0 && !link && reason === null) return null;
  return { key, remoteId, name, legs, deeds, link, left: { label, reason } };
}
