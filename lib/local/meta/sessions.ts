/**
 * The rules of sessions: batches that belong together. Pure.
 *   add, remove   batches in order from 1; 90 minutes after the first the session ends, what comes later is
 *                 dropped without an error
 *   replace       one at a time and only from status 200; batch 1 first, the others in any order; every
 *                 trouble is code 2650 with a subcode
 * https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences
 */
import { allowed, graphErrors, invalidParameter, refused } from './errors.ts';
import type { Ruled } from './errors.ts';
import type { Operation, Session } from './model.ts';
import type { SessionPart } from './payload.ts';

export const sessionMs = 90 * 60_000;

/** A batch that wants in. */
export interface Knock {
  readonly part: SessionPart;
  readonly operation: Operation;
  readonly audienceId: string | null;
  readonly schema: string;
  readonly now: number;
}

/** Where a replace knocks. */
export interface ReplaceDoor {
  readonly operationStatus: number;
  readonly running: Session | null;
  readonly members: number;
  readonly membersMax: number;
}

/** `isLate`: the session is over; the rows count for nothing. */
export interface Admission {
  readonly session: Session;
  readonly isLate: boolean;
}

export function admitBatch(known: Session | null, knock: Knock): Ruled<Admission> {
  const { part, now } = knock;
  if (known === null) {
    if (part.seq !== 1) return wrong('batch_seq must start at 1');
    return allowed({ session: openSession(knock), isLate: false });
  }
  const misuse = findMisuse(known, knock);
  if (misuse !== null) return wrong(misuse);
  if (part.seq > known.lastSeq + 1) return wrong('batch_seq must be sequential');
  // A batch whose answer was lost may come again after the last; a new one may not.
  const isNew = part.seq > known.lastSeq;
  const isLate = isExpired(known, now) || (known.endedAt !== null && isNew);
  return allowed({ session: known, isLate });
}

export function admitReplaceBatch(
  known: Session | null,
  knock: Knock,
  door: ReplaceDoor,
): Ruled<Session> {
  if (known === null) return openReplace(knock, door);
  const misuse = findMisuse(known, knock);
  if (misuse !== null) return wrong(misuse);
  if (isExpired(known, knock.now)) return refused(graphErrors['replace-timed-out']);
  if (known.endedAt !== null) return refused(graphErrors['replace-finished']);
  if (knock.part.seq === 1) return refused(graphErrors['replace-running']);
  return allowed(known);
}

function openReplace(knock: Knock, door: ReplaceDoor): Ruled<Session> {
  if (door.running !== null) return refused(graphErrors['replace-running']);
  if (knock.part.seq !== 1) return refused(graphErrors['replace-first-batch']);
  if (door.members > door.membersMax) return refused(graphErrors['replace-too-large']);
  if (door.operationStatus === 414) return refused(graphErrors['replace-running']);
  // After a failed replace (415) there would be no other way back.
  if (![200, 415].includes(door.operationStatus)) return refused(graphErrors['update-failed']);
  return allowed(openSession(knock));
}

function openSession({ part, operation, audienceId, schema, now }: Knock): Session {
  return {
    id: part.id,
    audienceId,
    operation,
    schema,
    startedAt: now,
    endedAt: null,
    lastSeq: 0,
    received: 0,
    matched: 0,
    invalid: 0,
  };
}

/** What is wrong with using the session for this, or null. Ids are unique within the ad account. */
function findMisuse(known: Session, knock: Knock): string | null {
  if (known.audienceId !== knock.audienceId || known.operation !== knock.operation) {
    return 'session_id belongs to another upload';
  }
  return known.schema === knock.schema ? null : 'the schema must not change within a session';
}

export function isExpired(session: Session, now: number): boolean {
  return session.endedAt === null && now - session.startedAt > sessionMs;
}

export function isOpen(session: Session, now: number): boolean {
  return session.endedAt === null && !isExpired(session, now);
}

export interface Counted {
  readonly received: number;
  readonly matched: number;
  readonly invalid: number;
}

/** The session with one batch more; a repeated batch is not counted again. */
export function countBatch(
  session: Session,
  part: SessionPart,
  counted: Counted,
  now: number,
): Session {
  const isRepeated = session.operation !== 'replace' && part.seq <= session.lastSeq;
  const by = isRepeated ? 0 : 1;
  return {
    ...session,
    lastSeq: Math.max(session.lastSeq, part.seq),
    received: session.received + by * counted.received,
    matched: session.matched + by * counted.matched,
    invalid: session.invalid + by * counted.invalid,
    endedAt: part.isLast ? (session.endedAt ?? now) : session.endedAt,
  };
}

function wrong(what: string): ReturnType<typeof refused> {
  return refused(invalidParameter(`session: ${what}`));
}
