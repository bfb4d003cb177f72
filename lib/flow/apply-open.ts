/** Opening a page: references of one lane united by key, with what we remember and what the CRM shows. */
import { isDeepStrictEqual } from 'node:util';
import { meetAnew } from '../engine/adoption.ts';
import { hasDelta } from '../engine/delta.ts';
import type { CrmKey, RecordState } from '../engine/model.ts';
import { forgetRetired, NO_RETIREMENT } from '../engine/retirement.ts';
import type { LaneMessage, Reference, ResolveCommand } from '../ports/messages.ts';
import type { CrmRow } from '../ports/crm.ts';
import type { Checkpoint, StoredRecord } from '../ports/state.ts';
import { blockersOf } from './blockers.ts';
import type { SyncContext } from './context.ts';
import { digesterOf, digestOfState } from './digest.ts';
import { appSide, crmSide } from './sides.ts';
import { leaveForeignPartners } from './succession.ts';
import { isOfFilter } from './user-functions.ts';
import { crmTime, isFenced, newState, type Work } from './work.ts';

export interface Delivered {
  readonly message: LaneMessage;
  /** 1 on the first delivery. */
  readonly receiveCount: number;
  /** As the queue calls it; stands in history. */
  readonly id?: string;
}

/** One record of a page before anything of it was parsed: what could be poisonous is untouched. */
export interface Gathered {
  readonly ref: Reference;
  readonly commands: readonly ResolveCommand[];
  readonly stored: StoredRecord;
  /** What kept it out of traffic is over, and stands in the store still. */
  readonly isFreed: boolean;
  readonly row: CrmRow | undefined;
  readonly cautious: boolean;
  /** Of the last message that names the record. */
  readonly run: string | null;
  readonly message: string | null;
}

/** What of a sync's history decides how its records are remembered. */
type Standing = Pick<Checkpoint, 'retirement' | 'adoption'>;

export async function gatherPage(
  context: SyncContext,
  delivered: readonly Delivered[],
  standing: Standing | null,
): Promise<readonly Gathered[]> {
  const refs = uniteRefs(delivered.flatMap(({ message }) => message.refs));
  const commands = commandsByKey(delivered);
  const keys = [...new Set([...refs.keys(), ...commands.keys()])];
  if (keys.length === 0) return [];
  const { state, sync, crm, clock } = context;
  const [known, rows] = await Promise.all([state.load(sync.spec.name, keys), crm.read(keys)]);
  const cautious = delivered.some(({ receiveCount }) => receiveCount > 1);
  const origins = originsByKey(delivered);
  return keys.map((key) => ({
    ref: refs.get(key) ?? { key, look: true },
    commands: commands.get(key) ?? [],
    ...remembered(known.get(key) ?? newRecord(key), standing, clock.now()),
    row: rows.get(key),
    cautious,
    ...(origins.get(key) ?? NO_ORIGIN),
  }));
}

const newRecord = (key: CrmKey): StoredRecord => ({ state: newState(key), version: 0, marks: 0 });

/**
 * As if it had been stored so: no record is written for the sake of what is over. But whoever was out of traffic is found
 * by that, again and again, until it is stored that they are not any more.
 */
function remembered(
  stored: StoredRecord,
  standing: Standing | null,
  now: number,
): Pick<Gathered, 'stored' | 'isFreed'> {
  const kept = forgetRetired(stored.state, standing?.retirement ?? NO_RETIREMENT, now);
  const state = meetAnew(kept, standing?.adoption);
  if (state === stored.state) return { stored, isFreed: false };
  return {
    stored: { ...stored, state },
    isFreed: isOutOfTraffic(stored.state) && !isOutOfTraffic(state),
  };
}

const isOutOfTraffic = ({ parking, parked, withheld }: StoredRecord['state']): boolean =>
  parking !== null || withheld !== null || Object.keys(parked).length > 0;

type Origin = Pick<Gathered, 'run' | 'message'>;
const NO_ORIGIN: Origin = { run: null, message: null };

/** A person's order belongs to no run, but to a message all the same. */
function originsByKey(delivered: readonly Delivered[]): ReadonlyMap<CrmKey, Origin> {
  const origins = new Map<CrmKey, Origin>();
  for (const { message, id = null } of delivered) {
    for (const { key } of message.commands ?? [])
      origins.set(key, { run: origins.get(key)?.run ?? null, message: id });
    for (const { key } of message.refs) origins.set(key, { run: message.run ?? null, message: id });
  }
  return origins;
}

export async function openWorks(
  context: SyncContext,
  gathered: readonly Gathered[],
): Promise<Work[]> {
  const works = gathered.map((each) => openWork(context, each));
  await leaveForeignPartners(context, works);
  return works;
}

/** The same record named twice is one record: the newest time counts, and two observations that differ are a reason to look. */
export function uniteRefs(refs: readonly Reference[]): Map<CrmKey, Reference> {
  const united = new Map<CrmKey, Reference>();
  for (const ref of refs) {
    const other = united.get(ref.key);
    united.set(ref.key, other === undefined ? ref : unite(other, ref));
  }
  return united;
}

function unite(a: Reference, b: Reference): Reference {
  const crmAt = Math.max(a.crmAt ?? 0, b.crmAt ?? 0);
  const goneAt = Math.max(a.goneAt ?? 0, b.goneAt ?? 0);
  const observed = b.observed ?? a.observed;
  // Two hosts' clocks do not tell which of two looks was the later one, and a second holds both.
  const isUnsure =
    a.observed !== undefined &&
    b.observed !== undefined &&
    (a.observed.existence !== b.observed.existence ||
      !isDeepStrictEqual(a.observed.raw, b.observed.raw));
  const isLook = isUnsure || a.look === true || b.look === true;
  const isWake = a.wake === true || b.wake === true;
  const looks = [a, b].filter(({ look }) => look === true);
  const [digest, ...others] = isUnsure ? [] : new Set(looks.map((each) => each.digest));
  return {
    key: a.key,
    ...(crmAt > 0 ? { crmAt } : {}),
    ...(goneAt > 0 && goneAt >= crmAt ? { goneAt } : {}),
    ...(a.hadRow === true || b.hadRow === true ? { hadRow: true } : {}),
    ...(observed === undefined ? {} : { observed }),
    ...(isLook ? { look: true } : {}),
    ...(digest === undefined || others.length > 0 ? {} : { digest }),
    ...(isWake ? { wake: true } : {}),
  };
}

function commandsByKey(delivered: readonly Delivered[]): Map<CrmKey, ResolveCommand[]> {
  const byKey = new Map<CrmKey, ResolveCommand[]>();
  for (const command of delivered.flatMap(({ message }) => message.commands ?? [])) {
    byKey.set(command.key, [...(byKey.get(command.key) ?? []), command]);
  }
  return byKey;
}

function openWork(context: SyncContext, gathered: Gathered): Work {
  const { ref, commands, stored, row, cautious, run, message } = gathered;
  const { sync } = context;
  const known = stored.state;
  const isLook = ref.look === true && !isEcho(context, known, ref);
  const met = row === undefined ? wasThere(known, ref) : known;
  const { state, observation, mustLook } = meetObservation(context, met, ref);
  const work: Work = {
    key: ref.key,
    ref,
    run,
    message,
    commands,
    opened: known,
    stored,
    state: ref.look === true || cautious || owesLook(known) ? withoutBlocks(state) : state,
    row,
    crm: crmSide(sync, row, crmTime(ref, row, context.clock.now()), state.shadow),
    observation,
    proof: observation === null ? 'assumed' : 'seen',
    mustLook: mustLook || isLook || commands.length > 0,
    cautious,
    verdict: null,
    decisions: [],
    progress: 'open',
    isAtRest: false,
    isLost: false,
    isDirty: state !== known || gathered.isFreed,
    follow: [],
    movedAway: false,
  };
  if (isStill(context, work) || isJudged(work)) return { ...work, progress: 'done' };
  // What it was out of traffic for is not in the shadow: judged on that alone, it would seem in step.
  const isOut = state.parking !== null || (state.withheld !== null && observation === null);
  return isOut || isUnmet(context, work) ? { ...work, mustLook: true } : work;
}

/** A look was asked for while the sync rested; whatever comes before its time is that look, for it takes the waiting off. */
const owesLook = ({ parking }: RecordState): boolean => parking?.kind === 'waiting';

/** A webhook told of our own write: what the record showed then is what we know. Unless it wants to be looked at anyway. */
function isEcho(context: SyncContext, state: RecordState, { digest }: Reference): boolean {
  if (digest === undefined || state.intent !== null || state.parking !== null) return false;
  return digestOfState(digesterOf(context), state) === digest;
}

/** A backfill that met it at the app a while ago comes by again with the bare key. */
function isJudged({ ref, run, state: { withheld } }: Work): boolean {
  const isBare = ref.observed === undefined && ref.crmAt === undefined && ref.look !== true;
  return isBare && run !== null && withheld?.run === run;
}

/** Whoever writes is told by the app that a person is there already; whoever only looks must ask. */
const isUnmet = ({ sync }: SyncContext, { state, ref }: Work): boolean =>
  !sync.write && state.remoteId === null && ref.crmAt !== undefined;

/** The CRM’s log names the row, so it was there, even if we never saw our own insert of it land. */
function wasThere(known: RecordState, { crmAt }: Reference): RecordState {
  const { link, remoteId, shadow } = known;
  if (crmAt === undefined || link !== 'planned' || remoteId === null) return known;
  const existence = { c: 'present', r: shadow?.existence.r ?? 'present' } as const;
  return { ...known, link: 'linked', shadow: { existence, pairs: shadow?.pairs ?? {} } };
}

/** What a carried observation is worth: news, nothing, or a reason to look again. */
function meetObservation(
  { sync }: SyncContext,
  known: RecordState,
  { observed }: Reference,
): { state: RecordState; observation: Work['observation']; mustLook: boolean } {
  if (observed === undefined) return { state: known, observation: null, mustLook: false };
  const id = observed.remoteId;
  if (id !== null && known.remoteId !== id) {
    const isFree = known.remoteId === null || known.shadow?.existence.r === 'absent';
    if (!isFree) return { state: known, observation: null, mustLook: true };
    // A new partner: whatever was agreed with an earlier one says nothing about this one.
    const state =
      known.remoteId === null
        ? { ...known, remoteId: id }
        : {
            ...newState(known.key),
            remoteId: id,
            withdrawnAt: known.withdrawnAt,
            deletedAt: known.deletedAt,
          };
    return { state, observation: observed, mustLook: false };
  }
  const shown = appSide(sync.spec, observed, known.shadow);
  const isNews = hasDelta(sync.spec.fields, known.shadow, 'app', shown);
  if (isNews && isFenced(known, observed))
    return { state: known, observation: null, mustLook: true };
  return { state: known, observation: observed, mustLook: false };
}

/** A quarantined record stays still until somebody changes it at an end or asks for it. */
function isStill({ sync }: SyncContext, work: Work): boolean {
  const { parking } = work.state;
  if (parking === null || parking.kind !== 'quarantined' || work.mustLook) return false;
  // Nothing else changed, but the filter did.
  if (isOfFilter(parking.reason) && work.crm.undecided === undefined) return false;
  // Whoever blocks it may have moved before a crash kept us from asking again.
  if (work.cautious && blockersOf(work.state).size > 0) return false;
  if (work.ref.crmAt !== undefined && work.ref.crmAt >= parking.at) return false;
  const { observation } = work;
  if (observation === null) return true;
  const isNewer = observation.version !== null && observation.version > parking.at;
  return (
    !isNewer ||
    !hasDelta(sync.spec.fields, work.state.shadow, 'app', appSide(sync.spec, observation))
  );
}

/** Somebody says the way is free: blocked fields are judged again. */
function withoutBlocks(state: RecordState): RecordState {
  const entries = Object.entries(state.parked);
  const kept = entries.filter(([, parked]) => parked.kind !== 'blocked');
  return kept.length === entries.length ? state : { ...state, parked: Object.fromEntries(kept) };
}
