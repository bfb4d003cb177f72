/**
 * The vendor's errors as values, by names of ours. Callers branch on code and subcode; the HTTP status says
 * little. Sources, unless a line names another:
 *   codes        https://developers.facebook.com/docs/graph-api/guides/error-handling
 *                https://developers.facebook.com/docs/marketing-api/reference/custom-audience/users
 *   2650, 200    https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences
 *   limits       https://developers.facebook.com/docs/marketing-api/overview/rate-limiting
 * Where only the code is documented the sentence is ours.
 */

export interface GraphError {
  readonly status: number;
  readonly code: number;
  readonly subcode?: number;
  /** @default 'OAuthException', which the vendor uses for nearly everything */
  readonly type?: string;
  readonly message: string;
  readonly userTitle?: string;
  readonly userMessage?: string;
  readonly isTransient?: true;
}

/** The answer of a rule: the value, or the refusal. */
export type Ruled<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: GraphError };

export function allowed<T>(value: T): Ruled<T> {
  return { ok: true, value };
}

export function refused(error: GraphError): { readonly ok: false; readonly error: GraphError } {
  return { ok: false, error };
}

/** Code 100: a parameter is missing, misspelt or of the wrong kind. */
export function invalidParameter(message: string): GraphError {
  return { status: 400, code: 100, message: `(#100) ${message}` };
}

/** Seen by many: the same words for a thing that is not there and one that is not shown. */
export function noSuchObject(method: string, id: string): GraphError {
  return {
    status: 400,
    code: 100,
    subcode: 33,
    type: 'GraphMethodException',
    message: `Unsupported ${method.toLowerCase()} request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation`,
  };
}

export function unknownPath(path: string): GraphError {
  return { status: 400, code: 2500, message: `Unknown path components: ${path}` };
}

const token = (subcode: number | null, message: string): GraphError => ({
  status: 400,
  code: 190,
  ...(subcode === null ? {} : { subcode }),
  message: `Error validating access token: ${message}`,
});

const update = (subcode: number, what: string): GraphError => ({
  status: 400,
  code: 2650,
  subcode,
  message: '(#2650) Failed to update the custom audience',
  userTitle: 'Failed to update the custom audience',
  userMessage: what,
});

const flagged = (subcode: number): GraphError => ({
  status: 400,
  code: 100,
  subcode,
  message: '(#100) Invalid parameter',
  userTitle: 'Custom audience flagged',
  userMessage: 'This custom audience was flagged because it may suggest prohibited information.',
});

export const graphErrors = {
  unknown: {
    status: 500,
    code: 1,
    message: 'An unknown error occurred',
    isTransient: true,
  },
  'service-unavailable': {
    status: 503,
    code: 2,
    message: 'Service temporarily unavailable',
    isTransient: true,
  },
  'app-limit': {
    status: 403,
    code: 4,
    message: '(#4) Application request limit reached',
    isTransient: true,
  },
  'permission-capability': {
    status: 403,
    code: 10,
    message: '(#10) Application does not have permission for this action',
  },
  'account-limit': {
    status: 400,
    code: 17,
    subcode: 2446079,
    message: '(#17) User request limit reached',
    isTransient: true,
  },
  'page-limit': { status: 400, code: 32, message: '(#32) Page request limit reached' },
  'invalid-parameter': invalidParameter('Invalid parameter'),
  'flagged-members': flagged(1713230),
  'flagged-edit': flagged(1713228),
  'flagged-edit-name': flagged(1713231),
  /** From memory of many reports; the stored pages do not have it. */
  'token-missing': {
    status: 400,
    code: 104,
    message: 'An access token is required to request this resource.',
  },
  'too-many-parameters': {
    status: 400,
    code: 105,
    message: '(#105) The number of parameters exceeded the maximum for this operation',
  },
  'token-invalid': token(467, 'The session is invalid.'),
  'token-unreadable': {
    status: 400,
    code: 190,
    message: 'Invalid OAuth access token - Cannot parse access token',
  },
  'token-expired': token(463, 'Session has expired.'),
  'token-password': token(
    460,
    'The session has been invalidated because the user changed the password.',
  ),
  'token-checkpoint': token(
    459,
    'You cannot access the app till you log in to www.facebook.com and follow the instructions given.',
  ),
  'permission-denied': {
    status: 403,
    code: 200,
    message: '(#200) The current user can not update this audience',
  },
  'terms-not-accepted': {
    status: 403,
    code: 200,
    subcode: 1870090,
    message: '(#200) Permissions error',
    userTitle: 'Custom Audience Terms Not Accepted',
    userMessage: 'To create or edit an audience, accept the Custom Audience terms of service.',
  },
  'business-not-linked': {
    status: 403,
    code: 200,
    subcode: 1870050,
    message: '(#200) Permissions error',
    userTitle: 'Ad account not linked to a business',
    userMessage: 'Customer lists need an ad account that belongs to a business.',
  },
  'ads-management-missing': {
    status: 400,
    code: 294,
    message:
      '(#294) Managing advertisements requires an access token with the extended permission for ads_management',
  },
  abusive: {
    status: 400,
    code: 368,
    message: 'The action attempted has been deemed abusive or is otherwise disallowed',
  },
  'account-calls': {
    status: 400,
    code: 613,
    subcode: 1487742,
    message:
      '(#613) There have been too many calls from this ad-account. Please wait a bit and try again.',
    isTransient: true,
  },
  'abnormal-traffic': {
    status: 400,
    code: 613,
    message: '(#613) Calls to this api have exceeded the rate limit.',
    isTransient: true,
  },
  'alias-missing': {
    status: 404,
    code: 803,
    message: '(#803) Some of the aliases you requested do not exist: users',
  },
  'dead-version': {
    status: 400,
    code: 2635,
    message:
      '(#2635) You are calling a deprecated version of the Ads API. Please update to the latest version',
  },
  'update-failed': {
    status: 400,
    code: 2650,
    message: '(#2650) Failed to update the custom audience',
  },
  'replace-running': update(1870145, 'An update of this audience is in progress.'),
  'replace-timed-out': update(1870158, 'The session timed out; what was uploaded is kept.'),
  'replace-first-batch': update(1870147, 'The first batch of a session must have batch_seq 1.'),
  'replace-finished': update(1870159, 'The session has finished already.'),
  'replace-partial': update(1870148, 'The audience was updated in part.'),
  'replace-too-large': update(1870144, 'The audience is too large to be replaced.'),
  lookalikes: {
    status: 400,
    code: 2656,
    message: '(#2656) This audience has lookalikes that depend on it and cannot be deleted',
  },
  throttled: {
    status: 400,
    code: 80003,
    message:
      '(#80003) There have been too many calls to this Custom Audience ad-account. Wait a bit and try again.',
    isTransient: true,
  },
  'ads-throttled': {
    status: 400,
    code: 80004,
    subcode: 2446079,
    message:
      '(#80004) There have been too many calls to this ad-account. Wait a bit and try again.',
    isTransient: true,
  },
  /** 1487301 and 1487366: as replayed in tests of another integration, not from the vendor's pages. */
  'not-shared': {
    status: 400,
    code: 1487301,
    message:
      'Custom Audience Unavailable: The custom audience you are trying to use has not been shared with your ad account',
  },
  'audience-deleted': {
    status: 400,
    code: 1487366,
    message: 'Custom Audience Has Been Deleted',
  },
} as const satisfies Record<string, GraphError>;

export type ErrorName = keyof typeof graphErrors;

export const errorNames = Object.keys(graphErrors) as readonly ErrorName[];

/** What a control call named; it was checked against `errorNames` before. */
export function errorNamed(name: string): GraphError {
  return graphErrors[name as ErrorName];
}

/** The body as sent. */
export function renderError(error: GraphError, traceId: string): Record<string, unknown> {
  return {
    error: {
      message: error.message,
      type: error.type ?? 'OAuthException',
      ...(error.isTransient === undefined ? {} : { is_transient: true }),
      code: error.code,
      ...(error.subcode === undefined ? {} : { error_subcode: error.subcode }),
      ...(error.userTitle === undefined ? {} : { error_user_title: error.userTitle }),
      ...(error.userMessage === undefined ? {} : { error_user_msg: error.userMessage }),
      fbtrace_id: traceId,
    },
  };
}
