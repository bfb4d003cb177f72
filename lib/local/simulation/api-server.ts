/**
 * One API request from its first byte to its answer: a connection slot, the body, injected faults, the vendor's
 * handler, the journal, the answer. Nothing is answered before it is written down.
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Exchange } from './exchange.ts';
import type { Fault, Faults } from './faults.ts';
import type { Stats } from './stats.ts';
import { htmlPage, readBody, send } from './wire.ts';
import type { WireAnswer } from './wire.ts';

/** A request once its body is here. */
export interface Arrival {
  readonly method: string;
  /** Below the API's root. */
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  /** Null: larger than anybody may send. */
  readonly bytes: Buffer | null;
  readonly callerIp: string;
}

/** What a vendor reads out of a request; more is the vendor's own. */
export interface Call {
  readonly method: string;
  /** The name under which it is counted. */
  readonly name: string;
  readonly url: URL;
  readonly body: unknown;
}

/** An answer, and its body before it became text. */
export interface Dressed extends WireAnswer {
  readonly body: unknown;
  readonly fault?: string;
}

/** How one vendor understands requests, answers them, and looks when it cannot. */
export interface Vendor<C extends Call> {
  /** For reports of bugs. */
  readonly name: string;
  /** How many requests there may be at one time, and what the next one hears; null: no limit. */
  readonly connections: { readonly max: number; readonly busy: () => Dressed } | null;
  receive(arrival: Arrival): C | Promise<C>;
  handle(call: C): Dressed | Promise<Dressed>;
  dressFault(fault: Fault, call: C): Dressed;
  broken(): Dressed;
}

export interface ApiServerParts<C extends Call> {
  readonly vendor: Vendor<C>;
  readonly faults: Faults;
  readonly stats: Stats;
  readonly flush: () => void;
  readonly onExchange: (exchange: Exchange) => void;
  /** Aborted when the simulator stops: ends all waiting. */
  readonly stopping: AbortSignal;
}

export type ApiServer = (
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
) => Promise<void>;

export function createApiServer<C extends Call>(parts: ApiServerParts<C>): ApiServer {
  const { stats, vendor } = parts;
  return async (request, response, url) => {
    const slot = takeSlot(stats, vendor.connections?.max ?? Number.POSITIVE_INFINITY);
    try {
      const call = await receive(vendor, request, url, slot.isOver);
      if (call === null) return;
      const busy = slot.isOver ? vendor.connections?.busy() : undefined;
      const answer = busy ?? (await attend(parts, call, response));
      if (answer === null) return;
      // The slot is free before the caller can know it has its answer; otherwise its next request might
      // meet its own last one.
      slot.release();
      finish(parts, call, answer, response);
    } finally {
      slot.release();
    }
  };
}

/** One of those there are; given back once, however the request ends. */
function takeSlot(stats: Stats, max: number): { readonly isOver: boolean; release(): void } {
  const isOver = stats.enter() > max;
  let isHeld = true;
  return {
    isOver,
    release: () => {
      if (isHeld) stats.leave();
      isHeld = false;
    },
  };
}

/** Null: a caller who left in the middle of the body asked for nothing. */
async function receive<C extends Call>(
  vendor: Vendor<C>,
  request: IncomingMessage,
  url: URL,
  isOver: boolean,
): Promise<C | null> {
  if (isOver) request.resume();
  const bytes = isOver ? Buffer.alloc(0) : await readBody(request).catch(() => undefined);
  if (bytes === undefined) return null;
  return vendor.receive({
    method: request.method ?? 'GET',
    url,
    headers: request.headers,
    bytes,
    callerIp: (request.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
  });
}

/** The answer, or null when the connection was dropped without one. */
async function attend<C extends Call>(
  parts: ApiServerParts<C>,
  call: C,
  response: ServerResponse,
): Promise<Dressed | null> {
  const { delayMs, fault } = parts.faults.judge([call.name, `${call.method} ${call.url.pathname}`]);
  if (delayMs > 0) await wait(delayMs, parts.stopping);
  if (fault === null) return perform(parts, call);
  if (fault.kind === 'status' || fault.kind === 'error') {
    return { ...parts.vendor.dressFault(fault, call), fault: fault.kind };
  }
  if (fault.kind === 'page') {
    return { ...htmlPage(fault.status, 'Please try again later.'), body: undefined, fault: 'page' };
  }
  if (fault.kind === 'timeout-after') await perform(parts, call);
  parts.stats.countAnswer(call.name, 'dropped');
  // The vendor goes on working for a caller who gave up, and the slot stays taken so long.
  if (fault.kind !== 'reset') await wait(fault.ms, parts.stopping);
  response.socket?.resetAndDestroy();
  return null;
}

async function perform<C extends Call>(parts: ApiServerParts<C>, call: C): Promise<Dressed> {
  try {
    return await parts.vendor.handle(call);
  } catch (error) {
    const report = error instanceof Error ? error.stack : String(error);
    process.stderr.write(`simulated ${parts.vendor.name} failed on ${call.name}: ${report}\n`);
    return parts.vendor.broken();
  } finally {
    parts.flush();
  }
}

function finish<C extends Call>(
  parts: ApiServerParts<C>,
  call: C,
  answer: Dressed,
  response: ServerResponse,
): void {
  parts.stats.countAnswer(call.name, String(answer.status));
  parts.onExchange({
    method: call.method,
    path: `${call.url.pathname}${call.url.search}`,
    ...(call.body === undefined ? {} : { requestBody: call.body }),
    status: answer.status,
    contentType: answer.contentType,
    ...(answer.body === undefined ? {} : { responseBody: answer.body }),
    ...(answer.fault === undefined ? {} : { fault: answer.fault }),
  });
  send(response, answer);
}

async function wait(ms: number, stopping: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: stopping }).catch(() => undefined);
}
