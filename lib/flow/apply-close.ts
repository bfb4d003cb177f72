/**
 * Closing a page: history, then the shadows, then whoever waits for these records. In this order a
 * crash costs a repeated history entry, never a settled edit without one.
 */
import type { CrmKey } from '../engine/model.ts';
import { tombstonesOf } from './tombstones.ts';
import type { SyncContext } from './context.ts';
import { route } from './route.ts';
import type { Reference } from '../ports/messages.ts';
import type { Work } from './work.ts';

/** Saves what changed and returns the references that must be looked at again. */
export async function closePage(
  context: SyncContext,
  works: readonly Work[],
  cause: string,
): Promise<readonly Reference[]> {
  const { state, sync, clock } = context;
  const { name } = sync.spec;
  const at = clock.now();
  const told = works.filter(({ decisions }) => decisions.length > 0);
  await state.append(
    name,
    told.map(({ key, decisions }) => ({ key, entry: { at, decisions, cause } })),
  );
  const finished = works.filter(({ progress }) => progress !== 'again');
  const dirty = finished.filter(isChanged);
  await buryDeleted(context, dirty);
  const outcomes = await state.save(
    name,
    dirty.map(({ stored, state: next }) => ({ ...stored, state: next, marks: 0 })),
  );
  const lost = dirty.filter((_work, index) => outcomes[index] !== 'saved');
  await wakeBlocked(context, finished);
  const again = works.filter((work) => work.progress === 'again' || lost.includes(work));
  context.log.count('records', works.length);
  context.log.count('records.changed', told.length);
  return [
    ...again.map(({ ref, commands }) => rerun(ref, commands.length > 0)),
    ...finished.flatMap(({ follow }) => follow),
  ];
}

const isChanged = ({ isDirty, state, stored }: Work): boolean =>
  isDirty || stored.marks > 0 || state !== stored.state;

const rerun = (ref: Reference, hadCommands: boolean): Reference =>
  hadCommands ? { ...ref, look: true } : ref;

/** Tombstones first: whoever reads the record's end must already find that nothing may revive it. */
async function buryDeleted(context: SyncContext, works: readonly Work[]): Promise<void> {
  const gone = works.filter(
    ({ state, opened }) => state.deletedAt !== null && opened.deletedAt !== state.deletedAt,
  );
  if (gone.length === 0) return;
  const names = gone.flatMap((work) => tombstonesOf(context.sync, work));
  await context.state.bury(names, context.clock.now());
}

/** Records parked because of one that moved are looked at again, wherever their lane is. */
async function wakeBlocked(context: SyncContext, works: readonly Work[]): Promise<void> {
  const moved = works.filter((work) => work.movedAway || hasMoved(context, work));
  const { name } = context.sync.spec;
  for (const work of moved) {
    const waiting = await context.state.blockedBy(name, work.key);
    const refs = waiting.filter((key) => key !== work.key).map((key) => ({ key, look: true }));
    if (refs.length === 0) continue;
    await route(context, { refs, position: {} });
    await Promise.all(waiting.map((key: CrmKey) => context.state.unblock(name, work.key, key)));
  }
}

function hasMoved({ sync }: SyncContext, { state, opened }: Work): boolean {
  if (opened.remoteId === null && opened.shadow === null) return false;
  if (opened.remoteId !== null && state.remoteId !== opened.remoteId) return true;
  if (state.shadow?.existence.r !== opened.shadow?.existence.r) return true;
  const field = sync.spec.fields.find((each) => each.role === 'match');
  if (field === undefined) return false;
  const before = opened.shadow?.pairs[field.fingerprint]?.r;
  return before !== undefined && before !== state.shadow?.pairs[field.fingerprint]?.r;
}
