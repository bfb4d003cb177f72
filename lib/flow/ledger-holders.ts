/**
 * Who else bears an identifier. Two people with one address are one person to the app: what one of them gives up
 * is taken out only when nobody else bears it, and whoever may have gone out with it is told again.
 */
import type { LedgerPlan } from '../engine/ledger.ts';
import type { CrmKey } from '../engine/model.ts';
import type { HolderStore, Holding } from '../ports/state.ts';

/** A record the app is about to be told of. */
export interface Telling {
  /** What it is known by, as it was opened. */
  readonly work: {
    readonly key: CrmKey;
    readonly opened: { readonly ledger: { readonly ids: readonly string[] } | null };
  };
  readonly plan: LedgerPlan;
  /** Of what the record gives up, what nobody else bears. */
  take: readonly string[];
}

/** Where the bearers of a sync's identifiers are kept. */
export interface Bearers {
  readonly state: HolderStore;
  readonly sync: { readonly spec: { readonly name: string } };
}

/** A family or an office shares an address; nobody is told again for the sake of a mailbox of thousands. */
const HOLDERS_MAX = 25;

export async function enterHolders(
  { state, sync }: Bearers,
  tellings: readonly Telling[],
): Promise<void> {
  const holdings = tellings.flatMap(({ work, plan }) => holdingsOf(work.key, plan.put?.ids ?? []));
  if (holdings.length > 0) await state.putHolders(sync.spec.name, holdings);
}

/** Whoever gives an identifier up together with the others on this page is nobody who keeps it. */
export async function sparePeople(context: Bearers, tellings: readonly Telling[]): Promise<void> {
  const givingUp = givenUp(tellings);
  if (givingUp.size === 0) return;
  const { state, sync } = context;
  const most = Math.max(...[...givingUp.values()].map(({ size }) => size));
  const held = await state.holdersOf(sync.spec.name, [...givingUp.keys()], most + 1);
  const isKept = (id: string): boolean =>
    (held.get(id) ?? []).some((key) => givingUp.get(id)?.has(key) !== true);
  for (const telling of tellings) {
    telling.take = telling.plan.take.filter((id) => !isKept(id));
  }
  await dissolveOld(context, tellings);
}

/**
 * An address that another bears now stays; but the row the app was told with it must not, or the two people would
 * go on being one. What the record alone bears takes that row out, and comes in again with the new one.
 */
async function dissolveOld({ state, sync }: Bearers, tellings: readonly Telling[]): Promise<void> {
  const split = tellings.filter(
    ({ plan, take }) => plan.put !== null && take.length < plan.take.length,
  );
  if (split.length === 0) return;
  const held = await state.holdersOf(sync.spec.name, split.flatMap(staying), 2);
  for (const telling of split) {
    const alone = staying(telling).filter((id) => (held.get(id)?.length ?? 0) <= 1);
    telling.take = [...telling.take, ...alone];
  }
}

const staying = ({ work, plan }: Telling): readonly string[] =>
  (work.opened.ledger?.ids ?? []).filter((id) => plan.put?.ids.includes(id) === true);

function givenUp(tellings: readonly Telling[]): ReadonlyMap<string, ReadonlySet<CrmKey>> {
  const keys = new Map<string, Set<CrmKey>>();
  for (const { work, plan } of tellings) {
    for (const id of plan.take) keys.set(id, (keys.get(id) ?? new Set()).add(work.key));
  }
  return keys;
}

/**
 * After the app acknowledged: who is to be told once more. The app may have known several identifiers for one person,
 * so that is whoever shares any of the record's; also who came to bear what was being taken out at that moment.
 */
export async function findSharers(
  { state, sync }: Bearers,
  told: readonly Telling[],
): Promise<readonly CrmKey[]> {
  const taken = told.filter(({ take }) => take.length > 0);
  if (taken.length === 0) return [];
  const ids = taken.flatMap(({ plan }) => [...plan.take, ...(plan.put?.ids ?? [])]);
  const held = await state.holdersOf(sync.spec.name, ids, HOLDERS_MAX);
  const fresh = new Set(told.flatMap(({ work, plan }) => (plan.put === null ? [] : [work.key])));
  return [...new Set([...held.values()].flat())].filter((key) => !fresh.has(key));
}

/** What these do not bear any more. */
export async function dropGivenUp(
  { state, sync }: Bearers,
  told: readonly Telling[],
): Promise<void> {
  const dropped = told.flatMap(({ work, plan }) => holdingsOf(work.key, plan.take));
  if (dropped.length > 0) await state.dropHolders(sync.spec.name, dropped);
}

const holdingsOf = (key: CrmKey, ids: readonly string[]): readonly Holding[] =>
  ids.map((id) => ({ id, key }));
