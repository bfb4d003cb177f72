/** The names under which a deleted person is remembered, so that nothing that began before revives them. */
import type { SyncConfig } from '../config/model.ts';
import type { RemoteId } from '../engine/model.ts';
import type { AppObservation } from '../ports/app.ts';
import type { SyncContext } from './context.ts';
import type { Work } from './work.ts';

/** CRM key, remote id and match values: any of them may turn up again elsewhere. */
export function tombstonesOf(sync: SyncConfig, work: Work): readonly string[] {
  const { schema, name } = sync.table;
  const names = [`crm:${schema}.${name}:${work.key}`];
  const ids = [work.state.remoteId, work.opened.remoteId].filter((id) => id !== null);
  for (const id of new Set(ids)) names.push(nameAtApp(sync, id));
  return names;
}

const nameAtApp = (sync: SyncConfig, id: RemoteId): string => `app:${sync.app}:${id}`;

/**
 * Creates that a tombstone stops: what they rest on began before the deletion. A later sign-up has the
 * app's own newer time and passes; a row that is in the CRM now was read after any deletion of it.
 */
export async function withoutBuried(
  context: SyncContext,
  works: readonly Work[],
): Promise<ReadonlySet<Work>> {
  const creates = works.filter(({ verdict }) => verdict?.action === 'create-crm');
  if (creates.length === 0) return new Set();
  const namesOf = new Map(creates.map((work) => [work, tombstonesOf(context.sync, work)]));
  const buried = await context.state.buried([...namesOf.values()].flat());
  return new Set(
    creates.filter((work) => {
      const times = (namesOf.get(work) ?? []).flatMap((name) => buried.get(name) ?? []);
      return times.some((time) => isAfter(time, work.observation));
    }),
  );
}

/** App records of nobody that a tombstone keeps from getting a row. */
export async function buriedAtApp<T extends AppObservation & { readonly remoteId: RemoteId }>(
  { state, sync }: SyncContext,
  observations: readonly T[],
): Promise<ReadonlySet<T>> {
  if (observations.length === 0) return new Set();
  const nameOf = ({ remoteId }: T): string => nameAtApp(sync, remoteId);
  const buried = await state.buried(observations.map(nameOf));
  return new Set(observations.filter((each) => isAfter(buried.get(nameOf(each)) ?? -1, each)));
}

const isAfter = (buriedAt: number, observation: AppObservation | null): boolean =>
  buriedAt >= (observation?.optInAt ?? observation?.version ?? 0);
