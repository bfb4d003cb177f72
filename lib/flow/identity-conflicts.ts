/**
 * When two records claim one person. The rule: ambiguity parks and names who stands in the way; it
 * never guesses. A chain of renames ends right because the last one to move wakes the one before it;
 * a cycle ends right because its smallest key steps aside once.
 */
import { findMatchField } from '../engine/match-field.ts';
import type { AppSide, CrmKey, FieldSpec, RemoteId } from '../engine/model.ts';
import type { Value } from '../engine/value.ts';
import type { PlannedAppCommand } from './commands.ts';
import type { SyncContext } from './context.ts';
import { blockersOf } from './blockers.ts';
import { asideAddress, isAside, isOurDuplicate } from './duplicates.ts';
import { block, parkField, quarantine, wait } from './park.ts';
import { handOver, partnerless } from './succession.ts';
import { loseTo, type Work } from './work.ts';

/** create: the address is a member already. rename, revive: the address wanted belongs to another member. */
export async function existsAtApp(
  context: SyncContext,
  work: Work,
  planned: PlannedAppCommand,
  shown: AppSide | null,
): Promise<void> {
  const { command, fields } = planned;
  const field = findMatchField(fields);
  if (command.kind === 'rename' && field !== undefined) {
    const now = shown?.fields[field.fingerprint] ?? null;
    await renameIsTaken(context, work, { field, to: command.to, now });
    return;
  }
  if (command.kind === 'revive' && field !== undefined) {
    await revivalIsTaken(context, work, command.fields[field.path] ?? null);
    return;
  }
  // Look and match: the next round fetches by the match value, links what it finds, and merges. By the
  // id of a record that is gone it would find nothing, create again, and hear the same, for ever.
  work.state = { ...work.state, remoteId: null, link: 'planned', shadow: null, intent: null };
  lookAnew(work);
}

function lookAnew(work: Work): void {
  work.observation = null;
  work.proof = 'assumed';
  work.mustLook = true;
}

/** How often a stranger's address is tried again, at growing intervals: about two minutes. */
const STRANGER_LOOKS_MAX = 6;
const STRANGER = 'the new address belongs to a record of the app that no CRM row is linked to';

interface Rename {
  readonly field: FieldSpec;
  readonly to: string;
  /** The address the app shows instead. */
  readonly now: Value;
}

type Holder =
  /** The record waits, or looks at itself anew: there is nothing more to do now. */
  | { readonly kind: 'settled' }
  | { readonly kind: 'stranger' }
  | { readonly kind: 'row'; readonly key: CrmKey };

/** Who has the address that this record wants. */
async function findHolder(context: SyncContext, work: Work, to: string): Promise<Holder> {
  const settled = { kind: 'settled' } as const;
  const [outcome] = await context.app.fetch([{ remoteId: null, match: to }], context.budget);
  if (outcome === undefined || outcome.kind !== 'ok') {
    wait(context, work, `the address wanted belongs to somebody, but the app cannot say to whom`);
    return settled;
  }
  const other = outcome.value;
  if (other.existence === 'absent' || other.remoteId === work.state.remoteId) {
    // It was free, or ours, by the time we looked: look at ourselves and go on.
    lookAnew(work);
    return settled;
  }
  const id = other.remoteId as RemoteId;
  const holder = (await context.state.findLinks(context.sync.spec.name, [id])).get(id);
  if (holder !== undefined && holder !== work.key) return { kind: 'row', key: holder };
  if (await isOurDuplicate(context, work, other)) return settled;
  const { parking } = work.state;
  // Perhaps not yet: what a batch made is linked by the next listing.
  if (parking?.kind !== 'waiting' || parking.attempts < STRANGER_LOOKS_MAX) {
    wait(context, work, STRANGER);
    return settled;
  }
  return { kind: 'stranger' };
}

/** The archived record stays ours and archived, until whoever has its address moves. */
async function revivalIsTaken(context: SyncContext, work: Work, to: Value): Promise<void> {
  if (typeof to !== 'string') throw new Error('a record was to be revived without an address');
  const holder = await findHolder(context, work, to);
  if (holder.kind === 'stranger') quarantine(context, work, STRANGER);
  if (holder.kind !== 'row') return;
  const reason = `the address it is to come back with belongs to the record of CRM row ${holder.key}`;
  await block(context, work, holder.key, reason);
}

async function renameIsTaken(context: SyncContext, work: Work, rename: Rename): Promise<void> {
  const { field, to } = rename;
  const found = await findHolder(context, work, to);
  if (found.kind === 'stranger') parkRename(context, work, rename, { reason: STRANGER });
  if (found.kind !== 'row') return;
  const holder = found.key;
  const parked = work.opened.parked[field.fingerprint];
  const wasBlocked = parked?.kind === 'blocked' && parked.blockedBy === holder;
  if (wasBlocked && (await stepAside(context, work, rename, holder))) return;
  await context.state.block(context.sync.spec.name, holder, work.key);
  const reason = `the new address belongs to the record of CRM row ${holder}`;
  parkRename(context, work, rename, { reason, blockedBy: holder });
  // The holder may have moved between our look and this note: look once more after noting it.
  if (!wasBlocked || work.cautious) work.follow.push({ key: work.key, look: true });
}

function parkRename(
  context: SyncContext,
  work: Work,
  { field, now }: Pick<Rename, 'field' | 'now'>,
  { reason, blockedBy }: { readonly reason: string; readonly blockedBy?: CrmKey },
): void {
  const pair = work.state.shadow?.pairs[field.fingerprint];
  parkField(work, field, {
    kind: 'blocked',
    crm: work.crm.fields[field.fingerprint] ?? null,
    app: now ?? pair?.r ?? null,
    base: pair ?? null,
    reason,
    at: context.clock.now(),
    ...(blockedBy === undefined ? {} : { blockedBy }),
  });
}

const CYCLE_MAX = 16;

/** True when this record is in a cycle of renames and either stepped aside or asked the one whose turn it is. */
async function stepAside(
  context: SyncContext,
  work: Work,
  { field, now }: Rename,
  holder: CrmKey,
): Promise<boolean> {
  const cycle = await findCycle(context, work.key, holder);
  if (cycle === null || !(await areWaiting(context, cycle, work.key))) return false;
  const first = cycle.reduce((a, b) => (a < b ? a : b));
  if (first !== work.key) {
    work.follow.push({ key: first, look: true });
    return false;
  }
  // Met for the first time nothing is agreed yet: what it steps aside from is what the app shows.
  const pair = work.state.shadow?.pairs[field.fingerprint] ?? { c: now, r: now };
  const { remoteId, key } = work.state;
  if (remoteId === null || typeof pair.r !== 'string') return false;
  const salt = `${context.sync.spec.name}/${key}`;
  // Once is enough: from there it stands in nobody's way.
  if (isAside(pair.r, salt)) return false;
  const to = asideAddress(pair.r, salt);
  if (!(await noteStep(context, work, field, to))) return true;
  const [outcome] = await context.app.push(
    [{ kind: 'rename', key, remoteId, path: field.path, to }],
    context.budget,
  );
  if (outcome?.kind !== 'applied') {
    context.log.warn('could not step aside in a cycle of renames', { key, outcome });
    const isUnsure = outcome?.kind === 'retry';
    if (isUnsure) wait(context, work, outcome.reason);
    else work.state = { ...work.state, intent: null };
    return isUnsure;
  }
  context.log.info('stepped aside to break a cycle of renames', { key, cycle });
  const pairs = { ...work.state.shadow?.pairs, [field.fingerprint]: { ...pair, r: to } };
  const existence = work.state.shadow?.existence ?? { c: 'present', r: 'present' };
  work.state = { ...work.state, shadow: { existence, pairs }, intent: null };
  await context.state.block(context.sync.spec.name, holder, key);
  const reason = `stepped aside so that CRM row ${holder} and others can exchange addresses`;
  parkRename(context, work, { field, now: to }, { reason, blockedBy: holder });
  // What was seen before the step no longer holds; judged on it, the step itself would look like an edit.
  work.observation = null;
  work.proof = 'assumed';
  work.mustLook = false;
  work.movedAway = true;
  return true;
}

/**
 * Who waits without a row waits for an address in the CRM: a step aside in the app would free nobody. And a note may be
 * older than its record, which waits no more: asked for a turn that is not theirs, two would ask each other for ever.
 */
async function areWaiting(
  { crm, state, sync }: SyncContext,
  keys: readonly CrmKey[],
  self: CrmKey,
): Promise<boolean> {
  const [rows, known] = await Promise.all([crm.read(keys), state.load(sync.spec.name, keys)]);
  const waits = (key: CrmKey): boolean => {
    const record = known.get(key)?.state;
    if (key === self) return true;
    // One that tries again at this moment has taken its parking off, and noted what it is about to send.
    return record !== undefined && (record.intent !== null || blockersOf(record).size > 0);
  };
  return keys.every((key) => rows.has(key) && waits(key));
}

/** The step is a write like any other: without a note, a redo would take the address for somebody's edit. */
async function noteStep(
  context: SyncContext,
  work: Work,
  field: FieldSpec,
  to: string,
): Promise<boolean> {
  const at = context.clock.now();
  const intent = { at, toApp: { [field.fingerprint]: to }, toCrm: {}, existence: null };
  const record = { ...work.stored, state: { ...work.state, intent, wroteAt: at } };
  const [outcome] = await context.state.save(context.sync.spec.name, [record]);
  if (outcome !== 'saved') {
    loseTo(work);
    return false;
  }
  work.stored = { ...record, version: record.version + 1 };
  work.state = record.state;
  return true;
}

/**
 * The ring of records each of which waits for the next, if the holder waits for us, directly or
 * through others. Read from the notes of who blocks whom: a record that is being looked at right now
 * has taken its own parking off, but the note stays until the blocker moves.
 */
async function findCycle(
  context: SyncContext,
  key: CrmKey,
  holder: CrmKey,
): Promise<readonly CrmKey[] | null> {
  const seen = new Set<CrmKey>([key]);
  let paths: readonly (readonly CrmKey[])[] = [[key]];
  while (paths.length > 0 && seen.size < CYCLE_MAX) {
    const longer: (readonly CrmKey[])[] = [];
    for (const path of paths) {
      const blocker = path.at(-1) ?? key;
      for (const waiting of await context.state.blockedBy(context.sync.spec.name, blocker)) {
        if (waiting === holder) return [...path, waiting];
        if (seen.has(waiting)) continue;
        seen.add(waiting);
        longer.push([...path, waiting]);
      }
    }
    paths = longer;
  }
  return null;
}

/** An insert found other rows with the person's match value: one without partner takes the link over. */
export async function takenInCrm(
  context: SyncContext,
  work: Work,
  keys: readonly CrmKey[],
): Promise<void> {
  const { candidate } = await partnerless(context, work, keys);
  if (candidate === null || work.state.remoteId === null) {
    await listUnmatched(context, work, keys);
    return;
  }
  await handOver(context, work, candidate);
}

async function listUnmatched(
  context: SyncContext,
  work: Work,
  candidates: readonly CrmKey[],
): Promise<void> {
  const { remoteId } = work.state;
  const reason = `rows ${candidates.join(', ')} have this person’s match value and none of them is free`;
  if (remoteId !== null && work.observation !== null) {
    const { name } = context.sync.spec;
    await context.state.putUnmatched(name, {
      remoteId,
      reason,
      candidates,
      observed: work.observation,
      at: context.clock.now(),
    });
  }
  const first = candidates[0];
  if (first === undefined) quarantine(context, work, reason);
  else await block(context, work, first, reason);
}
