/**
 * App records of ours that their rows no longer name. What a batch made has no id until the app lists it, and is
 * met by its address. If the row was deleted or renamed meanwhile, no row has that address: taken for a stranger,
 * a deleted person would come back, and a renamed one be there twice.
 */
import type { CrmKey } from '../engine/model.ts';
import { matchShown } from './commands.ts';
import type { SyncContext } from './context.ts';
import { isMaker } from './rivals.ts';

/** Rows changed since the last listing, as a rule few. Beyond them somebody may be taken for a stranger. */
const TOUCHED_MAX = 2_000;

/** By match value, the record that made it at the app; values nobody made are missing. */
export async function makersOf(
  { crm, state, sync }: SyncContext,
  values: readonly string[],
): Promise<ReadonlyMap<string, CrmKey>> {
  if (values.length === 0) return new Map();
  const touched = await crm.touchedLately(TOUCHED_MAX);
  if (touched.length === 0) return new Map();
  const wanted = new Set(values);
  const known = await state.load(sync.spec.name, touched);
  const made = touched.flatMap((key) => {
    const record = known.get(key)?.state;
    if (record === undefined || !isMaker(record)) return [];
    const value = matchShown(sync.spec.fields, record, null);
    return value !== null && wanted.has(value) ? [[value, key] as const] : [];
  });
  return new Map(made);
}
