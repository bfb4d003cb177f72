/** The pieces that travel between the server and the handlers. */
import type { Routed } from '../simulation/router.ts';
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

export interface Route extends Routed {
  readonly handle: Handler;
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
