/** What commands share that send a person’s orders through the lanes and see them through, for hours if need be. */
import type { SyncContext } from '../flow/context.ts';
import { AWS_PACE, MACHINE_PACE } from '../flow/follow-round.ts';
import type { CarryExcuse } from '../plan/carry-out.ts';
import type { Target, TargetContext } from './target.ts';

/** A crashed lane comes back after its visibility, minutes later. */
const SILENCE_MAX_MS = 20 * 60_000;
/** Told one by one; of more there is the count. */
const EXCUSES_MAX = 200;

const ignore = (): void => undefined;
const SILENT = { info: ignore, warn: ignore, error: ignore, count: ignore };

/** Each call takes its time-out from what is left, and the whole may take hours. */
export const forLong = (context: TargetContext): SyncContext => ({
  ...context,
  budget: { remainingMs: () => 60_000 },
  log: SILENT,
});

export const waitingFor = ({ mode }: Target, signal: AbortSignal) => ({
  pollMs: (mode === 'aws' ? AWS_PACE : MACHINE_PACE).pollMs,
  silenceMaxMs: SILENCE_MAX_MS,
  signal,
});

export function gatherExcuses(): {
  readonly excuses: readonly CarryExcuse[];
  readonly onExcuse: (excuse: CarryExcuse) => void;
} {
  const excuses: CarryExcuse[] = [];
  return {
    excuses,
    onExcuse: (excuse) => {
      if (excuses.length < EXCUSES_MAX) excuses.push(excuse);
    },
  };
}
