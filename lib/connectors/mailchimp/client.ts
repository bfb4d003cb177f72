/**
 * One HTTP call to Mailchimp and its quick retries. Never logs and never throws for what the network
 * does: an answer or a silence comes back as a value.
 *
 * Connections are kept alive by fetch itself. A call that timed out may still run at Mailchimp and
 * hold one of the ten connections, so time-outs are never retried here.
 * https://mailchimp.com/developer/marketing/docs/fundamentals/#api-limits
 */
import type { Budget, Clock } from '../../ports/clock.ts';
import { LONGEST_CALL_MS } from './config.ts';
import { silenceOf, type Silence } from '../silence.ts';
import { createSlots } from '../slots.ts';

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the base URL, starting with a slash. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Doing it twice is as good as once, and the second answer tells as much as the first. */
  readonly repeatable: boolean;
}

export interface Answer {
  readonly kind: 'answer';
  readonly status: number;
  /** Parsed JSON, or undefined when there was none. */
  readonly body: unknown;
  readonly isJson: boolean;
  readonly retryAfterMs: number | null;
  /** When the answering attempt began: our clock. */
  readonly beganAt: number;
  /** The same moment by Mailchimp's own clock (its Date header less the call's duration), if it says. */
  readonly vendorBeganAt: number | null;
}

export type Reply = Answer | (Silence & { readonly beganAt: number });

export interface Client {
  call(call: Call, budget: Budget): Promise<Reply>;
}

export interface ClientOptions {
  readonly baseUrl: string;
  readonly authorization: string;
  readonly connectionsMax: number;
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
  /** Jitter for back-off, 0 to 1. */
  readonly random: () => number;
}

const ATTEMPTS_MAX = 3;
const BACKOFF_MS = 400;
/** Left over for the caller to store what the call told, or that it told nothing. */
const MARGIN_MS = 2500;
const SHORTEST_CALL_MS = 250;

export function createClient(options: ClientOptions): Client {
  const slots = createSlots(options.connectionsMax);
  return {
    call: (call, budget) => slots.run(() => attempt(options, call, budget)),
  };
}

async function attempt(options: ClientOptions, call: Call, budget: Budget): Promise<Reply> {
  let reply = await send(options, call, budget);
  for (let n = 1; n < ATTEMPTS_MAX && isWorthRepeating(reply, call); n += 1) {
    const pauseMs = pauseAfter(reply, n, options.random());
    if (budget.remainingMs() < pauseMs + MARGIN_MS + SHORTEST_CALL_MS) return reply;
    await options.clock.sleep(pauseMs);
    reply = await send(options, call, budget);
  }
  return reply;
}

/** What was surely not executed may always be sent again; what may have been, only when that is harmless. */
function isWorthRepeating(reply: Reply, call: Call): boolean {
  if (reply.kind === 'silence') {
    return reply.cause === 'unreachable' || (reply.cause === 'reset' && call.repeatable);
  }
  if (reply.status === 429 || (reply.status === 403 && !reply.isJson)) return true;
  return reply.status >= 500 && call.repeatable;
}

function pauseAfter(reply: Reply, attempts: number, jitter: number): number {
  const asked = reply.kind === 'answer' ? reply.retryAfterMs : null;
  return asked ?? Math.round(BACKOFF_MS * 2 ** (attempts - 1) * (0.5 + jitter));
}

async function send(options: ClientOptions, call: Call, budget: Budget): Promise<Reply> {
  const beganAt = options.clock.now();
  const timeoutMs = Math.min(LONGEST_CALL_MS, budget.remainingMs() - MARGIN_MS);
  if (timeoutMs < SHORTEST_CALL_MS) {
    const reason = 'No time was left to ask Mailchimp; the next round goes on here.';
    return { kind: 'silence', cause: 'budget', reason, beganAt };
  }
  try {
    const response = await options.fetch(urlOf(options.baseUrl, call), {
      method: call.method,
      headers: headersOf(options.authorization, call),
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      signal: AbortSignal.timeout(timeoutMs),
      // A redirect would carry the key to another host.
      redirect: 'manual',
    });
    const text = await response.text();
    return toAnswer(response, text, beganAt, options.clock.now() - beganAt);
  } catch (error) {
    return { ...silenceOf(error, 'Mailchimp', timeoutMs), beganAt };
  }
}

function urlOf(baseUrl: string, call: Call): string {
  const query = new URLSearchParams(call.query).toString();
  return `${baseUrl}${call.path}${query === '' ? '' : `?${query}`}`;
}

function headersOf(authorization: string, call: Call): Record<string, string> {
  const type = call.body === undefined ? {} : { 'content-type': 'application/json' };
  return { authorization, accept: 'application/json', 'user-agent': 'trivet', ...type };
}

function toAnswer(response: Response, text: string, beganAt: number, tookMs: number): Answer {
  const body = parseJson(text);
  const date = Date.parse(response.headers.get('date') ?? '');
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  return {
    kind: 'answer',
    status: response.status,
    body,
    isJson: body !== undefined,
    retryAfterMs: Number.isFinite(retryAfter) ? retryAfter * 1000 : null,
    beganAt,
    vendorBeganAt: Number.isNaN(date) ? null : date - tookMs,
  };
}

/** A CDN in front of the API answers in HTML; that is an answer, only not Mailchimp's. */
function parseJson(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text);
    return parsed;
  } catch {
    return undefined;
  }
}
