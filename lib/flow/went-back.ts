/**
 * A row that is gone, or there again, is what a restored database looks like. The round finds that out by its mark, but a
 * page may have waited in its lane from before: whoever is about to take a person away on the word of such a row asks first.
 */
import type { Checkpoint } from '../ports/state.ts';
import type { Retry } from '../ports/outcome.ts';
import type { Gathered } from './apply-open.ts';
import type { SyncContext } from './context.ts';

/** Null: it is the database that was read, or nothing hangs on it. */
export async function whyWentBack(
  { crm, log }: Pick<SyncContext, 'crm' | 'log'>,
  gathered: readonly Gathered[],
  checkpoint: Checkpoint | null,
): Promise<Retry | null> {
  if (checkpoint === null || !gathered.some(isTurned)) return null;
  const reason = (await crm.whyLost?.(checkpoint.crm)) ?? null;
  if (reason === null) return null;
  log.warn('a lane met a database that went back', { reason });
  return { kind: 'retry', scope: 'app', afterMs: null, reason, ambiguous: false };
}

/** The row is gone since it was last judged, or there again. */
function isTurned({ stored: { state }, row }: Gathered): boolean {
  if (state.shadow === null) return false;
  return (row === undefined) !== (state.shadow.existence.c === 'absent');
}
