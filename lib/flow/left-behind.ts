/**
 * What is remembered of people whose row was deleted while the app still has their record: a new row with their match
 * value inherits it. Reads only, so that a pull, which may write no records, can come here.
 */
import type { CrmKey, RecordState, RemoteId } from '../engine/model.ts';
import type { SyncContext } from './context.ts';

/** Of the app's records that these rows hold, those whose row was deleted: what is remembered of each. */
export async function leftBehind(
  { crm, state, sync }: SyncContext,
  links: ReadonlyMap<RemoteId, CrmKey>,
): Promise<ReadonlyMap<RemoteId, RecordState>> {
  const keys = [...new Set(links.values())];
  if (keys.length === 0) return new Map();
  const [known, rows] = await Promise.all([state.load(sync.spec.name, keys), crm.read(keys)]);
  const left = [...links].flatMap(([id, key]) => {
    const record = known.get(key)?.state;
    const isOver = record?.remoteId === id && record.shadow?.existence.c === 'absent';
    return record !== undefined && isOver && !rows.has(key) ? [[id, record] as const] : [];
  });
  return new Map(left);
}
