/**
 * Opening a sync: its checkpoint, or its very first one. New positions in both sources come first and
 * the backfill second, so that what changes during the backfill is not lost between the two.
 */
import type { Checkpoint } from '../ports/state.ts';
import { startBackfill } from './backfill.ts';
import type { SyncContext } from './context.ts';
import type { Trouble } from './health.ts';

export type Opened = { readonly checkpoint: Checkpoint } | { readonly trouble: Trouble };

export async function openSync(context: SyncContext): Promise<Opened> {
  const checkpoint = await context.state.loadCheckpoint(context.sync.spec.name);
  const ends = await endsOf(context);
  if (checkpoint === null) return beginSync(context, ends);
  const trouble = otherEnds(checkpoint.ends, ends);
  return trouble === null ? { checkpoint } : { trouble };
}

/**
 * Whether a lane still works between the ends its messages were routed for. Those may have waited while
 * the configuration was changed: in another audience everybody we know would look deleted.
 */
export async function checkEnds(context: SyncContext): Promise<Trouble | null> {
  const checkpoint = await context.state.loadCheckpoint(context.sync.spec.name);
  return checkpoint === null ? null : otherEnds(checkpoint.ends, await endsOf(context));
}

async function endsOf({ crm, app }: SyncContext): Promise<Checkpoint['ends']> {
  const { systemId, table } = await crm.identify();
  return { crm: `${systemId}/${table}`, app: app.object };
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

async function beginSync(context: SyncContext, ends: Checkpoint['ends']): Promise<Opened> {
  const crm = await context.crm.currentCheckpoint();
  const identity = await context.app.identify(context.budget);
  if (identity.kind !== 'ok') return { trouble: identity };
  const present = await context.app.present(context.budget);
  if (present.kind !== 'ok') return { trouble: present };
  const first: Checkpoint = {
    version: 0,
    ends,
    crm,
    app: present.value,
    backfill: startBackfill(context, 'first sync'),
    round: { number: 0, beganAt: 0, endedAt: null, routed: 0 },
    progress: null,
    horizon: null,
    mapFingerprint: context.sync.spec.fields.map(({ fingerprint }) => fingerprint).join('\n'),
  };
  const outcome = await context.state.saveCheckpoint(context.sync.spec.name, first);
  if (outcome === 'lost') return openSync(context);
  return { checkpoint: { ...first, version: 1 } };
}
