/**
 * What people and the vendor do outside the API. The same records change as by API writes, but with other
 * rights: a person may come back from anything, and what they withdraw binds the API afterwards.
 */
import { isPlainObject } from '../simulation/json.ts';
import type { Errand, MemberDesk } from './member-desk.ts';
import type { Audience } from './audience.ts';
import type { Member, MemberStatus } from './model.ts';
import type { Problem, Ruled } from './problems.ts';

export interface PersonCall {
  readonly email: string;
  readonly mergeFields: Readonly<Record<string, unknown>>;
  readonly newEmail: string | null;
  readonly reason: string | null;
}

export type PersonResult =
  | { readonly kind: 'done'; readonly member: Member | null }
  | { readonly kind: 'wrong'; readonly status: 400 | 404; readonly error: string };

export type PersonAction = (call: PersonCall) => PersonResult;

const personErrand: Errand = { source: 'user', callerIp: '127.0.0.1', isRequiredWaived: true };
const adminErrand: Errand = { source: 'admin', callerIp: '127.0.0.1', isRequiredWaived: true };

/** By the name in the control path. */
export function createPeople(
  audience: Audience,
  desk: MemberDesk,
): Readonly<Record<string, PersonAction>> {
  const known =
    (act: (member: Member, call: PersonCall) => PersonResult): PersonAction =>
    (call) => {
      const member = audience.findByEmail(call.email);
      return member === null ? nobody(call.email) : act(member, call);
    };
  const leave = (
    member: Member,
    status: MemberStatus,
    reason: string | null,
    errand: Errand,
  ): PersonResult =>
    done(
      desk.force(
        member,
        (before) => ({ ...before, status, unsubscribeReason: reason, isHeld: true }),
        errand,
      ),
    );
  return {
    signup: (call) => signUp(audience, desk, call),
    unsubscribe: known((member, call) =>
      leave(member, 'unsubscribed', call.reason ?? 'None given', personErrand),
    ),
    bounce: known((member) => leave(member, 'cleaned', null, { ...personErrand, reason: 'hard' })),
    complain: known((member, call) =>
      leave(member, 'unsubscribed', call.reason ?? 'Reported as spam', {
        ...personErrand,
        reason: 'abuse',
      }),
    ),
    'update-profile': known((member, call) =>
      fromRuled(desk.update(member, { mergeFields: call.mergeFields }, personErrand)),
    ),
    'change-email': known((member, call) => {
      if (call.newEmail === null) return wrong('new_email is missing; give the new address.');
      return fromRuled(desk.update(member, { email: call.newEmail }, personErrand));
    }),
    archive: known((member) => fromRuled(desk.archive(member, adminErrand))),
    'delete-permanently': known((member) => {
      desk.erase(member, adminErrand);
      return { kind: 'done', member: null };
    }),
  };
}

/** A form: the person opts in now, whatever stood before; an address erased for good starts anew. */
function signUp(audience: Audience, desk: MemberDesk, call: PersonCall): PersonResult {
  const member = audience.findByEmail(call.email);
  const draft = { email: call.email, mergeFields: call.mergeFields, status: 'subscribed' as const };
  if (member === null) return fromRuled(desk.create(draft, 'subscribed', personErrand));
  return fromRuled(desk.update(member, draft, personErrand));
}

/** The call a control body describes, or a sentence saying what is wrong with it. */
export function parsePersonCall(body: unknown): PersonCall | string {
  if (!isPlainObject(body)) return 'The body must be a JSON object with an email.';
  const { email, merge_fields: mergeFields = {}, new_email: newEmail, reason } = body;
  if (typeof email !== 'string' || email.trim() === '') {
    return 'email is missing; give the address of the person.';
  }
  if (!isPlainObject(mergeFields)) return 'merge_fields must be an object of values by merge tag.';
  return {
    email,
    mergeFields,
    newEmail: typeof newEmail === 'string' ? newEmail : null,
    reason: typeof reason === 'string' ? reason : null,
  };
}

function fromRuled(ruled: Ruled<Member>): PersonResult {
  return ruled.ok ? done(ruled.value) : wrong(describe(ruled.problem));
}

function done(member: Member): PersonResult {
  return { kind: 'done', member };
}

function nobody(email: string): PersonResult {
  const error = `${email} is not a member; sign the address up first.`;
  return { kind: 'wrong', status: 404, error };
}

function wrong(error: string): PersonResult {
  return { kind: 'wrong', status: 400, error };
}

function describe(problem: Problem): string {
  const errors = (problem.errors ?? []).map((error) => `${error.field}: ${error.message}`);
  return [problem.detail, ...errors].join(' ');
}
