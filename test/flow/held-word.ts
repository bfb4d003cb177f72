/** A person’s word about what brakes hold, in a world. */
import { mapCode, mapOf } from '../../lib/engine/sync-map.ts';
import type { CarryExcuse } from '../../lib/plan/carry-out.ts';
import type { Settled } from '../../lib/plan/send-pages.ts';
import { settleHeldSet, type HeldOrder } from '../../lib/plan/settle-held.ts';
import type { World } from '../support/flow-world/world.ts';
import { contextOf } from './explain-world.ts';

/** Carried in the lanes; nothing else rings. */
export async function say(
  world: World,
  verb: HeldOrder['verb'],
  batch: HeldOrder['batch'] = { class: null, batch: null },
): Promise<Settled & { readonly excuses: readonly CarryExcuse[] }> {
  const context = contextOf(world);
  const excuses: CarryExcuse[] = [];
  const settled = await settleHeldSet(
    context,
    { verb, batch, by: 'ann', seenAt: world.clock.now() },
    {
      planId: `held-${world.clock.now()}`,
      attempt: '1',
      code: mapCode(mapOf(context.sync.spec, context.sync.functions)),
      pollMs: 10,
      silenceMaxMs: 60_000,
      onExcuse: (excuse) => excuses.push(excuse),
    },
  );
  return { ...settled, excuses };
}
