/**
 * What a failed call means, by table: code and subcode, never the prose of a message, and the HTTP status only
 * where there is no code.
 *   https://developers.facebook.com/docs/graph-api/guides/error-handling
 *   https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences
 *   https://developers.facebook.com/docs/marketing-api/overview/rate-limiting
 */
import type { Failure, Halted, Rejected, Retry } from '../../ports/outcome.ts';
import { maskPersonal } from '../mask-personal.ts';
import type { Silence } from '../silence.ts';
import { sentences } from './sentences.ts';
import type { Usage } from './usage.ts';
import { parseError, type WireError } from './wire.ts';

/** An HTTP answer that is no success. */
export interface FailedAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly usage: Usage;
}

export type Verdict =
  | Failure
  /** Too much for one call: the same rows in smaller calls will do. */
  | { readonly kind: 'split'; readonly reason: string }
  /** `usersreplace`. `wait`: another one runs. `restart`: this session is lost, begin a new one with batch 1. */
  | { readonly kind: 'session'; readonly next: 'wait' | 'restart'; readonly reason: string };

export interface Context {
  /** A call without answer may have taken effect. */
  readonly isWrite: boolean;
  /** For the sentences. */
  readonly adAccount: string;
  readonly audience: string;
  readonly version: string;
}

type Rule =
  /** Nothing was done; wait as long as the bucket says, or the account's score. */
  | 'bucket'
  | 'account'
  | 'abnormal'
  /** Meta's own trouble; it may have been done. */
  | 'troubled'
  /** An audience that was just made is not everywhere yet. */
  | 'not-yet'
  | 'split'
  | 'rejected'
  | 'wait'
  | 'restart'
  | keyof typeof sentences;

/** By `code`, or by `code/subcode`, which wins. */
const table: Readonly<Record<string, Rule>> = {
  '1': 'troubled',
  '2': 'troubled',
  '3': 'permission',
  '4': 'bucket',
  '10': 'permission',
  '17': 'account',
  '32': 'bucket',
  '100': 'rejected',
  '100/33': 'missing',
  '100/1713228': 'flagged',
  '100/1713230': 'flagged',
  '100/1713231': 'flagged',
  '102': 'token',
  '104': 'token',
  '105': 'split',
  '190': 'token',
  '190/459': 'checkpoint',
  '190/460': 'password',
  '190/463': 'expired',
  '200/1870050': 'business',
  '200/1870090': 'terms',
  '294': 'scope',
  '341': 'bucket',
  '368': 'blocked',
  '613': 'abnormal',
  '613/1487742': 'account',
  '803': 'not-yet',
  '2635': 'version',
  '2650': 'update',
  '2650/1870144': 'tooLarge',
  '2650/1870145': 'wait',
  '2650/1870147': 'restart',
  '2650/1870148': 'restart',
  '2650/1870158': 'restart',
  '2650/1870159': 'restart',
  '2656': 'lookalikes',
  '80003': 'bucket',
  '80004': 'bucket',
  '1487301': 'unshared',
  '1487366': 'deleted',
};

/** A whole range means one thing. https://developers.facebook.com/docs/graph-api/guides/error-handling */
const PERMISSIONS = { from: 200, to: 299 };

const NOT_YET_MS = 30_000;
/** The score of a new app is back after five minutes. */
const ACCOUNT_MS = 5 * 60_000;
const ABNORMAL_MS = 60 * 60_000;

export function judgeAnswer(answer: FailedAnswer, context: Context): Verdict {
  const reason = reasonOf(answer.status, parseError(answer.body));
  return applyRule(ruleOfAnswer(answer), { answer, context, reason });
}

/** What the answer means, by name: of what stops a sync, the sentence's. */
export function ruleOfAnswer({ body, status }: Pick<FailedAnswer, 'body' | 'status'>): Rule {
  const error = parseError(body);
  return error === null ? ruleOfStatus(status) : ruleOf(error, status);
}

function ruleOf(error: WireError, status: number): Rule {
  const { code, error_subcode: subcode } = error;
  const inRange = code >= PERMISSIONS.from && code <= PERMISSIONS.to ? 'permission' : undefined;
  const known = table[`${code}/${subcode ?? ''}`] ?? table[String(code)] ?? inRange;
  const rule = known ?? ruleOfUnknown(status);
  // What Meta itself calls transient neither stops a sync nor blames a row.
  const isFinal = isForAPerson(rule) || rule === 'rejected';
  return error.is_transient === true && isFinal ? 'troubled' : rule;
}

function ruleOfUnknown(status: number): Rule {
  if (status === 401 || status === 403) return 'permission';
  return status >= 400 && status < 500 && status !== 429 ? 'rejected' : ruleOfStatus(status);
}

/** Without JSON it was not the API that answered. Pages of HTML came with 400, 403 and 5xx, all for a while only. */
function ruleOfStatus(status: number): Rule {
  if (status === 429) return 'bucket';
  if ([413, 414, 431].includes(status)) return 'split';
  return status < 400 || status === 404 ? 'address' : 'troubled';
}

interface Judged {
  readonly answer: FailedAnswer;
  readonly context: Context;
  readonly reason: string;
}

function applyRule(rule: Rule, { answer, context, reason }: Judged): Verdict {
  const { bucketWaitMs, accountWaitMs } = answer.usage;
  if (isForAPerson(rule)) return halted(`${sentences[rule](context)} (${reason})`);
  switch (rule) {
    case 'bucket':
      return retry(reason, bucketWaitMs);
    case 'account':
      return retry(reason, accountWaitMs ?? bucketWaitMs ?? ACCOUNT_MS);
    case 'abnormal':
      return retry(`${reason} If this goes on, ask Meta's support.`, accountWaitMs ?? ABNORMAL_MS);
    case 'troubled':
      return { ...retry(reason, null), ambiguous: context.isWrite };
    case 'not-yet':
      return retry(reason, NOT_YET_MS);
    case 'split':
      return { kind: 'split', reason };
    case 'rejected':
      return rejected(reason);
    case 'wait':
    case 'restart':
      return { kind: 'session', next: rule, reason };
  }
}

const isForAPerson = (rule: Rule): rule is keyof typeof sentences => Object.hasOwn(sentences, rule);

export function judgeSilence(silence: Silence, context: Pick<Context, 'isWrite'>): Retry {
  const mayHaveLanded = silence.cause === 'timeout' || silence.cause === 'reset';
  return {
    kind: 'retry',
    scope: silence.cause === 'budget' ? 'budget' : 'app',
    afterMs: null,
    reason: silence.reason,
    ambiguous: context.isWrite && mayHaveLanded,
  };
}

/** Limits, trouble and audiences concern all rows of a call alike, so it is never one record that waits. */
const retry = (reason: string, afterMs: number | null): Retry => ({
  kind: 'retry',
  scope: 'app',
  afterMs,
  reason,
  ambiguous: false,
});

export const halted = (reason: string): Halted => ({ kind: 'halted', reason });

export const rejected = (reason: string): Rejected => ({ kind: 'rejected', reason, path: null });

/** Meta's own words, without what they may repeat of ours. */
function reasonOf(status: number, error: WireError | null): string {
  if (error === null) return `Meta answered ${status} without saying why.`;
  const { code, error_subcode: subcode, error_user_msg: said, message } = error;
  const number = subcode === undefined ? String(code) : `${code}/${subcode}`;
  return `Meta: ${maskPersonal(said ?? message)} [${number}]`;
}
