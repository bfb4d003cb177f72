/** Records a webhook named: who is linked goes to its lane; who is new is met where no delta would bring it. */
import type { CrmKey, RemoteId } from '../engine/model.ts';
import type { NamedTarget, Reference } from '../ports/messages.ts';
import { waitingFor } from './blockers.ts';
import { lookAtNamed } from './compare.ts';
import type { SyncContext } from './context.ts';
import { identify } from './identify.ts';
import { isListed } from './is-listed.ts';

/** Found in the CRM by match value, or by link; what only the app knows comes with its delta. */
export async function identifyNamed(
  { crm, state, sync }: SyncContext,
  named: readonly NamedTarget[],
): Promise<readonly Reference[]> {
  const values = [...new Set(named.flatMap(({ match }) => match ?? []))];
  const ids = idsOf(named);
  const [rows, links] = await Promise.all([
    values.length === 0 ? new Map<string, CrmKey[]>() : crm.findByMatch(values),
    ids.length === 0 ? new Map<RemoteId, CrmKey>() : state.findLinks(sync.spec.name, ids),
  ]);
  const digests = digestsOf(named);
  const linked = [...links].map(([id, key]) => ({ key, look: true, ...digests.get(id) }));
  const byLink = new Set(links.values());
  const byMatch = [...new Set([...rows.values()].flat())].filter((key) => !byLink.has(key));
  return [...linked, ...byMatch.map((key) => ({ key, look: true }))];
}

/** One look each, of an app that brings nobody by itself. */
export async function meetNamed(
  context: SyncContext,
  named: readonly NamedTarget[],
): Promise<readonly Reference[]> {
  if (!isListed(context)) return [];
  const ids = idsOf(named);
  const links = await context.state.findLinks(context.sync.spec.name, ids);
  const nobodys = ids.filter((id) => !links.has(id));
  const waiting = await waitingFor(context, nobodys);
  const looked = await lookAtNamed(context, nobodys);
  if (looked.kind !== 'ok') return waiting;
  const { there, unsure } = looked.value;
  // Whose they are is said anew.
  const clear = nobodys.filter((id) => !unsure.has(id));
  await context.state.dropUnmatched(context.sync.spec.name, clear);
  return [...(await identify(context, there)), ...waiting];
}

const idsOf = (named: readonly NamedTarget[]): readonly RemoteId[] => [
  ...new Set(named.flatMap(({ remoteId }) => remoteId ?? [])),
];

/** Named twice with two digests: at least one of them is news. */
function digestsOf(
  named: readonly NamedTarget[],
): ReadonlyMap<RemoteId, { readonly digest?: string }> {
  const byId = new Map<RemoteId, { readonly digest?: string }>();
  for (const { remoteId, digest } of named) {
    if (remoteId === null) continue;
    const before = byId.get(remoteId);
    const isSame = digest !== undefined && (before === undefined || before.digest === digest);
    byId.set(remoteId, isSame ? { digest } : {});
  }
  return byId;
}
