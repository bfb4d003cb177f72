/**
 * What a failed call means, by status: the body of a refusal is not described, so nothing is read from it but a
 * sentence for people. https://developers.dialpad.com/docs/http-status-code
 */
import type { Failure, Halted, Rejected, Retry } from '../../ports/outcome.ts';
import { maskPersonal } from '../mask-personal.ts';
import type { Silence } from '../silence.ts';
import { refusalSchema } from './wire.ts';

/** An HTTP answer that is no success. `isPage`: HTML, so it was not the API that answered. */
export interface FailedAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly isPage: boolean;
  readonly retryAfterMs: number | null;
}

export type Verdict =
  | Failure
  /** 404: the contact is not there. Elsewhere: the base URL leads nowhere. */
  | { readonly kind: 'missing'; readonly reason: string }
  /** 409: something like it is there. Look. */
  | { readonly kind: 'exists'; readonly reason: string }
  /** A listing's cursor is refused, sometimes for days: begin the walk anew. */
  | { readonly kind: 'lost-place'; readonly reason: string };

export type Asked =
  /** A page of a listing; `hasCursor`: not the first. */
  { readonly kind: 'page'; readonly hasCursor: boolean } | { readonly kind: 'read' | 'write' };

type Rule = keyof typeof rules;

/** By status; of those that are not in it, all below 400 are `address`, below 500 `refused`, above `troubled`. */
const table: Readonly<Record<number, Rule>> = {
  400: 'refused',
  401: 'key',
  402: 'plan',
  403: 'permission',
  404: 'missing',
  405: 'address',
  408: 'troubled',
  409: 'exists',
  429: 'busy',
};

interface Judged {
  readonly answer: FailedAnswer;
  readonly asked: Asked;
  readonly reason: string;
}

export function judgeAnswer(answer: FailedAnswer, asked: Asked): Verdict {
  return rules[ruleOf(answer)]({ answer, asked, reason: reasonOf(answer) });
}

function ruleOf({ status, isPage }: FailedAnswer): Rule {
  if (status < 400) return 'address';
  // A page of HTML with any other status is a proxy's, and proxies recover; a page with 404 or 405 is no API at all.
  if (isPage) return status === 404 || status === 405 ? 'address' : 'troubled';
  return table[status] ?? (status < 500 ? 'refused' : 'troubled');
}

const KEY =
  'Dialpad does not accept the API key any more: it has expired or was taken back. A company admin makes a new one; put it into the secret; the sync then goes on by itself.';
const PERMISSION =
  'The API key may not do this. Dialpad wants the key of a company admin, with the scope it names, if it names one. Put one into the secret; the sync then goes on by itself.';
const PLAN =
  'Dialpad asks for another plan. API keys need Pro or Enterprise. Then the sync goes on by itself.';
const ADDRESS =
  'What answers is not Dialpad’s API. Correct the base URL in the configuration; the sync then goes on by itself.';

const rules = {
  refused: ({ asked, reason }: Judged): Verdict => {
    // The whole contact travels in each write: what is refused may be any field, also one we do not own.
    if (asked.kind === 'write') return rejected(reason, null);
    // Nothing was sent that could be refused but the cursor.
    if (asked.kind === 'page' && asked.hasCursor) return { kind: 'lost-place', reason };
    return retry(asked.kind === 'page' ? 'app' : 'record', reason);
  },
  key: ({ reason }: Judged): Verdict => halted(`${KEY} (${reason})`),
  permission: ({ reason }: Judged): Verdict => halted(`${PERMISSION} (${reason})`),
  plan: ({ reason }: Judged): Verdict => halted(`${PLAN} (${reason})`),
  address: ({ reason }: Judged): Verdict => halted(`${ADDRESS} (${reason})`),
  missing: ({ reason }: Judged): Verdict => ({ kind: 'missing', reason }),
  exists: ({ reason }: Judged): Verdict => ({ kind: 'exists', reason }),
  /** Surely not executed. How long to wait is hardly ever said. */
  busy: ({ answer, reason }: Judged): Verdict => ({
    ...retry('app', reason),
    afterMs: answer.retryAfterMs,
  }),
  /** May have been executed; every write of ours may be repeated. */
  troubled: ({ answer, asked, reason }: Judged): Verdict => ({
    ...retry('app', reason),
    afterMs: answer.retryAfterMs,
    ambiguous: asked.kind === 'write',
  }),
} as const;

export function judgeSilence(silence: Silence, asked: Asked): Retry {
  const mayHaveLanded = silence.cause === 'timeout' || silence.cause === 'reset';
  return {
    ...retry(silence.cause === 'budget' ? 'budget' : 'app', silence.reason),
    ambiguous: asked.kind === 'write' && mayHaveLanded,
  };
}

const retry = (scope: Retry['scope'], reason: string): Retry => ({
  kind: 'retry',
  scope,
  afterMs: null,
  reason,
  ambiguous: false,
});

export const halted = (reason: string): Halted => ({ kind: 'halted', reason });

export const rejected = (reason: string, path: string | null): Rejected => ({
  kind: 'rejected',
  reason,
  path,
});

/** Dialpad's own words, without what they may repeat of ours. */
function reasonOf({ status, body }: FailedAnswer): string {
  const parsed = refusalSchema.safeParse(body);
  const said = parsed.success ? parsed.data.error.message : typeof body === 'string' ? body : '';
  const words = maskPersonal(said.trim()).slice(0, REASON_LENGTH_MAX);
  return words === ''
    ? `Dialpad answered ${status} without saying why.`
    : `Dialpad: ${words} [${status}]`;
}

const REASON_LENGTH_MAX = 300;

/** A verdict where only failing is possible: a 404 of the company's own endpoints means that there is no API. */
export function toFailure(verdict: Verdict): Failure {
  switch (verdict.kind) {
    case 'missing':
      return halted(`${ADDRESS} (${verdict.reason})`);
    case 'exists':
      return rejected(verdict.reason, null);
    case 'lost-place':
      return retry('app', verdict.reason);
    case 'retry':
    case 'rejected':
    case 'halted':
      return verdict;
  }
}

/** The record must be looked at again soon. */
export const lookAgain = (reason: string): Retry => ({ ...retry('record', reason), afterMs: 0 });

/** Nothing was sent: an earlier command of the record, or the end of our time, came first. */
export const notTried = (reason: string): Retry => ({ ...retry('budget', reason), afterMs: 0 });

/** For calls that sent nothing that could be refused: whatever it was, look again later. */
export const withoutRejection = (failure: Failure): Retry | Halted =>
  failure.kind === 'rejected' ? lookAgain(failure.reason) : failure;
