/**
 * When the person withdrew, as far as a look can tell, in any field of consent: the later of what we knew and what is
 * new now. An end that shows somebody out beside an opt-in shows them out since that opt-in: who came back and left
 * again between two looks is not brought back by it.
 */
import { consentWord, isWithdrawn } from './consent.ts';
import type { Look } from './judge-fields.ts';
import type { FieldSpec } from './model.ts';
import type { Value } from './value.ts';

type Seen = Pick<Look, 'state' | 'crm' | 'app' | 'now'>;

export function withdrawalSeen(fields: readonly FieldSpec[], look: Seen): number | null {
  const times = fields
    .filter(({ role }) => role === 'consent')
    .flatMap((field) => withdrawalsOf(field, look));
  const all = [look.state.withdrawnAt, ...times].filter((time) => time !== null);
  return all.length === 0 ? null : Math.max(...all);
}

function withdrawalsOf({ fingerprint }: FieldSpec, look: Seen): readonly number[] {
  const { state, crm, app, now } = look;
  const pair = state.shadow?.pairs[fingerprint];
  const isNew = (before: Value | undefined, shown: Value | undefined): boolean =>
    shown !== undefined && isWithdrawn(shown) && consentWord(before) !== consentWord(shown);
  return [
    ...(isNew(pair?.c, crm.fields[fingerprint]) ? [crm.changedAt ?? now] : []),
    ...(isNew(pair?.r, app.fields[fingerprint]) ? [app.changedAt ?? now] : []),
    ...ourWord(state.intent?.toCrm[fingerprint], crm.fields[fingerprint], crm.changedAt),
    ...ourWord(state.intent?.toApp[fingerprint], app.fields[fingerprint], app.changedAt),
    ...sinceOptIn(crm.fields[fingerprint], crm.optInAt),
    ...sinceOptIn(app.fields[fingerprint], app.optInAt),
  ];
}

/** An interrupted write of ours may have left that word, or a person may have said it since: then when the end changed counts. */
const ourWord = (
  sent: Value | undefined,
  shown: Value | undefined,
  at: number | null,
): readonly number[] => {
  if (sent === undefined || shown === undefined || at === null) return [];
  return isWithdrawn(shown) && consentWord(sent) === consentWord(shown) ? [at] : [];
};

const sinceOptIn = (shown: Value | undefined, optInAt: number | null): readonly number[] =>
  optInAt !== null && shown !== undefined && isWithdrawn(shown) ? [optInAt] : [];
