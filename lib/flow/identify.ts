/**
 * Pull gives every reference a CRM key, so that both directions of one person meet in one lane:
 * by link → by match key, unique on both sides → a key allocated now and claimed by the reverse link.
 * Two candidates, or one that belongs to somebody else, is listed for a person and never guessed.
 */
import type { CrmKey, RecordState, RemoteId } from '../engine/model.ts';
import type { AppObservation, FetchTarget } from '../ports/app.ts';
import type { Reference } from '../ports/messages.ts';
import type { SyncContext } from './context.ts';
import { makingOf, type Making } from './makers.ts';

type Known = AppObservation & { readonly remoteId: RemoteId };

export async function identify(
  context: SyncContext,
  observations: readonly AppObservation[],
): Promise<readonly Reference[]> {
  const known = observations.filter((each): each is Known => each.remoteId !== null);
  if (known.length === 0) return [];
  const { state, sync } = context;
  const links = await state.findLinks(
    sync.spec.name,
    known.map(({ remoteId }) => remoteId),
  );
  const linked = known.flatMap((observed) => {
    const key = links.get(observed.remoteId);
    return key === undefined ? [] : [{ key, observed }];
  });
  const strangers = known.filter(({ remoteId }) => !links.has(remoteId));
  return strangers.length === 0
    ? linked
    : [...linked, ...(await meetStrangers(context, strangers))];
}

async function meetStrangers(
  context: SyncContext,
  strangers: readonly Known[],
): Promise<Reference[]> {
  const values = new Map(strangers.map((observed) => [observed, matchOf(context, observed)]));
  const wanted = [...new Set([...values.values()].filter((value) => value !== null))];
  const rows = await context.crm.findByMatch(wanted);
  const { free, makers } = await standOf(context, [...new Set([...rows.values()].flat())]);
  const claims: { id: RemoteId; key: CrmKey; observed: Known }[] = [];
  const newcomers: Known[] = [];
  const taken = new Set<CrmKey>();
  for (const observed of strangers) {
    const keys = rows.get(values.get(observed) ?? '') ?? [];
    const sure = keys.filter((each) => makers.get(each) === 'made');
    const perhaps = keys.filter((each) => makers.get(each) === 'perhaps');
    const [key, ...rivals] = [sure, perhaps].find(({ length }) => length === 1) ?? keys;
    if (key === undefined) {
      if (observed.existence === 'present' && context.sync.spec.create.inCrm)
        newcomers.push(observed);
      continue;
    }
    if (rivals.length === 0 && free.has(key) && !taken.has(key)) {
      taken.add(key);
      claims.push({ id: observed.remoteId, key, observed });
    } else {
      await list(context, observed, keys);
    }
  }
  const allocated = newcomers.length === 0 ? [] : await context.crm.allocate(newcomers.length);
  for (const [index, observed] of newcomers.entries()) {
    claims.push({ id: observed.remoteId, key: allocated[index] as CrmKey, observed });
  }
  return claim(context, claims);
}

/** A claim that somebody made before us stands: the reference then goes to that key's lane. */
async function claim(
  { state, sync }: SyncContext,
  claims: readonly { id: RemoteId; key: CrmKey; observed: Known }[],
): Promise<Reference[]> {
  if (claims.length === 0) return [];
  const holders = await state.claimLinks(sync.spec.name, claims);
  return claims.map(({ observed }, index) => ({ key: holders[index] as CrmKey, observed }));
}

interface Stand {
  /** Rows whose record has no live partner yet. */
  readonly free: ReadonlySet<CrmKey>;
  /** The ones that made a record in the app, or may have, whose id nobody knows yet. */
  readonly makers: ReadonlyMap<CrmKey, Making>;
}

async function standOf({ state, sync }: SyncContext, keys: readonly CrmKey[]): Promise<Stand> {
  if (keys.length === 0) return { free: new Set(), makers: new Map() };
  const known = await state.load(sync.spec.name, keys);
  const recordOf = (key: CrmKey): RecordState | undefined => known.get(key)?.state;
  const isFree = (record: RecordState | undefined): boolean =>
    record === undefined || record.remoteId === null || record.shadow?.existence.r === 'absent';
  return {
    free: new Set(keys.filter((key) => isFree(recordOf(key)))),
    makers: new Map(keys.map((key) => [key, makingOf(recordOf(key))])),
  };
}

function matchOf({ sync }: SyncContext, observed: AppObservation): string | null {
  const field = sync.spec.fields.find((each) => each.role === 'match');
  if (field === undefined) return null;
  const parsed = field.type.parse(observed.raw[field.path]);
  return parsed.ok && typeof parsed.value === 'string' ? parsed.value : null;
}

async function list(
  context: SyncContext,
  observed: Known,
  candidates: readonly CrmKey[],
): Promise<void> {
  const reason =
    candidates.length > 1
      ? `${candidates.length} CRM rows have this person’s match value`
      : `the CRM row with this person’s match value is linked to another record of the app`;
  await context.state.putUnmatched(context.sync.spec.name, {
    remoteId: observed.remoteId,
    reason,
    candidates,
    observed,
    at: context.clock.now(),
  });
}

/** Records a webhook named: found in the CRM by match value; what only the app knows comes with its delta. */
export async function identifyNamed(
  { crm, state, sync }: SyncContext,
  named: readonly FetchTarget[],
): Promise<readonly Reference[]> {
  const values = [...new Set(named.flatMap(({ match }) => match ?? []))];
  const ids = [...new Set(named.flatMap(({ remoteId }) => remoteId ?? []))];
  const [rows, links] = await Promise.all([
    values.length === 0 ? new Map<string, CrmKey[]>() : crm.findByMatch(values),
    ids.length === 0 ? new Map<RemoteId, CrmKey>() : state.findLinks(sync.spec.name, ids),
  ]);
  const keys = new Set([...[...rows.values()].flat(), ...links.values()]);
  return [...keys].map((key) => ({ key, look: true }));
}
