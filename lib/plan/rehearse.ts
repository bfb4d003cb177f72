/**
 * A dress rehearsal of a sync: the flow itself (identify, judge, brakes' counting, writing, settling) runs between copies of
 * both ends and of the memory. Reads go through to the real ones; every write stays in the scratch database. So a
 * plan cannot judge otherwise than the sync, and has nothing in hand to write with.
 *
 *   list the app, spilled → its records in pages → the CRM's rows nobody met so → whoever was set aside, once more
 */
import type { SyncConfig } from '../config/model.ts';
import { NO_CAPS } from '../engine/caps.ts';
import { forgetRetired, NO_RETIREMENT, retire } from '../engine/retirement.ts';
import { mapOf } from '../engine/sync-map.ts';
import type { CrmKey, RecordState, RemoteId } from '../engine/model.ts';
import type { Json } from '../engine/value.ts';
import { applyPage } from '../flow/apply.ts';
import type { SyncContext } from '../flow/context.ts';
import { identify } from '../flow/identify.ts';
import { checkEnds } from '../flow/open-sync.ts';
import { laneMessages } from '../flow/route.ts';
import type { AppObservation, PullPage } from '../ports/app.ts';
import type { Clock, RandomId } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { LaneMessage, Reference } from '../ports/messages.ts';
import type { Checkpoint, StateStore, Unmatched } from '../ports/state.ts';
import {
  ambiguousOf,
  countMet,
  isMet,
  MET_SCHEMA,
  noteMet,
  outcomesOf,
  tellOf,
  type Rehearsed,
} from './met.ts';
import { APP_SCHEMA } from './app-shelf.ts';
import { askPatiently } from './patience.ts';
import { openScratch, type Scratch } from './scratch.ts';
import { createScratchApp, type AppCalls, type AppSource, type ScratchApp } from './scratch-app.ts';
import { createScratchCrm, CRM_SCHEMA, type CrmSource, type ScratchCrm } from './scratch-crm.ts';
import {
  createScratchState,
  STATE_SCHEMA,
  type ScratchState,
  type StateSource,
} from './scratch-state.ts';

/** What a plan reads. None of it can write: the types leave that out. */
export interface PlanSources {
  readonly sync: SyncConfig;
  readonly crm: CrmSource;
  readonly app: AppSource;
  readonly state: StateSource & Pick<StateStore, 'loadCheckpoint' | 'loadBook' | 'loadHealth'>;
  readonly clock: Clock;
  readonly random: RandomId;
}

export interface RehearsalProgress {
  readonly stage: 'listing' | 'app' | 'crm' | 'again';
  /** Records listed or judged in this stage. */
  readonly done: number;
  /** As far as it is known. */
  readonly total: number | null;
}

export interface RehearsalOptions {
  readonly onProgress?: (progress: RehearsalProgress) => void;
  readonly signal?: AbortSignal;
  /** Records to a page. @default 500 */
  readonly pageMax?: number;
}

export interface Rehearsal {
  /** How many were judged, rows of the CRM and records of the app that would get one. */
  readonly records: number;
  readonly listed: number;
  readonly listCalls: number;
  readonly listMs: number;
  readonly calls: AppCalls;
  /** Records of the app nobody looked at because they have no row and are to get none. */
  readonly alone: { readonly count: number; readonly samples: readonly AppObservation[] };
  /** In the order in which they were met. */
  outcomes(): Iterable<Rehearsed>;
  ambiguous(): Iterable<Unmatched>;
  close(): void;
}

const PAGE = 500;
const WALK_PAGE = 2_000;
/** A record that asks for more rounds than this within its page is left as it is. */
const ROUNDS_MAX = 30;
/** How often a record that was set aside is looked at again. */
const LATER_MAX = 20_000;
const SAMPLES = 3;

const SILENT: Log = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  count: () => undefined,
};

interface Stage {
  readonly context: SyncContext;
  readonly options: RehearsalOptions;
  readonly scratch: Scratch;
  readonly state: ScratchState;
  readonly crm: ScratchCrm;
  readonly app: ScratchApp;
  readonly source: PlanSources;
  /** As the rehearsal takes it; null: the sync never worked. */
  readonly checkpoint: Checkpoint | null;
  /** What the flow has sent to its lanes and nobody has worked yet. */
  readonly sent: LaneMessage[];
  readonly run: string;
  readonly tell: (stage: RehearsalProgress['stage'], done: number, total: number | null) => void;
  /** How far the rehearsal's clock is ahead: whoever waits need not be waited for. */
  ahead: { ms: number };
}

export async function rehearse(
  source: PlanSources,
  options: RehearsalOptions = {},
): Promise<Rehearsal> {
  // What was told to such an app stands in its ledger; without one nobody knows.
  if (source.app.capabilities.delta === 'none' && source.app.ledger === undefined)
    throw new Error(
      `${source.sync.app} cannot be read back, so there is nothing to compare: only the sync itself knows what it would send.`,
    );
  const scratch = openScratch([...STATE_SCHEMA, ...APP_SCHEMA, ...CRM_SCHEMA, ...MET_SCHEMA]);
  try {
    const stage = await setStage(source, options, scratch);
    const other = await checkEnds(stage.context, stage.checkpoint);
    if (other !== null) throw new Error(`${source.sync.spec.name}: ${other.reason}`);
    const spilled = await spillListing(stage);
    const alone = await judgeListed(stage, spilled.listed);
    await judgeRows(stage);
    await judgeLater(stage);
    return {
      records: countMet(scratch),
      ...spilled,
      calls: stage.app.calls,
      alone,
      outcomes: () => outcomesOf(scratch),
      ambiguous: () => ambiguousOf(scratch),
      close: () => scratch.close(),
    };
  } catch (error) {
    scratch.close();
    throw error;
  }
}

async function setStage(
  source: PlanSources,
  options: RehearsalOptions,
  scratch: Scratch,
): Promise<Stage> {
  const { spec } = source.sync;
  // As if it might write, and as if no brake held: those are asked once for the sum of it.
  const sync: SyncConfig = { ...source.sync, write: true, brakes: NO_CAPS };
  const [found, book, health] = await Promise.all([
    source.state.loadCheckpoint(spec.name),
    source.state.loadBook(spec.name),
    source.state.loadHealth(spec.name),
  ]);
  const ahead = { ms: 0 };
  const clock: Clock = { ...source.clock, now: () => source.clock.now() + ahead.ms };
  const checkpoint = found === null ? null : underThisMap(found, sync, clock.now());
  const sent: LaneMessage[] = [];
  const state = createScratchState({
    scratch,
    source: source.state,
    isNew: checkpoint === null,
    checkpoint,
    book,
    erasedAt: health.erasedAt,
    told: (key, { decisions }) => tellOf(scratch, key, decisions),
  });
  const crm = createScratchCrm({
    scratch,
    source: source.crm,
    columns: sync.columns,
    matchColumn: sync.match.column,
  });
  const app = createScratchApp({ scratch, source: source.app, spec, clock });
  const context: SyncContext = {
    sync,
    crm: crm.replica,
    app: app.replica,
    state: state.store,
    queue: {
      sendLane: (messages) => Promise.resolve(void sent.push(...messages)),
      sendPull: () => Promise.resolve(),
    },
    clock,
    random: source.random,
    log: SILENT,
    budget: { remainingMs: () => 60_000 },
  };
  const tell: Stage['tell'] = (stage, done, total) => {
    options.signal?.throwIfAborted();
    options.onProgress?.({ stage, done, total });
  };
  const run = `plan ${source.random()}`;
  return {
    context,
    options,
    scratch,
    state,
    crm,
    app,
    source,
    checkpoint,
    sent,
    run,
    tell,
    ahead,
  };
}

/** The plan of a changed map: as the round would begin that takes it over. */
function underThisMap(checkpoint: Checkpoint, sync: SyncConfig, now: number): Checkpoint {
  const map = mapOf(sync.spec, sync.functions);
  const retirement = retire(checkpoint.retirement, { old: checkpoint.map, next: map }, now);
  return { ...checkpoint, map, retirement, writes: true, backfill: null };
}

async function spillListing({ source, app, tell, context }: Stage) {
  let cursor: Json = null;
  const beganAt = source.clock.now();
  let [listed, listCalls] = [0, 0];
  const listFrom = (from: Json) => () => source.app.list(from, context.budget);
  for (;;) {
    const page: PullPage = await askPatiently(source.clock, listFrom(cursor));
    app.spill(page.observations);
    listed += page.observations.length;
    listCalls += 1;
    tell('listing', listed, null);
    if (page.done) return { listed, listCalls, listMs: source.clock.now() - beganAt };
    ({ cursor } = page);
  }
}

async function judgeListed(stage: Stage, total: number): Promise<Rehearsal['alone']> {
  const { app, context, options } = stage;
  const samples: AppObservation[] = [];
  let [after, done, count] = [0, 0, 0];
  for (;;) {
    const page = app.listedAfter(after, options.pageMax ?? PAGE);
    const last = page.at(-1);
    if (last === undefined) return { count, samples };
    const observations = page.map(({ observed }) => observed);
    const refs = await identify(context, observations, app.shared);
    const known = new Set(refs.map(({ observed }) => observed?.remoteId));
    for (const observed of observations) {
      if (known.has(observed.remoteId) || observed.existence !== 'present') continue;
      if (isListed(stage, observed.remoteId)) continue;
      count += 1;
      if (samples.length < SAMPLES) samples.push(observed);
    }
    await workPage(stage, refs);
    after = last.seq;
    done += page.length;
    stage.tell('app', done, total);
  }
}

/** A person must say whose it is: counted there. */
const isListed = ({ scratch }: Stage, id: RemoteId | null): boolean =>
  scratch.first('select id from unmatched where id = ?', id) !== undefined;

async function judgeRows(stage: Stage): Promise<void> {
  const { context, options } = stage;
  let [after, done]: [CrmKey | null, number] = [null, 0];
  for (;;) {
    const keys = await context.crm.walk(after, WALK_PAGE);
    const unmet = keys.filter((key) => !isMet(stage.scratch, key));
    const pageMax = options.pageMax ?? PAGE;
    for (let from = 0; from < unmet.length; from += pageMax) {
      const page = unmet.slice(from, from + pageMax).filter((key) => !isMet(stage.scratch, key));
      await workPage(stage, await refsOf(stage, page));
    }
    done += keys.length;
    stage.tell('crm', done, null);
    const last = keys.at(-1);
    if (last === undefined || keys.length < WALK_PAGE) return;
    after = last;
  }
}

/**
 * Rows whose partner the listing did not show are looked at, for that proves nothing. Strangers to both our
 * memory and the listing are not, as in a first sync; and who is in quarantine stays there until something changes.
 */
async function refsOf(
  { context, app, crm }: Stage,
  keys: readonly CrmKey[],
): Promise<readonly Reference[]> {
  const { state, sync } = context;
  const [known, rows] = await Promise.all([state.load(sync.spec.name, keys), crm.original(keys)]);
  return keys.map((key) => {
    const record = known.get(key)?.state;
    if (record?.parking?.kind === 'quarantined') return { key };
    // Where nobody can be looked at, a look would be another telling.
    if (context.app.ledger !== undefined) return { key };
    const match = rows.get(key)?.columns[sync.match.column]?.text ?? null;
    const isStranger =
      record === undefined &&
      (match === null || app.original({ remoteId: null, match }) === undefined);
    return isStranger ? { key } : { key, look: true };
  });
}

/** Who was set aside for some seconds is looked at when those are over. */
async function judgeLater(stage: Stage): Promise<void> {
  const { state, context, ahead } = stage;
  for (let count = 0; count < LATER_MAX; count += 1) {
    const due = state.firstDue();
    if (due === null) return;
    ahead.ms += Math.max(0, due.at - context.clock.now() + 1);
    await workPage(stage, [{ key: due.key, look: true }]);
    if (count % 100 === 0) stage.tell('again', count, null);
  }
}

/** Works references as the lanes would, and whatever these ask for on the way, until nothing is left. */
async function workPage(stage: Stage, refs: readonly Reference[]): Promise<void> {
  const { context, sent, state, run } = stage;
  const met = new Map<CrmKey, AppObservation | null>();
  sent.push(...laneMessages(context, { refs, position: {}, run }));
  for (let round = 0; round < ROUNDS_MAX && sent.length > 0; round += 1) {
    for (const message of sent.splice(0)) {
      for (const { key, observed } of message.refs) {
        if (!met.has(key)) met.set(key, observed ?? null);
      }
      await applyPage(context, [{ message, receiveCount: 1 }]);
      const { cooling, halted } = state.health();
      const trouble = halted ?? cooling;
      if (trouble !== null) throw new Error(`The plan is not complete: ${trouble.reason}`);
    }
  }
  sent.length = 0;
  const retirement = stage.checkpoint?.retirement ?? NO_RETIREMENT;
  const asKnown = (record: RecordState | undefined): RecordState | undefined =>
    record === undefined ? record : forgetRetired(record, retirement, context.clock.now());
  await noteMet({ sync: context.sync, asKnown, ...stage }, met);
  state.nextPage();
  stage.crm.nextPage();
}
