/**
 * One API request from its first byte to its answer: a connection slot, the key, injected faults, the handler,
 * the journal, the answer. Nothing is answered before it is written down.
 * https://mailchimp.com/developer/marketing/docs/fundamentals/
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { dress, faultAnswer } from './answers.ts';
import type { Dressed } from './answers.ts';
import { refuse } from './exchange.ts';
import type { ApiAnswer, Exchange } from './exchange.ts';
import type { Faults } from './faults.ts';
import {
  apiKeyInvalid,
  internalServerError,
  jsonParseException,
  methodNotAllowed,
  resourceNotFound,
  tooManyRequests,
} from './problems.ts';
import type { RouteMatch, Router } from './router.ts';
import type { Stats } from './stats.ts';
import { parseJson, readBody, send } from './wire.ts';

/** Simultaneous requests per user, not raisable. */
export const connectionsMax = 10;

export interface ApiServerParts {
  readonly router: Router;
  readonly faults: Faults;
  readonly stats: Stats;
  readonly apiKey: string;
  readonly audienceId: string;
  readonly flush: () => void;
  readonly onExchange: (exchange: Exchange) => void;
  /** Aborted when the simulator stops: ends all waiting. */
  readonly stopping: AbortSignal;
}

/** A request once its body is here. */
interface Arrived {
  readonly method: string;
  readonly url: URL;
  readonly match: RouteMatch;
  /** The name under which it is counted. */
  readonly name: string;
  readonly body: unknown;
  readonly isBroken: boolean;
  readonly isKnown: boolean;
  readonly callerIp: string;
}

export type ApiServer = (
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
) => Promise<void>;

/** `url` is below `/3.0`. */
export function createApiServer(parts: ApiServerParts): ApiServer {
  const { stats } = parts;
  return async (request, response, url) => {
    const slot = takeSlot(stats);
    try {
      const arrived = await receive(parts, request, url, slot.isOver);
      if (arrived === null) return;
      const answer = slot.isOver
        ? dress(refuse(tooManyRequests))
        : await attend(parts, arrived, response);
      if (answer === null) return;
      // The slot is free before the caller can know it has its answer; otherwise its next request might
      // meet its own last one.
      slot.release();
      finish(parts, arrived, answer, response);
    } finally {
      slot.release();
    }
  };
}

/** One of the ten; given back once, however the request ends. */
function takeSlot(stats: Stats): { readonly isOver: boolean; release(): void } {
  const isOver = stats.enter() > connectionsMax;
  let isHeld = true;
  return {
    isOver,
    release: () => {
      if (isHeld) stats.leave();
      isHeld = false;
    },
  };
}

async function receive(
  parts: ApiServerParts,
  request: IncomingMessage,
  url: URL,
  isOver: boolean,
): Promise<Arrived | null> {
  const method = request.method ?? 'GET';
  const match = parts.router(method, url.pathname);
  if (isOver) request.resume();
  const bytes = isOver ? Buffer.alloc(0) : await readBody(request).catch(() => undefined);
  // A caller who left in the middle of the body asked for nothing.
  if (bytes === undefined) return null;
  const parsed = bytes === null ? { isBroken: true as const } : parseJson(bytes);
  return {
    method,
    url,
    match,
    name: nameOf(method, match),
    body: 'value' in parsed ? parsed.value : undefined,
    isBroken: 'isBroken' in parsed,
    isKnown: isAuthorized(request.headers.authorization, parts.apiKey),
    callerIp: (request.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
  };
}

/** The answer, or null when the connection was dropped without one. */
async function attend(
  parts: ApiServerParts,
  arrived: Arrived,
  response: ServerResponse,
): Promise<Dressed | null> {
  const names = [arrived.name, `${arrived.method} ${arrived.url.pathname}`];
  const { delayMs, fault } = parts.faults.judge(names);
  if (delayMs > 0) await wait(delayMs, parts.stopping);
  if (fault === null) return perform(parts, arrived);
  if (fault.kind === 'status') return faultAnswer(fault);
  if (fault.kind === 'timeout-after') await perform(parts, arrived);
  parts.stats.countAnswer(arrived.name, 'dropped');
  // The vendor goes on working for a caller who gave up, and the slot stays taken so long.
  if (fault.kind !== 'reset') await wait(fault.ms, parts.stopping);
  response.socket?.resetAndDestroy();
  return null;
}

async function perform(parts: ApiServerParts, arrived: Arrived): Promise<Dressed> {
  try {
    return dress(await handle(parts, arrived));
  } catch (error) {
    const report = error instanceof Error ? error.stack : String(error);
    process.stderr.write(`simulated Mailchimp failed on ${arrived.name}: ${report}\n`);
    return dress(refuse(internalServerError));
  } finally {
    parts.flush();
  }
}

async function handle(parts: ApiServerParts, arrived: Arrived): Promise<ApiAnswer> {
  const { match } = arrived;
  if (!arrived.isKnown) return refuse(apiKeyInvalid);
  if (arrived.isBroken) return refuse(jsonParseException);
  if (match.kind === 'unknown') return refuse(resourceNotFound);
  if (match.kind === 'wrong-method') return refuse(methodNotAllowed(match.allow));
  const listId = match.params['id'];
  if (listId !== undefined && listId !== parts.audienceId) return refuse(resourceNotFound);
  return match.route.handle({
    method: arrived.method,
    params: match.params,
    query: arrived.url.searchParams,
    body: arrived.body,
    callerIp: arrived.callerIp,
  });
}

function finish(
  parts: ApiServerParts,
  arrived: Arrived,
  answer: Dressed,
  response: ServerResponse,
): void {
  parts.stats.countAnswer(arrived.name, String(answer.status));
  parts.onExchange({
    method: arrived.method,
    path: `${arrived.url.pathname}${arrived.url.search}`,
    ...(arrived.body === undefined ? {} : { requestBody: arrived.body }),
    status: answer.status,
    contentType: answer.contentType,
    ...(answer.body === undefined ? {} : { responseBody: answer.body }),
    ...(answer.fault === undefined ? {} : { fault: answer.fault }),
  });
  send(response, answer);
}

function nameOf(method: string, match: RouteMatch): string {
  if (match.kind === 'found') return `${method} ${match.route.template}`;
  return match.kind === 'wrong-method' ? `${method} ${match.template}` : `${method} (unknown)`;
}

/** Basic with any user name, or Bearer; both carry the key. */
function isAuthorized(header: string | undefined, apiKey: string): boolean {
  const [scheme = '', credentials = ''] = (header ?? '').split(' ');
  if (scheme.toLowerCase() === 'bearer') return credentials === apiKey;
  if (scheme.toLowerCase() !== 'basic') return false;
  const pair = Buffer.from(credentials, 'base64').toString('utf8');
  return pair.slice(pair.indexOf(':') + 1) === apiKey;
}

async function wait(ms: number, stopping: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: stopping }).catch(() => undefined);
}
