/**
 * Consent ignores the owner table (DESIGN: it only tightens by itself).
 *
 *   withdrawal  → unsubscribed, cleaned, complained   accepted from either end
 *   granting    → subscribed                          only from the owner, and only with an opt-in
 *                                                     later than the last withdrawal we saw
 *   a bare flip at the owner is held for a person; at the other end it is put back
 *
 * All of it is decided in words; a field that holds a yes or no (types/opt-out.ts) is written as one.
 */
import type { End, FieldSpec, Pair, Reason } from './model.ts';
import type { FieldVerdict } from './merge.ts';
import { type Consent, consentOf } from './types/consent.ts';
import type { Value } from './value.ts';

export type ConsentWord = Consent;

/** How much a word permits: higher permits more. `transactional` = never asked. */
const PERMISSION: Record<ConsentWord, number> = {
  subscribed: 5,
  pending: 4,
  transactional: 3,
  unsubscribed: 2,
  cleaned: 1,
  complained: 0,
};

export interface ConsentMerge {
  readonly field: FieldSpec;
  readonly pair: Pair | undefined;
  readonly crm: Value;
  readonly app: Value;
  readonly evidence: ConsentEvidence;
}

export interface ConsentEvidence {
  /** Last opt-in each end can prove, epoch ms. */
  readonly crmOptInAt: number | null;
  readonly appOptInAt: number | null;
  /** The last withdrawal recorded for this person, epoch ms. */
  readonly withdrawnAt: number | null;
}

/** No value counts as never asked. What is no known word never gets here: it is parked as unreadable. */
export const consentWord = (value: Value | undefined): ConsentWord => consentOf(value ?? null);

export const isWithdrawn = (value: Value | undefined): boolean =>
  PERMISSION[consentWord(value)] <= PERMISSION.unsubscribed;

/** Whether going from one word to another permits more than before. */
export const isLoosening = (from: Value, to: Value): boolean =>
  PERMISSION[consentWord(to)] > PERMISSION[consentWord(from)];

export function mergeConsent(merge: ConsentMerge): FieldVerdict {
  const verdict = mergeWords(merge);
  if (verdict.kind !== 'write') return verdict;
  const { app, crm, ...rest } = verdict;
  const { field } = merge;
  return {
    ...rest,
    ...(app === undefined ? {} : { app: inTermsOf(field, consentWord(app)) }),
    ...(crm === undefined ? {} : { crm: inTermsOf(field, consentWord(crm)) }),
  };
}

/** A refusal (types/opt-out.ts). */
export const isYesOrNo = ({ type }: FieldSpec): boolean => type.name === 'optOut';

/** A word as the field holds it. */
export const inTermsOf = (field: FieldSpec, word: ConsentWord): Value =>
  isYesOrNo(field) ? isWithdrawn(word) : word;

function mergeWords(merge: ConsentMerge): FieldVerdict {
  const crm = consentWord(merge.crm);
  const app = consentWord(merge.app);
  if (crm === app) return agreeOrNothing(merge);
  // A withdrawal is never agreed away: not even a pair that says so leaves an end subscribed.
  const isSplit = isWithdrawn(crm) !== isWithdrawn(app);
  if (!isSplit && isKnown(merge)) return { kind: 'nothing' };
  if (merge.field.isReadOnly === true && isSilent(merge)) return leaveUntold(merge);
  const higher: End = PERMISSION[crm] > PERMISSION[app] ? 'crm' : 'app';
  const [more, less] = higher === 'crm' ? [crm, app] : [app, crm];
  if (isWithdrawn(less)) return meetWithdrawal(merge, higher, more, less);
  if (more === 'subscribed') return meetGrant(merge, higher, less);
  return meetUnasked(merge, crm, app);
}

function agreeOrNothing(merge: ConsentMerge): FieldVerdict {
  if (isKnown(merge)) return { kind: 'nothing' };
  return { kind: 'agree', reason: reason('agree', 'both ends say the same') };
}

const isKnown = ({ pair, crm, app }: ConsentMerge): boolean =>
  pair !== undefined &&
  consentWord(pair.c) === consentWord(crm) &&
  consentWord(pair.r) === consentWord(app);

/**
 * An app that takes no word for this field says something when it says that the person is out, or came back in by
 * themselves. Whatever else it shows is silence, which neither takes consent away nor gives any.
 */
function isSilent({ crm, app, evidence }: ConsentMerge): boolean {
  if (isWithdrawn(app)) return false;
  const isBack = consentWord(app) === 'subscribed';
  return !isBack || (isWithdrawn(crm) && !hasNewerOptIn(evidence, 'app'));
}

function leaveUntold(merge: ConsentMerge): FieldVerdict {
  if (isKnown(merge)) return { kind: 'nothing' };
  const text = `the app has no way to be told ${merge.field.path}; the CRM keeps its word`;
  return { kind: 'agree', rewrittenBy: 'app', reason: reason('untold', text) };
}

/** One end says the person is out. The other end wins only as a proven, newer grant. */
function meetWithdrawal(
  merge: ConsentMerge,
  higher: End,
  more: ConsentWord,
  less: ConsentWord,
): FieldVerdict {
  const lower = otherEnd(higher);
  // Another word of withdrawal is a new one: a complaint after a proven opt-in still counts.
  const isOld = merge.pair !== undefined && consentWord(half(merge.pair, lower)) === less;
  if (!isOld || isWithdrawn(more)) {
    const text = `the ${nameOf(lower)} says the person is out; withdrawal is accepted from either end`;
    return write(higher, less, 'withdraw', text);
  }
  if (merge.field.owner !== higher) {
    const text = `the ${nameOf(higher)} may not loosen consent; the withdrawal is put back`;
    return write(higher, less, 'put-back', text);
  }
  const isGrant = more === 'subscribed' || isYesOrNo(merge.field);
  if (isGrant && hasNewerOptIn(merge.evidence, higher)) {
    const text = `the ${nameOf(higher)} shows an opt-in newer than the last withdrawal`;
    return write(lower, more, 'grant', text);
  }
  return hold(`the ${nameOf(higher)} loosened consent without an opt-in newer than the withdrawal`);
}

/** Neither is out, one says subscribed. */
function meetGrant(merge: ConsentMerge, higher: End, less: ConsentWord): FieldVerdict {
  const { field, pair, evidence } = merge;
  if (field.owner !== higher) {
    const isUnasked = pair === undefined && higher === 'app' && less === 'transactional';
    if (isUnasked && !field.adoptEmpty)
      return hold('first meeting: the CRM was never told, which takes nobody’s consent away');
    const text = `the ${nameOf(higher)} may not grant consent; the owner’s word is put back`;
    return write(higher, less, 'put-back', text);
  }
  if (wasGranted(merge) || hasNewerOptIn(evidence, higher)) {
    const text = `the ${nameOf(higher)} owns consent and shows the opt-in`;
    return write(otherEnd(higher), 'subscribed', 'grant', text);
  }
  return hold(`the ${nameOf(higher)} says subscribed without any opt-in to show`);
}

/** Both ends had agreed on it and the person has never withdrawn: giving the word back grants nothing new. */
const wasGranted = ({ pair, evidence }: ConsentMerge): boolean =>
  pair !== undefined &&
  consentWord(pair.c) === 'subscribed' &&
  consentWord(pair.r) === 'subscribed' &&
  evidence.withdrawnAt === null;

/** pending and transactional: nobody has agreed to anything yet, so the owner’s word stands; a sync never sends `pending`. */
function meetUnasked(merge: ConsentMerge, crm: ConsentWord, app: ConsentWord): FieldVerdict {
  const owner = ownerOf(merge.field);
  const word = owner === 'crm' ? crm : app;
  if (owner === 'crm' && word === 'pending') {
    return {
      kind: 'agree',
      reason: reason('pending', 'a sync never sends “pending”; the app keeps its word'),
    };
  }
  return write(
    otherEnd(owner),
    word,
    'owner',
    'nobody has agreed to anything; the owner’s word stands',
  );
}

/** The consent a new or revived record carries: a grant only with proof, `transactional` when never asked. */
export function consentForCreate(
  field: FieldSpec,
  crm: Value,
  evidence: ConsentEvidence,
): ConsentWord {
  const word = consentWord(crm);
  if (isWithdrawn(word)) return word;
  const granted = word === 'subscribed' && field.owner === 'crm' && hasNewerOptIn(evidence, 'crm');
  return granted ? 'subscribed' : 'transactional';
}

/**
 * A revival carries what was last agreed, tightened by what the CRM says now; it grants nothing new.
 * Nobody heard the app while the record rested: after any withdrawal only a newer opt-in says yes.
 */
export function consentForRevival(
  field: FieldSpec,
  pair: Pair,
  crm: Value,
  evidence: ConsentEvidence,
): ConsentWord {
  const word = tightest(consentWord(pair.c), consentWord(pair.r), consentWord(crm));
  if (word === 'pending') return 'transactional';
  const isProven = evidence.withdrawnAt === null || hasNewerOptIn(evidence, ownerOf(field));
  return word === 'subscribed' && !isProven ? 'transactional' : word;
}

const tightest = (...words: readonly [ConsentWord, ...ConsentWord[]]): ConsentWord =>
  words.reduce((a, b) => (PERMISSION[b] < PERMISSION[a] ? b : a));

/**
 * Whether a person's order may put this word where another stands. An order goes before owner and
 * policy but not before the person it is about: it needs the same opt-in as any other grant.
 */
export function mayOrder(
  field: FieldSpec,
  to: Value,
  shown: Value,
  evidence: ConsentEvidence,
): boolean {
  const isGrant = consentWord(to) === 'subscribed' || (isWithdrawn(shown) && !isWithdrawn(to));
  return !isGrant || !isLoosening(shown, to) || hasNewerOptIn(evidence, ownerOf(field));
}

const ownerOf = (field: FieldSpec): End => (field.owner === 'crm' ? 'crm' : 'app');

function hasNewerOptIn(evidence: ConsentEvidence, end: End): boolean {
  const optIn = end === 'crm' ? evidence.crmOptInAt : evidence.appOptInAt;
  return optIn !== null && (evidence.withdrawnAt === null || optIn > evidence.withdrawnAt);
}

const half = (pair: Pair, end: End): Value => (end === 'crm' ? pair.c : pair.r);
const otherEnd = (end: End): End => (end === 'crm' ? 'app' : 'crm');
const nameOf = (end: End): string => (end === 'crm' ? 'CRM' : 'app');
const reason = (rule: string, text: string): Reason => ({ rule: `consent/${rule}`, text });
const hold = (text: string): FieldVerdict => ({
  kind: 'park',
  parked: 'consent',
  reason: reason('hold', `${text}; a person decides`),
});
/** A sync never sends `pending`: in Mailchimp it mails the person. */
const write = (end: End, word: ConsentWord, rule: string, text: string): FieldVerdict => ({
  kind: 'write',
  ...(end === 'crm' ? { crm: word } : { app: word === 'pending' ? 'transactional' : word }),
  reason: reason(rule, text),
});
