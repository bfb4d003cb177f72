/**
 * What may become of a member: creation, changes, renames, revival. Pure functions from a member and a wish
 * to the member afterwards, or to the vendor's refusal. Who is asking decides little: the person may always
 * come back, the API may not bring them back. https://mailchimp.com/developer/marketing/api/list-members/
 */
import { parseEmail } from './email-rules.ts';
import type { MemberDraft } from './member-draft.ts';
import { findMissing, mergeValues } from './merge-values.ts';
import type { Member, MemberStatus, MergeField, MergeValue, Source } from './model.ts';
import {
  allowed,
  forgottenEmail,
  invalidMergeFields,
  memberExists,
  memberInComplianceState,
  refused,
} from './problems.ts';
import type { Ruled } from './problems.ts';
import { subscriberHash } from './subscriber-hash.ts';
import { floorToSecond } from './timestamps.ts';

export interface RuleContext {
  readonly nowMs: number;
  readonly source: Source;
  readonly fields: readonly MergeField[];
  /** `skip_merge_validation`: required fields may be missing; wrong values are refused all the same. */
  readonly isRequiredWaived: boolean;
  readonly callerIp: string;
  /** The member who has this address now, if any. */
  readonly findByEmail: (email: string) => Member | null;
  readonly isForgotten: (hash: string) => boolean;
}

export interface NewIds {
  readonly contactId: string;
  readonly webId: number;
}

export function planCreate(
  draft: MemberDraft & { readonly email: string },
  status: Exclude<MemberStatus, 'archived'>,
  ids: NewIds,
  context: RuleContext,
): Ruled<Member> {
  const email = parseEmail(draft.email);
  if (!email.ok) return email;
  const hash = subscriberHash(email.value);
  if (context.source !== 'user' && context.isForgotten(hash)) {
    return refused(forgottenEmail(email.value));
  }
  const blank = { ...blankMember(ids, context), email: email.value, hash };
  return planChange(blank, { ...draft, status }, context, 'created');
}

/** A change of a member who is there, archived or not. The address may change with it. */
export function planUpdate(
  member: Member,
  draft: MemberDraft,
  context: RuleContext,
): Ruled<Member> {
  const renamed = planRename(member, draft, context);
  return renamed.ok ? planChange(renamed.value, draft, context, 'updated') : renamed;
}

function planRename(member: Member, draft: MemberDraft, context: RuleContext): Ruled<Member> {
  if (draft.email === undefined || draft.email === member.email) return allowed(member);
  const email = parseEmail(draft.email);
  if (!email.ok) return email;
  const hash = subscriberHash(email.value);
  const holder = context.findByEmail(email.value);
  if (holder !== null && holder.contactId !== member.contactId) {
    return refused(memberExists(email.value));
  }
  if (hash !== member.hash && context.source !== 'user' && context.isForgotten(hash)) {
    return refused(forgottenEmail(email.value));
  }
  return allowed({ ...member, email: email.value, hash });
}

function planChange(
  member: Member,
  draft: MemberDraft,
  context: RuleContext,
  occasion: 'created' | 'updated',
): Ruled<Member> {
  const isBound = draft.status === 'subscribed' && member.isHeld && context.source !== 'user';
  if (isBound) return refused(memberInComplianceState(member.email));
  const merged = planMergeValues(member, draft, context, occasion);
  if (!merged.ok) return merged;
  const stands = withStatus(member, draft.status ?? member.status, context);
  return allowed({
    ...stands,
    mergeValues: merged.value,
    emailType: draft.emailType ?? stands.emailType,
    language: draft.language ?? stands.language,
    isVip: draft.isVip ?? stands.isVip,
    ipSignup: draft.ipSignup ?? stands.ipSignup,
    ipOpt: draft.ipOpt ?? stands.ipOpt,
    signedUpAt: draft.signedUpAt === undefined ? stands.signedUpAt : draft.signedUpAt,
    optedInAt: draft.optedInAt === undefined ? stands.optedInAt : draft.optedInAt,
  });
}

function planMergeValues(
  member: Member,
  draft: MemberDraft,
  context: RuleContext,
  occasion: 'created' | 'updated',
): Ruled<Readonly<Record<string, MergeValue>>> {
  const merged = mergeValues(member.mergeValues, draft.mergeFields ?? {}, context.fields);
  if (!merged.ok || context.isRequiredWaived) return merged;
  // Leaving must stay possible however incomplete the profile is, so only profile writes are checked.
  if (occasion === 'updated' && draft.mergeFields === undefined) return merged;
  const missing = findMissing(merged.value, context.fields);
  return missing.length === 0 ? merged : refused(invalidMergeFields(missing));
}

/** The status and everything that goes with it: opt-in time, reason, and whether the API is bound by it. */
export function withStatus(member: Member, status: MemberStatus, context: RuleContext): Member {
  if (status === member.status) return member;
  const isPerson = context.source === 'user';
  const isOptIn = status === 'subscribed';
  return {
    ...member,
    status,
    optedInAt: isOptIn ? floorToSecond(context.nowMs) : member.optedInAt,
    ipOpt: isOptIn ? context.callerIp : member.ipOpt,
    signedUpAt: status === 'pending' ? floorToSecond(context.nowMs) : member.signedUpAt,
    unsubscribeReason: status === 'unsubscribed' ? 'N/A (Unsubscribed by admin)' : null,
    isHeld: isOptIn
      ? false
      : member.isHeld || status === 'cleaned' || (isPerson && status === 'unsubscribed'),
  };
}

/** Tag names as stored: trimmed, without empty ones. */
export function cleanTagNames(names: readonly string[]): readonly string[] {
  return names.map((name) => name.trim()).filter((name) => name !== '');
}

/** Two members that an observer of the API could not tell apart. */
export function isSameMember(left: Member, right: Member): boolean {
  return JSON.stringify(comparable(left)) === JSON.stringify(comparable(right));
}

function comparable(member: Member): unknown[] {
  const { mergeValues: values, tags, changedAt, changeSeq, ...rest } = member;
  void changedAt;
  void changeSeq;
  // An empty value and a value never set look the same; the order in which keys arrived means nothing.
  const filled = Object.entries(values).filter(([, value]) => value !== '');
  return [
    Object.entries(rest).toSorted(byName),
    filled.toSorted(byName),
    tags.map((tag) => tag.id).toSorted((a, b) => a - b),
  ];
}

function byName(left: readonly [string, unknown], right: readonly [string, unknown]): number {
  return left[0] < right[0] ? -1 : 1;
}

/** A member before its first status; `archived` because any status asked for then counts as a change. */
function blankMember(ids: NewIds, context: RuleContext): Omit<Member, 'email' | 'hash'> {
  return {
    ...ids,
    status: 'archived',
    mergeValues: {},
    tags: [],
    emailType: 'html',
    language: '',
    isVip: false,
    ipSignup: '',
    ipOpt: '',
    signedUpAt: null,
    optedInAt: null,
    unsubscribeReason: null,
    isHeld: false,
    sourceName: context.source === 'user' ? 'Hosted Signup Form' : 'API - Generic',
    changedAt: 0,
    changeSeq: 0,
  };
}
