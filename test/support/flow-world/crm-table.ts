/**
 * A CRM table in memory: rows in text form, a change log with transactions and a horizon, row locks,
 * a BEFORE trigger that may rewrite, and a check that may refuse. Faithful where the flow could notice.
 */
import type { CrmKey } from '../../../lib/engine/model.ts';
import type { Value } from '../../../lib/engine/value.ts';
import type { ColumnRaw, CrmRow } from '../../../lib/ports/crm.ts';

export type Cells = Readonly<Record<string, ColumnRaw>>;
export type Values = Readonly<Record<string, Value>>;

export interface LogEntry {
  readonly xid: bigint;
  readonly seq: bigint;
  readonly at: number;
  readonly key: CrmKey;
  readonly isDelete: boolean;
}

export interface CrmTableOptions {
  readonly now: () => number;
  readonly columns: readonly string[];
  readonly matchColumn: string;
  /** What a BEFORE trigger makes of a row about to be stored. */
  readonly trigger: (cells: Values) => Values;
  /** What a CHECK says, or null. */
  readonly refuse: (cells: Values) => string | null;
  /** A table that was there before. @default an empty one */
  readonly resumed?: TableDump;
}

/** A table as JSON; transactions that were open are not in it. */
export interface TableDump {
  readonly rows: readonly (readonly [CrmKey, Cells])[];
  readonly log: readonly {
    readonly xid: string;
    readonly seq: string;
    readonly at: number;
    readonly key: CrmKey;
    readonly isDelete: boolean;
  }[];
  readonly xids: string;
  readonly seqs: string;
  readonly keys: number;
}

/** An open transaction of a user of the CRM. */
export interface CrmTransaction {
  update(key: string, values: Values): void;
  insert(values: Values, key?: string): CrmKey;
  remove(key: string): void;
  commit(): void;
}

export interface Stamp {
  readonly at: number;
  readonly xid: bigint;
}

export interface CrmTable {
  readonly options: CrmTableOptions;
  /** Committed rows. */
  readonly rows: Map<CrmKey, Cells>;
  readonly log: LogEntry[];
  /** What a trigger on `updated_at` leaves: when the transaction began that wrote the row, and which it was. */
  readonly stamps: ReadonlyMap<CrmKey, Stamp>;
  /** The lowest open transaction, or the next one: nothing at or above it is read yet. */
  horizon(): bigint;
  /** When the oldest open transaction began; null when none is open. */
  oldestOpen(): number | null;
  isLocked(key: CrmKey): boolean;
  begin(): CrmTransaction;
  nextKey(): CrmKey;
  row(key: CrmKey): CrmRow | null;
  withMatch(value: string): CrmKey[];
  dump(): TableDump;
  /** The database is what it was: also the keys and transactions it gives out next. What was open is gone. */
  restore(dump: TableDump): void;
  /** The newest transaction. */
  newest(): bigint;
}

export const matchForm = (value: string): string => value.trim().toLowerCase();

export function cellOf(value: Value): ColumnRaw {
  if (Array.isArray(value)) {
    const quoted = value.map((each) => `"${String(each).replace(/[\\"]/g, '\\$&')}"`);
    return { text: `{${quoted.join(',')}}`, json: value };
  }
  const text =
    value === null ? null : typeof value === 'object' ? JSON.stringify(value) : String(value);
  return { text, json: text };
}

const valuesOf = (cells: Cells): Values =>
  Object.fromEntries(Object.entries(cells).map(([name, { json }]) => [name, json as Value]));

export const cellsOf = (values: Values): Cells =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, cellOf(value)]));

/** What the table and its transactions share. */
interface Shelf {
  readonly options: CrmTableOptions;
  readonly rows: Map<CrmKey, Cells>;
  readonly log: LogEntry[];
  /** What each open transaction has changed, by its id. */
  readonly open: Map<bigint, Map<CrmKey, Cells | null>>;
  /** When each open transaction began. */
  readonly begun: Map<bigint, number>;
  readonly stamps: Map<CrmKey, Stamp>;
  xids: bigint;
  seqs: bigint;
  keys: number;
}

const nextKey = (shelf: Shelf): CrmKey => String((shelf.keys += 1)) as CrmKey;

function begin(shelf: Shelf): CrmTransaction {
  const { options, rows, log, open, begun, stamps } = shelf;
  const empty = Object.fromEntries(options.columns.map((column) => [column, null]));
  const xid = (shelf.xids += 1n);
  const overlay = new Map<CrmKey, Cells | null>();
  const logged: LogEntry[] = [];
  const beganAt = options.now();
  open.set(xid, overlay);
  begun.set(xid, beganAt);
  const note = (key: CrmKey, isDelete = false): void => {
    logged.push({ xid, seq: (shelf.seqs += 1n), at: options.now(), key, isDelete });
  };
  const put = (key: CrmKey, before: Cells | null, values: Values): void => {
    const wanted = { ...empty, ...(before === null ? {} : valuesOf(before)), ...values };
    const cells = cellsOf(options.trigger(wanted));
    const refusal = options.refuse(valuesOf(cells));
    if (refusal !== null) {
      throw new RowRefusal(refusal);
    }
    overlay.set(key, cells);
    if (before === null || isChanged(before, cells)) note(key);
  };
  const own = (key: CrmKey): Cells | null =>
    overlay.has(key) ? (overlay.get(key) ?? null) : (rows.get(key) ?? null);
  return {
    update: (key, values) => {
      const before = own(key as CrmKey);
      if (before !== null) put(key as CrmKey, before, values);
    },
    insert: (values, wanted) => {
      const key = (wanted ?? nextKey(shelf)) as CrmKey;
      put(key, null, values);
      return key;
    },
    remove: (key) => {
      if (own(key as CrmKey) === null) return;
      overlay.set(key as CrmKey, null);
      note(key as CrmKey, true);
    },
    commit: () => {
      open.delete(xid);
      begun.delete(xid);
      for (const [key, cells] of overlay) {
        if (cells === null) {
          rows.delete(key);
          stamps.delete(key);
        } else {
          rows.set(key, cells);
          stamps.set(key, { at: beganAt, xid });
        }
      }
      log.push(...logged);
    },
  };
}

export function createCrmTable(options: CrmTableOptions): CrmTable {
  const shelf = shelfOf(options);
  const { rows, log, open, begun, stamps } = shelf;
  return {
    options,
    rows,
    log,
    stamps,
    oldestOpen: () => (begun.size === 0 ? null : Math.min(...begun.values())),
    horizon: () => [...open.keys()].reduce((a, b) => (b < a ? b : a), shelf.xids + 1n),
    isLocked: (key) => [...open.values()].some((overlay) => overlay.has(key)),
    begin: () => begin(shelf),
    nextKey: () => nextKey(shelf),
    row: (key) => {
      const columns = rows.get(key);
      return columns === undefined ? null : { key, columns };
    },
    withMatch: (value) =>
      [...rows]
        .filter(
          ([, cells]) => matchForm(cells[options.matchColumn]?.text ?? '') === matchForm(value),
        )
        .map(([key]) => key)
        .filter(() => matchForm(value) !== ''),
    dump: () => ({
      rows: [...rows],
      log: log.map(({ xid, seq, ...entry }) => ({ ...entry, xid: String(xid), seq: String(seq) })),
      xids: String(shelf.xids),
      seqs: String(shelf.seqs),
      keys: shelf.keys,
    }),
    restore: (dump) => restore(shelf, dump),
    newest: () => shelf.xids,
  };
}

function restore(shelf: Shelf, dump: TableDump): void {
  const { rows, log, xids, seqs, keys } = shelfOf({ ...shelf.options, resumed: dump });
  for (const part of [shelf.rows, shelf.open, shelf.begun, shelf.stamps]) part.clear();
  for (const [key, cells] of rows) shelf.rows.set(key, cells);
  shelf.log.splice(0, shelf.log.length, ...log);
  Object.assign(shelf, { xids, seqs, keys });
}

function shelfOf(options: CrmTableOptions): Shelf {
  const { resumed } = options;
  const log = (resumed?.log ?? []).map(({ xid, seq, ...entry }) => ({
    ...entry,
    xid: BigInt(xid),
    seq: BigInt(seq),
  }));
  return {
    options,
    rows: new Map(resumed?.rows),
    log,
    open: new Map(),
    begun: new Map(),
    stamps: new Map(),
    xids: BigInt(resumed?.xids ?? 5),
    seqs: BigInt(resumed?.seqs ?? 0),
    keys: resumed?.keys ?? 0,
  };
}

/** SQLSTATE class 23: the database refuses a row. */
export class RowRefusal extends Error {}

const isChanged = (before: Cells, after: Cells): boolean =>
  Object.keys({ ...before, ...after }).some((name) => before[name]?.text !== after[name]?.text);
