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
  if (kinds.has('consent') || state.withheld?.by === 'brake') return 'held';
  if (kinds.has('rejected') || kinds.has('unreadable') || kinds.has('blocked'))
    return 'quarantined';
  if (kinds.has('waiting')) return 'waiting';
  const existence = state.shadow?.existence;
  if (state.deletedAt !== null && (existence === undefined || existence.c === 'absent'))
    return 'erased';
  const isUnderWay = state.intent !== null || state.ledger?.row === null;
  if (isUnderWay || existence === undefined || state.withheld !== null) return 'pending';
  if (existence.c !== 'present' || existence.r !== 'present') return 'excluded';
  return state.remoteId === null && state.ledger === null ? 'pending' : 'in step';
}

/** Why it is out of traffic, in one sentence, or null. */
export function reasonOf({ parking, parked, withheld }: RecordState): string | null {
  if (parking !== null) return parking.reason;
  const [field] = Object.values(parked);
  if (field !== undefined) return field.reason;
  return withheld?.by === 'brake' ? withheld.reason : null;
}
