/** The names under which a deleted person is remembered, so that nothing that began before revives them. */
import type { SyncConfig } from '../config/model.ts';
import type { SyncContext } from './context.ts';
import type { Work } from './work.ts';

/** CRM key, remote id and match values: any of them may turn up again elsewhere. */
export function tombstonesOf(sync: SyncConfig, work: Work): readonly string[] {
  const { schema, name } = sync.table;
  const names = [`crm:${schema}.${name}:${work.key}`];
  const ids = [work.state.remoteId, work.opened.remoteId].filter((id) => id !== null);
  for (const id of new Set(ids)) names.push(`app:${sync.app}:${id}`);
  return names;
}

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
      const evidence = work.observation?.optInAt ?? work.observation?.version ?? 0;
      return times.some((time) => time >= evidence);
    }),
  );
}
