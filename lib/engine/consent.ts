/**
 * Consent ignores the owner table (DESIGN: it only tightens by itself).
 *
 *   withdrawal  → unsubscribed, cleaned, complained   accepted from either end
 *   granting    → subscribed                          only from the owner, and only with an opt-in
 *                                                     later than the last withdrawal we saw
 *   a bare flip at the owner is held for a person; at the other end it is put back
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

/** Anything that is not a known word counts as never asked: it permits nothing. */
export const consentWord = (value: Value | undefined): ConsentWord => consentOf(value ?? null);

export const isWithdrawn = (value: Value | undefined): boolean =>
  PERMISSION[consentWord(value)] <= PERMISSION.unsubscribed;

/** Whether going from one word to another permits more than before. */
export const isLoosening = (from: Value, to: Value): boolean =>
  PERMISSION[consentWord(to)] > PERMISSION[consentWord(from)];

export function mergeConsent(merge: ConsentMerge): FieldVerdict {
  const crm = consentWord(merge.crm);
  const app = consentWord(merge.app);
  if (crm === app) return agreeOrNothing(merge);
  const { pair } = merge;
  if (pair !== undefined && consentWord(pair.c) === crm && consentWord(pair.r) === app) {
    return { kind: 'nothing' };
  }
  const higher: End = PERMISSION[crm] > PERMISSION[app] ? 'crm' : 'app';
  const [more, less] = higher === 'crm' ? [crm, app] : [app, crm];
  if (isWithdrawn(less)) return meetWithdrawal(merge, higher, more, less);
  if (more === 'subscribed') return meetGrant(merge, higher, less);
  return meetUnasked(merge, crm, app);
}

function agreeOrNothing({ pair, crm, app }: ConsentMerge): FieldVerdict {
  const known =
    pair !== undefined &&
    consentWord(pair.c) === consentWord(crm) &&
    consentWord(pair.r) === consentWord(app);
  if (known) return { kind: 'nothing' };
  return { kind: 'agree', reason: reason('agree', 'both ends say the same') };
}

/** One end says the person is out. The other end wins only as a proven, newer grant. */
function meetWithdrawal(
  merge: ConsentMerge,
  higher: End,
  more: ConsentWord,
  less: ConsentWord,
): FieldVerdict {
  const lower = otherEnd(higher);
  const base = merge.pair;
  const before = base === undefined ? undefined : half(base, lower);
  const isOldWithdrawal = before !== undefined && isWithdrawn(before);
  if (!isOldWithdrawal || isWithdrawn(more)) {
    return write(
      higher,
      less,
      'withdraw',
      `the ${nameOf(lower)} says the person is out; withdrawal is accepted from either end`,
    );
  }
  if (merge.field.owner !== higher) {
    return write(
      higher,
      less,
      'put-back',
      `the ${nameOf(higher)} may not loosen consent; the withdrawal is put back`,
    );
  }
  if (more === 'subscribed' && hasNewerOptIn(merge.evidence, higher)) {
    return write(
      lower,
      more,
      'grant',
      `the ${nameOf(higher)} shows an opt-in newer than the last withdrawal`,
    );
  }
  return hold(`the ${nameOf(higher)} loosened consent without an opt-in newer than the withdrawal`);
}

/** Neither is out, one says subscribed. */
function meetGrant(merge: ConsentMerge, higher: End, less: ConsentWord): FieldVerdict {
  const lower = otherEnd(higher);
  const wasSubscribed =
    merge.pair !== undefined && consentWord(half(merge.pair, higher)) === 'subscribed';
  if (merge.field.owner !== higher) {
    return write(
      higher,
      less,
      'put-back',
      `the ${nameOf(higher)} may not grant consent; the owner’s word is put back`,
    );
  }
  if (wasSubscribed || hasNewerOptIn(merge.evidence, higher)) {
    return write(
      lower,
      'subscribed',
      'grant',
      `the ${nameOf(higher)} owns consent and shows the opt-in`,
    );
  }
  return hold(`the ${nameOf(higher)} says subscribed without any opt-in to show`);
}

/** pending and transactional: nobody has agreed to anything yet, so the owner’s word stands; a sync never sends `pending`. */
function meetUnasked(merge: ConsentMerge, crm: ConsentWord, app: ConsentWord): FieldVerdict {
  const owner: End = merge.field.owner === 'crm' ? 'crm' : 'app';
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

/** A revival carries what was last agreed, tightened by what the CRM says now; it grants nothing new. */
export function consentForRevival(pair: Pair, crm: Value): ConsentWord {
  const agreed = consentWord(pair.r);
  const now = consentWord(crm);
  const word = PERMISSION[now] < PERMISSION[agreed] ? now : agreed;
  return word === 'pending' ? 'transactional' : word;
}

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
