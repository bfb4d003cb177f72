/**
 * Pull gives every reference a CRM key, so that both directions of one person meet in one lane:
 * by link → by the key planted in the app → by match key, unique on both sides → a key allocated now and claimed by the reverse link.
 * Two candidates, or one that belongs to somebody else, is listed for a person and never guessed.
 */
import { findMatchField } from '../engine/match-field.ts';
import { meetAnew } from '../engine/adoption.ts';
import type { CrmKey, RecordState, RemoteId } from '../engine/model.ts';
import type { AppObservation } from '../ports/app.ts';
import type { Reference } from '../ports/messages.ts';
import type { StoredRecord } from '../ports/state.ts';
import type { SyncContext } from './context.ts';
import { makersOf } from './changelings.ts';
import { freshKeys } from './fresh-keys.ts';
import { isListed } from './is-listed.ts';
import { NOTHING_SHARED, type FindShared } from './match-values.ts';
import { rowsPlanted } from './planted.ts';
import { contenders, isMaker } from './rivals.ts';
import { noteStrangers } from './strangers.ts';
import { buriedAtApp } from './tombstones.ts';

type Known = AppObservation & { readonly remoteId: RemoteId };

export async function identify(
  context: SyncContext,
  observations: readonly AppObservation[],
  /** Besides those that stand on one page. @default none */
  findShared: FindShared = NOTHING_SHARED,
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
    : [...linked, ...(await meetStrangers(context, strangers, findShared))];
}

async function meetStrangers(
  context: SyncContext,
  strangers: readonly Known[],
  findShared: FindShared,
): Promise<Reference[]> {
  const planted = await rowsPlanted(context, strangers);
  const values = new Map(strangers.map((observed) => [observed, matchOf(context, observed)]));
  const wanted = [...new Set([...values.values()].filter((value) => value !== null))];
  const rows = await context.crm.findByMatch(wanted);
  const { candidates, makers, partners } = await freeRows(context, [
    ...new Set([...[...rows.values()].flat(), ...planted.values()]),
  ]);
  const shared = await sharedAmong(context, findShared, {
    values: strangers.filter((each) => !planted.has(each)).map((each) => values.get(each) ?? null),
    rows,
  });
  const claims: Claim[] = [];
  const newcomers: Known[] = [];
  const nobodys: Known[] = [];
  const taken = new Set<CrmKey>();
  for (const observed of strangers) {
    const own = planted.get(observed);
    const keys = own === undefined ? (rows.get(values.get(observed) ?? '') ?? []) : [own];
    // A link that a restored state table has lost, while its record was kept, or written since.
    const tied = keys.filter((each) => partners.get(each) === observed.remoteId);
    const [key, rival] = await ownersAmong(context, tied.length === 1 ? tied : keys, makers);
    if (key === undefined) {
      const isWanted = observed.existence === 'present' && context.sync.spec.create.inCrm;
      (isWanted ? newcomers : nobodys).push(observed);
      continue;
    }
    const isFree = rival === undefined && (candidates.has(key) || tied.includes(key));
    const isShared =
      own === undefined && tied.length !== 1 && shared.has(values.get(observed) ?? '');
    if (isFree && !isShared && !taken.has(key)) {
      taken.add(key);
      claims.push({ id: observed.remoteId, key, observed, hadRow: true });
    } else {
      await list(context, observed, keys, isFree && isShared ? SHARED : whyNot(keys));
      nobodys.push(observed);
    }
  }
  await noteStrangers(context, nobodys);
  if (!context.sync.write) {
    await plan(context, strangers, newcomers);
    return claim(context, claims);
  }
  const made = await makersOf(
    context,
    newcomers.flatMap((observed) => values.get(observed) ?? []),
  );
  const makerOf = (observed: Known): CrmKey | undefined => made.get(values.get(observed) ?? '');
  for (const observed of newcomers) {
    const key = makerOf(observed);
    if (key !== undefined) claims.push({ id: observed.remoteId, key, observed });
  }
  const unknown = newcomers.filter((observed) => makerOf(observed) === undefined);
  const allocated = await freshKeys(context, unknown.length);
  for (const [index, observed] of unknown.entries()) {
    claims.push({ id: observed.remoteId, key: allocated[index] as CrmKey, observed });
  }
  return claim(context, claims);
}

/** Of the values that rows have too, those that several of the app's records have; not asked of an app that allows none. */
async function sharedAmong(
  context: SyncContext,
  findShared: FindShared,
  met: {
    readonly values: readonly (string | null)[];
    readonly rows: ReadonlyMap<string, readonly CrmKey[]>;
  },
): Promise<ReadonlySet<string>> {
  if (!isListed(context)) return new Set();
  const values = met.values.filter((value) => value !== null && met.rows.has(value)) as string[];
  const twice = values.filter((value, index) => values.indexOf(value) !== index);
  return new Set([...twice, ...(await findShared([...new Set(values)]))]);
}

/** Whoever made it in a batch; else the rows that are for this app; else all of them. More than one is ambiguous. */
async function ownersAmong(
  context: SyncContext,
  keys: readonly CrmKey[],
  makers: ReadonlySet<CrmKey>,
): Promise<readonly CrmKey[]> {
  if (keys.length < 2) return keys;
  const made = keys.filter((key) => makers.has(key));
  if (made.length === 1) return made;
  const meant = await contenders(context, keys);
  return meant.length === 0 ? keys : meant;
}

/** A key of their own would be taken from the CRM's sequence: a sync that only looks counts them instead. */
async function plan(
  context: SyncContext,
  strangers: readonly Known[],
  newcomers: readonly Known[],
): Promise<void> {
  const { state, sync } = context;
  const buried = await buriedAtApp(context, newcomers);
  const planned = new Set(newcomers.filter((each) => !buried.has(each)));
  const idOf = ({ remoteId }: Known): RemoteId => remoteId;
  await state.putPlanned(sync.spec.name, [...planned].map(idOf));
  await state.dropPlanned(sync.spec.name, strangers.filter((each) => !planned.has(each)).map(idOf));
}

/** A claim that somebody made before us stands: the reference then goes to that key's lane. */
async function claim({ state, sync }: SyncContext, claims: readonly Claim[]): Promise<Reference[]> {
  if (claims.length === 0) return [];
  const holders = await state.claimLinks(sync.spec.name, claims);
  return claims.map(({ key, observed, hadRow }, index) => {
    const holder = holders[index] as CrmKey;
    return { key: holder, observed, ...(hadRow === true && holder === key ? { hadRow } : {}) };
  });
}

interface Claim {
  readonly id: RemoteId;
  readonly key: CrmKey;
  readonly observed: Known;
  /** The key is that of a row, which was there just now. */
  readonly hadRow?: true;
}

interface FreeRows {
  readonly candidates: ReadonlySet<CrmKey>;
  readonly makers: ReadonlySet<CrmKey>;
  /** Whom each of the rows is tied to. */
  readonly partners: ReadonlyMap<CrmKey, RemoteId | null>;
}

/** Rows whose record has no live partner yet, and those of them that made one in a batch. */
async function freeRows({ state, sync }: SyncContext, keys: readonly CrmKey[]): Promise<FreeRows> {
  if (keys.length === 0) return { candidates: new Set(), makers: new Set(), partners: new Map() };
  const stored = await state.load(sync.spec.name, keys);
  const known = await asMetNow({ state, sync }, stored);
  const candidates = keys.filter((key) => {
    const record = known.get(key);
    return (
      record === undefined || record.remoteId === null || record.shadow?.existence.r === 'absent'
    );
  });
  const makers = keys.filter((key) => isMaker(known.get(key)));
  const partners = keys.map((key) => [key, known.get(key)?.remoteId ?? null] as const);
  return {
    candidates: new Set(candidates),
    makers: new Set(makers),
    partners: new Map(partners),
  };
}

/**
 * Records as they are after an adoption that not all of them have met yet. At another object of the app nobody has the
 * partner they had, and an app that tells nobody apart would be given everybody a second time.
 */
async function asMetNow(
  { state, sync }: Pick<SyncContext, 'state' | 'sync'>,
  stored: ReadonlyMap<CrmKey, StoredRecord>,
): Promise<ReadonlyMap<CrmKey, RecordState>> {
  const records = [...stored].map(([key, record]) => [key, record.state] as const);
  if (records.every(([, { remoteId }]) => remoteId === null)) return new Map(records);
  const adoption = (await state.loadCheckpoint(sync.spec.name))?.adoption;
  return new Map(records.map(([key, record]) => [key, meetAnew(record, adoption)] as const));
}

function matchOf({ sync }: SyncContext, observed: AppObservation): string | null {
  const field = findMatchField(sync.spec.fields);
  if (field === undefined) return null;
  const parsed = field.type.parse(observed.raw[field.path]);
  return parsed.ok && typeof parsed.value === 'string' ? parsed.value : null;
}

/** The row looks at all of them when its turn comes, and then waits under the name of each (namesakes.ts). */
const SHARED = 'several records of the app have this person’s match value';

const whyNot = (candidates: readonly CrmKey[]): string =>
  candidates.length > 1
    ? `${candidates.length} CRM rows have this person’s match value`
    : `the CRM row with this person’s match value is linked to another record of the app`;

async function list(
  context: SyncContext,
  observed: Known,
  candidates: readonly CrmKey[],
  reason: string,
): Promise<void> {
  await context.state.putUnmatched(context.sync.spec.name, {
    remoteId: observed.remoteId,
    reason,
    candidates,
    observed,
    at: context.clock.now(),
  });
}
