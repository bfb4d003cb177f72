/**
 * Reading a table by its timestamps, where the CRM allows no trigger: in passes, each up to the start of
 * the oldest open transaction, so that who commits late is met by a later pass.
 *
 *   bound ──► rows of [reached − overlap, bound) by (timestamp, key), page by page ──► reached = bound
 *
 * The bound is taken before the snapshot in which the rows are read, in a transaction of its own. A
 * transaction whose rows that snapshot does not show was then open at the bound, or began after it; what
 * it writes is not below the bound. Nothing is written to the CRM.
 */
import {
  CrmUnavailable,
  isTimePosition,
  type ChangePage,
  type CrmCheckpoint,
  type HorizonHolder,
  type TimePosition,
} from '../ports/crm.ts';
import type { ModifiedColumn } from './modified-column.ts';
import { identifyPrimary, lostFor, type PrimaryIdentity } from './read-changes.ts';
import type { Session } from './session.ts';
import { oldestTransaction, type OldestTransaction } from './sql/oldest-transaction.ts';
import { preparedTransaction, type PreparedTransaction } from './sql/prepared-transaction.ts';
import { readModified, type ModifiedRow } from './sql/read-modified.ts';
import { runStatement, type Queryable } from './statement.ts';
import type { TableShape } from './table-shape.ts';

/** The present of the database, as far as timestamps can be trusted. */
export interface Present extends PrimaryIdentity {
  readonly now: string;
  readonly bound: string;
  readonly settled: string;
  readonly wal: string;
  /** Whose start nobody knows: no pass begins before it has ended. */
  readonly obstacle: (HorizonHolder & { readonly sentence: string }) | null;
  /** The oldest open transaction. */
  readonly oldest: HorizonHolder | null;
}

export async function lookAtPresent(client: Queryable): Promise<Present> {
  const primary = await identifyPrimary(client);
  const [open] = await runStatement<OldestTransaction>(client, oldestTransaction());
  if (open === undefined) throw new Error('Asking for the oldest transaction answered nothing.');
  if (!open.sees_all) {
    throw new CrmUnavailable(
      'The role Trivet connects as cannot see when the transactions of other roles began, so rows that commit late would be lost. ' +
        'Run: grant pg_read_all_stats to that role.',
      'halted',
    );
  }
  const [prepared] = await runStatement<PreparedTransaction>(client, preparedTransaction());
  const { now, bound, settled, wal, pid, database, age_ms } = open;
  return {
    ...primary,
    now,
    bound,
    settled,
    wal,
    obstacle: obstacleOf(open, prepared),
    oldest: pid === null ? null : { pid, database, gid: null, ageMs: Number(age_ms) },
  };
}

function obstacleOf(
  { unseen_pid, database }: OldestTransaction,
  prepared: PreparedTransaction | undefined,
): Present['obstacle'] {
  if (prepared !== undefined) {
    const { gid, age_ms } = prepared;
    const sentence = `The prepared transaction "${gid}" of database "${database}" may have begun at any time. Commit it or roll it back.`;
    return { pid: null, database, gid, ageMs: Number(age_ms), sentence };
  }
  if (unseen_pid === null) return null;
  const sentence = `Process ${unseen_pid} in database "${database}" hides when its transaction began: it runs with track_activities off.`;
  return { pid: unseen_pid, database, gid: null, ageMs: 0, sentence };
}

/** Whoever holds the bound back for long enough to be noticed. */
export async function holderOfTime(session: Session): Promise<HorizonHolder | null> {
  const { obstacle, oldest } = await session.read(lookAtPresent);
  if (obstacle !== null) {
    const { pid, database, gid, ageMs } = obstacle;
    return { pid, database, gid, ageMs };
  }
  return oldest !== null && oldest.ageMs >= 1_000 ? oldest : null;
}

export async function startByTime(session: Session): Promise<CrmCheckpoint> {
  const present = await session.read(lookAtPresent);
  // What it has written before may commit below any bound of ours.
  if (present.obstacle !== null) throw new CrmUnavailable(present.obstacle.sentence, 'retry');
  const { bound, settled, wal, systemId, timeline } = present;
  const position: TimePosition = { reached: bound, settled, pass: null };
  return { position, mark: wal, systemId, timeline };
}

export interface TimeReading {
  readonly session: Session;
  readonly shape: TableShape;
  readonly modified: ModifiedColumn;
}

export async function readByTime(
  { session, shape, modified }: TimeReading,
  after: CrmCheckpoint,
  limit: number,
): Promise<ChangePage> {
  const present = await session.read(lookAtPresent);
  const lost = findTimeLoss(after, present);
  if (lost !== null) return lostFor(lost, [OTHER_CAPTURE]);
  const position = after.position as TimePosition;
  const { pass } = position;
  // A pass under way goes on: its bound was one before whoever is in the way now.
  if (pass === null && present.obstacle !== null) {
    return { kind: 'page', changes: [], resweep: false, checkpoint: after, more: false };
  }
  const { until, settled } = pass ?? {
    until: earlier(position, present),
    settled: present.settled,
  };
  const rows = await session.read((client) =>
    runStatement<ModifiedRow>(client, readModified(shape, modified, { position, until, limit })),
  );
  const last = rows.length < limit ? undefined : rows.at(-1);
  const page = (pass?.page ?? 0) + 1;
  const next: TimePosition =
    last === undefined
      ? { reached: until, settled, pass: null }
      : { ...position, pass: { until, settled, page, modified: last.modified, key: last.key } };
  return {
    kind: 'page',
    changes: rows
      .filter((row) => row.is_news)
      .map(({ key, at_ms }) => ({ key, at: clamp(Number(at_ms), position.reached, present.now) })),
    resweep: false,
    checkpoint: { ...after, position: next, mark: present.wal },
    more: last !== undefined,
  };
}

/** A transaction that was just beginning when the last bound was taken may show a start before it. */
const earlier = ({ reached }: TimePosition, { bound }: Present): string =>
  bound < reached ? reached : bound;

/** A row that is news was written since the last pass, whatever a client's clock says. */
const clamp = (at: number, reached: string, now: string): number =>
  Math.min(Math.max(at, Date.parse(reached)), Date.parse(now));

const OTHER_CAPTURE = 'The CRM is read by timestamp now, and was read by the log before.';
const WAL_PLACE = /^[0-9A-F]+\/[0-9A-F]+$/;

/** Why the place is lost, or null. Without a mark of ours in the database less is noticed than with one. */
export function findTimeLoss(after: CrmCheckpoint, now: Present): string | null {
  if (now.systemId !== after.systemId) {
    return `This is another database system (${now.systemId}, it was ${after.systemId}).`;
  }
  if (now.timeline !== after.timeline) {
    return `The server went to timeline ${now.timeline} from ${after.timeline}: a failover or a restore.`;
  }
  const { position, mark } = after;
  if (!isTimePosition(position) || mark === null || !WAL_PLACE.test(mark)) {
    return OTHER_CAPTURE;
  }
  if (walPlace(now.wal) < walPlace(mark)) {
    return `The database's WAL was at ${mark} and is at ${now.wal}: it went back to an earlier state.`;
  }
  if (now.now < position.reached) {
    return `The database's clock says ${now.now}, and we had read up to ${position.reached}: it was set back.`;
  }
  return null;
}

/** https://www.postgresql.org/docs/current/datatype-pg-lsn.html */
function walPlace(text: string): bigint {
  const [high = '0', low = '0'] = text.split('/');
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}
