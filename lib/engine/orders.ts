/**
 * A person's order settles a field before owner, policy and parking are asked. It stops where no
 * person's word may stand for another's: a grant of consent needs its opt-in all the same.
 */
import { consentWord, inTermsOf, mayOrder, type ConsentEvidence } from './consent.ts';
import type { FieldLook } from './judge-fields.ts';
import { settleOn, type FieldVerdict } from './merge.ts';
import type { End } from './model.ts';
import { unusable } from './park-field.ts';
import type { Value } from './value.ts';

export interface Order {
  readonly take: { readonly side: End } | { readonly side: 'value'; readonly value: Value };
  readonly by: string;
}

/** The same reason stands in the history for whoever asks later. */
export function obey(look: FieldLook, order: Order, evidence: ConsentEvidence): FieldVerdict {
  const { field, crmValue, appValue } = look;
  const { take, by } = order;
  const broken = take.side === 'value' ? undefined : look[take.side].broken[field.fingerprint];
  if (broken !== undefined)
    return unusable(`${by} took the ${nameOf(order)}, which cannot be used: ${broken}`);
  const shown = { crm: crmValue, app: appValue };
  const value = take.side === 'value' ? take.value : shown[take.side];
  const ends = { crm: readable(look, 'crm'), app: readable(look, 'app') };
  const reason = { rule: 'resolve', text: `${by} took the ${nameOf(order)}` };
  if (field.role !== 'consent') return settleOn(field, value, ends, reason);
  const isGranted = [crmValue, appValue].every((shown) => mayOrder(field, value, shown, evidence));
  if (isGranted && consentWord(value) !== 'pending')
    return settleOn(field, inTermsOf(field, consentWord(value)), ends, reason);
  const text = `${reason.text}, but only the owner’s opt-in, newer than the last withdrawal, grants consent`;
  return { kind: 'park', parked: 'consent', reason: { rule: 'consent/order', text } };
}

/** For the judgement an unreadable value is none; for an order it is there, and gives way even to an empty one. */
const readable = (look: FieldLook, end: End): Value | undefined =>
  look[end].broken[look.field.fingerprint] === undefined
    ? look[end === 'crm' ? 'crmValue' : 'appValue']
    : undefined;

function nameOf({ take }: Order): string {
  if (take.side === 'value') return 'value they named';
  return take.side === 'crm' ? 'CRM’s value' : 'app’s value';
}
