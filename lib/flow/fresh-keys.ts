/**
 * Keys for people who are to get a row. A database that went back gives out keys a second time: one that our memory knows
 * is somebody else's, with their history and perhaps their tombstone, and is left out.
 */
import type { CrmKey } from '../engine/model.ts';
import type { SyncContext } from './context.ts';

/** Behind a sequence that went back further than this, the last keys are taken as they come: their lane sorts them out. */
const ROUNDS_MAX = 20;

export async function freshKeys(
  { crm, state, sync }: Pick<SyncContext, 'crm' | 'state' | 'sync'>,
  count: number,
): Promise<readonly CrmKey[]> {
  if (count === 0) return [];
  const { name } = sync.spec;
  const keys = await crm.allocate(count);
  const wentBack = (await state.loadCheckpoint(name))?.adoption !== undefined;
  return wentBack ? withoutKnown(keys) : keys;

  async function withoutKnown(given: readonly CrmKey[]): Promise<readonly CrmKey[]> {
    const fresh: CrmKey[] = [];
    let next = given;
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const known = await state.load(name, next);
      fresh.push(...next.filter((key) => !known.has(key)));
      if (fresh.length === count) return fresh;
      next = await crm.allocate(count - fresh.length);
    }
    return [...fresh, ...next];
  }
}
