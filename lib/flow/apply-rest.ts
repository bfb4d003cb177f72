/** When there is nothing (more) to write: the judgement becomes the record's state, and what still waits says so. */
import { isDeepStrictEqual } from 'node:util';
import { UNDATED_MAX_MS } from '../engine/judge-fields.ts';
import type { Parking, RecordState } from '../engine/model.ts';
import { tookBack, type Work } from './work.ts';

/** Nothing to write: what the judgement agreed on is the record's state now, and no intent stays open. */
export function rest(work: Work): void {
  const { verdict } = work;
  work.progress = 'done';
  work.isAtRest = true;
  if (verdict === null) return;
  tookBack(work, verdict.decisions);
  const judged = verdict.state;
  const isSame = isUnchanged(work, verdict.decisions.length);
  const version = newestVersion(work);
  if (isSame) return;
  work.decisions.push(...verdict.decisions);
  const parked = stillParked(work, judged);
  const parking = undated(parked);
  work.state = { ...judged, parked, intent: null, parking, appVersion: version };
  work.isDirty = true;
}

/**
 * Nobody has to decide about a row that is gone, and nothing waits for its time while it is not merged: a brake may keep
 * at one end who is gone from the other, and the time would come again and again.
 */
function stillParked(
  { crm, observation }: Pick<Work, 'crm' | 'observation'>,
  { parked, shadow }: RecordState,
): RecordState['parked'] {
  if (shadow?.existence.c === 'absent') return {};
  const shown = [
    shadow?.existence.c,
    crm.existence,
    shadow?.existence.r,
    observation?.existence ?? 'present',
  ];
  if (shown.every((existence) => existence === 'present')) return parked;
  return Object.fromEntries(Object.entries(parked).filter(([, { kind }]) => kind !== 'waiting'));
}

/** A change whose time is not known yet is looked at once more when it need not be waited for any longer. */
function undated(parked: RecordState['parked']): Parking | null {
  const waiting = Object.values(parked).filter(({ kind }) => kind === 'waiting');
  const [first] = waiting;
  if (first === undefined) return null;
  const until = Math.max(...waiting.map(({ at }) => at)) + UNDATED_MAX_MS + 1;
  return { kind: 'waiting', until, attempts: 1, reason: first.reason };
}

function isUnchanged(work: Work, decisions: number): boolean {
  const judged = work.verdict?.state;
  if (judged === undefined || work.isDirty || decisions > 0) return false;
  const before = work.state;
  const parked = stillParked(work, judged);
  return (
    before.intent === null &&
    sameWait(undated(parked), before.parking) &&
    judged.withdrawnAt === before.withdrawnAt &&
    judged.deletedAt === before.deletedAt &&
    judged.link === before.link &&
    judged.renewal === before.renewal &&
    before.passed.length === 0 &&
    sameWithheld(judged.withheld, before.withheld) &&
    sameKeys(parked, before.parked) &&
    sameExistence(judged.shadow?.existence, before.shadow?.existence)
  );
}

/** A note of a sync that only looks is never the same: the time of its last look is in it. */
function sameWithheld(now: RecordState['withheld'], before: RecordState['withheld']): boolean {
  if (now === null || before === null) return now === before;
  return now.by === 'brake' && isDeepStrictEqual(now, before);
}

const sameKeys = (a: object, b: object): boolean => Object.keys(a).length === Object.keys(b).length;

const sameWait = (a: Parking | null, b: Parking | null): boolean =>
  a === b || (a?.kind === 'waiting' && b?.kind === 'waiting' && a.until === b.until);

const sameExistence = (
  a: { c: string; r: string } | undefined,
  b: { c: string; r: string } | undefined,
): boolean => a?.c === b?.c && a?.r === b?.r;

function newestVersion({ state, observation }: Work): number | null {
  const seen = observation?.version ?? null;
  return seen === null ? state.appVersion : Math.max(seen, state.appVersion ?? 0);
}
