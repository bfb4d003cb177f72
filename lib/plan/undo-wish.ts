/** What taking decisions of one record back would mean: for each field the value written and the one before, and what is to become of the record. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { Decision, FieldSpec } from '../engine/model.ts';
import { isKept } from '../engine/kept-digest.ts';
import type { Value } from '../engine/value.ts';
import type { HistoryEntry } from '../ports/state.ts';

export interface UndoWish {
  readonly fields: readonly FieldWish[];
  readonly existence: ExistenceWish | null;
  /** What is undone, in words: “the decision of 2025-03-01 10:00:18 UTC (run 5)”. */
  readonly what: string;
}

export interface FieldWish {
  readonly field: string;
  readonly wrote: Value;
  readonly back: Value;
  /** Why it cannot be taken back, whatever the ends show; null: it can. */
  readonly refusal: string | null;
}

export interface ExistenceWish {
  readonly did: Decision['action'];
  /** Null: it cannot be taken back, and `refusal` says why. */
  readonly action: 'archive-app' | 'revive-app' | null;
  readonly refusal: string | null;
}

/** `entries` newest first; null: nothing in them was written. */
export function wishOf(
  fields: readonly FieldSpec[],
  entries: readonly HistoryEntry[],
  column: string | null,
): UndoWish | null {
  const inOrder = entries.toReversed();
  const decisions = inOrder.flatMap((entry) => entry.decisions);
  const existence = column === null ? existenceWish(decisions) : null;
  // The record goes, or comes back, with all its fields.
  const wishes = existence === null ? fieldWishes(fields, inOrder, column) : [];
  if (existence === null && wishes.length === 0) return null;
  const [first] = entries;
  return { fields: wishes, existence, what: first === undefined ? '' : nameOf(first) };
}

/** The newest entry that wrote something of the field, or of the record. */
export const hasWrite = (entry: HistoryEntry, column: string | null): boolean =>
  entry.decisions.some(
    (decision) =>
      (column === null || decision.field === column) &&
      (isFieldWrite(decision) || (column === null && isExistenceDeed(decision))),
  );

const isFieldWrite = ({ action, field }: Decision): boolean =>
  field !== null && (action === 'write-app' || action === 'write-crm' || action === 'write-both');

const isExistenceDeed = ({ action }: Decision): boolean => EXISTENCE[action] !== undefined;

const EXISTENCE: Readonly<Partial<Record<Decision['action'], Omit<ExistenceWish, 'did'>>>> = {
  'create-app': { action: 'archive-app', refusal: null },
  'revive-app': { action: 'archive-app', refusal: null },
  'archive-app': { action: 'revive-app', refusal: null },
  'create-crm': refused('it made the row; Trivet takes no row back: delete it in the CRM'),
  'delete-app': refused('it deleted the app’s record, which nothing brings back'),
  'delete-crm': refused(
    'it deleted the row; its values stand in the history: insert it in the CRM',
  ),
  'mark-crm': refused('it marked the row; change the mark in the CRM'),
};

function refused(refusal: string): Omit<ExistenceWish, 'did'> {
  return { action: null, refusal };
}

/** Of several in a row the last one counts: it says how the record stands now. */
function existenceWish(decisions: readonly Decision[]): ExistenceWish | null {
  const last = decisions.findLast(({ action }) => EXISTENCE[action] !== undefined);
  const wish = last === undefined ? undefined : EXISTENCE[last.action];
  return last === undefined || wish === undefined ? null : { did: last.action, ...wish };
}

function fieldWishes(
  fields: readonly FieldSpec[],
  inOrder: readonly HistoryEntry[],
  column: string | null,
): readonly FieldWish[] {
  const columns = new Set<string>();
  for (const decision of inOrder.flatMap((entry) => entry.decisions)) {
    const isAsked = column === null || decision.field === column;
    if (isFieldWrite(decision) && isAsked && decision.field !== null) columns.add(decision.field);
  }
  return [...columns].map((each) => fieldWish(fields, inOrder, each));
}

/** Several writes in a row are taken back to what was there before the first. */
function fieldWish(
  fields: readonly FieldSpec[],
  inOrder: readonly HistoryEntry[],
  column: string,
): FieldWish {
  const rounds = inOrder
    .map(({ decisions }) => decisions.filter((each) => each.field === column && isFieldWrite(each)))
    .filter((writes) => writes.length > 0);
  const [first = []] = rounds;
  const last = rounds.at(-1) ?? [];
  const wrote = last.at(-1)?.after ?? null;
  const wish = { field: column, wrote, back: first[0]?.before ?? null };
  const spec = fields.find((each) => each.column === column);
  if (spec === undefined) return { ...wish, refusal: 'the field is not mapped any more' };
  if (spec.compute !== undefined)
    return { ...wish, refusal: 'it is computed from the row, and has no column to put a value in' };
  const back = backOf(spec, first);
  if (back === undefined) {
    const refusal =
      'both ends were written and had held different values; change it at one of them instead';
    return { ...wish, refusal };
  }
  return { ...wish, back, refusal: whyLost(back) };
}

const whyLost = (back: Value): string | null =>
  isKept(back) ? DIGESTED : isShortened(back) ? SHORTENED : null;

const DIGESTED =
  "only a digest of it is kept (pii: 'digest'); change it at one of the ends instead";
const SHORTENED = 'the value was so large that history kept only its beginning';

/** What `shortenValue` of the history leaves of a value. */
const isShortened = (value: Value): boolean =>
  typeof value === 'string' && value.length === 1_001 && value.endsWith('…');

/** What stood at the end that was written; where both were, what stood at the owner’s. Undefined: nobody can say. */
function backOf({ owner }: FieldSpec, writes: readonly Decision[]): Value | undefined {
  const befores = writes.map(({ before = null }) => before);
  const [first, ...others] = befores;
  if (others.every((each) => isDeepStrictEqual(each, first))) return first;
  if (owner === 'shared') return undefined;
  return writes.find(({ action }) => action === `write-${owner}`)?.before;
}

function nameOf({ at, run }: HistoryEntry): string {
  const time = `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  return `the decision of ${time}${run === undefined ? '' : ` (run ${run})`}`;
}
