/** The pieces that travel between the vendor's front and the handlers. */
import type { Routed } from '../simulation/router.ts';
import type { GraphError, Ruled } from './errors.ts';
import type { Params } from './params.ts';

export interface ApiRequest {
  /** What is meant: a POST with `method=delete` is a DELETE here. */
  readonly method: string;
  /** Decoded variables of the route's template. */
  readonly path: Readonly<Record<string, string>>;
  /** `v26.0`, as asked or as upgraded. */
  readonly version: string;
  readonly params: Params;
}

export interface Route extends Routed {
  readonly handle: (request: ApiRequest) => Ruled<unknown>;
}

/** When access is regained, where a refusal is a throttle; each limit says it in a header of its own. */
export interface Regain {
  /** The bucket of custom audiences (80003). */
  readonly minutes?: number;
  /** The ad account's score (17, 613). */
  readonly seconds?: number;
}

/** An answer before it is dressed. */
export type ApiAnswer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: GraphError; readonly regain?: Regain };
