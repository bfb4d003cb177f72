/** Taking one record out of traffic, with a reason, so that its page and its lane go on. */
import type { CrmKey, Decision, FieldSpec, ParkedField, Parking } from '../engine/model.ts';
import type { SyncContext } from './context.ts';
import type { Trouble } from './health.ts';
import type { Work } from './work.ts';

const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 15 * 60_000;

/** Set aside with a due time; each round hands due records to their lanes. */
export function wait(context: SyncContext, work: Work, reason: string): void {
  const attempts = work.state.parking?.kind === 'waiting' ? work.state.parking.attempts + 1 : 1;
  const waitMs = Math.min(FIRST_WAIT_MS * 2 ** (attempts - 1), LONGEST_WAIT_MS);
  const until = context.clock.now() + waitMs;
  work.state = { ...work.state, parking: { kind: 'waiting', until, attempts, reason } };
  work.progress = 'done';
  work.isDirty = true;
}

/** A call for this record failed. Trouble with the app as a whole is given back; else the record alone comes again. */
export function setAside(context: SyncContext, work: Work, failed: Trouble): Trouble | null {
  if (failed.kind === 'halted' || failed.scope === 'app') return failed;
  if (failed.scope === 'budget') work.progress = 'again';
  else wait(context, work, failed.reason);
  return null;
}

/** Refused for good in somebody's own words; leaves when either end changes the record. */
export function quarantine(
  context: SyncContext,
  work: Work,
  reason: string,
  inTheWay: Pick<Quarantined, 'blockedBy' | 'among'> = {},
): void {
  const old = work.opened.parking;
  const isKnown = old?.kind === 'quarantined' && old.reason === reason;
  const parking = quarantined(old, {
    reason,
    at: context.clock.now(),
    ...inTheWay,
  });
  const { withheld } = work.state;
  // Written at last, or stopped for good: what was only noted is not still to be done.
  const isMadeUp = context.sync.write && withheld?.by === 'mode';
  work.state = {
    ...work.state,
    parking,
    intent: null,
    withheld: isMadeUp ? null : withheld,
  };
  if (!isKnown) work.decisions.push(parkDecision(null, 'quarantined', reason));
  work.progress = 'done';
  work.isDirty = true;
}

type Quarantined = Extract<Parking, { kind: 'quarantined' }>;

/** The same words again are another attempt; other words are another refusal. */
export function quarantined(
  old: Parking | null,
  now: Pick<Quarantined, 'reason' | 'at' | 'blockedBy' | 'among'>,
): Quarantined {
  const parking = { kind: 'quarantined', ...now } as const;
  if (old?.kind !== 'quarantined' || old.reason !== now.reason) return parking;
  return { ...parking, at: old.at, attempts: (old.attempts ?? 1) + 1, lastAt: now.at };
}

/** Another record stands in the way of this one: both are remembered, so that the one's move wakes the other. */
export async function block(
  context: SyncContext,
  work: Work,
  blocker: CrmKey,
  reason: string,
): Promise<void> {
  const { parking } = work.state;
  const isKnown = parking?.kind === 'quarantined' && parking.blockedBy === blocker;
  await context.state.block(context.sync.spec.name, blocker, work.key);
  quarantine(context, work, reason, { blockedBy: blocker });
  if (isKnown && !work.cautious) return;
  // The other may have moved between our look and this note: look once more after noting it. And one whose row is gone,
  // and who is held for that, must learn that somebody else is here who could have the partner.
  work.follow.push({ key: work.key, look: true }, { key: blocker, look: true });
}

/** Parks one field, the record's other fields going on. */
export function parkField(work: Work, field: FieldSpec, parked: ParkedField): void {
  const old = work.state.parked[field.fingerprint];
  work.state = { ...work.state, parked: { ...work.state.parked, [field.fingerprint]: parked } };
  work.isDirty = true;
  tellParked(work, field, parked, old);
}

/** A parking that was known before is no second decision. */
export function tellParked(
  work: Work,
  field: FieldSpec,
  parked: ParkedField,
  old: ParkedField | undefined,
): void {
  if (old?.reason === parked.reason && old.kind === parked.kind) return;
  work.decisions.push({
    ...parkDecision(field.column, parked.kind, parked.reason),
    before: parked.crm,
    after: parked.app,
    ...(parked.base === null ? {} : { base: parked.base }),
  });
}

const parkDecision = (field: string | null, rule: string, text: string): Decision => ({
  field,
  action: 'park',
  reason: { rule, text },
});
