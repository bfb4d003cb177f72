/**
 * One HTTP call to Dialpad, at a time the company's pace allows. Never logs and never throws for what the network
 * does: an answer or a silence comes back as a value.
 *
 * Every call of ours may be made twice, so what broke off or met a 5xx is tried once more; above a limit (429)
 * nobody helps by trying again at once.
 */
import type { Budget, Clock } from '../../ports/clock.ts';
import { silenceOf, type Silence } from '../silence.ts';
import { createSlots } from '../slots.ts';
import { LONGEST_CALL_MS } from './config.ts';
import type { FailedAnswer } from './failures.ts';
import type { BucketName, Ration } from './pace.ts';

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the base URL, starting with a slash; ids in it are URL-encoded. */
  readonly path: string;
  readonly body?: unknown;
  /** What is counted besides the company's calls. */
  readonly limit?: Exclude<BucketName, 'company'>;
}

export interface Answer extends FailedAnswer {
  readonly kind: 'answer';
  /** When the answering attempt began: our clock. */
  readonly beganAt: number;
  /** Dialpad's clock, in whole seconds; null: it does not say. */
  readonly vendorAt: number | null;
}

export type Reply = Answer | (Silence & { readonly beganAt: number });

/** How long there is, and whose turn it is. */
export interface Turn {
  readonly budget: Budget;
  readonly ration: Ration;
}

export interface Client {
  call(call: Call, turn: Turn): Promise<Reply>;
}

export interface ClientOptions {
  readonly baseUrl: string;
  readonly authorization: string;
  readonly connectionsMax: number;
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
}

const ATTEMPTS_MAX = 2;
/** Left over for the caller to store what the call told, or that it told nothing. */
const MARGIN_MS = 2500;
const SHORTEST_CALL_MS = 250;

export function createClient(options: ClientOptions): Client {
  const slots = createSlots(options.connectionsMax);
  return { call: (call, turn) => slots.run(() => attempt(options, call, turn)) };
}

async function attempt(options: ClientOptions, call: Call, turn: Turn): Promise<Reply> {
  let reply = await send(options, call, turn);
  for (let n = 1; n < ATTEMPTS_MAX && isWorthRepeating(reply); n += 1) {
    const again = await send(options, call, turn);
    // Not sent for want of time: what came first is what is known.
    if (again.kind === 'silence' && again.cause === 'budget') return reply;
    reply = again;
  }
  return reply;
}

/** A call that timed out may still run there; whoever waits longer waits in vain. */
function isWorthRepeating(reply: Reply): boolean {
  if (reply.kind === 'silence') return reply.cause === 'unreachable' || reply.cause === 'reset';
  return reply.status >= 500 && reply.retryAfterMs === null;
}

async function send(options: ClientOptions, call: Call, turn: Turn): Promise<Reply> {
  const { clock } = options;
  if (!(await isMyTurn(call, turn))) return noTime(clock);
  const beganAt = clock.now();
  const timeoutMs = Math.min(LONGEST_CALL_MS, turn.budget.remainingMs() - MARGIN_MS);
  if (timeoutMs < SHORTEST_CALL_MS) return noTime(clock);
  try {
    const response = await options.fetch(`${options.baseUrl}/api/v2${call.path}`, {
      method: call.method,
      headers: headersOf(options.authorization, call),
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      signal: AbortSignal.timeout(timeoutMs),
      // A redirect would carry the key to another host.
      redirect: 'manual',
    });
    return toAnswer(response, await response.text(), beganAt);
  } catch (error) {
    return { ...silenceOf(error, 'Dialpad', timeoutMs), beganAt };
  }
}

async function isMyTurn({ limit }: Call, { ration }: Turn): Promise<boolean> {
  return (limit === undefined || (await ration.await(limit))) && ration.await('company');
}

const noTime = (clock: Clock): Reply => ({
  kind: 'silence',
  cause: 'budget',
  reason: 'Dialpad could not be asked in the time that was left; the next call goes on here.',
  beganAt: clock.now(),
});

function headersOf(authorization: string, call: Call): Record<string, string> {
  const type = call.body === undefined ? {} : { 'content-type': 'application/json' };
  return { authorization, accept: 'application/json', 'user-agent': 'trivet', ...type };
}

function toAnswer(response: Response, text: string, beganAt: number): Answer {
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  const type = response.headers.get('content-type') ?? '';
  return {
    kind: 'answer',
    status: response.status,
    body: parseJson(text),
    isPage: /html/i.test(type) || /^\s*<(!doctype|html)/i.test(text),
    retryAfterMs: Number.isFinite(retryAfter) ? retryAfter * 1000 : null,
    beganAt,
    vendorAt: timeOf(response.headers.get('date')),
  };
}

function timeOf(date: string | null): number | null {
  const time = date === null ? Number.NaN : Date.parse(date);
  return Number.isNaN(time) ? null : time;
}

/** Refusals may be plain text; a success without a body is one without anything to say. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
