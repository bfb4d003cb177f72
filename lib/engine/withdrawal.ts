/** When the person withdrew, as far as a look can tell: the later of what we knew and what is new now, in any field of consent. */
import { consentWord, isWithdrawn } from './consent.ts';
import type { Look } from './judge-fields.ts';
import type { FieldSpec } from './model.ts';
import type { Value } from './value.ts';

export function withdrawalSeen(fields: readonly FieldSpec[], look: Look): number | null {
  const times = fields
    .filter(({ role }) => role === 'consent')
    .flatMap((field) => withdrawalsOf(field, look));
  const all = [look.state.withdrawnAt, ...times].filter((time) => time !== null);
  return all.length === 0 ? null : Math.max(...all);
}

function withdrawalsOf({ fingerprint }: FieldSpec, look: Look): readonly number[] {
  const { state, crm, app, now } = look;
  const pair = state.shadow?.pairs[fingerprint];
  const isNew = (before: Value | undefined, shown: Value | undefined): boolean =>
    shown !== undefined && isWithdrawn(shown) && consentWord(before) !== consentWord(shown);
  return [
    ...(isNew(pair?.c, crm.fields[fingerprint]) ? [crm.changedAt ?? now] : []),
    ...(isNew(pair?.r, app.fields[fingerprint]) ? [app.changedAt ?? now] : []),
  ];
}
