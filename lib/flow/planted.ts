/**
 * Apps in which a create plants our key: whose record it is can be read off its id, before any link and whatever
 * the match value. A key whose row is gone tells nothing, for the row may never come back, or as somebody else.
 */
import type { CrmKey, RemoteId } from '../engine/model.ts';
import type { AppObservation } from '../ports/app.ts';
import type { SyncContext } from './context.ts';
import { wait } from './park.ts';
import { tie } from './tie.ts';
import type { Work } from './work.ts';

/** For looking at a record we know no id of. */
export const plantedTarget = ({ app }: SyncContext, key: CrmKey): { readonly key?: CrmKey } =>
  app.keyOf === undefined ? {} : { key };

export const isPlantedFor = ({ app }: SyncContext, id: RemoteId, key: CrmKey): boolean =>
  app.keyOf?.(id) === key;

/** Of app records without a link, those whose planted key names a row. */
export async function rowsPlanted<T extends AppObservation & { readonly remoteId: RemoteId }>(
  { app, crm }: SyncContext,
  strangers: readonly T[],
): Promise<ReadonlyMap<T, CrmKey>> {
  const planted = strangers.flatMap((observed) => {
    const key = app.keyOf?.(observed.remoteId) ?? null;
    return key === null ? [] : [[observed, key] as const];
  });
  if (planted.length === 0) return new Map();
  const rows = await crm.read([...new Set(planted.map(([, key]) => key))]);
  return new Map(planted.filter(([, key]) => rows.has(key)));
}

/** What a create of ours made is linked at once; its id is in the answer. */
export async function linkMade(
  context: SyncContext,
  work: Work,
  made: AppObservation | null,
): Promise<void> {
  const id = made?.remoteId ?? null;
  if (id === null || id === work.state.remoteId || !isPlantedFor(context, id, work.key)) return;
  const holder = await tie(context, work, id);
  if (holder === work.key) work.state = { ...work.state, link: 'linked' };
  else wait(context, work, `what was made in the app belongs to the CRM row ${holder ?? '?'}`);
}
