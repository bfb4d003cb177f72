/**
 * A record that kills its process must not take its page with it. From the second delivery on, records
 * are marked before anything of them is parsed or judged, in small portions at first and alone once
 * marked; a record found marked twice has killed twice and is quarantined, unopened.
 */
import type { RecordState } from '../engine/model.ts';
import { CrmUnavailable } from '../ports/crm.ts';
import { QueueUnavailable } from '../ports/messages.ts';
import { StateUnavailable, type StoredRecord } from '../ports/state.ts';
import type { Gathered } from './apply-open.ts';
import type { SyncContext } from './context.ts';
import type { RunReference } from './route.ts';

const PORTION = 25;
export const MARKS_MAX = 2;
const REASON = 'working on this record ended the process twice';

export interface Portion {
  /** To be worked now. */
  readonly works: readonly Gathered[];
  readonly rest: readonly Gathered[];
  /** Another holder has them at the moment, and may yet die over them. */
  readonly again: readonly RunReference[];
}

/** Innocents before suspects on a first delivery, suspects first and alone on a later one. */
export async function nextPortion(
  context: SyncContext,
  gathered: readonly Gathered[],
  receiveCount: number,
): Promise<Portion> {
  const suspects = gathered.filter(({ stored }) => stored.marks > 0);
  const innocents = gathered.filter(({ stored }) => stored.marks === 0);
  if (receiveCount <= 1 && innocents.length > 0) {
    const { portionMax = Infinity } = context.app.capabilities;
    const rest = [...innocents.slice(portionMax), ...suspects];
    return { works: innocents.slice(0, portionMax), rest, again: [] };
  }
  const [suspect] = suspects;
  const portion = suspect === undefined ? gathered.slice(0, PORTION) : [suspect];
  const rest = gathered.filter((each) => !portion.includes(each));
  if (suspect !== undefined && suspect.stored.marks >= MARKS_MAX && !isChanged(suspect)) {
    const isSettled = isPoison(suspect.stored.state) || (await quarantinePoison(context, suspect));
    return { works: [], rest, again: isSettled ? [] : [handBack(suspect)] };
  }
  const works = await mark(context, portion);
  const marked = new Set(works.map(({ ref }) => ref));
  return { works, rest, again: portion.filter(({ ref }) => !marked.has(ref)).map(handBack) };
}

/** Another holder stored the record meanwhile, and may be dead already: the message that both have is not over. */
const handBack = ({ ref, run }: Gathered): RunReference => ({ ref: { ...ref, wake: true }, run });

/** What says nothing against a record: an end, the store or a queue did not answer. */
export const isOutage = (error: unknown): boolean =>
  error instanceof CrmUnavailable ||
  error instanceof StateUnavailable ||
  error instanceof QueueUnavailable;

/**
 * A process that can still say why it ends was not killed: in an outage the marks it left are taken back, or a
 * throttled hour would quarantine whoever was on the way. The store may be what is out; then they stay.
 */
async function takeBackMarks(
  { state, sync }: Pick<SyncContext, 'state' | 'sync'>,
  gathered: readonly Gathered[],
): Promise<void> {
  const before = new Map(gathered.map(({ ref, stored }) => [ref.key, stored.marks]));
  const known = await state.load(sync.spec.name, [...before.keys()]);
  const marked = [...known].flatMap(([key, record]): StoredRecord[] => {
    const marks = before.get(key) ?? 0;
    return record.marks > marks ? [{ ...record, marks }] : [];
  });
  if (marked.length > 0) await state.save(sync.spec.name, marked);
}

/** Works what was gathered; an outage in the middle is thrown on, and leaves no record marked. */
export async function withoutMarks<T>(
  context: SyncContext,
  gathered: readonly Gathered[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isOutage(error)) await takeBackMarks(context, gathered).catch(() => undefined);
    throw error;
  }
}

const isPoison = ({ parking }: RecordState): boolean =>
  parking?.kind === 'quarantined' && parking.reason === REASON;

/** Somebody changed either end since it was quarantined: it may be tried once more, alone. */
function isChanged({ stored, ref }: Gathered): boolean {
  const { parking } = stored.state;
  if (parking?.kind !== 'quarantined' || parking.reason !== REASON) return false;
  const changedAt = Math.max(ref.crmAt ?? 0, ref.observed?.version ?? 0);
  return ref.look === true || changedAt >= parking.at;
}

/** False: another holder stored the record meanwhile. */
async function quarantinePoison(context: SyncContext, { ref, stored }: Gathered): Promise<boolean> {
  const { name } = context.sync.spec;
  const at = context.clock.now();
  const reason = { rule: 'poison', text: REASON };
  const decisions = [{ field: null, action: 'park', reason } as const];
  await context.state.append(name, [{ key: ref.key, entry: { at, decisions, cause: 'retry' } }]);
  const parking = { kind: 'quarantined', reason: REASON, at } as const;
  // An open intent stays: what it may have written is ours, and would look like somebody's edit to whoever opens it again.
  const record = { ...stored, state: { ...stored.state, parking } };
  const [outcome] = await context.state.save(name, [record]);
  return outcome === 'saved';
}

/** A record whose mark could not be stored has another holder: it is not worked now. */
async function mark(
  context: SyncContext,
  portion: readonly Gathered[],
): Promise<readonly Gathered[]> {
  const marked = portion.map(
    ({ stored }): StoredRecord => ({
      ...stored,
      marks: Math.min(stored.marks, MARKS_MAX - 1) + 1,
    }),
  );
  const outcomes = await context.state.save(context.sync.spec.name, marked);
  return portion.flatMap((each, index) => {
    const record = marked[index];
    const isMarked = record !== undefined && outcomes[index] === 'saved';
    return isMarked ? [{ ...each, stored: { ...record, version: record.version + 1 } }] : [];
  });
}
