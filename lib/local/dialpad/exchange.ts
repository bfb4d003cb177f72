/** The pieces that travel between the vendor's front and the handlers. */
import type { Routed } from '../simulation/router.ts';
import type { Ruled } from './errors.ts';

/** Which of the limits per minute a call counts against. */
export type LimitKind = 'creates' | 'others' | 'optOuts';

export interface ApiRequest {
  /** Decoded variables of the route's template. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Parsed JSON, or undefined. */
  readonly body: unknown;
}

export interface Route extends Routed {
  readonly limit: LimitKind;
  /** Only company admins may. */
  readonly isForAdmins: boolean;
  /** An undefined value is an answer without a body. */
  readonly handle: (request: ApiRequest) => Ruled<unknown>;
}

/** A refusal may say when to come again. */
export type ApiAnswer = Ruled<unknown> & { readonly retryAfterMs?: number };
