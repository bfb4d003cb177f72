/**
 * The backfill: list the app (one that cannot be asked for a value first for its match values alone), then walk the CRM, at most one page outstanding per lane, so that a live
 * change waits for one page and never for the backlog. New checkpoints were taken before it began;
 * what changes meanwhile is live traffic. After a time of only looking our memory is walked as well: what
 * was to be done about records that neither end shows any more stands nowhere else.
 */
import { laneOf } from '../engine/hash.ts';
import type { CrmKey } from '../engine/model.ts';
import type { Json } from '../engine/value.ts';
import type { LaneMessage, PullMessage, Reference } from '../ports/messages.ts';
import type { Outcome } from '../ports/outcome.ts';
import type { Backfill, LaneWalk } from '../ports/state.ts';
import { compareListed } from './compare.ts';
import type { SyncContext } from './context.ts';
import type { Trouble } from './health.ts';
import { identify } from './identify.ts';
import { isBlindToDeletes, listMemory } from './leftovers.ts';
import { isListedForValues, sharedIn, stepMatchValues } from './match-values.ts';
import { rememberNobodys } from './remember-seen.ts';
import { chunk, laneMessages, pageRefs } from './route.ts';
import { sweepMembers } from './sweep-members.ts';
import { firstPlace, sweepRows, type SweepPlace } from './sweep-rows.ts';

/** A page that nobody reported for this long is sent again: its message may have ended in the dead-letter queue. */
const SILENCE_MAX_MS = 15 * 60_000;
const WALK_PAGE = 2_000;

export type PageDone = Extract<PullMessage, { kind: 'page-done' }>;

export interface BackfillStep {
  /** Null when the backfill is over. */
  readonly backfill: Backfill | null;
  readonly routed: number;
  readonly trouble: Trouble | null;
  /** Time was over before the lanes had to report. */
  readonly hasMore: boolean;
  /** As it was when it came to its end. */
  readonly ended?: Backfill;
}

/** One that takes the place of another takes its duties over. */
export function startBackfill(
  context: SyncContext,
  reason: string,
  before: Backfill | null,
): Backfill {
  const now = context.clock.now();
  const walk: LaneWalk = { from: null, next: null, page: 0, isOutstanding: false, isDone: false };
  return {
    id: context.random(),
    reason,
    startedAt: now,
    routed: 0,
    sentAt: now,
    phase: isListedForValues(context) ? 'match-values' : 'app',
    listing: { from: null, next: null, page: 0, isLast: false, awaiting: [] },
    walks: Array.from({ length: context.sync.lanes }, () => walk),
    ...(before?.leftovers === true ? { leftovers: true } : {}),
    ...(isBlindToDeletes(context) ? { absences: true } : {}),
  };
}

/** Takes the lanes' reports in and sends whatever pages may go now, while there is time. */
export async function stepBackfill(
  context: SyncContext,
  before: Backfill,
  done: readonly PageDone[],
  isOver: () => boolean,
): Promise<BackfillStep> {
  const isSilent = context.clock.now() - before.sentAt > SILENCE_MAX_MS;
  let backfill = done.reduce(takeReport, isSilent ? rewind(before) : before);
  let routed = 0;
  const told = (step: BackfillStep): BackfillStep => ({
    ...step,
    routed,
    backfill:
      step.backfill === null ? null : { ...step.backfill, routed: (before.routed ?? 0) + routed },
  });
  for (;;) {
    const step = await stepPhase(context, backfill, isOver);
    routed += step.routed;
    if (step.backfill === null) return told({ ...step, ended: backfill });
    if (step.trouble !== null) return told(step);
    if (step.backfill === backfill) return told(step);
    if (isOver()) return told({ ...step, hasMore: true });
    ({ backfill } = step);
  }
}

/** As far as the lanes allow; the same backfill when they must report first. */
async function stepPhase(
  context: SyncContext,
  backfill: Backfill,
  isOver: () => boolean,
): Promise<BackfillStep> {
  const { phase, listing } = backfill;
  const stay: BackfillStep = { backfill, routed: 0, trouble: null, hasMore: false };
  if (phase === 'match-values')
    return { ...stay, ...(await stepMatchValues(context, backfill, isOver)) };
  if (phase === 'crm') {
    const sent = await walkLanes(context, backfill);
    const isWalked = sent.backfill.walks.every((walk) => walk.isDone && !walk.isOutstanding);
    return { ...stay, ...sent, backfill: isWalked ? afterCrm(sent.backfill) : sent.backfill };
  }
  if (listing.awaiting.length > 0) return stay;
  if (!listing.isLast) return listPage(context, backfill);
  return { ...stay, backfill: afterListing(context, backfill) };
}

function afterListing({ app }: SyncContext, backfill: Backfill): Backfill | null {
  if (backfill.phase === 'app') return { ...backfill, phase: 'crm' };
  if (backfill.phase !== 'sweep-rows' || app.ledger !== undefined) return null;
  const { tally } = backfill.listing.next as unknown as SweepPlace;
  const listing = { ...backfill.listing, next: firstPlace(tally), isLast: false, awaiting: [] };
  return { ...backfill, phase: 'sweep-members', listing: { ...listing, from: listing.next } };
}

/** The walk through our memory is a listing like that of the app; its pages go on counting. */
function afterCrm(backfill: Backfill): Backfill | null {
  if (backfill.leftovers !== true && backfill.absences !== true) return null;
  const listing = { ...backfill.listing, from: null, next: null, isLast: false, awaiting: [] };
  return { ...backfill, phase: 'memory', listing };
}

function takeReport(backfill: Backfill, { backfill: id, lane, page }: PageDone): Backfill {
  if (id !== backfill.id) return backfill;
  if (backfill.phase !== 'crm') {
    const { listing } = backfill;
    if (page !== listing.page) return backfill;
    const awaiting = listing.awaiting.filter((each) => each !== lane);
    return { ...backfill, listing: { ...listing, awaiting } };
  }
  const walks = backfill.walks.map((walk, index) =>
    index === lane && walk.page === page
      ? { ...walk, from: walk.next, isOutstanding: false }
      : walk,
  );
  return { ...backfill, walks };
}

/** Outstanding pages go again from where they began: their references were handed back, or their message was lost. */
export function rewind(backfill: Backfill): Backfill {
  const { listing } = backfill;
  return {
    ...backfill,
    listing:
      backfill.phase !== 'crm' && listing.awaiting.length > 0
        ? { ...listing, next: listing.from, isLast: false, awaiting: [] }
        : listing,
    walks: backfill.walks.map((walk) =>
      walk.isOutstanding ? { ...walk, next: walk.from, isOutstanding: false, isDone: false } : walk,
    ),
  };
}

async function listPage(context: SyncContext, backfill: Backfill): Promise<BackfillStep> {
  const { listing } = backfill;
  const outcome = await READ[backfill.phase](context, listing.next, backfill);
  if (outcome.kind !== 'ok') {
    const isUntried = outcome.kind === 'retry' && outcome.scope === 'budget';
    return isUntried
      ? { backfill, routed: 0, trouble: { ...outcome, scope: 'app', afterMs: 0 }, hasMore: false }
      : { backfill, routed: 0, trouble: outcome, hasMore: false };
  }
  const { refs, cursor, isLast } = outcome.value;
  const page = listing.page + 1;
  const messages = tagLast(
    laneMessages(context, { refs, position: {}, run: backfill.id }),
    backfill.id,
    page,
  );
  if (messages.length > 0) await context.queue.sendLane(messages);
  return {
    backfill: {
      ...backfill,
      sentAt: context.clock.now(),
      listing: {
        from: listing.next,
        next: cursor,
        page,
        isLast,
        awaiting: [...new Set(messages.map(({ lane }) => lane))],
      },
    },
    routed: refs.length,
    trouble: null,
    hasMore: false,
  };
}

/** A page of references, whatever was listed. `cursor` is the listing's own. */
export interface ListedPage {
  readonly refs: readonly Reference[];
  readonly cursor: Json;
  readonly isLast: boolean;
}

type Read = (
  context: SyncContext,
  cursor: Json,
  backfill: Backfill,
) => Promise<Outcome<ListedPage>>;

const READ: Readonly<Record<Backfill['phase'], Read>> = {
  app: listApp,
  // These two have no pages of this kind: match-values.ts, and the CRM is walked lane by lane.
  'match-values': listApp,
  crm: listApp,
  memory: (context, cursor, backfill) => listMemory(context, backfill, cursor),
  compare: (context, cursor, backfill) => compareListed(context, backfill, cursor),
  'sweep-rows': (context, cursor, backfill) => sweepRows(context, backfill, cursor),
  'sweep-members': (context, cursor, backfill) => sweepMembers(context, backfill, cursor),
};

async function listApp(
  context: SyncContext,
  cursor: Json,
  backfill: Backfill,
): Promise<Outcome<ListedPage>> {
  const outcome = await context.app.list(cursor, context.budget);
  if (outcome.kind !== 'ok') return outcome;
  const { observations, cursor: next, done } = outcome.value;
  const refs = await identify(context, observations, sharedIn(context, backfill));
  await rememberNobodys(context, observations, refs);
  return { kind: 'ok', value: { refs, cursor: next, isLast: done } };
}

/** Of a page's messages to one lane only the last reports: lanes are served in order. */
function tagLast(messages: readonly LaneMessage[], id: string, page: number): LaneMessage[] {
  const lastOf = new Map(messages.map((message, index) => [message.lane, index]));
  return messages.map((message, index) => ({
    ...message,
    backfill: { id, page, last: lastOf.get(message.lane) === index },
  }));
}

async function walkLanes(
  context: SyncContext,
  backfill: Backfill,
): Promise<{ backfill: Backfill; routed: number }> {
  const walks = [...backfill.walks];
  if (walks.every(({ isOutstanding, isDone }) => isOutstanding || isDone))
    return { backfill, routed: 0 };
  let routed = 0;
  for (const [lane, walk] of walks.entries()) {
    if (walk.isOutstanding || walk.isDone) continue;
    const { keys, next, isEnd } = await laneKeys(context, lane, walk.next);
    const page = walk.page + 1;
    routed += keys.length;
    if (keys.length === 0 && backfill.rebuild === undefined) {
      walks[lane] = { ...walk, from: walk.next, next, isDone: true };
      continue;
    }
    await context.queue.sendLane(pageOf(context, backfill, { keys, lane, page, isEnd }));
    // Whoever replaces everybody must be told which page is the last; others find the end behind it.
    const isDone = isEnd && backfill.rebuild !== undefined;
    walks[lane] = { from: walk.next, next, page, isOutstanding: true, isDone };
  }
  return { backfill: { ...backfill, walks, sentAt: context.clock.now() }, routed };
}

interface WalkedPage {
  readonly keys: readonly CrmKey[];
  readonly lane: number;
  readonly page: number;
  readonly isEnd: boolean;
}

function pageOf(
  context: SyncContext,
  { id, rebuild: session }: Backfill,
  { keys, lane, page, isEnd }: WalkedPage,
): readonly LaneMessage[] {
  const refs: Reference[] = keys.map((key) => ({ key }));
  const parts = session !== undefined && refs.length === 0 ? [[]] : chunk(context, refs);
  const sync = context.sync.spec.name;
  const messages = parts.map((part) => ({ sync, lane, refs: part, position: {}, run: id }));
  const tagged = tagLast(messages, id, page);
  if (session === undefined) return tagged;
  return tagged.map((message) => {
    const rebuild = { session, isEnd: isEnd && message.backfill?.last === true };
    return { ...message, backfill: { id, page, last: message.backfill?.last === true, rebuild } };
  });
}

/** The next page of one lane's keys. Keys are read for all lanes and sifted: they are small, and lanes advance on their own. */
async function laneKeys(
  context: SyncContext,
  lane: number,
  after: string | null,
): Promise<{ keys: CrmKey[]; next: string | null; isEnd: boolean }> {
  const keysMax = pageRefs(context);
  const keys: CrmKey[] = [];
  let next = after;
  for (;;) {
    const read = await context.crm.walk(next as CrmKey | null, WALK_PAGE);
    for (const key of read) {
      next = key;
      if (laneOf(key, context.sync.lanes) === lane) keys.push(key);
      if (keys.length === keysMax) return { keys, next, isEnd: false };
    }
    if (read.length < WALK_PAGE) return { keys, next, isEnd: true };
  }
}
