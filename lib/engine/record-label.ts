/** The state of a record in the word a person reads. Pure. */
import type { RecordState } from './model.ts';

export const RECORD_LABELS = [
  'in step',
  'pending',
  'waiting',
  'conflict',
  'quarantined',
  'held',
  'excluded',
  'erased',
] as const;

export type RecordLabel = (typeof RECORD_LABELS)[number];

export function labelOf(state: RecordState): RecordLabel {
  if (state.parking !== null) return state.parking.kind;
  const kinds = new Set(Object.values(state.parked).map(({ kind }) => kind));
  if (kinds.has('conflict') || kinds.has('fight')) return 'conflict';
  if (kinds.has('consent')) return 'held';
  if (kinds.has('rejected') || kinds.has('unreadable') || kinds.has('blocked'))
    return 'quarantined';
  if (kinds.has('waiting')) return 'waiting';
  const existence = state.shadow?.existence;
  if (state.deletedAt !== null && (existence === undefined || existence.c === 'absent'))
    return 'erased';
  if (state.intent !== null || existence === undefined) return 'pending';
  if (existence.c !== 'present' || existence.r !== 'present') return 'excluded';
  return state.remoteId === null ? 'pending' : 'in step';
}

/** Why it is out of traffic, in one sentence, or null. */
export function reasonOf(state: RecordState): string | null {
  if (state.parking !== null) return state.parking.reason;
  return Object.values(state.parked)[0]?.reason ?? null;
}
