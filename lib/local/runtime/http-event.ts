/**
 * A request as the event that an HTTP API hands to a function, and a function's answer as a response:
 * payload format 2.0. Pure.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export interface HttpRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  /** Name and value alternating, as Node's `rawHeaders`: repeated headers must not be lost. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly sourceIp: string;
}

export interface HttpContext {
  readonly apiId: string;
  readonly accountId: string;
  readonly domainName: string;
  readonly routeKey: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly requestId: string;
  readonly at: Date;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
}

export function toEvent(request: HttpRequest, context: HttpContext): object {
  const [rawPath, rawQueryString] = splitOnce(request.url, '?');
  const { cookie, ...headers } = joinHeaders(request.rawHeaders);
  const query = joinQuery(rawQueryString);
  const isText = isTextual(headers['content-type']);
  return {
    version: '2.0',
    routeKey: context.routeKey,
    rawPath,
    rawQueryString,
    ...(cookie !== undefined && { cookies: cookie.split(/;\s*/) }),
    headers,
    ...(Object.keys(query).length > 0 && { queryStringParameters: query }),
    requestContext: describeContext(request, context, rawPath, headers),
    ...(Object.keys(context.parameters).length > 0 && { pathParameters: context.parameters }),
    ...(request.body.length > 0 && { body: request.body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: request.body.length > 0 && !isText,
  };
}

function describeContext(
  request: HttpRequest,
  context: HttpContext,
  path: string,
  headers: Readonly<Record<string, string>>,
): object {
  return {
    accountId: context.accountId,
    apiId: context.apiId,
    domainName: context.domainName,
    domainPrefix: context.apiId,
    http: {
      method: request.method,
      path,
      protocol: 'HTTP/1.1',
      sourceIp: request.sourceIp,
      userAgent: headers['user-agent'] ?? '',
    },
    requestId: context.requestId,
    routeKey: context.routeKey,
    stage: '$default',
    time: context.at.toUTCString(),
    timeEpoch: context.at.getTime(),
  };
}

/** Form bodies are not among the text types: a function that signs bytes must decode base64 first. */
function isTextual(contentType: string | undefined): boolean {
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  return /^(text\/.*|application\/(json|javascript|xml|.*\+json|.*\+xml))$/.test(type);
}

/** Lower-case names; repeated ones joined by commas, cookies by semicolons. */
function joinHeaders(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase();
    const [known, value] = [headers[name], raw[at + 1] ?? ''];
    headers[name] = known === undefined ? value : known + (name === 'cookie' ? '; ' : ',') + value;
  }
  return headers;
}

function joinQuery(query: string): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    const known = joined[name];
    joined[name] = known === undefined ? value : `${known},${value}`;
  }
  return joined;
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

interface FunctionAnswer {
  readonly statusCode?: unknown;
  readonly headers?: Readonly<Record<string, string | number | boolean>>;
  readonly cookies?: readonly string[];
  readonly body?: unknown;
  readonly isBase64Encoded?: boolean;
}

/** An answer without a status code is itself the body; one that cannot be read is our 500. */
export function toAnswer(payload: unknown): HttpAnswer {
  const answer = payload as FunctionAnswer | null;
  if (typeof answer !== 'object' || answer?.statusCode === undefined) {
    const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(body),
    };
  }
  const status = Number(answer.statusCode);
  if (!Number.isInteger(status) || status < 100 || status > 599) {
    return toMessage(500, 'Internal Server Error');
  }
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    headers[name.toLowerCase()] = String(value);
  }
  headers['content-type'] ??= 'text/plain; charset=utf-8';
  if (answer.cookies !== undefined) headers['set-cookie'] = [...answer.cookies];
  const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? '');
  return {
    status,
    headers,
    body: Buffer.from(
      answer.body === undefined ? '' : text,
      answer.isBase64Encoded === true ? 'base64' : 'utf8',
    ),
  };
}

/** An answer of API Gateway's own. */
export function toMessage(status: number, message: string): HttpAnswer {
  const headers = { 'content-type': 'application/json' };
  return { status, headers, body: Buffer.from(JSON.stringify({ message })) };
}
