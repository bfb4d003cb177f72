/** What `approve`, `drop` and `quarantine retry` share: a person’s word sent through the lanes of one sync, and seen through. */
import { randomUUID } from 'node:crypto';
import { mapCode, mapOf } from '../engine/sync-map.ts';
import type { SyncContext } from '../flow/context.ts';
import type { CarryExcuse } from '../plan/carry-out.ts';
import type { Settled, SettleOptions } from '../plan/send-pages.ts';
import { EXIT } from './failure.ts';
import { forLong, gatherExcuses, waitingFor } from './long-errand.ts';
import type { Target, TargetContext } from './target.ts';

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
  const { excuses, onExcuse } = gatherExcuses();
  const settled = await settle(forLong(context), {
    ...waitingFor(target, signal),
    planId: `word-${randomUUID().slice(0, 8)}`,
    attempt: '1',
    code: mapCode(mapOf(spec, functions)),
    onExcuse,
  });
  const isDone = settled.stopped === null && settled.moved + settled.failed === 0;
  return { settled, excuses, exitCode: isDone ? EXIT.ok : EXIT.failed };
}
