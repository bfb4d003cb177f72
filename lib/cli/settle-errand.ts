/** What `approve`, `drop` and `quarantine retry` share: a person’s word sent through the lanes of one sync, and seen through. */
import { randomUUID } from 'node:crypto';
import { mapCode, mapOf } from '../engine/sync-map.ts';
import type { SyncContext } from '../flow/context.ts';
import { AWS_PACE, MACHINE_PACE } from '../flow/follow-round.ts';
import type { CarryExcuse } from '../plan/carry-out.ts';
import type { Settled, SettleOptions } from '../plan/send-pages.ts';
import { EXIT } from './failure.ts';
import type { Target, TargetContext } from './target.ts';

/** A crashed lane comes back after its visibility, minutes later. */
const SILENCE_MAX_MS = 20 * 60_000;
/** Told one by one; of more there is the count. */
const EXCUSES_MAX = 200;

export interface Errand {
  readonly settled: Settled;
  readonly excuses: readonly CarryExcuse[];
  readonly exitCode: number;
}

export async function runErrand(
  target: Target,
  context: TargetContext,
  signal: AbortSignal,
  settle: (context: SyncContext, options: SettleOptions) => Promise<Settled>,
): Promise<Errand> {
  const { spec, functions } = context.sync;
  const { pollMs } = target.mode === 'aws' ? AWS_PACE : MACHINE_PACE;
  const excuses: CarryExcuse[] = [];
  // Each call takes its time-out from what is left, and this may take hours.
  const full = { ...context, budget: { remainingMs: () => 60_000 }, log: SILENT };
  const settled = await settle(full, {
    planId: `word-${randomUUID().slice(0, 8)}`,
    attempt: '1',
    code: mapCode(mapOf(spec, functions)),
    pollMs,
    silenceMaxMs: SILENCE_MAX_MS,
    signal,
    onExcuse: (excuse) => {
      if (excuses.length < EXCUSES_MAX) excuses.push(excuse);
    },
  });
  const isDone = settled.stopped === null && settled.moved + settled.failed === 0;
  return { settled, excuses, exitCode: isDone ? EXIT.ok : EXIT.failed };
}

const ignore = (): void => undefined;
const SILENT = { info: ignore, warn: ignore, error: ignore, count: ignore };
