/** Tying a record to what the app has for it: another row may have been faster, and whoever it was tied to before is given up. */
import type { CrmKey, RemoteId } from '../engine/model.ts';
import type { SyncContext } from './context.ts';
import type { Work } from './work.ts';

/** Says whose it is now. */
export async function tie(
  { state, sync }: SyncContext,
  work: Work,
  id: RemoteId,
): Promise<CrmKey | undefined> {
  const { name } = sync.spec;
  const [holder] = await state.claimLinks(name, [{ id, key: work.key }]);
  if (holder !== work.key) return holder;
  const before = work.state.remoteId;
  if (before !== null && before !== id) await state.releaseLink(name, before, work.key);
  work.state = { ...work.state, remoteId: id };
  return holder;
}
