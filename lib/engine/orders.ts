/**
 * A person's order settles a field before owner, policy and parking are asked. It stops where no
 * person's word may stand for another's: a grant of consent needs its opt-in all the same.
 */
import type { ExistenceVerdict } from './existence.ts';
import { consentWord, inTermsOf, mayOrder, type ConsentEvidence } from './consent.ts';
import type { FieldLook } from './judge-fields.ts';
import { settleOn, type FieldVerdict } from './merge.ts';
import type { AppExistence, CrmExistence, End } from './model.ts';
import { unusable } from './park-field.ts';
import { isEquivalent, type Value } from './value.ts';

export interface Order {
  readonly take: { readonly side: End } | { readonly side: 'value'; readonly value: Value };
  readonly by: string;
  /** It takes a decision back, and counts only as long as nobody has changed since what that wrote. */
  readonly undoes?: Undone;
}

export interface Undone {
  readonly wrote: Value;
  /** The decision, in words: “the write of …”. */
  readonly what: string;
}

/** A record taken out of the app again, or brought back to it: what undoes its creation or our archiving it. */
export interface ExistenceOrder {
  readonly action: 'archive-app' | 'revive-app';
  readonly by: string;
  readonly what: string;
}

/** What the order makes of the record's existence; null: it does not fit what both ends show, and the rules decide. */
export function obeyExistence(
  order: ExistenceOrder | null,
  shown: { readonly crm: CrmExistence; readonly app: AppExistence; readonly archivedByUs: boolean },
): ExistenceVerdict | null {
  if (order === null || shown.crm !== 'present') return null;
  const fits =
    order.action === 'archive-app'
      ? shown.app === 'present'
      : shown.app === 'archived' && shown.archivedByUs;
  if (!fits) return null;
  const { action, by, what } = order;
  return { action, reason: { rule: 'undo', text: `${by} undid ${what}` } };
}

/**
 * Why an order that takes a decision back does not count: somebody changed the value since, or it would grant consent.
 * An end that holds the old value again is half of a crashed undo, and no reason.
 */
export function whyNotUndone(
  look: Pick<FieldLook, 'field' | 'crmValue' | 'appValue' | 'pair'>,
  back: Value,
  { wrote }: Pick<Undone, 'wrote'>,
  evidence: ConsentEvidence,
): string | null {
  const { field, crmValue, appValue, pair } = look;
  const isOurs = (shown: Value, half: Value | undefined): boolean =>
    isEquivalent(field.type, shown, wrote) ||
    isEquivalent(field.type, shown, back) ||
    // What the end made of our write when it took it.
    (pair?.rewrittenBy !== undefined &&
      half !== undefined &&
      isEquivalent(field.type, shown, half) &&
      [pair.c, pair.r].some((each) => isEquivalent(field.type, each, wrote)));
  const isMoved = { crm: !isOurs(crmValue, pair?.c), app: !isOurs(appValue, pair?.r) };
  if (isMoved.crm || isMoved.app) {
    const where = isMoved.crm ? (isMoved.app ? 'both ends' : 'the CRM') : 'the app';
    return `${where} changed it since`;
  }
  if (field.role !== 'consent') return null;
  const isGranted = [crmValue, appValue].every((shown) => mayOrder(field, back, shown, evidence));
  return isGranted && consentWord(back) !== 'pending'
    ? null
    : `only an opt-in at the owner of ${field.column}, newer than the last withdrawal, grants consent`;
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
  const { undoes } = order;
  const reason =
    undoes === undefined
      ? { rule: 'resolve', text: `${by} took the ${nameOf(order)}` }
      : { rule: 'undo', text: `${by} undid ${undoes.what}` };
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
