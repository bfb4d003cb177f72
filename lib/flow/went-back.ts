/**
 * A row that is gone, there again, or in or out of the filter again is what a restored database looks like. The round finds that out by its mark, but a
 * page may have waited in its lane from before: whoever is about to take a person away on the word of such a row asks first. Asked of opened
 * records only: a filter of the user's may end the process, and must find its record marked (poison.ts).
 */
import type { Checkpoint } from '../ports/state.ts';
import type { Retry } from '../ports/outcome.ts';
import type { SyncContext } from './context.ts';
import type { Work } from './work.ts';

/** Null: it is the database that was read, or nothing hangs on it. */
export async function whyWentBack(
  { crm, log }: Pick<SyncContext, 'crm' | 'log'>,
  works: readonly Work[],
  checkpoint: Checkpoint | null,
): Promise<Retry | null> {
  if (checkpoint === null || !works.some(isTurned)) return null;
  const reason = (await crm.whyLost?.(checkpoint.crm)) ?? null;
  if (reason === null) return null;
  log.warn('a lane met a database that went back', { reason });
  return { kind: 'retry', scope: 'app', afterMs: null, reason, ambiguous: false };
}

/** The row stands otherwise than when it was last judged. */
const isTurned = ({ opened: { shadow }, crm }: Work): boolean =>
  shadow !== null && crm.existence !== shadow.existence.c;
