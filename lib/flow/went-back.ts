/**
 * A row that is gone, there again, or in or out of the filter again is what a restored database looks like. The round finds that out by its mark, but a
 * page may have waited in its lane from before: whoever is about to take a person away on the word of such a row asks first.
 */
import type { SyncConfig } from '../config/model.ts';
import type { Checkpoint } from '../ports/state.ts';
import type { Retry } from '../ports/outcome.ts';
import type { Gathered } from './apply-open.ts';
import type { SyncContext } from './context.ts';
import { crmSide } from './sides.ts';

/** Null: it is the database that was read, or nothing hangs on it. */
export async function whyWentBack(
  { crm, sync, log }: Pick<SyncContext, 'crm' | 'sync' | 'log'>,
  gathered: readonly Gathered[],
  checkpoint: Checkpoint | null,
): Promise<Retry | null> {
  if (checkpoint === null || !gathered.some((each) => isTurned(sync, each))) return null;
  const reason = (await crm.whyLost?.(checkpoint.crm)) ?? null;
  if (reason === null) return null;
  log.warn('a lane met a database that went back', { reason });
  return { kind: 'retry', scope: 'app', afterMs: null, reason, ambiguous: false };
}

/** The row stands otherwise than when it was last judged. */
const isTurned = (sync: SyncConfig, { stored: { state }, row }: Gathered): boolean =>
  state.shadow !== null && crmSide(sync, row, null).existence !== state.shadow.existence.c;
