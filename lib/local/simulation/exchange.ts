/** One finished request for onlookers, such as a contract checker. */

/** A request and its answer as they went over the wire. */
export interface Exchange {
  readonly method: string;
  /** Below the API's root, with the query as sent. */
  readonly path: string;
  readonly requestBody?: unknown;
  readonly status: number;
  readonly contentType: string;
  readonly responseBody?: unknown;
  /** The injected fault that shaped the answer; what a contract says does not apply to it. */
  readonly fault?: string;
}
