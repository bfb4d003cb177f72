/**
 * Reading the change log of one table: is this still the database we read last time, which keys
 * changed since, and the mark that lets the next reading ask the same.
 */
import type { CrmKey } from '../engine/model.ts';
import {
  CrmUnavailable,
  isTimePosition,
  type ChangePage,
  type CrmChange,
  type CrmCheckpoint,
  type LogPosition,
} from '../ports/crm.ts';
import type { Session } from './session.ts';
import { checkCapture, type CaptureState } from './sql/check-capture.ts';
import { checkReader, type ReaderState } from './sql/check-reader.ts';
import { identifyServer, type ServerIdentity } from './sql/identify-server.ts';
import { markReader, type MarkedReader, type ReaderMark } from './sql/mark-reader.ts';
import { readLog, type LogRow } from './sql/read-log.ts';
import { startReader, type StartedReader } from './sql/start-reader.ts';
import { runStatement, type Queryable } from './statement.ts';

export interface LogReader {
  readonly session: Session;
  readonly sync: string;
  /** The table's name in the log. */
  readonly table: string;
  /** The columns whose changes we live on. */
  readonly columns: readonly string[];
  readonly randomId: () => string;
}

/** A primary: its timeline is known. */
export interface PrimaryIdentity {
  readonly systemId: string;
  readonly timeline: string;
}

/** On a standby neither rows nor horizon are those of the primary, so it is refused. */
export async function identifyPrimary(client: Queryable): Promise<PrimaryIdentity> {
  const [server] = await runStatement<ServerIdentity>(client, identifyServer());
  return primaryOf(server);
}

export function primaryOf(server: ServerIdentity | undefined): PrimaryIdentity {
  if (server === undefined || server.timeline === null) {
    const advice = 'Put the address of the primary into the secret.';
    throw new CrmUnavailable(
      `The CRM's database is a standby (a read replica). ${advice}`,
      'retry',
    );
  }
  return { systemId: server.system_id, timeline: server.timeline };
}

async function requireCapture(client: Queryable, { table, columns }: LogReader): Promise<void> {
  const [state] = await runStatement<CaptureState>(client, checkCapture(table, columns));
  if (state === undefined || state.unwatched.length === 0) return;
  const names = state.unwatched.map((name) => `"${name}"`).join(', ');
  throw new CrmUnavailable(
    `The capture of ${table} does not watch ${names}: changes there would be missed. Install the capture again: npx trivet install.`,
    'halted',
  );
}

/** Somebody has read for this sync before. */
export async function hasMark(client: Queryable, { sync, table }: LogReader): Promise<boolean> {
  const statement = checkReader(sync, table, { xid: '0', seq: '0' });
  const [state] = await runStatement<ReaderState>(client, statement);
  return state !== undefined && state.mark !== null;
}

export async function startReading(
  reader: LogReader,
  { afterLoss } = { afterLoss: false },
): Promise<CrmCheckpoint> {
  const mark = `${afterLoss ? AFTER_LOSS : ''}${reader.randomId()}`;
  return reader.session.write(async (client) => {
    const primary = await identifyPrimary(client);
    await requireCapture(client, reader);
    const statement = startReader(reader.sync, reader.table, mark);
    const [row] = await runStatement<StartedReader>(client, statement);
    if (row === undefined) throw new Error('Inserting the reader answered nothing.');
    return { position: { xid: row.xid_text, seq: '0' }, mark, ...primary };
  });
}

export async function readChanges(
  reader: LogReader,
  after: CrmCheckpoint,
  limit: number,
): Promise<ChangePage> {
  const from = after.position;
  if (isTimePosition(from)) {
    const reason = 'The CRM is read by its log now, and was read by timestamp before.';
    return { kind: 'lost', reason, isGap: true };
  }
  const look = await reader.session.read(async (client) => {
    await requireCapture(client, reader);
    const state = await checkPlace(client, reader, from);
    const lost = findLoss(after, await identifyPrimary(client), state);
    if (lost !== null) return { lost, rows: [] };
    const rows = await runStatement<LogRow>(client, readLog(reader.table, from, limit));
    return { lost, rows };
  });
  if (look.lost !== null) return lostFor(look.lost, [PURGED, MOVED]);
  const last = look.rows.at(-1);
  if (last === undefined) {
    return { kind: 'page', changes: [], resweep: false, checkpoint: after, more: false };
  }
  const position = { xid: last.xid_text, seq: last.seq_text };
  const checkpoint = { ...after, position, mark: reader.randomId(), before: after.mark };
  if (!(await leaveMark(reader, { from, mark: after.mark }, checkpoint))) {
    return { kind: 'lost', reason: MOVED, isGap: true };
  }
  return { ...unitePage(look.rows), checkpoint };
}

async function checkPlace(
  client: Queryable,
  { sync, table }: LogReader,
  position: LogPosition,
): Promise<ReaderState> {
  const [state] = await runStatement<ReaderState>(client, checkReader(sync, table, position));
  if (state === undefined) throw new Error('Checking the reader answered nothing.');
  return state;
}

/** For whoever is about to act on a row that is gone. A round that moved on meanwhile says nothing of the database. */
export async function whyLost(reader: LogReader, place: CrmCheckpoint): Promise<string | null> {
  const { position } = place;
  if (isTimePosition(position)) return null;
  const lost = await reader.session.read(async (client) => {
    const state = await checkPlace(client, reader, position);
    return findLoss(place, await identifyPrimary(client), state);
  });
  return lost === MOVED || lost === PURGED ? null : lost;
}

/** `gaps`: reasons that say nothing of the database itself. */
export const lostFor = (reason: string, gaps: readonly string[]): ChangePage => ({
  kind: 'lost',
  reason,
  ...(gaps.includes(reason) ? { isGap: true } : {}),
});

/**
 * Begins the mark of a place that was taken because the database went back. The mark before it is the backup's: whoever
 * began from that one once is not another round that went on from there.
 */
export const AFTER_LOSS = 'after a loss ';

export const isStep = (mark: string | null): boolean => mark?.startsWith(AFTER_LOSS) !== true;

const MOVED = 'Somebody else moved the reader of this sync meanwhile.';
const PURGED = 'The log was purged beyond our position.';

/** Why the place is lost, or null. Each reason names what a person can look up. */
export function findLoss(
  after: CrmCheckpoint,
  now: PrimaryIdentity,
  reader: ReaderState,
): string | null {
  if (now.systemId !== after.systemId) {
    return `This is another database system (${now.systemId}, it was ${after.systemId}).`;
  }
  if (now.timeline !== after.timeline) {
    return `The server went to timeline ${now.timeline} from ${after.timeline}: a failover or a restore.`;
  }
  if (after.mark !== null && reader.mark === null) {
    return 'Our mark is gone from trivet.reader: the database was restored, or the sync was paused too long.';
  }
  if (after.mark !== null && after.mark !== reader.mark && after.mark !== reader.previous_mark) {
    const isRace =
      isStep(reader.mark) && after.before != null && after.before === reader.previous_mark;
    if (isRace) return MOVED;
    return 'The mark in trivet.reader is not ours: the database went back to an earlier state.';
  }
  if (reader.is_ahead) return 'Our position lies in the future of this database: it went back.';
  if (reader.is_below_floor) return PURGED;
  return null;
}

async function leaveMark(
  reader: LogReader,
  after: ReaderMark['after'],
  next: { readonly position: LogPosition; readonly mark: string },
): Promise<boolean> {
  const { sync, table } = reader;
  const statement = markReader({ sync, table, position: next.position, mark: next.mark, after });
  return reader.session.write(async (client) => {
    return (await runStatement<MarkedReader>(client, statement)).length === 1;
  });
}

/** One change per key with its newest time and its last word; a row without keys asks for a look at the whole table. */
export function unitePage(rows: readonly LogRow[]): {
  readonly kind: 'page';
  readonly changes: readonly CrmChange[];
  readonly resweep: boolean;
  readonly more: boolean;
} {
  const newest = new Map<CrmKey, Omit<CrmChange, 'key'>>();
  for (const row of rows) {
    for (const key of row.keys ?? []) {
      const at = Math.max(Number(row.at_ms), newest.get(key as CrmKey)?.at ?? 0);
      newest.set(key as CrmKey, { at, ...(row.op === 'delete' ? { goneAt: at } : {}) });
    }
  }
  return {
    kind: 'page',
    changes: [...newest].map(([key, change]) => ({ key, ...change })),
    resweep: rows.some((row) => row.keys === null),
    more: Number(rows[0]?.found ?? 0) > rows.length,
  };
}
