/**
 * Several records of the app with one match value, and a row that is linked to none of them: whose they are nobody
 * can tell, so the row is left to a person. Notes are never trusted: each of the records is looked at before, for one
 * may be gone, or have got another value. The row is noted under each that remains, and looked at again when one moves.
 */
import type { AppSide, FieldSpec, RemoteId } from '../engine/model.ts';
import type { Outcome } from '../ports/outcome.ts';
import type { AppObservation } from '../ports/app.ts';
import { asBlocker } from './blockers.ts';
import type { SyncContext } from './context.ts';
import type { Trouble } from './health.ts';
import { quarantine, setAside } from './park.ts';
import { appSide } from './sides.ts';
import type { Work } from './work.ts';

export interface Contested {
  readonly work: Work;
  readonly ids: readonly RemoteId[];
}

export type Sorted<T extends Contested = Contested> = T & {
  /** Those that have the row's match value now. */
  readonly left: readonly RemoteId[];
  /** Those that have not. */
  readonly stale: readonly RemoteId[];
};

/** Who is still there, one call each; records that could not be asked about are set aside and left out. */
export async function lookAtNamesakes<T extends Contested>(
  context: SyncContext,
  field: FieldSpec,
  contested: readonly T[],
): Promise<{ readonly sorted: readonly Sorted<T>[]; readonly trouble: Trouble | null }> {
  const ids = [...new Set(contested.flatMap((each) => each.ids))];
  if (ids.length === 0) return { sorted: [], trouble: null };
  const targets = ids.map((remoteId) => ({ remoteId, match: null }));
  const outcomes = await context.app.fetch(targets, context.budget);
  const shown = new Map(ids.map((id, index) => [id, outcomes[index]]));
  const sorted: Sorted<T>[] = [];
  for (const each of contested) {
    const failed = each.ids.map((id) => shown.get(id)).find(isFailure);
    if (failed !== undefined) {
      const trouble = setAside(context, each.work, failed);
      if (trouble !== null) return { sorted, trouble };
      continue;
    }
    const left = each.ids.filter((id) => {
      const look = shown.get(id);
      if (look?.kind !== 'ok') return false;
      return hasMatchOf(each.work, field, appSide(context.sync.spec, look.value));
    });
    sorted.push({ ...each, left, stale: each.ids.filter((id) => !left.includes(id)) });
  }
  return { sorted, trouble: null };
}

type Look = Outcome<AppObservation>;

const isFailure = (look: Look | undefined): look is Trouble =>
  look !== undefined && look.kind !== 'ok';

export function hasMatchOf(work: Work, { fingerprint, type }: FieldSpec, shown: AppSide): boolean {
  const [there, wanted] = [shown.fields[fingerprint], work.crm.fields[fingerprint]];
  if (shown.existence !== 'present' || there === undefined || wanted === undefined) return false;
  return type.key(there) === type.key(wanted);
}

/** Noted under each first, so that whichever moves afterwards finds the row. */
export async function leaveToPerson(context: SyncContext, sorted: Sorted): Promise<void> {
  const { name } = context.sync.spec;
  const { work } = sorted;
  // In one order, or each look would give another reason.
  const left = sorted.left.toSorted();
  for (const id of left) await context.state.block(name, asBlocker(id), work.key);
  const reason =
    `${left.length} records of the app have this person’s match value (${left.join(', ')}) and no row is linked to them; ` +
    'a person decides: the row is looked at again when one of them is deleted or gets another value';
  const old = work.opened.parking;
  const isKnown = old?.kind === 'quarantined' && old.reason === reason;
  quarantine(context, work, reason, { among: left });
  // One may have moved between our look and the notes: look once more after noting it.
  if (!isKnown || work.cautious) work.follow.push({ key: work.key, look: true });
}
