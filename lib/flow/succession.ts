/**
 * A partner that changes hands. The link item says whose it is; what a record remembers may be older:
 * a message came late, or a call died between the move of the link and the save of the record.
 */
import { findMatchField } from '../engine/match-field.ts';
import type { CrmKey, RecordState, RemoteId } from '../engine/model.ts';
import { isEquivalent } from '../engine/value.ts';
import type { Writing } from './apply-write.ts';
import type { SyncContext } from './context.ts';
import { leftBehind } from './left-behind.ts';
import { block, wait } from './park.ts';
import { route } from './route.ts';
import { appSideOf, newState, type Work } from './work.ts';

/** What is left of a record whose partner belongs to another row now. */
export function withoutPartner(state: RecordState, at: number): RecordState {
  const { key, withdrawnAt, deletedAt, appVersion, wroteAt } = state;
  return { ...newState(key), withdrawnAt, deletedAt: deletedAt ?? at, appVersion, wroteAt };
}

/** Before a delete is pushed: a row without partner that has the person's match value takes the link over. */
export async function joinInsteadOfDelete(context: SyncContext, work: Work): Promise<boolean> {
  const field = findMatchField(context.sync.spec.fields);
  const { remoteId } = work.state;
  if (remoteId === null || field === undefined) return false;
  // Who never had a pair (its row went before it was met) has the address the app shows.
  const shown = appSideOf(context.sync, work)?.fields[field.fingerprint];
  const address = work.state.shadow?.pairs[field.fingerprint]?.c ?? shown;
  const holder = (await context.state.findLinks(context.sync.spec.name, [remoteId])).get(remoteId);
  if (holder !== undefined && holder !== work.key) {
    // Handed over already, by a call that died before it could save that.
    await handOver(context, work, holder);
    return true;
  }
  if (typeof address !== 'string') return false;
  const keys = (await context.crm.findByMatch([address])).get(address) ?? [];
  const { candidate, isBusy, stuck } = await partnerless(context, work, keys);
  if (stuck !== null) {
    const reason = `CRM row ${stuck} has this address too, and is quarantined in the middle of a write: it may be this person`;
    await block(context, work, stuck, reason);
    return true;
  }
  if (isBusy) {
    wait(context, work, 'another row with this address is just looking for its partner');
    return true;
  }
  if (candidate === null) return false;
  await handOver(context, work, candidate);
  return true;
}

export interface Partnerless {
  /** The only one of these rows whose record has no live partner; null when there is none or more than one. */
  readonly candidate: CrmKey | null;
  /** One of them is in the middle of a write, so nobody knows yet. */
  readonly isBusy: boolean;
  /** One of them was stopped in the middle of a write: nobody will know before a person lets it go. */
  readonly stuck: CrmKey | null;
}

const NOBODY: Partnerless = { candidate: null, isBusy: false, stuck: null };

export async function partnerless(
  context: SyncContext,
  work: Work,
  keys: readonly CrmKey[],
): Promise<Partnerless> {
  const others = keys.filter((key) => key !== work.key);
  if (others.length === 0) return NOBODY;
  const known = await context.state.load(context.sync.spec.name, others);
  const { remoteId } = work.state;
  const heir = others.find((key) => known.get(key)?.state.remoteId === remoteId);
  if (heir !== undefined && remoteId !== null) return { ...NOBODY, candidate: heir };
  const free = others.filter((key) => {
    const state = known.get(key)?.state;
    if (state === undefined || state.shadow?.existence.r === 'absent') return true;
    // What a batch made is a partner whose id is not known yet.
    return state.remoteId === null && state.shadow?.existence.r !== 'present';
  });
  const busy = free.filter((key) => known.get(key)?.state.intent != null);
  const stuck = busy.find((key) => known.get(key)?.state.parking?.kind === 'quarantined') ?? null;
  const isBusy = busy.length > 0;
  return { candidate: free.length === 1 && !isBusy ? (free[0] ?? null) : null, isBusy, stuck };
}

/**
 * Moves the link to another row and tells that row's lane before our record is saved: a redo tells again.
 * The heir's record is written first, on condition that nobody did meanwhile: a create of it that is on
 * its way at this moment loses its own condition instead of making the person a second time.
 */
export async function handOver(context: SyncContext, work: Work, to: CrmKey): Promise<void> {
  const { remoteId } = work.state;
  if (remoteId === null) return;
  if (!(await appointHeir(context, work, { key: to, id: remoteId }))) {
    wait(context, work, `CRM row ${to}, which takes the partner over, is being worked on`);
    return;
  }
  await context.state.moveLink(context.sync.spec.name, remoteId, work.key, to);
  const { observation } = work;
  const ref =
    observation === null ? { key: to, look: true } : { key: to, observed: observation, look: true };
  await route(context, { refs: [ref], position: {}, run: work.run });
  work.decisions.push({
    field: null,
    action: 'leave',
    reason: {
      rule: 'identity/joined',
      text: `the person is CRM row ${to} now; the link moved there`,
    },
  });
  work.state = withoutPartner(work.state, context.clock.now());
  work.progress = 'done';
  work.isDirty = true;
}

/**
 * The heir takes over that the person was there, and what is known of their consent. The row’s values
 * meet the app’s for the first time: what a sparse new row leaves out is not emptied in the app.
 */
async function appointHeir(
  context: SyncContext,
  { state: old }: Work,
  { key, id }: { readonly key: CrmKey; readonly id: RemoteId },
): Promise<boolean> {
  const { state, sync } = context;
  const known = (await state.load(sync.spec.name, [key])).get(key);
  const heir = known ?? { state: newState(key), version: 0, marks: 0 };
  if (heir.state.remoteId === id) return true;
  const base = heir.state.remoteId === null ? heir.state : newState(key);
  const next: RecordState = {
    ...base,
    remoteId: id,
    link: old.link,
    shadow:
      old.shadow === null
        ? null
        : { existence: { c: 'present', r: old.shadow.existence.r }, pairs: {} },
    archivedByUs: old.archivedByUs,
    withdrawnAt: latest(old.withdrawnAt, heir.state.withdrawnAt),
  };
  const [outcome] = await state.save(sync.spec.name, [{ ...heir, state: next }]);
  return outcome === 'saved';
}

/**
 * Asks the links about partners that a late message may have brought, and about those of deleted rows.
 * A partner nobody claimed yet is claimed; the pull claimed those of records never met.
 */
export async function leaveForeignPartners(
  context: SyncContext,
  works: readonly Work[],
): Promise<void> {
  const doubtful = works.flatMap((work) =>
    isDoubtful(work) ? [{ work, id: work.state.remoteId }] : [],
  );
  const claims = doubtful.map(({ work, id }) => ({ id: id as RemoteId, key: work.key }));
  if (claims.length === 0) return;
  const holders = await holdersOf(context, claims);
  for (const { work, id } of doubtful) {
    const holder = holders.get(id as RemoteId);
    if (holder !== undefined && holder !== work.key) leavePartner(context, work, holder);
  }
}

/** Looks first: nearly all of them are claimed, and a claim that loses is billed as a write. */
async function holdersOf(
  { state, sync }: SyncContext,
  claims: readonly { readonly id: RemoteId; readonly key: CrmKey }[],
): Promise<ReadonlyMap<RemoteId, CrmKey>> {
  const { name } = sync.spec;
  const held = await state.findLinks(
    name,
    claims.map(({ id }) => id),
  );
  const open = claims.filter(({ id }) => !held.has(id));
  if (open.length === 0) return held;
  const won = await state.claimLinks(name, open);
  return new Map([...held, ...open.map(({ id }, index) => [id, won[index] as CrmKey] as const)]);
}

function isDoubtful({ state, opened, cautious, stored, crm }: Work): boolean {
  if (state.remoteId === null) return false;
  if (state.remoteId === opened.remoteId) return crm.existence === 'absent';
  return cautious || stored.version > 0;
}

function leavePartner(context: SyncContext, work: Work, holder: CrmKey): void {
  const isOwn = work.state.remoteId === work.opened.remoteId;
  work.state = isOwn ? withoutPartner(work.state, context.clock.now()) : work.opened;
  work.isDirty = isOwn;
  work.observation = null;
  work.proof = 'assumed';
  work.follow.push({ key: holder, look: true });
}

/** A deleted row whose partner another row has already: there is nothing left to take out of the app. */
export function leaveJoined(context: SyncContext, work: Work, holder: CrmKey): void {
  work.state = withoutPartner(work.state, context.clock.now());
  work.decisions.push({
    field: null,
    action: 'leave',
    reason: { rule: 'identity/joined', text: `the person is CRM row ${holder} now` },
  });
  work.progress = 'done';
  work.isDirty = true;
}

/**
 * We made a record in a batch, and before its id was known our row got another address and another row
 * this one: the pull gave the record to that row.
 */
export function isTakenOver({ sync }: SyncContext, { state, crm }: Work): boolean {
  const field = findMatchField(sync.spec.fields);
  const agreed = field === undefined ? undefined : state.shadow?.pairs[field.fingerprint]?.r;
  const own = field === undefined ? undefined : crm.fields[field.fingerprint];
  if (field === undefined || agreed === undefined || own === undefined) return false;
  return !isEquivalent(field.type, agreed, own);
}

/** The row starts anew with its own address. */
export function forgetTaken(work: Work): void {
  work.state = { ...withoutPartner(work.state, 0), deletedAt: work.state.deletedAt };
  work.observation = null;
  work.proof = 'assumed';
  work.isDirty = true;
}

const NOTHING_SEEN = { remoteId: null, existence: 'absent' } as const;

/**
 * The app's record belongs to a row that was deleted, and went with it, or is there again without a row: a new row with its
 * address takes over what was agreed, above all the consent. True when it did; the link follows once that is noted.
 */
export async function inherit(context: SyncContext, work: Work, holder: CrmKey): Promise<boolean> {
  const { remoteId: id, existence } = work.observation ?? NOTHING_SEEN;
  if (id === null || existence === 'absent' || work.crm.existence !== 'present') return false;
  const old = (await leftBehind(context, new Map([[id, holder]]))).get(id);
  if (old === undefined || old.intent !== null) return false;
  // Archived by the app it stays so, and who is there again is there: there is nothing to write, and so no intent to wait for.
  const isRevived = existence === 'archived' && old.archivedByUs;
  if (!isRevived && !(await moveLink(context, id, holder, work))) return false;
  work.state = {
    ...old,
    key: work.key,
    parked: {},
    parking: null,
    deletedAt: null,
    withheld: null,
    passed: [],
    withdrawnAt: latest(old.withdrawnAt, work.state.withdrawnAt),
  };
  work.isDirty = true;
  return true;
}

const latest = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.max(a, b);

/**
 * The link of an inherited record moves after our intent was noted, or a crash would leave a link whose
 * new owner knows nothing of what it inherited. Records that lost it meanwhile look again later.
 */
export async function moveInherited(
  context: SyncContext,
  noted: readonly Writing[],
): Promise<readonly Writing[]> {
  const revivals = noted.flatMap(({ work, verdict }) =>
    verdict.action === 'revive-app' && verdict.state.remoteId !== null
      ? [{ work, id: verdict.state.remoteId }]
      : [],
  );
  if (revivals.length === 0) return noted;
  const { name } = context.sync.spec;
  const ids = revivals.map(({ id }) => id);
  const holders = await context.state.findLinks(name, ids);
  const lost = new Set<Work>();
  for (const { work, id } of revivals) {
    const holder = holders.get(id);
    if (holder === undefined || holder === work.key) continue;
    if (await moveLink(context, id, holder, work)) continue;
    wait(context, work, 'the app’s record with this address is changing hands');
    lost.add(work);
  }
  return noted.filter(({ work }) => !lost.has(work));
}

/** The old holder is told, so that it forgets the partner. */
async function moveLink(
  context: SyncContext,
  id: RemoteId,
  from: CrmKey,
  { key: to, run }: Work,
): Promise<boolean> {
  const outcome = await context.state.moveLink(context.sync.spec.name, id, from, to);
  if (outcome === 'saved')
    await route(context, { refs: [{ key: from, look: true }], position: {}, run });
  return outcome === 'saved';
}
