/**
 * Who stands in a record's way: rows of the CRM, and records of the app of which each may be this person's. Both are
 * kept as notes under the one that stands there, so that its move finds those who wait for it, and costs one read.
 */
import type { CrmKey, RecordState, RemoteId } from '../engine/model.ts';
import type { Reference } from '../ports/messages.ts';
import type { SyncContext } from './context.ts';
import { route } from './route.ts';

/** A record of the app has no key: it stands in the way under its id. */
export const asBlocker = (id: RemoteId): CrmKey => `?${id}` as CrmKey;

export function blockersOf({ parked, parking }: RecordState): ReadonlySet<CrmKey> {
  const blockers = Object.values(parked).flatMap(({ blockedBy }) => blockedBy ?? []);
  const among = parking?.kind === 'quarantined' ? (parking.among ?? []) : [];
  const whole = blockerOf(parking);
  return new Set([...blockers, ...among.map(asBlocker), ...(whole === null ? [] : [whole])]);
}

export function blockerOf(parking: RecordState['parking']): CrmKey | null {
  if (parking?.kind !== 'quarantined' || parking.blockedBy === undefined) return null;
  return parking.blockedBy as CrmKey;
}

/** Whoever moved wakes those who wait. A sweep asks them as well: a word that was lost would be waited for, for ever. */
export const waitsForRow = ({ parked, parking }: RecordState): boolean =>
  blockerOf(parking) !== null ||
  Object.values(parked).some(({ blockedBy }) => blockedBy !== undefined);

const READS_MAX = 16;

/** Rows that cannot choose between records of the app, of which these have moved. */
export async function waitingFor(
  { state, sync }: Pick<SyncContext, 'state' | 'sync'>,
  ids: readonly RemoteId[],
): Promise<readonly Reference[]> {
  const waiting = new Set<CrmKey>();
  for (let from = 0; from < ids.length; from += READS_MAX) {
    const some = ids.slice(from, from + READS_MAX);
    const found = await Promise.all(
      some.map((id) => state.blockedBy(sync.spec.name, asBlocker(id))),
    );
    for (const key of found.flat()) waiting.add(key);
  }
  return [...waiting].map((key) => ({ key, look: true }));
}

/** Before anything is remembered of the move: a crash between the two must not swallow it. Whose they are is asked anew. */
export async function wakeWaiting(
  context: SyncContext,
  ids: readonly RemoteId[],
  run: string | null,
): Promise<void> {
  if (ids.length === 0) return;
  await context.state.dropUnmatched(context.sync.spec.name, ids);
  await route(context, { refs: await waitingFor(context, ids), position: {}, run });
}
