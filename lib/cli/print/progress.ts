/** Long work on a terminal: how far it is, how fast it goes, and about how long it still takes. */
import type { RoundProgress } from '../../flow/follow-round.ts';
import type { Ink } from './ink.ts';
import { countOf, formatCount, formatDuration, formatTime } from './words.ts';

const BAR_WIDTH = 28;
/** What was done longer ago says little about what comes. */
const WINDOW_MS = 30_000;
/** Two looks so close together give no rate. */
const SPAN_MIN_MS = 1_000;

export interface Pace {
  /** Per second; null while it cannot be told. */
  readonly rate: number | null;
  readonly leftMs: number | null;
}

/** Tells rate and time left from what was done at each look. */
export function createPacemeter(): (done: number, total: number | null, now: number) => Pace {
  let looks: readonly { readonly done: number; readonly at: number }[] = [];
  return (done, total, now) => {
    looks = [...looks.filter(({ at }) => at > now - WINDOW_MS), { done, at: now }];
    const [first] = looks;
    const spanMs = first === undefined ? 0 : now - first.at;
    if (first === undefined || spanMs < SPAN_MIN_MS) return { rate: null, leftMs: null };
    const rate = ((done - first.done) * 1000) / spanMs;
    const left = total === null ? null : Math.max(0, total - done);
    return { rate, leftMs: left === null || rate <= 0 ? null : (left * 1000) / rate };
  };
}

export function formatBar(ink: Ink, part: number): string {
  const full = Math.round(Math.min(Math.max(part, 0), 1) * BAR_WIDTH);
  return ink.paint('green', '█'.repeat(full)) + ink.paint('dim', '░'.repeat(BAR_WIDTH - full));
}

/** One line for one sync. `total` is what both ends hold, as far as they say. */
export function formatRoundProgress(
  ink: Ink,
  name: string,
  progress: RoundProgress,
  about: { readonly total: number | null; readonly pace: Pace; readonly now: number },
): string {
  const { cooling, depth } = progress;
  const head = ink.paint('bold', name);
  if (cooling !== null && cooling.until > about.now) {
    return `${head}  ${ink.paint('yellow', `resting until ${formatTime(cooling.until, about.now)}`)}: ${cooling.reason}`;
  }
  switch (progress.stage) {
    case 'waiting':
      return `${head}  waiting for the round`;
    case 'reading':
      return `${head}  reading what changed`;
    case 'lanes':
      return `${head}  carrying out: ${countOf(depth, 'message', 'messages')} in the lanes`;
    case 'backfill':
      return `${head}  ${formatBackfill(ink, progress.backfill, about)}`;
  }
}

function formatBackfill(
  ink: Ink,
  backfill: RoundProgress['backfill'],
  { total, pace }: { readonly total: number | null; readonly pace: Pace },
): string {
  const { reason = '', routed = 0 } = backfill ?? {};
  const rate = pace.rate === null ? '' : `, ${formatCount(Math.round(pace.rate))}/s`;
  const left = pace.leftMs === null ? '' : `, about ${formatDuration(pace.leftMs)} left`;
  if (total === null || total === 0) return `${reason}: ${formatCount(routed)} looked at${rate}`;
  // What comes in while it walks is walked too, and pages may go twice.
  const done = Math.min(routed, total);
  return `${reason} ${formatBar(ink, done / total)} ${formatCount(done)} of about ${formatCount(total)}${rate}${left}`;
}
