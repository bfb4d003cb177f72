/**
 * Carrying an accepted plan out: its records go to their lanes as orders, page by page. Killed in the middle it is
 * simply begun again: whoever is done has nothing left to do.
 *
 *   read the plan into a scratch database → list the app: orders with a record there → all the others
 */
import type { CrmKey, RemoteId } from '../engine/model.ts';
import type { Json } from '../engine/value.ts';
import type { SyncContext } from '../flow/context.ts';
import { identify } from '../flow/identify.ts';
import type { AppObservation, PullPage } from '../ports/app.ts';
import type { PlanExcuse } from '../ports/state.ts';
import { createMatchForm } from './match-form.ts';
import { askPatiently } from './patience.ts';
import type { PlannedRecord } from './planned-record.ts';
import { isProvisional } from './scratch-crm.ts';
import { openScratch, type Scratch } from './scratch.ts';
import {
  createSender,
  Stopped,
  type Dispatch,
  type SendOptions,
  type SendOrders,
} from './send-orders.ts';

export interface CarryOptions extends SendOptions {
  readonly onProgress?: (progress: CarryProgress) => void;
  /** Each record that was not done, as it becomes known. */
  readonly onExcuse?: (excuse: CarryExcuse) => void;
  /** Orders to a page. @default 200 */
  readonly pageMax?: number;
}

export interface CarryProgress {
  readonly done: number;
  readonly total: number;
}

export interface CarryExcuse extends PlanExcuse {
  readonly kind: 'moved' | 'failed';
}

export interface Carried {
  readonly orders: number;
  readonly applied: number;
  /** Nothing was left to do for them. */
  readonly already: number;
  readonly moved: number;
  readonly failed: number;
  /** Why it stopped before its end; null: it did not. */
  readonly stopped: string | null;
}

const SCHEMA = [
  'create table planned (seq integer primary key, remote text, match text, is_sent int not null default 0, json text not null)',
  'create index planned_remote on planned (remote) where remote is not null',
  'create index planned_match on planned (match) where match is not null and remote is null',
  'create index planned_open on planned (seq) where is_sent = 0',
];

const PAGE = 200;

interface Errand {
  readonly context: SyncContext;
  readonly options: CarryOptions;
  readonly scratch: Scratch;
  readonly send: SendOrders;
  readonly counts: Counts;
}

interface Counts {
  orders: number;
  applied: number;
  already: number;
  moved: number;
  failed: number;
}

export async function carryOut(
  context: SyncContext,
  records: AsyncIterable<PlannedRecord>,
  options: CarryOptions,
): Promise<Carried> {
  const scratch = openScratch(SCHEMA);
  const counts: Counts = { orders: 0, applied: 0, already: 0, moved: 0, failed: 0 };
  const errand = { context, options, scratch, counts, send: createSender(context, options) };
  try {
    await takeIn(errand, records);
    await sendListed(errand);
    await sendOthers(errand);
    return { ...counts, stopped: null };
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    return { ...counts, stopped: error.message };
  } finally {
    scratch.close();
  }
}

/** Only what is to be done: of the others the plan said why not. */
async function takeIn(
  { scratch, counts, context }: Errand,
  records: AsyncIterable<PlannedRecord>,
): Promise<void> {
  const formOf = createMatchForm(context.sync.spec);
  for await (const record of records) {
    if (record.deeds.length === 0 && !record.link) continue;
    counts.orders += 1;
    scratch.run(
      'insert into planned (remote, match, json) values (?, ?, ?)',
      record.remoteId,
      formOf(record.name),
      JSON.stringify(record),
    );
  }
}

interface PlannedRow {
  readonly seq: number;
  readonly json: string;
}

const recordOf = ({ json }: PlannedRow): PlannedRecord => JSON.parse(json) as PlannedRecord;

/** Orders whose record the app lists travel with what was just seen of it, as in any round. */
async function sendListed(errand: Errand): Promise<void> {
  const { context } = errand;
  const listFrom = (from: Json) => () => context.app.list(from, context.budget);
  let cursor: Json = null;
  for (;;) {
    const page: PullPage = await askPatiently(context.clock, listFrom(cursor));
    await sendAll(errand, await dispatchesOf(errand, page.observations));
    if (page.done) return;
    ({ cursor } = page);
  }
}

async function dispatchesOf(
  errand: Errand,
  observations: readonly AppObservation[],
): Promise<readonly Dispatch[]> {
  const wanted = new Map<RemoteId, PlannedRow>();
  for (const observed of observations) {
    const row = orderFor(errand, observed);
    if (row !== undefined && observed.remoteId !== null) wanted.set(observed.remoteId, row);
  }
  const named = observations.filter(({ remoteId }) => remoteId !== null && wanted.has(remoteId));
  const refs = await identify(errand.context, named);
  const found: Dispatch[] = [];
  for (const ref of refs) {
    const id = ref.observed?.remoteId as RemoteId;
    const row = wanted.get(id) as PlannedRow;
    wanted.delete(id);
    const record = recordOf(row);
    if (isProvisional(record.key) || ref.key === record.key)
      found.push({ seq: row.seq, ref, record });
    else excuse(errand, row, `the app’s record belongs to CRM row ${ref.key} now`);
  }
  for (const row of wanted.values())
    excuse(errand, row, 'it cannot be told any more which row the app’s record belongs to');
  return found;
}

/** The order for a record of the app: by its id, or, for one that was to be made, by its match value. */
function orderFor(
  { context, scratch }: Errand,
  { remoteId, raw }: AppObservation,
): PlannedRow | undefined {
  if (remoteId === null) return undefined;
  const byId = scratch.first<PlannedRow>(
    'select seq, json from planned where remote = ? and is_sent = 0',
    remoteId,
  );
  if (byId !== undefined) return byId;
  const { spec, match: shown } = context.sync;
  const match = createMatchForm(spec)(raw[shown.path]);
  if (match === null) return undefined;
  return scratch.first<PlannedRow>(
    'select seq, json from planned where match = ? and remote is null and is_sent = 0',
    match,
  );
}

function excuse({ scratch, counts, options }: Errand, row: PlannedRow, reason: string): void {
  markSent(scratch, row.seq);
  counts.moved += 1;
  options.onExcuse?.({ kind: 'moved', key: recordOf(row).key, reason });
}

const markSent = (scratch: Scratch, seq: number): void =>
  scratch.run('update planned set is_sent = 1 where seq = ?', seq);

async function sendOthers(errand: Errand): Promise<void> {
  const { scratch, options } = errand;
  for (;;) {
    const rows = scratch.all<PlannedRow>(
      'select seq, json from planned where is_sent = 0 order by seq limit ?',
      options.pageMax ?? PAGE,
    );
    if (rows.length === 0) return;
    await sendAll(
      errand,
      rows.flatMap((row) => dispatchOf(errand, row) ?? []),
    );
  }
}

/** Strangers to the app's listing are made without a look, as in any first sync; others are looked at. */
function dispatchOf(errand: Errand, row: PlannedRow): Dispatch | null {
  const record = recordOf(row);
  if (isProvisional(record.key)) {
    excuse(errand, row, 'the app does not list the record any more');
    return null;
  }
  const isCreate = record.deeds.some(({ kind }) => kind === 'create-app');
  const ref = isCreate ? { key: record.key } : { key: record.key, look: true };
  return { seq: row.seq, ref, record };
}

async function sendAll(errand: Errand, dispatches: readonly Dispatch[]): Promise<void> {
  const { scratch, counts, options, send } = errand;
  const pageMax = options.pageMax ?? PAGE;
  for (let from = 0; from < dispatches.length; from += pageMax) {
    if (options.signal?.aborted === true) throw new Stopped('stopped by you');
    const page = dispatches.slice(from, from + pageMax);
    const planned = new Map<CrmKey, CrmKey>(page.map(({ ref, record }) => [ref.key, record.key]));
    const answered = await send(page);
    for (const { seq } of page) markSent(scratch, seq);
    counts.applied += answered.applied;
    counts.already += answered.already;
    counts.moved += answered.moved.length;
    counts.failed += answered.failed.length;
    for (const kind of ['moved', 'failed'] as const) {
      for (const { key, reason } of answered[kind])
        options.onExcuse?.({ kind, key: planned.get(key) ?? key, reason });
    }
    const { orders, applied, already, moved, failed } = counts;
    options.onProgress?.({ done: applied + already + moved + failed, total: orders });
  }
}
