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
  const crm = await context.crm.identify();
  const ends = { crm: `${crm.systemId}/${crm.table}`, app: context.app.object };
  if (checkpoint === null) return beginSync(context, ends);
  const other =
    checkpoint.ends.app !== ends.app
      ? `the app’s object was “${checkpoint.ends.app}” and is “${ends.app}” now`
      : checkpoint.ends.crm !== ends.crm
        ? `the CRM’s table was “${checkpoint.ends.crm}” and is “${ends.crm}” now`
        : null;
  if (other === null) return { checkpoint };
  const reason = `${other}: links and shadows belong to one pair of ends; correct the configuration, or adopt the new end`;
  return { trouble: { kind: 'halted', reason } };
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
