/**
 * Opening a sync: its checkpoint, or its very first one. New positions in both sources come first and
 * the backfill second, so that what changes during the backfill is not lost between the two.
 */
import { nextAdoption } from '../engine/adoption.ts';
import { NO_RETIREMENT } from '../engine/retirement.ts';
import { mapOf } from '../engine/sync-map.ts';
import type { Checkpoint, Health } from '../ports/state.ts';
import type { SweepOrder } from '../ports/sweep.ts';
import { adopt, orderToAdopt } from './adopt.ts';
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
  health: Pick<Health, 'sweep'>,
): Promise<Opened> {
  const ends = await endsOf(context);
  if (checkpoint === null) return beginSync(context, ends);
  const order = orderToAdopt(health, checkpoint);
  if (order !== null) return adoptEnds(context, checkpoint, ends, order);
  const trouble = otherEnds(checkpoint.ends, ends);
  return trouble === null ? { checkpoint: await meetMode(context, checkpoint) } : { trouble };
}

/** A person's word: these are the ends from now on, and what they hold is met anew. */
async function adoptEnds(
  context: SyncContext,
  checkpoint: Checkpoint,
  ends: Checkpoint['ends'],
  { by, at, forgets }: SweepOrder,
): Promise<Opened> {
  const positions = await takePositions(context);
  if ('trouble' in positions) return positions;
  const isOtherApp = checkpoint.ends.app !== ends.app || forgets === 'partner';
  const what = otherEndsText(checkpoint.ends, ends) ?? 'both ends are met anew';
  const adopted = adopt(context, checkpoint, {
    reason: `${what}; adopted by ${by}`,
    forgets: isOtherApp ? 'partner' : 'values',
    order: at,
  });
  const next = { ...adopted, ends, ...positions, ...startListing(context) };
  return { checkpoint: await saveCheckpoint(context, next) };
}

/** New ones in both sources. The app first: a mark in the CRM, left by a try that the app then stopped, would look like a memory that was lost. */
async function takePositions(
  context: SyncContext,
): Promise<Pick<Checkpoint, 'crm' | 'app'> | { readonly trouble: Trouble }> {
  const identity = await context.app.identify(context.budget);
  if (identity.kind !== 'ok') return { trouble: identity };
  const present = await context.app.present(context.budget);
  if (present.kind !== 'ok') return { trouble: present };
  return { crm: await context.crm.currentCheckpoint(), app: present.value };
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
  const other = otherEndsText(known, now);
  if (other === null) return null;
  const reason = `${other}: links and shadows belong to one pair of ends; correct the configuration, or adopt the new end (npx trivet sweep <sync> --adopt)`;
  return { kind: 'halted', reason };
}

const otherEndsText = (known: Checkpoint['ends'], now: Checkpoint['ends']): string | null =>
  known.app !== now.app
    ? `the app’s object was “${known.app}” and is “${now.app}” now`
    : known.crm !== now.crm
      ? `the CRM’s table was “${known.crm}” and is “${now.crm}” now`
      : null;

/** What was judged while the sync only looked is carried out now: both ends are walked, and our memory of it. */
async function meetMode(context: SyncContext, checkpoint: Checkpoint): Promise<Checkpoint> {
  const { write: writes } = context.sync;
  if (checkpoint.writes === writes) return checkpoint;
  if (!writes) return saveCheckpoint(context, { ...checkpoint, writes });
  const reason = 'the sync only looked until now; what it would have done is done';
  const backfill = { ...startBackfill(context, reason, checkpoint.backfill), leftovers: true };
  return saveCheckpoint(context, { ...checkpoint, writes, backfill });
}

const MEMORY_LOST =
  'what was remembered of this sync is gone (its mark is still in the CRM): everybody is met anew';

async function beginSync(context: SyncContext, ends: Checkpoint['ends']): Promise<Opened> {
  const { sync } = context;
  const isKnown = (await context.crm.hasMark?.()) === true;
  const positions = await takePositions(context);
  if ('trouble' in positions) return positions;
  const reason = isKnown ? MEMORY_LOST : 'first sync';
  const at = context.clock.now();
  const lost = { reason, at, forgets: 'values', order: null } as const;
  const checkpoint = await saveCheckpoint(context, {
    version: 0,
    ends,
    ...positions,
    backfill: startBackfill(context, reason, null),
    ...(isKnown ? { adoption: nextAdoption(null, lost) } : {}),
    round: { number: 0, beganAt: 0, endedAt: null, routed: 0 },
    progress: null,
    run: '0',
    writes: sync.write,
    horizon: null,
    map: mapOf(sync.spec, sync.functions),
    retirement: NO_RETIREMENT,
    ...startListing(context),
    sweep: newSweep(isKnown ? 0 : at),
  });
  return { checkpoint };
}
