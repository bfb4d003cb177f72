/**
 * What the runtime and a function's process tell each other over the IPC channel. Events and answers
 * travel as JSON text, as on AWS: what JSON loses, a function loses here too.
 */
export interface Invoke {
  readonly kind: 'invoke';
  readonly requestId: string;
  readonly event: string;
  readonly deadlineMs: number;
  readonly traceHeader: string;
  readonly functionArn: string;
}

export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly stackTrace: readonly string[];
}

export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'broken'; readonly error: FunctionError }
  | { readonly kind: 'answered'; readonly requestId: string; readonly payload: string }
  | { readonly kind: 'failed'; readonly requestId: string; readonly error: FunctionError };
