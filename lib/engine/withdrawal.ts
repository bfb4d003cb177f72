/** When the person withdrew, as far as a look can tell: the later of what we knew and what is new now. */
import { consentWord, isWithdrawn } from './consent.ts';
import type { Look } from './judge-fields.ts';
import type { FieldSpec } from './model.ts';
import type { Value } from './value.ts';

export function withdrawalSeen(fields: readonly FieldSpec[], look: Look): number | null {
  const { state, crm, app, now } = look;
  const field = fields.find((each) => each.role === 'consent');
  if (field === undefined) return state.withdrawnAt;
  const pair = state.shadow?.pairs[field.fingerprint];
  const isNew = (before: Value | undefined, shown: Value | undefined): boolean =>
    shown !== undefined && isWithdrawn(shown) && consentWord(before) !== consentWord(shown);
  const times = [
    state.withdrawnAt,
    isNew(pair?.c, crm.fields[field.fingerprint]) ? (crm.changedAt ?? now) : null,
    isNew(pair?.r, app.fields[field.fingerprint]) ? (app.changedAt ?? now) : null,
  ].filter((time) => time !== null);
  return times.length === 0 ? null : Math.max(...times);
}
