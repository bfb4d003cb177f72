/**
 * Keys for people who are to get a row. A database that went back gives out keys a second time, and does so before anybody
 * has noticed: one that our memory knows is somebody else's, with their history and perhaps their tombstone, and is left out.
 */
import type { CrmKey } from '../engine/model.ts';
import type { SyncContext } from './context.ts';

/** Behind a sequence that went back further than this, the last keys are taken as they come: their lane sorts them out. */
const ROUNDS_MAX = 20;

export async function freshKeys(
  { crm, state, sync }: Pick<SyncContext, 'crm' | 'state' | 'sync'>,
  count: number,
): Promise<readonly CrmKey[]> {
  const fresh: CrmKey[] = [];
  let given: readonly CrmKey[] = [];
  for (let round = 0; round < ROUNDS_MAX && fresh.length < count; round += 1) {
    given = await crm.allocate(count - fresh.length);
    const known = await state.load(sync.spec.name, given);
    fresh.push(...given.filter((key) => !known.has(key)));
  }
  return fresh.length === count ? fresh : [...fresh, ...given.slice(fresh.length - count)];
}
