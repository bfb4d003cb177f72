/**
 * The vendor's refusals as values, in its own words.
 * https://mailchimp.com/developer/marketing/docs/errors/
 */

export interface FieldError {
  readonly field: string;
  readonly message: string;
}

export interface Problem {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly errors?: readonly FieldError[];
  /** The vendor leaves `type` out of some documents; clients that require it break on exactly those. */
  readonly isUntyped?: true;
  /** The methods a resource does take, for a 405. */
  readonly allow?: string;
}

/** The answer of a rule: the value, or the refusal. */
export type Ruled<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: Problem };

export function allowed<T>(value: T): Ruled<T> {
  return { ok: true, value };
}

export function refused(problem: Problem): { readonly ok: false; readonly problem: Problem } {
  return { ok: false, problem };
}

export const apiKeyInvalid: Problem = {
  status: 401,
  title: 'API Key Invalid',
  detail: "Your API key may be invalid, or you've attempted to access the wrong datacenter.",
};

export const resourceNotFound: Problem = {
  status: 404,
  title: 'Resource Not Found',
  detail: 'The requested resource could not be found.',
};

export const tooManyRequests: Problem = {
  status: 429,
  title: 'TooManyRequests',
  detail: 'You have exceeded the limit of 10 simultaneous connections.',
};

export const jsonParseException: Problem = {
  status: 400,
  title: 'JSON Parse Exception',
  detail: 'We encountered an unspecified JSON parsing error.',
};

export const internalServerError: Problem = {
  status: 500,
  title: 'InternalServerError',
  detail: 'An unexpected internal error has occurred. Please contact Support for more information.',
};

export const cannotArchive: Problem = {
  status: 405,
  title: 'Method Not Allowed',
  detail:
    'This list member cannot be removed. Can not archive a contact that is bounced, pending or archived',
  allow: 'GET, PUT',
};

export function methodNotAllowed(allow: string): Problem {
  return {
    status: 405,
    title: 'Method Not Allowed',
    detail:
      "The requested method and resource are not compatible. See the Allow header for this resource's available methods.",
    allow,
  };
}

export function invalidResource(detail: string, errors?: readonly FieldError[]): Problem {
  const problem = { status: 400, title: 'Invalid Resource', detail };
  return errors === undefined ? problem : { ...problem, errors };
}

/** The request does not have the shape the API describes. */
export function invalidShape(field: string, message: string): Problem {
  return invalidResource(
    "The resource submitted could not be validated. For field-specific details, see the 'errors' array.",
    [{ field, message }],
  );
}

export function invalidMergeFields(errors: readonly FieldError[]): Problem {
  return invalidResource('Your merge fields were invalid.', errors);
}

export function memberExists(email: string): Problem {
  return {
    status: 400,
    title: 'Member Exists',
    detail: `${email} is already a list member. Use PUT to insert or update list members.`,
    isUntyped: true,
  };
}

export function memberInComplianceState(email: string): Problem {
  return {
    status: 400,
    title: 'Member In Compliance State',
    detail: `${email} is in a compliance state due to unsubscribe, bounce, or compliance review and cannot be subscribed.`,
    isUntyped: true,
  };
}

export function forgottenEmail(email: string): Problem {
  return {
    status: 400,
    title: 'Forgotten Email Not Subscribed',
    detail: `${email} was permanently deleted and cannot be re-imported. The contact must re-subscribe to get back on the list.`,
    isUntyped: true,
  };
}

export function webhookNotWorking(httpCode: string): Problem {
  return invalidResource(
    `We couldn't verify the URL is working. Please double check and try again. HTTP Code: ${httpCode}`,
    [{ field: 'url', message: 'The resource submitted could not be validated.' }],
  );
}

/** The body as sent. `instance` repeats the request id. */
export function renderProblem(problem: Problem, instance: string): Record<string, unknown> {
  return {
    ...(problem.isUntyped
      ? {}
      : { type: 'https://mailchimp.com/developer/marketing/docs/errors/' }),
    title: problem.title,
    status: problem.status,
    detail: problem.detail,
    instance,
    ...(problem.errors === undefined ? {} : { errors: problem.errors }),
  };
}
