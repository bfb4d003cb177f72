/**
 * Replacing everybody at an app that shows nobody: the one way to get rid of people nobody remembers. A person asks
 * for it; the pull turns it into a backfill whose pages are batches of one session at the app, and reads nothing
 * else until the last one was sent. An ordinary backfill follows, for who was refused, and who is not to be there.
 *
 *   asked ─► opening (the first batch may have arrived) ─► open ─► done
 *                     └────────── over (the session ended early) ──┘
 */
import { fnv1a } from '../engine/hash.ts';
import type { Checkpoint, Health, Rebuild } from '../ports/state.ts';
import { startBackfill } from './backfill.ts';
import { saveCheckpoint } from './checkpoint.ts';
import type { SyncContext } from './context.ts';
import { changeHealth } from './health.ts';
import type { SteerContext } from './steer.ts';

/** Asked twice before it has begun it is one; asked while it runs, it begins anew afterwards no second time. */
export async function askRebuild(context: SteerContext, by: string): Promise<Rebuild> {
  const { rebuild } = await changeHealth(context, (health, at) =>
    health.rebuild === null
      ? {
          ...health,
          rebuild: { by, at, session: null, stage: 'asked', openedAt: null, invalid: 0 },
        }
      : health,
  );
  if (rebuild === null) throw new Error('a rebuild was stored without being one');
  return rebuild;
}

/** What the round does about it: the checkpoint with the backfill that carries it, or that follows it. */
export async function carryRebuild(
  context: SyncContext,
  checkpoint: Checkpoint,
  { rebuild }: Pick<Health, 'rebuild'>,
): Promise<Checkpoint> {
  if (rebuild === null) return checkpoint;
  if (context.app.ledger?.replace === undefined || !context.sync.write) {
    context.log.warn('everybody is to be replaced, and this sync cannot', { by: rebuild.by });
    await forget(context, rebuild);
    return checkpoint;
  }
  const carried = checkpoint.backfill?.rebuild ?? null;
  const isCarried = carried !== null && carried === rebuild.session;
  if (rebuild.stage === 'done') {
    const reason = 'everybody was replaced; whoever was refused is told once more';
    const next = isCarried
      ? await saveCheckpoint(context, {
          ...checkpoint,
          backfill: startBackfill(context, reason, checkpoint.backfill),
        })
      : checkpoint;
    await forget(context, rebuild);
    return next;
  }
  return isCarried ? checkpoint : begin(context, checkpoint, rebuild);
}

/** The session is noted first: no page of one that is not noted is ever sent. */
async function begin(
  context: SyncContext,
  checkpoint: Checkpoint,
  asked: Rebuild,
): Promise<Checkpoint> {
  const session = 1 + Number(fnv1a(context.random()) % BigInt(Number.MAX_SAFE_INTEGER - 1));
  await changeHealth(context, (health) =>
    health.rebuild?.at === asked.at
      ? { ...health, rebuild: { ...asked, session, stage: 'asked', openedAt: null, invalid: 0 } }
      : health,
  );
  const reason = `everybody at the app is replaced, as ${asked.by} asked`;
  const backfill = { ...startBackfill(context, reason, checkpoint.backfill), rebuild: session };
  return saveCheckpoint(context, { ...checkpoint, backfill });
}

const forget = (context: SyncContext, done: Rebuild): Promise<Health> =>
  changeHealth(context, (health) =>
    health.rebuild?.at === done.at ? { ...health, rebuild: null } : health,
  );
