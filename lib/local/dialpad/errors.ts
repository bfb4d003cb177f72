/**
 * The vendor's refusals, by names of ours. Callers branch on the status; the sentences are ours, but for the
 * place where they stand. https://developers.dialpad.com/docs/http-status-code
 */
import type { Settings } from './settings.ts';

export interface DialpadError {
  readonly status: number;
  readonly message: string;
}

/** The answer of a rule: the value, or the refusal. */
export type Ruled<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: DialpadError };

export function allowed<T>(value: T): Ruled<T> {
  return { ok: true, value };
}

export function refused(error: DialpadError): { readonly ok: false; readonly error: DialpadError } {
  return { ok: false, error };
}

export function badRequest(message: string): DialpadError {
  return { status: 400, message };
}

export const dialpadErrors = {
  'bad-request': badRequest('Bad request.'),
  /** Seen for days on end: the cursor of the second page is refused. */
  'bad-cursor': badRequest('Invalid cursor.'),
  'large-limit': badRequest('limit must not be above 100.'),
  'raw-id': badRequest('The id must be URL-encoded.'),
  unauthorized: { status: 401, message: 'The API key is missing or not valid.' },
  'key-expired': { status: 401, message: 'The API key has expired.' },
  forbidden: { status: 403, message: 'This API key may not do this.' },
  'admin-required': { status: 403, message: 'A company admin API key is required.' },
  'not-found': { status: 404, message: 'Not found.' },
  'wrong-method': { status: 405, message: 'Method not allowed.' },
  conflict: { status: 409, message: 'It exists already.' },
  'too-large': { status: 413, message: 'The request is too large.' },
  throttled: { status: 429, message: 'Rate limit exceeded.' },
  internal: { status: 500, message: 'Internal error.' },
  unavailable: { status: 503, message: 'Service unavailable.' },
} as const satisfies Record<string, DialpadError>;

export type ErrorName = keyof typeof dialpadErrors;

export const errorNames = Object.keys(dialpadErrors) as readonly ErrorName[];

/** What a control call named; it was checked against `errorNames` before. */
export function errorNamed(name: string): DialpadError {
  return dialpadErrors[name as ErrorName];
}

/** The body as sent; undefined: none. */
export function renderError({ message }: DialpadError, { errorBody }: Settings): unknown {
  if (errorBody === 'none') return undefined;
  return errorBody === 'text' ? message : { error: { message } };
}
