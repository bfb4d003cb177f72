/**
 * Opening a sync: its checkpoint, or its very first one. New positions in both sources come first and
 * the backfill second, so that what changes during the backfill is not lost between the two.
 */
import { NO_RETIREMENT } from '../engine/retirement.ts';
import { mapOf } from '../engine/sync-map.ts';
import type { Checkpoint } from '../ports/state.ts';
import { startBackfill } from './backfill.ts';
import { saveCheckpoint } from './checkpoint.ts';
import type { SyncContext } from './context.ts';
import type { Trouble } from './health.ts';
import { startListing } from './listing.ts';
import { newSweep } from './sweep.ts';

export type Opened = { readonly checkpoint: Checkpoint } | { readonly trouble: Trouble };

/** Which two ends these are: the CRM's system and table, the app's object. */
export async function endsOf({
  crm,
  app,
}: {
  readonly crm: Pick<SyncContext['crm'], 'identify'>;
  readonly app: Pick<SyncContext['app'], 'object'>;
}): Promise<Checkpoint['ends']> {
  const { systemId, table } = await crm.identify();
  return { crm: `${systemId}/${table}`, app: app.object };
}

export async function openSync(
  context: SyncContext,
  checkpoint: Checkpoint | null,
): Promise<Opened> {
  const ends = await endsOf(context);
  if (checkpoint === null) return beginSync(context, ends);
  const trouble = otherEnds(checkpoint.ends, ends);
  return trouble === null ? { checkpoint: await meetMode(context, checkpoint) } : { trouble };
}

/**
 * Whether a lane still works between the ends its messages were routed for. Those may have waited while
 * the configuration was changed: in another audience everybody we know would look deleted.
 */
export async function checkEnds(
  context: SyncContext,
  checkpoint: Checkpoint | null,
): Promise<Trouble | null> {
  return checkpoint === null ? null : otherEnds(checkpoint.ends, await endsOf(context));
}

function otherEnds(known: Checkpoint['ends'], now: Checkpoint['ends']): Trouble | null {
  const other =
    known.app !== now.app
      ? `the app’s object was “${known.app}” and is “${now.app}” now`
      : known.crm !== now.crm
        ? `the CRM’s table was “${known.crm}” and is “${now.crm}” now`
        : null;
  if (other === null) return null;
  const reason = `${other}: links and shadows belong to one pair of ends; correct the configuration, or adopt the new end`;
  return { kind: 'halted', reason };
}

/** What was judged while the sync only looked is carried out now: both ends are walked, and our memory of it. */
async function meetMode(context: SyncContext, checkpoint: Checkpoint): Promise<Checkpoint> {
  const { write: writes } = context.sync;
  if (checkpoint.writes === writes) return checkpoint;
  if (!writes) return saveCheckpoint(context, { ...checkpoint, writes });
  const reason = 'the sync only looked until now; what it would have done is done';
  const backfill = { ...startBackfill(context, reason, checkpoint.backfill), leftovers: true };
  return saveCheckpoint(context, { ...checkpoint, writes, backfill });
}

async function beginSync(context: SyncContext, ends: Checkpoint['ends']): Promise<Opened> {
  const { sync } = context;
  const crm = await context.crm.currentCheckpoint();
  const identity = await context.app.identify(context.budget);
  if (identity.kind !== 'ok') return { trouble: identity };
  const present = await context.app.present(context.budget);
  if (present.kind !== 'ok') return { trouble: present };
  const checkpoint = await saveCheckpoint(context, {
    version: 0,
    ends,
    crm,
    app: present.value,
    backfill: startBackfill(context, 'first sync', null),
    round: { number: 0, beganAt: 0, endedAt: null, routed: 0 },
    progress: null,
    run: '0',
    writes: sync.write,
    horizon: null,
    map: mapOf(sync.spec, sync.functions),
    retirement: NO_RETIREMENT,
    ...startListing(context),
    sweep: newSweep(context.clock.now()),
  });
  return { checkpoint };
}
