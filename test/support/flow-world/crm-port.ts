/** The CRM port over the table in memory: what lib/crm does with Postgres, one step per row written. */
import type { CrmKey } from '../../../lib/engine/model.ts';
import {
  CrmUnavailable,
  isTimePosition,
  type ChangePage,
  type CrmChange,
  type CrmCheckpoint,
  type CrmCommand,
  type CrmOutcome,
  type CrmReplica,
  type LogPosition,
} from '../../../lib/ports/crm.ts';
import { AFTER_LOSS, isStep } from '../../../lib/crm/read-changes.ts';
import { cellsOf, RowRefusal, type Cells, type CrmTable } from './crm-table.ts';
import type { Running } from './running.ts';
import { readByTime, startByTime } from './timed-table.ts';

/** What `trivet.reader` holds for the sync. */
export interface ReaderRow {
  mark: string | null;
  previous: string | null;
}

/** Statements that name the mapped columns; a reading of the log asks whether all of them are watched. */
const NEEDS_COLUMNS = /^(read|write|findByMatch)/;

export interface CrmPortOptions {
  readonly table: CrmTable;
  readonly reader: ReaderRow;
  /** @default the one there always was */
  readonly server?: Server;
  readonly running: Running;
  readonly random: () => string;
  /** Log rows to a page: small, so that pages end in the middle of everything. */
  readonly pageMax: number;
  /** Set: the table is read by timestamp, with this overlap. */
  readonly overlapMs: number | null;
  /** True: the database cannot be reached for this call. */
  readonly isDown: (label: string) => boolean;
  /** A column that was renamed, or dropped. @default none */
  readonly missingColumn?: () => string | null;
  /** Every row that a sync's write really changed. */
  readonly wrote: (command: CrmCommand, before: Cells | null) => void;
  /** Every row a sync has read. @default nobody asks */
  readonly showed?: (key: CrmKey, cells: Cells) => void;
}

/** Which database answers: another one after a restore into another server, another timeline after a promotion. */
export interface Server {
  systemId: string;
  timeline: string;
}

export const FIRST_SERVER: Readonly<Server> = { systemId: 'system-1', timeline: '00000001' };

export function createCrmPort(options: CrmPortOptions): CrmReplica {
  const { table, reader, server = FIRST_SERVER, running, random } = options;
  const call = <T>(label: string, effect: () => T): Promise<T> =>
    running.call(`crm.${label}`, () => {
      const missing = NEEDS_COLUMNS.test(label) ? (options.missingColumn?.() ?? null) : null;
      if (missing !== null)
        throw new CrmUnavailable(`column “${missing}” does not exist`, 'halted');
      if (options.isDown(label)) throw new CrmUnavailable('the database does not answer', 'retry');
      return effect();
    });
  return {
    identify: () => call('identify', () => ({ ...server, table: 'public.contacts' })),
    currentCheckpoint: ({ afterLoss } = { afterLoss: false }) =>
      call('currentCheckpoint', () => {
        if (options.overlapMs !== null) return { ...startByTime(table), ...server };
        reader.previous = reader.mark;
        reader.mark = `${afterLoss ? AFTER_LOSS : ''}${random()}`;
        const position = { xid: String(table.horizon()), seq: '0' };
        return { position, mark: reader.mark, ...server };
      }),
    whyLost: (place) => call('whyLost', () => whyLost(options, place)),
    readChanges: (after, limit) =>
      call('readChanges', () => {
        const size = Math.min(limit, options.pageMax);
        const { overlapMs } = options;
        return overlapMs === null
          ? readPage(options, after, size)
          : readByTime(table, after, { limit: size, overlapMs });
      }),
    hasMark: () => call('hasMark', () => options.overlapMs === null && reader.mark !== null),
    horizonHolder: () => call('horizonHolder', () => null),
    walk: (after, limit) =>
      call('walk', () => {
        const keys = [...table.rows.keys()].sort((a, b) => Number(a) - Number(b));
        return keys.filter((key) => after === null || Number(key) > Number(after)).slice(0, limit);
      }),
    read: (keys) =>
      call('read', () => {
        const rows = keys.flatMap((key) => table.row(key) ?? []);
        for (const { key, columns } of rows) options.showed?.(key, columns);
        return new Map(rows.map((row) => [row.key, row]));
      }),
    findByMatch: (values) =>
      call('findByMatch', () => new Map(values.map((value) => [value, table.withMatch(value)]))),
    touchedLately: (limit) =>
      call('touchedLately', () => {
        if (options.overlapMs !== null) return [];
        const newest = table.log.toSorted((a, b) => Number(b.xid - a.xid) || Number(b.seq - a.seq));
        return [...new Set(newest.map(({ key }) => key))].slice(0, limit);
      }),
    allocate: (count) =>
      call('allocate', () => Array.from({ length: count }, () => table.nextKey())),
    release: () =>
      call('release', () => {
        Object.assign(reader, { mark: null, previous: null });
      }),
    purge: () => call('purge', () => undefined),
    write: async (commands) => {
      const outcomes: CrmOutcome[] = [];
      // One transaction to a command: the page may have been halved down to any of them.
      for (const command of commands) {
        const write = (): CrmOutcome => writeOne(options, command);
        outcomes.push(await call(`write ${command.kind} ${command.key}`, write));
      }
      return outcomes;
    },
  };
}

/** Whether this is still the database that was read, and in no earlier state. */
function lossOf(
  { table, reader, server = FIRST_SERVER }: CrmPortOptions,
  after: CrmCheckpoint,
  { xid }: LogPosition,
): { readonly reason: string; readonly isGap?: boolean } | null {
  if (after.systemId !== server.systemId || after.timeline !== server.timeline)
    return { reason: `the server is at ${server.timeline} of ${server.systemId}` };
  if (after.mark !== reader.mark && after.mark !== reader.previous) {
    const isRace = isStep(reader.mark) && after.before != null && after.before === reader.previous;
    return { reason: 'the mark is not ours', ...(isRace ? { isGap: true } : {}) };
  }
  return BigInt(xid) > table.newest() + 1n
    ? { reason: 'our place is in the future of this database' }
    : null;
}

function whyLost(options: CrmPortOptions, place: CrmCheckpoint): string | null {
  const { position } = place;
  const lost = isTimePosition(position) ? null : lossOf(options, place, position);
  return lost === null || lost.isGap === true ? null : lost.reason;
}

function readPage(options: CrmPortOptions, after: CrmCheckpoint, limit: number): ChangePage {
  const { table, reader } = options;
  const { position } = after;
  if (isTimePosition(position))
    return { kind: 'lost', reason: 'it was read by timestamp', isGap: true };
  const lost = lossOf(options, after, position);
  if (lost !== null) return { kind: 'lost', ...lost };
  const place = { xid: BigInt(position.xid), seq: BigInt(position.seq) };
  const isAfter = (entry: { xid: bigint; seq: bigint }): boolean =>
    entry.xid > place.xid || (entry.xid === place.xid && entry.seq > place.seq);
  const unread = table.log
    .filter((entry) => isAfter(entry) && entry.xid < table.horizon())
    .sort((a, b) => Number(a.xid - b.xid) || Number(a.seq - b.seq));
  const page = unread.slice(0, limit);
  const last = page.at(-1);
  if (last === undefined) {
    return { kind: 'page', changes: [], resweep: false, checkpoint: after, more: false };
  }
  reader.previous = after.mark;
  reader.mark = options.random();
  const newest = new Map<CrmKey, Omit<CrmChange, 'key'>>();
  for (const entry of page) {
    const at = Math.max(entry.at, newest.get(entry.key)?.at ?? 0);
    newest.set(entry.key, { at, ...(entry.isDelete ? { goneAt: at } : {}) });
  }
  return {
    kind: 'page',
    changes: [...newest].map(([key, change]) => ({ key, ...change })),
    resweep: false,
    checkpoint: {
      ...after,
      position: { xid: String(last.xid), seq: String(last.seq) },
      mark: reader.mark,
      before: after.mark,
    },
    more: unread.length > page.length,
  };
}

function writeOne(options: CrmPortOptions, command: CrmCommand): CrmOutcome {
  try {
    return command.kind === 'insert' ? insert(options, command) : change(options, command);
  } catch (error) {
    if (!(error instanceof RowRefusal)) throw error;
    return { kind: 'rejected', reason: error.message, sqlstate: '23514' };
  }
}

function insert(
  { table, wrote }: CrmPortOptions,
  command: Extract<CrmCommand, { kind: 'insert' }>,
): CrmOutcome {
  const there = table.row(command.key);
  if (there !== null) {
    const wanted = Object.entries(cellsOf(command.set));
    const isSame = wanted.every(([name, { text }]) => there.columns[name]?.text === text);
    return isSame ? { kind: 'applied', row: there } : { kind: 'moved', row: there };
  }
  if (command.unlessMatch !== null) {
    const keys = table.withMatch(command.unlessMatch.value);
    if (keys.length > 0) return { kind: 'taken', keys };
  }
  const transaction = table.begin();
  try {
    transaction.insert(command.set, command.key);
  } finally {
    transaction.commit();
  }
  wrote(command, null);
  return { kind: 'applied', row: table.row(command.key) };
}

function change(
  { table, wrote }: CrmPortOptions,
  command: Exclude<CrmCommand, { kind: 'insert' }>,
): CrmOutcome {
  const row = table.row(command.key);
  if (table.isLocked(command.key)) return { kind: 'locked' };
  if (row === null) {
    return command.kind === 'delete' ? { kind: 'applied', row } : { kind: 'moved', row };
  }
  const isAsExpected = Object.entries(command.expect).every(
    ([name, text]) => row.columns[name]?.text === text,
  );
  if (!isAsExpected) return { kind: 'moved', row };
  const transaction = table.begin();
  try {
    if (command.kind === 'update') transaction.update(command.key, command.set);
    else transaction.remove(command.key);
  } finally {
    transaction.commit();
  }
  if (table.row(command.key)?.columns !== row.columns) wrote(command, row.columns);
  return { kind: 'applied', row: table.row(command.key) };
}
