/**
 * Which records an undo concerns, and its orders on their way. History lies by record, so those of a run are found by a
 * walk over our memory: it asks no end, and reads the history only of records we have written to.
 */
import type { CrmKey } from '../engine/model.ts';
import type { ExplainContext } from '../flow/explain.ts';
import { UNDO_RUN } from '../flow/apply-planned.ts';
import type { SyncContext } from '../flow/context.ts';
import { mapCode, mapOf } from '../engine/sync-map.ts';
import type { HistoryEntry } from '../ports/state.ts';
import type { PlannedRecord } from './planned-record.ts';
import { planUndo, type UndoBy, type UndoPlan, type UndoRefusal } from './plan-undo.ts';
import { createSender, Stopped, type Dispatch } from './send-orders.ts';
import { hasWrite, wishOf } from './undo-wish.ts';

const PAGE = 100;

/** The newest entry of a record that wrote something of it, or of one field; as a list of one, or of none. */
export async function lastWrite(
  { state, sync }: Pick<ExplainContext, 'state' | 'sync'>,
  key: CrmKey,
  field: string | null,
): Promise<readonly HistoryEntry[]> {
  let cursor: string | null = null;
  do {
    const page = await state.readPage(sync.spec.name, key, { cursor, limit: PAGE });
    const found = page.entries.find((entry) => hasWrite(entry, field));
    if (found !== undefined) return [found];
    ({ cursor } = page);
  } while (cursor !== null);
  return [];
}

/** All entries of one run about a record, newest first. */
async function entriesOf(
  { state, sync }: Pick<ExplainContext, 'state' | 'sync'>,
  key: CrmKey,
  run: string,
): Promise<readonly HistoryEntry[]> {
  const entries: HistoryEntry[] = [];
  let cursor: string | null = null;
  do {
    const page = await state.readPage(sync.spec.name, key, { cursor, limit: PAGE });
    entries.push(...page.entries.filter((entry) => entry.run === run && hasWrite(entry, null)));
    ({ cursor } = page);
  } while (cursor !== null);
  return entries;
}

/** So many histories are read at once. */
const AT_ONCE = 16;

/** The records a run has written to, with its entries. Nothing grows with the table: they are handed on as they are found. */
export async function* recordsOfRun(
  context: Pick<ExplainContext, 'state' | 'sync'>,
  run: string,
): AsyncGenerator<UndoSource> {
  const { state, sync } = context;
  let cursor: string | null = null;
  do {
    const page = await state.scan(sync.spec.name, cursor, PAGE);
    const keys = page.records.flatMap(({ state: { key, wroteAt } }) =>
      wroteAt === null ? [] : [key],
    );
    for (let from = 0; from < keys.length; from += AT_ONCE) {
      const part = keys.slice(from, from + AT_ONCE);
      const found = await Promise.all(part.map((key) => entriesOf(context, key, run)));
      for (const [index, entries] of found.entries()) {
        const key = part[index];
        if (key !== undefined && entries.length > 0) yield { key, entries };
      }
    }
    ({ cursor } = page);
  } while (cursor !== null);
}

export interface UndoSource {
  readonly key: CrmKey;
  readonly entries: readonly HistoryEntry[];
}

/** One record after the other, as they are found: nobody holds a run. */
export async function* planUndos(
  context: ExplainContext,
  sources: AsyncIterable<UndoSource>,
  { field, ...by }: UndoBy & { readonly field: string | null },
): AsyncGenerator<UndoPlan> {
  for await (const { key, entries } of sources) {
    const wish = wishOf(context.sync.spec.fields, entries, field);
    if (wish !== null) yield await planUndo(context, key, wish, by);
  }
}

export interface Undone {
  readonly run: string;
  readonly orders: number;
  readonly applied: number;
  readonly already: number;
  /** Each at most `TOLD_MAX` long; nobody reads more. */
  readonly moved: readonly UndoRefusal[];
  readonly failed: readonly UndoRefusal[];
  /** Why it stopped before its end; null: it did not. */
  readonly stopped: string | null;
}

/** Of a run that wrote to a million records so many refusals and plans are kept and told one by one. */
export const TOLD_MAX = 20_000;

export interface UndoSending {
  /** Of this undo; its run is named by it. */
  readonly id: string;
  readonly pollMs: number;
  readonly silenceMaxMs: number;
  readonly signal?: AbortSignal;
}

const ORDERS_AT_ONCE = 200;

export async function sendUndo(
  context: SyncContext,
  records: AsyncIterable<PlannedRecord>,
  { id, ...sending }: UndoSending,
): Promise<Undone> {
  const { sync } = context;
  const run = `${UNDO_RUN}${id}`;
  const code = mapCode(mapOf(sync.spec, sync.functions));
  const send = createSender(context, { ...sending, planId: run, attempt: '1', code });
  const counts = { orders: 0, applied: 0, already: 0 };
  const told = { moved: [] as UndoRefusal[], failed: [] as UndoRefusal[] };
  try {
    for await (const page of inPages(records)) {
      if (sending.signal?.aborted === true) throw new Stopped('stopped by you');
      counts.orders += page.length;
      const answered = await send(page.map(dispatchOf));
      counts.applied += answered.applied;
      counts.already += answered.already;
      for (const kind of ['moved', 'failed'] as const)
        for (const { key, reason } of answered[kind].slice(0, TOLD_MAX - told[kind].length))
          told[kind].push({ key, field: null, reason });
    }
    return { run, ...counts, ...told, stopped: null };
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    return { run, ...counts, ...told, stopped: error.message };
  }
}

async function* inPages(
  records: AsyncIterable<PlannedRecord>,
): AsyncGenerator<readonly PlannedRecord[]> {
  let page: PlannedRecord[] = [];
  for await (const record of records) {
    page.push(record);
    if (page.length < ORDERS_AT_ONCE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

const dispatchOf = (record: PlannedRecord, seq: number): Dispatch => ({
  seq,
  ref: { key: record.key, look: true },
  record,
});
