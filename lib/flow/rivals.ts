/**
 * Several CRM rows with one match value (a household, or a person entered twice) and a record of the app
 * that is linked to none of them. Whose it is nobody can tell, so it is listed for a person. No guess is
 * needed when one of the rows made it: what a batch made is linked only when the app has listed it.
 */
import type { CrmKey, RecordState, RemoteId } from '../engine/model.ts';
import { matchShown } from './commands.ts';
import type { SyncContext } from './context.ts';
import { block, wait } from './park.ts';
import { crmSide } from './sides.ts';
import { appSideOf, newState, type Work } from './work.ts';

export interface Found {
  readonly work: Work;
  readonly id: RemoteId;
}

/** The row made a record in the app whose id is not known yet. */
export const isMaker = (state: RecordState | undefined): boolean =>
  state?.remoteId === null && state.shadow?.existence.r === 'present';

/** Of several rows with one match value, those that are for this app: the filter’s others compete with nobody. */
export async function contenders(
  { crm, sync }: SyncContext,
  keys: readonly CrmKey[],
): Promise<readonly CrmKey[]> {
  const rows = await crm.read(keys);
  return keys.filter((key) => crmSide(sync, rows.get(key), null).existence === 'present');
}

/** The keys whose address another row has now that surely made a record of its own in the app. */
export async function madeByOthers(
  { crm, state, sync }: SyncContext,
  wanted: readonly { readonly key: CrmKey; readonly match: string }[],
): Promise<ReadonlySet<CrmKey>> {
  const rows = await crm.findByMatch([...new Set(wanted.map(({ match }) => match))]);
  const othersOf = ({ key, match }: { key: CrmKey; match: string }): CrmKey[] =>
    (rows.get(match) ?? []).filter((other) => other !== key);
  const others = [...new Set(wanted.flatMap(othersOf))];
  if (others.length === 0) return new Set();
  const known = await state.load(sync.spec.name, others);
  const isTaken = (each: { key: CrmKey; match: string }): boolean =>
    othersOf(each).some((other) => isMaker(known.get(other)?.state));
  return new Set(wanted.filter(isTaken).map(({ key }) => key));
}

/** Finds that may be claimed; the others are parked, or wait for a row that is just being worked on. */
export async function leaveRivals(
  context: SyncContext,
  found: readonly Found[],
): Promise<readonly Found[]> {
  const { crm, state, sync } = context;
  const values = new Map(found.map((each) => [each, matchOf(context, each.work)]));
  const wanted = [...new Set([...values.values()].filter((value) => value !== null))];
  const rows = wanted.length === 0 ? new Map<string, CrmKey[]>() : await crm.findByMatch(wanted);
  const keysOf = (each: Found): readonly CrmKey[] => rows.get(values.get(each) ?? '') ?? [];
  const shared = found.filter((each) => keysOf(each).length > 1 && !isMaker(each.work.state));
  if (shared.length === 0) return found;
  const ids = shared.map(({ id }) => id);
  const links = await state.findLinks(sync.spec.name, ids);
  // Whose it is already, the claim tells.
  const loose = shared.filter(({ id }) => !links.has(id));
  const left: Found[] = [];
  for (const each of loose) {
    const others = keysOf(each).filter((key) => key !== each.work.key);
    const rivals = await contenders(context, others);
    if (rivals.length === 0) continue;
    left.push(each);
    await leaveToOther(context, each, rivals);
  }
  return found.filter((each) => !left.includes(each));
}

function matchOf(context: SyncContext, work: Work): string | null {
  const shown = appSideOf(context.sync, work);
  return matchShown(context.sync.spec.fields, newState(work.key), shown);
}

async function leaveToOther(
  context: SyncContext,
  { work, id }: Found,
  rivals: readonly CrmKey[],
): Promise<void> {
  const { name } = context.sync.spec;
  const known = await context.state.load(name, rivals);
  if (rivals.some((key) => known.get(key)?.state.intent != null)) {
    wait(context, work, 'another row with this address is just looking for its partner');
    return;
  }
  const maker = rivals.find((key) => isMaker(known.get(key)?.state));
  if (maker !== undefined) {
    const reason = `the app’s record with this address was made for the CRM row ${maker}`;
    await block(context, work, maker, reason);
    return;
  }
  const candidates = [work.key, ...rivals];
  const reason = `CRM rows ${candidates.join(', ')} have this person’s match value`;
  const { observation: observed } = work;
  if (observed !== null) {
    const at = context.clock.now();
    await context.state.putUnmatched(name, { remoteId: id, reason, candidates, observed, at });
  }
  await block(context, work, rivals[0] as CrmKey, reason);
}
