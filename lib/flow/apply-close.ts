/**
 * Closing a page: history, then the shadows, then whoever waits for these records. In this order a
 * crash costs a repeated history entry, never a settled edit without one.
 */
import { isDeepStrictEqual } from 'node:util';
import { findMatchField } from '../engine/match-field.ts';
import type { CrmKey, RemoteId } from '../engine/model.ts';
import { settleDoubts } from './adopt.ts';
import { blockerOf, blockersOf } from './blockers.ts';
import { noteLeft } from './strangers.ts';
import { tombstonesOf } from './tombstones.ts';
import type { SyncContext } from './context.ts';
import { rememberSeen } from './remember-seen.ts';
import { route, type RunReference } from './route.ts';
import type { Reference } from '../ports/messages.ts';
import type { HistoryEntry } from '../ports/state.ts';
import { newState, type Work } from './work.ts';

export interface Closed {
  /** References of the page that are not done. */
  readonly again: readonly RunReference[];
  /** References that came up on the way, of whichever lane. */
  readonly follow: readonly RunReference[];
}

/** Saves what changed and returns the references that must be looked at again. */
export async function closePage(
  context: SyncContext,
  works: readonly Work[],
  cause: string,
): Promise<Closed> {
  const { state, sync, clock } = context;
  const { name } = sync.spec;
  const at = clock.now();
  const told = works.filter(({ decisions }) => decisions.length > 0);
  await state.append(
    name,
    told.map((work) => entryOf(work, { at, decisions: work.decisions, cause })),
  );
  settleDoubts(context, works);
  const finished = works.filter(({ progress }) => progress !== 'again');
  const blank = finished.filter(isBlank);
  const dirty = finished.filter((work) => isChanged(work) && !blank.includes(work));
  await buryDeleted(context, dirty);
  await rememberSeen(context, finished);
  await dropNotes(context, finished);
  const outcomes = await state.save(
    name,
    dirty.map(({ stored, state: next }) => ({ ...stored, state: next, marks: 0 })),
  );
  const forgotten = await Promise.all(blank.map(({ stored }) => state.forgetRecord(name, stored)));
  await takeMarksBack(context, works);
  await dropListed(context, finished, cause);
  const lost = [
    ...dirty.filter((_work, index) => outcomes[index] !== 'saved'),
    ...blank.filter((_work, index) => forgotten[index] !== 'saved'),
  ];
  await wakeBlocked(context, finished);
  const again = works.filter((work) => work.progress === 'again' || lost.includes(work));
  context.log.count('records', works.length);
  context.log.count('records.changed', told.length);
  return {
    again: again.map((work) => ({ ref: rerun(work, lost.includes(work)), run: work.run })),
    follow: finished.flatMap(({ follow, run }) => follow.map((ref) => ({ ref, run }))),
  };
}

/** One record's entry, with what asked for the look. */
export const entryOf = (
  { key, run, message }: Work,
  told: Pick<HistoryEntry, 'at' | 'decisions' | 'cause'>,
): { readonly key: CrmKey; readonly entry: HistoryEntry } => ({
  key,
  entry: { ...told, ...(run === null ? {} : { run }), ...(message === null ? {} : { message }) },
});

/** A mark left behind says that its record ended the process. Whoever is handed back here has not. */
async function takeMarksBack({ state, sync }: SyncContext, works: readonly Work[]): Promise<void> {
  const handedBack = works.filter(
    ({ progress, isLost, stored }) => progress === 'again' && !isLost && stored.marks > 0,
  );
  await state.save(
    sync.spec.name,
    handedBack.map(({ stored }) => ({ ...stored, marks: 0 })),
  );
}

const isChanged = ({ isDirty, state, stored }: Work): boolean =>
  isDirty || stored.marks > 0 || state !== stored.state;

/**
 * Nothing is known of whom the filter has always left out, and nothing is kept. A mark made an item of them: left there, it
 * would be counted as somebody under way for ever.
 */
const isBlank = ({ state, stored }: Work): boolean =>
  stored.version > 0 && state.shadow === null && isDeepStrictEqual(state, newState(state.key));

/**
 * Whoever lost to another holder may carry what that one has seen anew since. Which of the two deletes
 * the message is chance, so the other one's death after its save may be seen by nobody: the wake is owed.
 */
const rerun = (work: Work, isLost: boolean): Reference => {
  const { ref, commands } = work;
  const { digest: _then, ...asked } = ref;
  if (isLost || work.isLost) return { ...asked, look: true, wake: true };
  return commands.length > 0 ? { ...ref, look: true } : ref;
};

/** Whoever has a partner now is nobody a person must match, or a row is to be made for. A first sync links nobody who was listed, but for rows that waited. */
async function dropListed(
  context: SyncContext,
  works: readonly Work[],
  cause: string,
): Promise<void> {
  const { name } = context.sync.spec;
  const found = works.filter(isFound);
  const idsOf = (some: readonly Work[]): RemoteId[] =>
    some.flatMap(({ state }) => state.remoteId ?? []);
  if (!context.sync.write) await context.state.dropPlanned(name, idsOf(found));
  const listed = found.filter(({ opened }) => cause !== 'backfill' || opened.parking !== null);
  await context.state.dropUnmatched(name, idsOf(listed));
}

/** Now, or in a delivery before this one that noted its intent and got no further. */
const isFound = ({ opened, state, cautious }: Work): boolean =>
  state.remoteId !== opened.remoteId || cautious || opened.intent !== null;

/** Tombstones first: whoever reads the record's end must already find that nothing may revive it. */
async function buryDeleted(context: SyncContext, works: readonly Work[]): Promise<void> {
  const gone = works.filter(
    ({ state, opened }) => state.deletedAt !== null && opened.deletedAt !== state.deletedAt,
  );
  if (gone.length === 0) return;
  await noteLeft(context, gone);
  const names = gone.flatMap((work) => tombstonesOf(context.sync, work));
  await context.state.bury(names, context.clock.now());
}

/**
 * Records parked because of one that moved are looked at again, wherever their lane is. A delivery
 * before this one may have saved the move and died before it told anybody, and nothing shows it any more.
 */
async function wakeBlocked(context: SyncContext, works: readonly Work[]): Promise<void> {
  // Where nobody can be asked, nobody stands in anybody's way.
  if (context.app.ledger !== undefined) return;
  const moved = works.filter(
    (work) => work.movedAway || work.cautious || work.ref.wake === true || hasMoved(context, work),
  );
  await Promise.all(moved.map((work) => wake(context, work)));
}

async function wake(context: SyncContext, { key: blocker, run }: Work): Promise<void> {
  const { name } = context.sync.spec;
  const waiting = await context.state.blockedBy(name, blocker);
  const refs = waiting.filter((key) => key !== blocker).map((key) => ({ key, look: true }));
  await route(context, { refs, position: {}, run });
}

/**
 * Notes of who blocks whom are dropped by the blocked record's own lane, and before its state is saved:
 * dropped by the blocker, a note could be one made anew meanwhile; dropped later, a crash would keep it.
 */
async function dropNotes(context: SyncContext, works: readonly Work[]): Promise<void> {
  const free = works.flatMap(({ key, opened, state }) => {
    const still = blockersOf(state);
    const gone = [...blockersOf(opened)].filter((blocker) => !still.has(blocker));
    return gone.map((blocker) => ({ key, blocker }));
  });
  const { name } = context.sync.spec;
  await Promise.all(free.map(({ key, blocker }) => context.state.unblock(name, blocker, key)));
}

function hasMoved({ sync }: SyncContext, work: Work): boolean {
  const { state, opened } = work;
  // Rows that wanted one partner stood in each other's way: the first to give up frees the rest.
  const wanted = blockerOf(opened.parking);
  if (wanted !== null && blockerOf(state.parking) !== wanted) return true;
  // Stopped in the middle of a write it stood in the way of whoever has its address too.
  if (opened.intent !== null && opened.parking?.kind === 'quarantined') return true;
  if (opened.remoteId === null && opened.shadow === null) return false;
  if (opened.remoteId !== null && state.remoteId !== opened.remoteId) return true;
  const [now, then] = [state.shadow?.existence, opened.shadow?.existence];
  if (now?.c !== then?.c || now?.r !== then?.r) return true;
  // Of a row that the filter excludes nothing is agreed on: whether its address was given up shows nowhere.
  if (work.crm.existence === 'excluded' && work.observation !== null) return true;
  const field = findMatchField(sync.spec.fields);
  if (field === undefined) return false;
  // A write whose answer was lost may have given an address up and be in step again now.
  if (opened.intent?.toApp[field.fingerprint] !== undefined) return true;
  const before = opened.shadow?.pairs[field.fingerprint]?.r;
  return before !== undefined && before !== state.shadow?.pairs[field.fingerprint]?.r;
}
