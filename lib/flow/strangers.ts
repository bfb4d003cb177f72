/**
 * Records of an app that is only listed and belong to nobody, by their match value: such an app cannot be asked who
 * has a number, and a row that comes later with it would make a second record of the person. So whoever is met
 * without a row is noted under a digest of the value, and a row that is about to be met for the first time asks there.
 *
 * A note is only a reason to look: the record may have got another value, a row, or be gone since.
 */
import { createHash } from 'node:crypto';
import { findMatchField } from '../engine/match-field.ts';
import type { CrmKey, FieldSpec, RemoteId } from '../engine/model.ts';
import type { AppObservation } from '../ports/app.ts';
import type { Holding } from '../ports/state.ts';
import type { SyncContext } from './context.ts';
import type { Trouble } from './health.ts';
import { isListed } from './is-listed.ts';
import { leftBehind } from './left-behind.ts';
import { hasMatchOf, leaveToPerson, lookAtNamesakes, type Contested } from './namesakes.ts';
import { appSideOf, type Work } from './work.ts';

type Met = AppObservation & { readonly remoteId: RemoteId };

/** More with one value are as ambiguous as two. */
const STRANGERS_MAX = 5;
/** 128 bits of SHA-256. */
const DIGEST_LENGTH = 22;

const matchField = ({ sync }: SyncContext): FieldSpec | undefined =>
  findMatchField(sync.spec.fields);

/** The note's name. The value itself is in no key of the table. */
function noteOf({ sync }: SyncContext, { type }: FieldSpec, value: string): string {
  const text = `${sync.spec.name}\0${type.key(value)}`;
  return `?${createHash('sha256').update(text).digest('base64url').slice(0, DIGEST_LENGTH)}`;
}

/** Kept as identifiers are at apps that show nobody: who bears it is an app's record here. */
const holding = (note: string, id: RemoteId): Holding => ({
  id: note,
  key: id as string as CrmKey,
});

/** Whoever was met and got no row. */
export async function noteStrangers(context: SyncContext, met: readonly Met[]): Promise<void> {
  const field = matchField(context);
  if (!isListed(context) || field === undefined || met.length === 0) return;
  const notes = met.flatMap((observed) => {
    const parsed = field.type.parse(observed.raw[field.path]);
    const isThere = observed.existence === 'present' && parsed.ok;
    return isThere && typeof parsed.value === 'string'
      ? [holding(noteOf(context, field, parsed.value), observed.remoteId)]
      : [];
  });
  await context.state.putHolders(context.sync.spec.name, notes);
}

/** Whoever stays in the app when their row goes is met again by the row that comes with their value. */
export async function noteLeft(context: SyncContext, works: readonly Work[]): Promise<void> {
  const field = matchField(context);
  if (!isListed(context) || field === undefined) return;
  const notes = works.flatMap(({ opened, state }) => {
    const value = opened.shadow?.pairs[field.fingerprint]?.r;
    const { remoteId, shadow } = state;
    const isLeft = remoteId !== null && shadow?.existence.r === 'present';
    return isLeft && typeof value === 'string'
      ? [holding(noteOf(context, field, value), remoteId)]
      : [];
  });
  if (notes.length > 0) await context.state.putHolders(context.sync.spec.name, notes);
}

export interface Recalled {
  /** Rows that have somebody to look at. */
  readonly works: readonly Work[];
  readonly trouble: Trouble | null;
}

/** Rows that nothing is known of at the app are told whom to look at. Who has two is nobody's to guess. */
export async function recallStrangers(
  context: SyncContext,
  works: readonly Work[],
): Promise<Recalled> {
  const field = matchField(context);
  if (!isListed(context) || field === undefined) return { works: [], trouble: null };
  const wanted = works.flatMap((work) => {
    const value = work.crm.fields[field.fingerprint];
    return isNew(work) && typeof value === 'string'
      ? [{ work, note: noteOf(context, field, value) }]
      : [];
  });
  if (wanted.length === 0) return { works: [], trouble: null };
  const { name } = context.sync.spec;
  const notes = [...new Set(wanted.map(({ note }) => note))];
  const held = await context.state.holdersOf(name, notes, STRANGERS_MAX);
  const ids = [...held.values()].flat() as string[] as RemoteId[];
  const links = ids.length === 0 ? new Map<RemoteId, CrmKey>() : await linksOf(context, ids);
  // Whose row was deleted the new row inherits.
  const left = await leftBehind(context, links);
  const recalled: Work[] = [];
  const contested: (Contested & { readonly note: string })[] = [];
  for (const { work, note } of wanted) {
    const all = (held.get(note) ?? []) as readonly string[] as readonly RemoteId[];
    // Claimed by a call of ours that died before it noted so.
    const own = all.find((id) => links.get(id) === work.key);
    const free = own === undefined ? all.filter((id) => !links.has(id) || left.has(id)) : [own];
    if (free.length > 1) contested.push({ work, note, ids: free });
    else if (meet(work, free)) recalled.push(work);
  }
  const { sorted, trouble } = await lookAtNamesakes(context, field, contested);
  for (const each of sorted) {
    const gone = each.stale.map((id) => holding(each.note, id));
    await context.state.dropHolders(name, gone);
    if (each.left.length > 1) await leaveToPerson(context, each);
    // Behind so many notes there may be others.
    else if (each.ids.length === STRANGERS_MAX && each.stale.length > 0)
      each.work.progress = 'again';
    else if (meet(each.work, each.left)) recalled.push(each.work);
  }
  return { works: recalled, trouble };
}

/** False: nobody is known, and the row is met as one that is new to the app. */
function meet(work: Work, [only]: readonly RemoteId[]): boolean {
  work.stranger = only ?? null;
  work.mustLook ||= only !== undefined;
  return only !== undefined;
}

const linksOf = ({ state, sync }: SyncContext, ids: readonly RemoteId[]) =>
  state.findLinks(sync.spec.name, ids);

/** A create of ours that is under way, or was, is looked for by its own id. */
const isNew = ({ state, crm, observation, stranger, progress }: Work): boolean =>
  progress === 'open' &&
  stranger === undefined &&
  state.remoteId === null &&
  state.intent === null &&
  state.shadow === null &&
  crm.existence === 'present' &&
  observation?.remoteId == null;

/** What was looked at by a note is no longer who it was: nobody is there, and the note goes. */
export async function forgetChanged(context: SyncContext, works: readonly Work[]): Promise<void> {
  const field = matchField(context);
  if (field === undefined) return;
  const changed = works.filter(
    (work) => work.stranger != null && !isStillOurs(context, work, field),
  );
  if (changed.length === 0) return;
  const notes: Holding[] = [];
  for (const work of changed) {
    const value = work.crm.fields[field.fingerprint];
    if (typeof value === 'string' && work.stranger != null)
      notes.push(holding(noteOf(context, field, value), work.stranger));
    work.stranger = null;
    work.observation = null;
    work.proof = 'assumed';
    work.mustLook = false;
  }
  await context.state.dropHolders(context.sync.spec.name, notes);
}

function isStillOurs({ sync }: SyncContext, work: Work, field: FieldSpec): boolean {
  const shown = appSideOf(sync, work);
  return shown === null || hasMatchOf(work, field, shown);
}
