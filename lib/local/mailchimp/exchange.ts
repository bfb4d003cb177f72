/** The pieces that travel between the server and the handlers, and one finished request for onlookers. */
import type { Problem, Ruled } from './problems.ts';

export interface ApiRequest {
  readonly method: string;
  /** Decoded variables of the route's template. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Parsed JSON, or undefined. */
  readonly body: unknown;
  readonly callerIp: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly problem?: Problem;
}

export type Handler = (request: ApiRequest) => ApiAnswer | Promise<ApiAnswer>;

export interface Route {
  readonly method: string;
  /** `/lists/{id}/members/{hash}`: the name under which statistics count it. */
  readonly template: string;
  readonly handle: Handler;
}

/** A request and its answer as they went over the wire. */
export interface Exchange {
  readonly method: string;
  /** Below `/3.0`, with the query as sent. */
  readonly path: string;
  readonly requestBody?: unknown;
  readonly status: number;
  readonly contentType: string;
  readonly responseBody?: unknown;
  /** The injected fault that shaped the answer; what a contract says does not apply to it. */
  readonly fault?: string;
}

export function answer(body: unknown): ApiAnswer {
  return { status: 200, body };
}

export const noContent: ApiAnswer = { status: 204 };

export function refuse(problem: Problem): ApiAnswer {
  return { status: problem.status, problem };
}

/** The answer for a value, or the refusal. */
export function answerRuled<T>(ruled: Ruled<T>, make: (value: T) => ApiAnswer): ApiAnswer {
  return ruled.ok ? make(ruled.value) : refuse(ruled.problem);
}
