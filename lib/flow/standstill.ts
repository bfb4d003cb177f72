/**
 * A sync that stands still (paused, or halted) keeps its place in the CRM's log for a week: going on is
 * then a matter of seconds. Longer than that its place is lost: it gives its claim up, or a forgotten
 * sync would keep the log for ever. Whoever lets it go on gets a new place first and then a backfill.
 */
import { CrmUnavailable } from '../ports/crm.ts';
import type { Health } from '../ports/state.ts';
import type { SyncContext } from './context.ts';
import { changeHealth } from './health.ts';

const DAY_MS = 86_400_000;
/** Also the age at which a purge takes unread changes for forgotten. */
export const STANDSTILL_MAX_MS = 7 * DAY_MS;

/** Once a day from the seventh on: the claim, and what nobody else needs of the log, are let go. */
export async function giveUpPlace(context: SyncContext, health: Health): Promise<void> {
  // By timestamp nothing is kept for it, so nothing is given up and no place is lost.
  if (context.sync.modified !== null) return;
  const since = Math.min(health.paused?.since ?? Infinity, health.halted?.since ?? Infinity);
  const now = context.clock.now();
  const isDone = health.releasedAt !== null && now - health.releasedAt < DAY_MS;
  if (now - since <= STANDSTILL_MAX_MS || isDone) return;
  try {
    await context.crm.release();
    await context.crm.purge([]);
  } catch (error) {
    // The next ring tries again: a sync may well stand still because its database cannot be reached.
    if (error instanceof CrmUnavailable) return;
    throw error;
  }
  context.log.warn('gave up its place in the CRM’s log: it stood still for too long', { since });
  await changeHealth(context, (latest) => ({ ...latest, releasedAt: now }));
}
