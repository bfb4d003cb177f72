/**
 * What a failed call means, by table: status and title, never the prose of `detail`.
 * https://mailchimp.com/developer/marketing/docs/errors/
 */
import type { Failure, Halted, Rejected, Retry } from '../../ports/outcome.ts';
import { maskPersonal } from '../mask-personal.ts';
import type { Silence } from '../silence.ts';
import { problemSchema, type WireProblem, type WireRowError } from './wire.ts';

/** An HTTP answer. `isJson` tells the vendor's API from the proxies in front of it. */
export interface FailedAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly isJson: boolean;
  readonly retryAfterMs: number | null;
}

export type Verdict =
  /** The address is a member already. */
  | { readonly kind: 'exists'; readonly reason: string }
  /** 404: the member or the audience; the caller finds out which. */
  | { readonly kind: 'missing'; readonly reason: string }
  /** 405: the record's state forbids it. */
  | { readonly kind: 'forbidden'; readonly reason: string }
  /** 5xx, no answer, a broken connection: Mailchimp as a whole, or this one record; whoever knows of others decides. */
  | { readonly kind: 'troubled'; readonly retry: Retry }
  | Failure;

export interface Context {
  /** A call without answer may have taken effect. */
  readonly isWrite: boolean;
  /** App paths the call sent: only these can be blamed. */
  readonly sent: readonly string[];
}

type Rule = 'exists' | 'consent' | 'fields' | 'record' | 'halted' | 'busy';

/** Titles are stable where `type` is missing and `detail` varies. */
const BY_TITLE: Readonly<Record<string, Rule>> = {
  'member exists': 'exists',
  'member in compliance state': 'consent',
  'forgotten email not subscribed': 'record',
  'invalid resource': 'fields',
  'bad request': 'fields',
  'json parse exception': 'record',
  'invalid action': 'record',
  'api key invalid': 'halted',
  'user disabled': 'halted',
  forbidden: 'halted',
  toomanyrequests: 'busy',
  'too many requests': 'busy',
};

export function judgeAnswer(answer: FailedAnswer, context: Context): Verdict {
  const problem = parseProblem(answer.body);
  const reason = reasonOf(answer.status, problem);
  if (answer.status === 429) return busy(answer, reason);
  if (answer.status === 403 && !answer.isJson) return busy(answer, reason);
  if (answer.status === 404) return { kind: 'missing', reason };
  if (answer.status === 405) return { kind: 'forbidden', reason };
  if (answer.status >= 500 || answer.status === 408) return troubled(answer, reason, context);
  return applyRule(ruleOf(answer.status, problem), { answer, reason, problem, context });
}

/** Nobody but a person changes these: keys, roles, bills, and hosts that redirect. */
const FOR_A_PERSON = new Set([401, 402, 403, 426]);

function ruleOf(status: number, problem: WireProblem): Rule {
  const byTitle = BY_TITLE[problem.title?.toLowerCase() ?? ''];
  if (byTitle !== undefined) return byTitle;
  return status < 400 || FOR_A_PERSON.has(status) ? 'halted' : 'fields';
}

interface Judged {
  readonly answer: FailedAnswer;
  readonly reason: string;
  readonly problem: WireProblem;
  readonly context: Context;
}

function applyRule(rule: Rule, { answer, reason, problem, context }: Judged): Verdict {
  switch (rule) {
    case 'exists':
      return { kind: 'exists', reason };
    case 'consent':
      return rejected(reason, context.sent.includes('status') ? 'status' : null);
    case 'fields':
      return rejected(reason, blame(problem, context.sent));
    case 'record':
      return rejected(reason, null);
    case 'busy':
      return busy(answer, reason);
    case 'halted':
      return halted(
        `${reason} Check the API key and its user's role; the sync then goes on by itself.`,
      );
  }
}

/** A row of a batch answer that failed. Null: the row does not say why; send it alone and it will. */
export function judgeRow(row: WireRowError, sent: readonly string[]): Verdict | null {
  const words = [row.error, row.field_message].filter(Boolean).join(' ');
  const reason = maskPersonal(`Mailchimp: ${words}`);
  if (row.error_code === 'ERROR_CONTACT_EXISTS') return { kind: 'exists', reason };
  const path = row.field === undefined ? null : pathOf(row.field, sent);
  return path === null ? null : rejected(reason, path);
}

export function judgeSilence(silence: Silence, context: Context): Verdict {
  const mayHaveLanded = silence.cause === 'timeout' || silence.cause === 'reset';
  const retry: Retry = {
    kind: 'retry',
    scope: silence.cause === 'budget' ? 'budget' : 'app',
    afterMs: null,
    reason: silence.reason,
    ambiguous: context.isWrite && mayHaveLanded,
  };
  return mayHaveLanded ? { kind: 'troubled', retry } : retry;
}

export const halted = (reason: string): Halted => ({ kind: 'halted', reason });

export const rejected = (reason: string, path: string | null): Rejected => ({
  kind: 'rejected',
  reason,
  path,
});

/** Nothing was sent: an earlier command of the record, or the end of our time, came first. */
export const notTried = (reason: string): Retry => ({ ...lookAgain(reason), scope: 'budget' });

/** The record must be looked at again soon. */
export const lookAgain = (reason: string): Retry => ({
  kind: 'retry',
  scope: 'record',
  afterMs: 0,
  reason,
  ambiguous: false,
});

/** Too many connections: surely not executed. Mailchimp answers 429, or 403 without a JSON body. */
function busy(answer: FailedAnswer, reason: string): Retry {
  return {
    kind: 'retry',
    scope: 'app',
    afterMs: answer.retryAfterMs,
    reason,
    ambiguous: false,
  };
}

/** May have been executed. */
function troubled(answer: FailedAnswer, reason: string, context: Context): Verdict {
  const retry: Retry = {
    kind: 'retry',
    scope: 'app',
    afterMs: answer.retryAfterMs,
    reason,
    ambiguous: context.isWrite,
  };
  return { kind: 'troubled', retry };
}

function parseProblem(body: unknown): WireProblem {
  const parsed = problemSchema.safeParse(body);
  return parsed.success ? parsed.data : {};
}

/** Mailchimp's own words, without the addresses and numbers they repeat: reasons are logged and shown. */
function reasonOf(status: number, problem: WireProblem): string {
  if (problem.title === undefined) return `Mailchimp answered ${status} without saying why.`;
  const details = (problem.errors ?? []).map(({ field, message }) =>
    field === undefined ? `${message ?? ''}` : `${field}: ${message ?? ''}`,
  );
  const detail = problem.detail === undefined ? '' : `: ${problem.detail}`;
  const more = details.length > 0 ? ` (${details.join('; ')})` : '';
  return maskPersonal(`Mailchimp: ${problem.title}${detail}${more}`);
}

/** The first field the vendor names that we sent; a call that sent one value can only mean that one. */
function blame(problem: WireProblem, sent: readonly string[]): string | null {
  for (const { field } of problem.errors ?? []) {
    const path = field === undefined ? null : pathOf(field, sent);
    if (path !== null) return path;
  }
  return sent.length === 1 ? (sent[0] ?? null) : null;
}

/** Errors name a merge field by its bare tag (`BDAY`), everything else by its path. */
function pathOf(field: string, sent: readonly string[]): string | null {
  const names = [field, `merge_fields.${field}`, field.toLowerCase().replaceAll(' ', '_')];
  return sent.find((path) => names.includes(path)) ?? null;
}

/** A verdict where only failing is possible: a 404 of an audience's own endpoint means it is gone. */
export function toFailure(verdict: Verdict, audience: string): Failure {
  switch (verdict.kind) {
    case 'retry':
    case 'rejected':
    case 'halted':
      return verdict;
    case 'troubled':
      return verdict.retry;
    case 'missing':
      return halted(
        `This Mailchimp account has no audience ${audience}. Correct the audience id or the key.`,
      );
    case 'exists':
    case 'forbidden':
      return rejected(verdict.reason, null);
  }
}

/** For calls that sent nothing that could be refused: whatever it was, look again later. */
export function withoutRejection(failure: Failure): Retry | Halted {
  return failure.kind === 'rejected' ? lookAgain(failure.reason) : failure;
}

export function isFailure(outcome: { readonly kind: string }): outcome is Failure {
  return ['retry', 'rejected', 'halted'].includes(outcome.kind);
}
