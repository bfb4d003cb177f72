/** Parking one field: why it is out of traffic, and what lets it back in. */
import { isWithdrawn } from './consent.ts';
import type { FieldLook } from './judge-fields.ts';
import type { FieldVerdict } from './merge.ts';
import type { ParkedField } from './model.ts';
import { isEquivalent } from './value.ts';

type Parked = Extract<FieldVerdict, { kind: 'park' }>;

/** The parking to remember, or null when the same one is remembered already. */
export function parkedAfter(look: FieldLook, { parked, reason }: Parked): ParkedField | null {
  const { field, pair, crmValue, appValue, state, now } = look;
  const old = state.parked[field.fingerprint];
  const isKnown = old !== undefined && old.kind === parked && old.reason === reason.text;
  if (isKnown && showsSame(look, old)) return null;
  const base = pair ?? null;
  return { kind: parked, crm: crmValue, app: appValue, base, reason: reason.text, at: now };
}

/** A refused value is not offered again until an end changes; a fight waits for a person unless the ends agree. */
export function staysParked(look: FieldLook, parked: ParkedField): boolean {
  const { field, crmValue, appValue } = look;
  if (isEquivalent(field.type, crmValue, appValue)) return false;
  switch (parked.kind) {
    case 'fight':
      return !isSplit(look);
    case 'rejected':
    case 'blocked':
      return showsSame(look, parked);
    case 'conflict':
    case 'consent':
    case 'unreadable':
    case 'waiting':
      return false;
  }
}

/** One end says the person is out and the other does not: no parking may hold that up. */
const isSplit = ({ field, crmValue, appValue }: FieldLook): boolean =>
  field.role === 'consent' && isWithdrawn(crmValue) !== isWithdrawn(appValue);

const showsSame = ({ field, crmValue, appValue }: FieldLook, { crm, app }: ParkedField): boolean =>
  isEquivalent(field.type, crm, crmValue) && isEquivalent(field.type, app, appValue);

/**
 * Parks a value its type cannot hold. At the end that does not own the field it is simply replaced, but
 * not by an emptiness, which it would be taken for: the ends would be called equal for ever. An
 * unreadable word of consent is never guessed at either end, for both guesses are harmful; only a
 * withdrawal at the other end, and the mark we set ourselves, leave no doubt.
 */
export function unreadable(look: FieldLook): Parked | null {
  const { field, crm, app, crmValue, appValue, markColumn, state } = look;
  const isConsent = field.role === 'consent';
  const isMark = field.column === markColumn && state.shadow?.existence.r !== 'present';
  const atCrm = isMark ? undefined : crm.broken[field.fingerprint];
  const atApp = app.broken[field.fingerprint];
  if (isConsent && (isWithdrawn(crmValue) || isWithdrawn(appValue))) return null;
  const isHidden = isEquivalent(field.type, crmValue, appValue);
  if (atCrm !== undefined && (isConsent || isHidden || field.owner !== 'app'))
    return unusable(`the CRM’s value cannot be used: ${atCrm}`);
  if (atApp !== undefined && (isConsent || isHidden || field.owner !== 'crm'))
    return unusable(`the app’s value cannot be used: ${atApp}`);
  return null;
}

export const unusable = (text: string): Parked => ({
  kind: 'park',
  parked: 'unreadable',
  reason: { rule: 'unreadable', text },
});
