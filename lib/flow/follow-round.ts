/**
 * Asking for a round and seeing it through: rung, both sources read, a backfill walked to its end if there is
 * one, and what it put into the lanes carried out. Only watches: whoever does the work need not know.
 *
 *   ring ─► a round that began after the ring ─► no slice left, no backfill ─► lanes empty
 */
import type { Action } from '../engine/model.ts';
import type { Clock } from '../ports/clock.ts';
import type { PullQueue } from '../ports/messages.ts';
import type { Backfill, Checkpoint, Health, StateStore } from '../ports/state.ts';

export interface RoundWatch {
  readonly sync: string;
  readonly state: StateStore;
  readonly queue: PullQueue;
  readonly clock: Clock;
  /** Messages in the sync's lanes, waiting or in work. */
  readonly depth: () => Promise<number>;
  readonly pace: Pace;
}

/** How the stack answers: one on this machine at once and exactly, AWS late and approximately. */
export interface Pace {
  readonly pollMs: number;
  /** How long the lanes must look empty before they are. */
  readonly quietMs: number;
  /** The functions go by the same clock as we do. */
  readonly sharesClock: boolean;
}

/** Two looks: a round's end is stored a moment before the trouble it met. */
export const MACHINE_PACE: Pace = { pollMs: 150, quietMs: 100, sharesClock: true };
/** SQS counts of a quiet queue are right after some seconds, of a busy one never quite. */
export const AWS_PACE: Pace = { pollMs: 1_000, quietMs: 4_000, sharesClock: false };

export interface RoundProgress {
  readonly stage: 'waiting' | 'reading' | 'backfill' | 'lanes';
  readonly backfill: {
    readonly reason: string;
    readonly phase: Backfill['phase'];
    readonly routed: number;
  } | null;
  /** Messages in the lanes. */
  readonly depth: number;
  readonly cooling: Health['cooling'];
}

export type RoundEnd =
  /** `since`: when it was asked for, or began, whichever was earlier: the clocks may differ. */
  | { readonly kind: 'done'; readonly round: Checkpoint['round']; readonly since: number }
  | { readonly kind: 'halted'; readonly reason: string }
  /** An end has refused or been silent again and again; it goes on by itself when that is over. */
  | { readonly kind: 'resting'; readonly reason: string }
  /** A person stopped the sync: no round comes before a person lets it go on. */
  | { readonly kind: 'paused'; readonly by: string }
  | { readonly kind: 'late'; readonly cooling: Health['cooling'] }
  | { readonly kind: 'stopped' };

export interface FollowOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: RoundProgress) => void;
}

/** A halted sync is asked at every ring whether both ends let it in again; this long it is given for that. */
const SECOND_CHANCE_MS = 10_000;

/** Troubles in a row, about a quarter of a minute of them: nobody should wait for the end of an outage unawares. */
const TROUBLES_MAX = 5;

/** Which round is waited for. */
interface Wanted {
  readonly from: number;
  readonly accepts: (round: Checkpoint['round']) => boolean;
  /** A later round that is not accepted may have swallowed the ring; null: nobody rang. */
  readonly rungAfter: number | null;
}

/** Rings, and sees the round through that began after the ring. */
export async function runRound(watch: RoundWatch, options: FollowOptions): Promise<RoundEnd> {
  const { state, clock, pace, sync } = watch;
  const last = (await state.loadCheckpoint(sync))?.round;
  const asked = { before: last?.number ?? 0, from: clock.now() };
  await ring(watch);
  const accepts = (round: Checkpoint['round']): boolean => isAfter(round, asked, pace);
  const { from } = asked;
  return follow(watch, { from, accepts, rungAfter: last?.beganAt ?? 0 }, options);
}

/** Waits for the round after that one, whoever rings for it, and sees it through. */
export async function followNext(
  watch: RoundWatch,
  after: number,
  options: FollowOptions,
): Promise<RoundEnd> {
  const accepts = ({ number }: Checkpoint['round']): boolean => number > after;
  return follow(watch, { from: watch.clock.now(), accepts, rungAfter: null }, options);
}

export const ring = ({ queue, sync }: RoundWatch): Promise<void> =>
  queue.sendPull([{ kind: 'ring', sync, source: 'person' }]);

async function follow(
  watch: RoundWatch,
  wanted: Wanted,
  { timeoutMs, signal, onProgress }: FollowOptions,
): Promise<RoundEnd> {
  const { clock, pace } = watch;
  let since: number | null = null;
  let quietSince: number | null = null;
  let rungAfter = wanted.rungAfter;
  let rungAt = wanted.from;
  while (!signal.aborted) {
    const seen = await look(watch);
    const standstill = standstillOf(seen, wanted.from, clock.now());
    if (standstill !== null) return standstill;
    const round = seen.checkpoint?.round;
    const isOurs = round !== undefined && wanted.accepts(round);
    onProgress(progressOf(seen, isOurs));
    if (isOurs) {
      since ??= Math.min(wanted.from, round.beganAt);
      quietSince = isAtRest(seen) ? (quietSince ?? clock.now()) : null;
      const isDone = quietSince !== null && clock.now() - quietSince >= pace.quietMs;
      if (isDone) return { kind: 'done', round, since };
    } else if (round !== undefined && rungAfter !== null && round.beganAt > rungAfter) {
      rungAfter = round.beganAt;
      await ring(watch);
    }
    if (wanted.rungAfter !== null && isRested(seen, rungAt, clock.now())) {
      rungAt = clock.now();
      await ring(watch);
    }
    if (clock.now() - wanted.from >= timeoutMs) return { kind: 'late', cooling: seen.cooling };
    await clock.sleep(pace.pollMs);
  }
  return { kind: 'stopped' };
}

export interface Seen {
  readonly checkpoint: Checkpoint | null;
  readonly cooling: Health['cooling'];
  readonly halted: Health['halted'];
  readonly pausedBy: string | null;
  readonly depth: number;
}

export async function look({ sync, state, depth }: RoundWatch): Promise<Seen> {
  const [checkpoint, health, messages] = await Promise.all([
    state.loadCheckpoint(sync),
    state.loadHealth(sync),
    depth(),
  ]);
  const { cooling, halted } = health;
  return { checkpoint, cooling, halted, pausedBy: pausedBy(health), depth: messages };
}

const pausedBy = ({ paused }: Health): string | null => paused?.by ?? null;

/**
 * The second round from then on must have begun after we asked. The first has when it says so by our own clock;
 * another's may be off by more than a round lasts.
 */
function isAfter(
  round: Checkpoint['round'],
  asked: { readonly before: number; readonly from: number },
  { sharesClock }: Pace,
): boolean {
  if (round.number >= asked.before + 2) return true;
  return sharesClock && round.number > asked.before && round.beganAt >= asked.from;
}

/** A round that met trouble is over, too, but not done: the sync rests and begins again. */
export const isAtRest = ({ checkpoint, cooling, depth }: Seen): boolean =>
  checkpoint !== null &&
  cooling === null &&
  checkpoint.progress === null &&
  checkpoint.backfill === null &&
  depth === 0;

/** Why nothing goes on by itself; null: it does. */
export function standstillOf(seen: Seen, from: number, now: number): Standstill | null {
  if (seen.pausedBy !== null) return { kind: 'paused', by: seen.pausedBy };
  const halted = whyHalted(seen, from, now);
  if (halted !== null) return { kind: 'halted', reason: halted };
  const resting = whyResting(seen, from, now);
  return resting === null ? null : { kind: 'resting', reason: resting };
}

type Standstill = Extract<RoundEnd, { readonly kind: 'paused' | 'halted' | 'resting' }>;

/** Halted since we asked; or before, and nobody has let it in again though there was time to ask. */
function whyHalted({ halted }: Seen, from: number, now: number): string | null {
  if (halted === null) return null;
  const hadTime = now - from >= SECOND_CHANCE_MS;
  return halted.since >= from || hadTime ? halted.reason : null;
}

/** A rest is over for which nobody has rung since: the schedule would, in a minute or more. */
export const isRested = ({ cooling }: Seen, rungAt: number, now: number): boolean =>
  cooling !== null && cooling.until <= now && rungAt < cooling.until;

/** Of older trouble nothing is said before it was given the time to be over. */
function whyResting({ cooling }: Seen, from: number, now: number): string | null {
  if (cooling === null || cooling.attempts < TROUBLES_MAX) return null;
  return now - from >= SECOND_CHANCE_MS ? cooling.reason : null;
}

function progressOf(seen: Seen, isOurs: boolean): RoundProgress {
  const { checkpoint, depth, cooling } = seen;
  const backfill = checkpoint?.backfill ?? null;
  const told =
    backfill === null
      ? null
      : {
          reason: backfill.reason,
          phase: backfill.phase,
          routed: backfill.routed ?? 0,
        };
  const stage =
    told !== null
      ? 'backfill'
      : !isOurs
        ? 'waiting'
        : checkpoint?.progress === null
          ? 'lanes'
          : 'reading';
  return { stage, backfill: told, depth, cooling };
}

/** What was decided in that time, by the pages that were closed in it. */
export interface RoundDeeds {
  readonly records: number;
  readonly actions: Readonly<Partial<Record<Action, number>>>;
  /** There were more pages than were read: the counts are a lower bound. */
  readonly isCut: boolean;
}

const PAGES_MAX = 20_000;

export async function deedsSince(
  state: StateStore,
  sync: string,
  since: number,
): Promise<RoundDeeds> {
  const pages = await state.recent(sync, since, PAGES_MAX);
  const actions: Partial<Record<Action, number>> = {};
  for (const page of pages) {
    for (const [action, count] of Object.entries(page.actions)) {
      actions[action as Action] = (actions[action as Action] ?? 0) + count;
    }
  }
  const records = pages.reduce((sum, page) => sum + page.records, 0);
  return { records, actions, isCut: pages.length === PAGES_MAX };
}
