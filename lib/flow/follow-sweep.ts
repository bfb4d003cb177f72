/**
 * Seeing a sweep through that a person asked for: its walks over both ends, its comparison, and the lanes in which
 * what it found is repaired. Only watches, as follow-round.ts does for a round.
 */
import type { Proof } from '../engine/proof.ts';
import type { Checkpoint } from '../ports/state.ts';
import {
  isAtRest,
  isRested,
  look,
  ring,
  standstillOf,
  type RoundEnd,
  type RoundWatch,
  type Seen,
} from './follow-round.ts';

export interface SweepProgress {
  readonly stage: 'waiting' | 'app' | 'crm' | 'compare' | 'lanes';
  /** Records of the app and rows read so far. */
  readonly members: number | null;
  readonly rows: number;
  readonly depth: number;
}

export type SweepEnd =
  | { readonly kind: 'done'; readonly proof: Proof }
  | Exclude<RoundEnd, { readonly kind: 'done' }>;

export interface SweepOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: SweepProgress) => void;
}

/** `order`: the time of the order, which its proof bears. */
export async function followSweep(
  watch: RoundWatch,
  order: number,
  { timeoutMs, signal, onProgress }: SweepOptions,
): Promise<SweepEnd> {
  const { clock, pace } = watch;
  const from = clock.now();
  let rungAt = from;
  let quietSince: number | null = null;
  while (!signal.aborted) {
    const seen = await look(watch);
    const now = clock.now();
    const standstill = standstillOf(seen, from, now);
    if (standstill !== null) return standstill;
    onProgress(progressOf(seen, order));
    const proof = proofOf(seen.checkpoint, order);
    quietSince = proof !== null && isAtRest(seen) ? (quietSince ?? now) : null;
    if (proof !== null && quietSince !== null && now - quietSince >= pace.quietMs)
      return { kind: 'done', proof };
    // A rest of the sync, or of the listing at the app, is over, and the schedule rings in a minute or more.
    if (isRested(seen, rungAt, now) || isListingRested(seen, rungAt, now)) {
      rungAt = now;
      await ring(watch);
    }
    if (now - from >= timeoutMs) return { kind: 'late', cooling: seen.cooling };
    await clock.sleep(pace.pollMs);
  }
  return { kind: 'stopped' };
}

function isListingRested({ checkpoint }: Seen, rungAt: number, now: number): boolean {
  const until = checkpoint?.sweep?.walk?.restsUntil ?? null;
  return until !== null && until <= now && rungAt < until;
}

/** Of this order, or of a later one: whoever asks while another sweep runs gets one that began after the asking. */
function proofOf(checkpoint: Checkpoint | null, order: number): Proof | null {
  const proof = checkpoint?.sweep?.proof ?? null;
  return proof !== null && (proof.order ?? 0) >= order ? proof : null;
}

function progressOf({ checkpoint, depth }: Seen, order: number): SweepProgress {
  const walk = checkpoint?.sweep?.walk ?? null;
  const isOurs = walk !== null && (walk.order ?? 0) >= order;
  const stage = isOurs ? walk.phase : proofOf(checkpoint, order) === null ? 'waiting' : 'lanes';
  return { stage, members: walk?.members ?? null, rows: walk?.rows ?? 0, depth };
}
