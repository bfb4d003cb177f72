/**
 * A second record of one person, made by ourselves: a bulk update addressed by an address that had just
 * been renamed away. It is put out of the way, and the record that was meant is looked at again.
 */
import { findMatchField } from '../engine/match-field.ts';
import { consentWord } from '../engine/consent.ts';
import { digest } from '../engine/hash.ts';
import type { CrmKey } from '../engine/model.ts';
import { isEmpty, isEquivalent } from '../engine/value.ts';
import type { AppCommand, AppObservation, FetchTarget } from '../ports/app.ts';
import { matchShown } from './commands.ts';
import type { SyncContext } from './context.ts';
import { wait } from './park.ts';
import { appSide } from './sides.ts';
import { newState, type Work } from './work.ts';

/** The app said that it made one. */
export async function repairDuplicate(
  context: SyncContext,
  work: Work,
  outcome: { duplicate: FetchTarget; reason: string },
): Promise<void> {
  const [found] = await context.app.fetch([outcome.duplicate], context.budget);
  if (found?.kind !== 'ok' || !(await putAway(context, work, found.value))) {
    wait(context, work, `${outcome.reason}, and the app could not put it away yet`);
    return;
  }
  context.log.warn('repaired a duplicate made by a bulk update racing a rename', { key: work.key });
  work.decisions.push({
    field: null,
    action: 'archive-app',
    reason: { rule: 'identity/duplicate', text: outcome.reason },
  });
  work.observation = null;
  work.proof = 'assumed';
  work.mustLook = true;
}

/** Renamed first: an archived record keeps its address, and the right one would never get it back. */
async function putAway(
  context: SyncContext,
  { key, state }: Work,
  other: AppObservation,
): Promise<boolean> {
  const id = other.remoteId;
  if (id === null || id === state.remoteId || other.existence !== 'present') return true;
  const address = matchOf(context, other);
  const field = findMatchField(context.sync.spec.fields);
  const archive = { kind: 'archive', key, remoteId: id } as const;
  const to = address === null ? null : asideAddress(address, id);
  const commands: readonly AppCommand[] =
    field === undefined || to === null
      ? [archive]
      : [{ kind: 'rename', key, remoteId: id, path: field.path, to }, archive];
  const outcomes = await context.app.push(commands, context.budget);
  if (outcomes.some(({ kind }) => kind !== 'applied')) return false;
  await context.state.dropUnmatched(context.sync.spec.name, [id]);
  return true;
}

function matchOf({ sync }: SyncContext, observed: AppObservation): string | null {
  const shown = appSide(sync.spec, observed);
  return matchShown(sync.spec.fields, newState('' as CrmKey), shown);
}

/**
 * A bulk update racing a rename made a second record, and the call that made it died before it could
 * repair that. The proof: an unfinished write; nobody's record; never asked; and no value but those we send.
 */
export async function isOurDuplicate(
  context: SyncContext,
  work: Work,
  other: AppObservation,
): Promise<boolean> {
  const { intent, parking } = work.opened;
  const isUnfinished = work.cautious || intent !== null || parking?.kind === 'waiting';
  if (!isUnfinished || other.existence !== 'present' || other.optInAt !== null) return false;
  const shown = appSide(context.sync.spec, other);
  const isOurs = context.sync.spec.fields.every((field) => {
    const value = shown.fields[field.fingerprint] ?? null;
    if (field.role === 'consent') return consentWord(value) === 'transactional';
    const own = work.crm.fields[field.fingerprint] ?? null;
    return isEmpty(value) || (field.owner === 'crm' && isEquivalent(field.type, value, own));
  });
  if (!isOurs) return false;
  const duplicate = { remoteId: other.remoteId, match: null };
  const reason =
    'a bulk update of ours made a second record, and the call ended before it saw that';
  await repairDuplicate(context, work, { duplicate, reason });
  return true;
}

/** An address nobody else has, for the moment between two renames. Same mailbox by sub-addressing. */
export function asideAddress(address: string, salt: string): string {
  const at = address.lastIndexOf('@');
  return `${address.slice(0, at)}${asideTag(salt)}${address.slice(at)}`;
}

export const isAside = (address: string, salt: string): boolean =>
  address.includes(`${asideTag(salt)}@`);

const asideTag = (salt: string): string => `+trivet-${digest(salt)}`;
