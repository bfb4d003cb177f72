/**
 * Existence is a field with its own pair: (CRM: present · excluded · absent; app: present · archived · absent).
 *
 * The table is complete over what both ends show now; each cell looks at the base to tell "they took
 * it away" from "we have not made it yet" from "that was our own doing". First meetings never destroy.
 */
import type {
  AppExistence,
  CrmExistence,
  ExistencePair,
  OnAppDelete,
  OnCrmDelete,
  Reason,
  SyncSpec,
} from './model.ts';

export type ExistenceAction =
  /** Both are there: merge the fields. */
  | 'merge'
  | 'create-app'
  | 'revive-app'
  | 'create-crm'
  | 'archive-app'
  | 'delete-app'
  | 'delete-crm'
  | 'mark-crm'
  /** Nothing to write; what both show now is what they agree on. */
  | 'settle';

export interface ExistenceVerdict {
  readonly action: ExistenceAction;
  readonly reason: Reason;
}

export interface ExistenceMerge {
  readonly spec: Pick<SyncSpec, 'create' | 'onCrmDelete' | 'onAppDelete' | 'mark'>;
  readonly base: ExistencePair | null;
  readonly crm: CrmExistence;
  readonly app: AppExistence;
  /** One end has not been made yet; its absence proves no delete. */
  readonly planned: boolean;
  readonly archivedByUs: boolean;
  /** When the record or its row was deleted, and when the app's record last changed, epoch ms. */
  readonly deletedAt: number | null;
  readonly appChangedAt: number | null;
}

type Rule = (merge: ExistenceMerge) => ExistenceVerdict;

const RULES: Record<CrmExistence, Record<AppExistence, Rule>> = {
  present: { present: merged, archived: crmOnlyArchived, absent: crmOnly },
  excluded: { present: excludedYetThere, archived: nothingThere, absent: nothingThere },
  absent: { present: appOnly, archived: nothingThere, absent: nothingThere },
};

export function mergeExistence(merge: ExistenceMerge): ExistenceVerdict {
  const found = RULES[merge.crm][merge.app](merge);
  return found.action !== 'merge' && isDropped(merge)
    ? verdict(
        'settle',
        'dropped',
        'a person dropped what a brake held; neither end has changed since',
      )
    : found;
}

export const isDropped = ({
  base,
  crm,
  app,
}: Pick<ExistenceMerge, 'base' | 'crm' | 'app'>): boolean =>
  base?.dropped === true && base.c === crm && base.r === app;

function merged(): ExistenceVerdict {
  return verdict('merge', 'both', 'the record is at both ends');
}

function nothingThere(): ExistenceVerdict {
  return verdict('settle', 'gone', 'the app has no live record and shall have none');
}

/** The CRM has the row, the app archived the record. */
function crmOnlyArchived({ spec, base, archivedByUs }: ExistenceMerge): ExistenceVerdict {
  if (base === null) {
    return verdict(
      'settle',
      'met-archived',
      'the app had archived this person before we met; it stays so',
    );
  }
  if (base.r === 'present') return appTookAway(spec.onAppDelete, 'archived', spec.mark !== null);
  if (base.c !== 'present' && archivedByUs) {
    return verdict(
      'revive-app',
      'came-back',
      'the row is back and it was us who archived the record',
    );
  }
  return verdict('settle', 'stays-archived', 'the app archived this person; it stays so');
}

/** The CRM has the row, the app has nothing. */
function crmOnly({ spec, base, planned, archivedByUs }: ExistenceMerge): ExistenceVerdict {
  const wasThere = base !== null && base.r !== 'absent' && !planned;
  if (wasThere && base.r === 'archived' && spec.onAppDelete !== 'recreate')
    return verdict('settle', 'purged', 'the app deleted a record that was archived');
  if (wasThere) return appTookAway(spec.onAppDelete, 'absent', spec.mark !== null);
  const isOurs = archivedByUs && base?.r === 'absent' && base.c === 'excluded';
  if (isOurs)
    return verdict(
      'create-app',
      'came-back',
      'the row is back and it was us who took the record out',
    );
  // Gone from the app while we knew the row: leaving the filter and coming back revives nobody.
  const isOldNews = base !== null && base.c !== 'absent' && base.r === 'absent' && !planned;
  if (isOldNews && spec.onAppDelete !== 'recreate')
    return verdict('settle', 'left', 'the app deleted this person earlier; the row was left');
  return spec.create.inApp
    ? verdict('create-app', 'new-in-crm', 'the CRM has a person the app does not know')
    : verdict('settle', 'no-create', 'this sync creates nobody in the app');
}

function appTookAway(
  rule: OnAppDelete,
  now: 'archived' | 'absent',
  canMark: boolean,
): ExistenceVerdict {
  const what = now === 'archived' ? 'archived' : 'deleted';
  const actions: Record<OnAppDelete, ExistenceAction> = {
    mark: canMark ? 'mark-crm' : 'settle',
    delete: 'delete-crm',
    recreate: now === 'archived' ? 'revive-app' : 'create-app',
    leave: 'settle',
  };
  return verdict(
    actions[rule],
    `app-${what}/${rule}`,
    `the app ${what} this person; onAppDelete is “${rule}”`,
  );
}

/** The filter says the row is not for this app, yet the app has the record. */
function excludedYetThere({ spec, base }: ExistenceMerge): ExistenceVerdict {
  if (base === null) {
    return verdict(
      'settle',
      'met-excluded',
      'the row is excluded by the filter; a first meeting removes nobody',
    );
  }
  if (base.c !== 'present') {
    return verdict('settle', 'excluded', 'the row is excluded by the filter');
  }
  if (base.r !== 'present') {
    const text =
      'the app’s record came back while the row left the filter; nothing of ours is there';
    return verdict('settle', 'excluded/came-back', text);
  }
  return spec.onCrmDelete === 'leave'
    ? verdict('settle', 'excluded/leave', 'the row left the filter; onCrmDelete is “leave”')
    : verdict(
        'archive-app',
        'excluded/archive',
        'the row left the filter: a removal, not a delete',
      );
}

/** The app has the record, the CRM has no row. */
function appOnly(merge: ExistenceMerge): ExistenceVerdict {
  const { spec, base, planned } = merge;
  const wasThere = base !== null && base.c !== 'absent' && !planned;
  // Somebody who came back to the app after the row was deleted is not taken away with it.
  const isReturn = base?.r !== 'present' && isNewer(merge.appChangedAt, merge.deletedAt);
  if (wasThere && !isReturn) return crmTookAway(spec.onCrmDelete);
  if (merge.deletedAt !== null && !isNewer(merge.appChangedAt, merge.deletedAt)) {
    return verdict(
      'settle',
      'tombstone',
      'the person was deleted after this was true; nothing revives them',
    );
  }
  const isOldNews = base !== null && base.r === 'present' && !planned;
  if (isOldNews)
    return verdict('settle', 'left', 'the row was deleted earlier; the app’s record was left');
  return spec.create.inCrm
    ? verdict('create-crm', 'new-in-app', 'the app has a person the CRM does not know')
    : verdict('settle', 'no-create', 'this sync creates no rows');
}

function crmTookAway(rule: OnCrmDelete): ExistenceVerdict {
  const actions: Record<OnCrmDelete, ExistenceAction> = {
    archive: 'archive-app',
    delete: 'delete-app',
    leave: 'settle',
  };
  return verdict(
    actions[rule],
    `crm-deleted/${rule}`,
    `the row was deleted; onCrmDelete is “${rule}”`,
  );
}

const isNewer = (changedAt: number | null, deletedAt: number | null): boolean =>
  changedAt !== null && deletedAt !== null && changedAt > deletedAt;

const verdict = (action: ExistenceAction, rule: string, text: string): ExistenceVerdict => ({
  action,
  reason: { rule: `existence/${rule}`, text },
});
