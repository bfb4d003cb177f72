/** What must hold once the world is at rest: each problem in words. */
import { isEquivalent } from '../../../lib/engine/value.ts';
import type { CrmKey, ParkedField, RecordState } from '../../../lib/engine/model.ts';
import { appSide, crmSide } from '../../../lib/flow/sides.ts';
import type { Member } from './audience.ts';
import { matchForm } from './crm-table.ts';
import { readRecord, readRecords } from './memory-state.ts';
import { enqueue, laneGroup } from './queues.ts';
import { drain } from './settle.ts';
import { laneOf } from '../../../lib/engine/hash.ts';
import { ring } from './deliver.ts';
import { type World } from './world.ts';

/** What a scenario leaves to a person on purpose. */
export interface Allowed {
  /** Fields that may stand parked, by column; '*' = whole records too. */
  readonly parked?: readonly string[];
  /** Rows may lack a live partner because the app took it away or the sync does not create. */
  readonly withoutPartner?: boolean;
  /** Members may lack a row. */
  readonly withoutRow?: boolean;
  readonly sameAddress?: boolean;
  /** Kinds of parking that are right wherever they stand. */
  readonly kinds?: readonly string[];
}

export function findProblems(world: World, allowed: Allowed = {}): string[] {
  const problems = [...world.monitor.violations];
  for (const error of world.errors.filter((each) => !isExpected(each)))
    problems.push(`a handler threw: ${String(error)}`);
  if (world.dead.length > 0)
    problems.push(`${world.dead.length} messages in the dead-letter queue`);
  for (const { state } of readRecords(world.memory))
    problems.push(...stateProblems(world, state, allowed));
  problems.push(...rowProblems(world, allowed), ...memberProblems(world, allowed));
  return problems;
}

/** Whoever must come back says so by throwing. */
const isExpected = (error: unknown): boolean =>
  String(error).includes('a person’s command goes back to the queue');

function stateProblems(world: World, state: RecordState, allowed: Allowed): string[] {
  const { key, intent, parking, parked } = state;
  const may = new Set(allowed.parked ?? []);
  const problems: string[] = [];
  // Who was stopped in the middle of a write is out of traffic with it.
  if (intent !== null && parking?.kind !== 'quarantined')
    problems.push(`record ${key} has an open intent`);
  const blocker = parking?.kind === 'quarantined' ? parking.blockedBy : undefined;
  if (parking !== null && !may.has('*') && !waitsForPerson(world, blocker))
    problems.push(`record ${key} is ${parking.kind}: ${parking.reason}`);
  for (const [name, field] of Object.entries(parked)) {
    const column = name.slice(0, name.indexOf('>'));
    if (allowed.kinds?.includes(field.kind) === true) continue;
    // Nothing of a record that waits for a person comes to its time.
    if (field.kind === 'waiting' && parking?.kind === 'quarantined') continue;
    if (!may.has(column) && !waitsForPerson(world, field.blockedBy) && !isMadeLate(world, field))
      problems.push(`record ${key} parks ${column}: ${field.kind} ${field.reason}`);
  }
  return problems;
}

/** A create that was given up and landed later stands there as somebody of their own (SPEC.md, gaps): a person must tell. */
function isMadeLate({ audience, weather }: World, { kind, crm }: ParkedField): boolean {
  const holder = typeof crm === 'string' ? audience.byAddress(crm) : undefined;
  return kind === 'blocked' && holder !== undefined && weather.made.has(holder.id);
}

const TO_BE_TOLD = /lost its place|have this person’s match value and none of them is free/;

/**
 * The app keeps the address of an archived member, that of one who was left there when their row went, and that of one
 * whose row the filter excluded from the first; one who may be two people since the sync lost its place keeps theirs, one whom a brake keeps there, and one
 * who came back to the app while a row of somebody else's says that address. Nobody else can have it until a person
 * decides.
 */
function waitsForPerson(world: World, holder: string | undefined, hops = 0): boolean {
  const state = holder === undefined ? null : readRecord(world.memory, holder as CrmKey)?.state;
  if (state == null || hops > 8) return false;
  const member = state.remoteId === null ? undefined : world.audience.members.get(state.remoteId);
  if (member?.isArchived === true) return true;
  const { c, r } = state.shadow?.existence ?? { c: 'present', r: 'present' };
  if (c === 'excluded' || state.withheld?.by === 'brake') return true;
  // Known to be there or not: whoever signed up again in the second in which we archived them stays unknown.
  if (c === 'absent' && (r === 'present' || member !== undefined)) return true;
  const { parking, parked } = state;
  if (parking?.kind === 'quarantined' && TO_BE_TOLD.test(parking.reason)) return true;
  const next = [
    parking?.kind === 'quarantined' ? parking.blockedBy : undefined,
    ...Object.values(parked).map(({ blockedBy }) => blockedBy),
  ];
  return next.some((blocker) => waitsForPerson(world, blocker, hops + 1));
}

function rowProblems(world: World, allowed: Allowed): string[] {
  const problems: string[] = [];
  const addresses = new Map<string, CrmKey>();
  for (const key of world.table.rows.keys()) {
    const row = world.table.row(key) ?? undefined;
    const side = crmSide(world.sync, row, null);
    const address = matchForm(row?.columns['email']?.text ?? '');
    const other = addresses.get(address);
    if (address !== '' && other !== undefined && allowed.sameAddress !== true)
      problems.push(`rows ${other} and ${key} are one person (${address})`);
    addresses.set(address, key);
    const state = readRecord(world.memory, key)?.state;
    const member = state?.remoteId == null ? undefined : world.audience.members.get(state.remoteId);
    const isLive = member !== undefined && !member.isArchived;
    if (side.undecided !== undefined) continue;
    if (side.existence === 'excluded') {
      const wasMetSo = state?.shadow?.existence.c === 'excluded';
      // After a lost position nobody is taken away before a person says so.
      const isHeld = state?.withheld?.by === 'brake' && state.adopted?.isInDoubt === true;
      if (isLive && !wasMetSo && !isHeld)
        problems.push(`row ${key} is excluded and ${member.id} is still in the app`);
      continue;
    }
    const isParked = state?.parking != null;
    if (isLive)
      problems.push(...pairProblems(world, key, { state: state as RecordState, member, isParked }));
    else if (allowed.withoutPartner !== true && !isParked)
      problems.push(`row ${key} (${address}) has no live partner in the app`);
  }
  return problems;
}

interface LivePair {
  readonly state: RecordState;
  readonly member: Member;
  readonly isParked: boolean;
}

function pairProblems(world: World, key: CrmKey, { state, member, isParked }: LivePair): string[] {
  const problems: string[] = [];
  if (world.memory.links.get(member.id) !== key)
    problems.push(`${member.id} is linked to ${world.memory.links.get(member.id)}, not to ${key}`);
  const crm = crmSide(world.sync, world.table.row(key) ?? undefined, null);
  const app = appSide(world.sync.spec, world.audience.observe(member, 0));
  for (const field of world.sync.spec.fields) {
    const name = field.fingerprint;
    const [c, r] = [crm.fields[name] ?? null, app.fields[name] ?? null];
    const pair = state.shadow?.pairs[name];
    const isKnown =
      pair !== undefined &&
      isEquivalent(field.type, pair.c, c) &&
      isEquivalent(field.type, pair.r, r);
    const isAgreed = isEquivalent(field.type, c, r) || (isKnown && pair.rewrittenBy !== undefined);
    if (isParked || state.parked[name] !== undefined || (isAgreed && isKnown)) continue;
    const shown = JSON.stringify({ crm: c, app: r, pair });
    problems.push(`${field.column} of row ${key} and ${member.id}: ${shown}`);
  }
  return problems;
}

function memberProblems(world: World, allowed: Allowed): string[] {
  const problems: string[] = [];
  const owners = new Map<string, CrmKey>();
  for (const { state } of readRecords(world.memory)) {
    // A deleted row may remember a partner that another row took over.
    if (state.remoteId === null || !world.table.rows.has(state.key)) continue;
    const other = owners.get(state.remoteId);
    if (other !== undefined)
      problems.push(`${state.remoteId} belongs to ${other} and to ${state.key}`);
    owners.set(state.remoteId, state.key);
  }
  for (const member of world.audience.members.values()) {
    if (member.isArchived || allowed.withoutRow === true) continue;
    const key = world.memory.links.get(member.id);
    const isListed = world.memory.unmatched.has(member.id) && (allowed.parked ?? []).includes('*');
    if ((key === undefined || !world.table.rows.has(key)) && !isListed)
      problems.push(`${member.id} (${member.email}) has no row`);
  }
  return problems;
}

/** A further full round, and then a look at everybody, must write nothing anywhere. */
export async function findRestlessness(world: World): Promise<string[]> {
  const before = world.monitor.writes.length;
  world.clock.advance(60_000);
  ring(world);
  await drain(world);
  const sync = world.sync.spec.name;
  for (const key of new Set([...world.table.rows.keys(), ...world.memory.records.keys()])) {
    if (readRecord(world.memory, key)?.state.parking?.kind === 'quarantined') continue;
    const lane = laneOf(key, world.sync.lanes);
    const message = { sync, lane, refs: [{ key, look: true }], position: {} };
    enqueue(world.queues, laneGroup(lane), JSON.stringify(message), world.clock.now());
  }
  await drain(world);
  return world.monitor.writes.slice(before).map((write) => `a further round wrote: ${write}`);
}
