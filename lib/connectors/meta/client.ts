/**
 * One HTTP call to the Graph API. Never logs and never throws for what the network does. The token travels in a
 * header and everything else in the body: what is in a URL ends in somebody's log, and a removal of 10,000 rows
 * does not fit in one, so a DELETE is a POST that says so.
 * https://developers.facebook.com/docs/graph-api/overview
 */
import type { Budget } from '../../ports/clock.ts';
import { silenceOf, type Silence } from '../silence.ts';
import { parseUsage, type Usage } from './usage.ts';

export interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the version, starting with a slash. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly params?: Readonly<Record<string, unknown>>;
}

export interface Answer {
  readonly kind: 'answer';
  readonly status: number;
  /** Parsed JSON, or undefined when there was none. */
  readonly body: unknown;
  readonly usage: Usage;
  /** The version that answered, when it says so. */
  readonly version: string | null;
}

export type Reply = Answer | Silence;

export interface Client {
  call(call: Call, budget: Budget): Promise<Reply>;
}

export interface ClientOptions {
  /** `https://graph.facebook.com` */
  readonly baseUrl: string;
  readonly version: string;
  readonly accessToken: string;
  readonly fetch: typeof globalThis.fetch;
}

const LONGEST_CALL_MS = 60_000;
/** Left over for the caller to store what the call told, or that it told nothing. */
const MARGIN_MS = 2_500;
const SHORTEST_CALL_MS = 250;

export const createClient = (options: ClientOptions): Client => ({
  call: (call, budget) => send(options, call, budget),
});

async function send(options: ClientOptions, call: Call, budget: Budget): Promise<Reply> {
  const timeoutMs = Math.min(LONGEST_CALL_MS, budget.remainingMs() - MARGIN_MS);
  if (timeoutMs < SHORTEST_CALL_MS) {
    const reason = 'No time was left to call Meta; the next page goes on here.';
    return { kind: 'silence', cause: 'budget', reason };
  }
  try {
    const response = await options.fetch(urlOf(options, call), {
      method: call.method === 'GET' ? 'GET' : 'POST',
      headers: headersOf(options, call),
      ...bodyOf(call),
      signal: AbortSignal.timeout(timeoutMs),
      // A redirect would carry the token to another host.
      redirect: 'manual',
    });
    const text = await response.text();
    return {
      kind: 'answer',
      status: response.status,
      body: parseJson(text),
      usage: parseUsage(Object.fromEntries(response.headers)),
      version: response.headers.get('facebook-api-version'),
    };
  } catch (error) {
    return silenceOf(error, 'Meta', timeoutMs);
  }
}

function urlOf({ baseUrl, version }: ClientOptions, call: Call): string {
  const query = new URLSearchParams(call.query).toString();
  return `${baseUrl}/${version}${call.path}${query === '' ? '' : `?${query}`}`;
}

function headersOf({ accessToken }: ClientOptions, call: Call): Record<string, string> {
  const type = call.method === 'GET' ? {} : { 'content-type': 'application/json' };
  const authorization = `Bearer ${accessToken}`;
  return { authorization, accept: 'application/json', 'user-agent': 'trivet', ...type };
}

function bodyOf({ method, params }: Call): { readonly body?: string } {
  if (method === 'GET') return {};
  return { body: JSON.stringify(method === 'DELETE' ? { method: 'delete', ...params } : params) };
}

/** What stands in front of the API answers in HTML; that is an answer, only not Meta's. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
