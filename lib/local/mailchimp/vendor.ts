/**
 * How Mailchimp understands a request: the key, the audience, the route.
 * https://mailchimp.com/developer/marketing/docs/fundamentals/
 */
import type { Arrival, Call, Vendor } from '../simulation/api-server.ts';
import { parseJson } from '../simulation/json.ts';
import { nameOf } from '../simulation/router.ts';
import type { RouteMatch, Router } from '../simulation/router.ts';
import { dress, dressFault } from './answers.ts';
import { refuse } from './exchange.ts';
import type { ApiAnswer, Route } from './exchange.ts';
import {
  apiKeyInvalid,
  internalServerError,
  jsonParseException,
  methodNotAllowed,
  resourceNotFound,
  tooManyRequests,
} from './problems.ts';

/** Simultaneous requests per user, not raisable. */
const connectionsMax = 10;

export interface VendorParts {
  readonly router: Router<Route>;
  readonly apiKey: string;
  readonly audienceId: string;
}

interface MailchimpCall extends Call {
  readonly match: RouteMatch<Route>;
  readonly isBroken: boolean;
  readonly isKnown: boolean;
  readonly callerIp: string;
}

export function createVendor(parts: VendorParts): Vendor<MailchimpCall> {
  return {
    name: 'Mailchimp',
    connections: { max: connectionsMax, busy: () => dress(refuse(tooManyRequests)) },
    receive: (arrival) => receive(parts, arrival),
    handle: async (call) => dress(await answerCall(parts, call)),
    dressFault: ({ status }) => dressFault(status),
    broken: () => dress(refuse(internalServerError)),
  };
}

function receive(parts: VendorParts, arrival: Arrival): MailchimpCall {
  const { method, url, headers, bytes, callerIp } = arrival;
  const match = parts.router(method, url.pathname);
  const parsed = bytes === null ? { isBroken: true as const } : parseJson(bytes);
  return {
    method,
    url,
    match,
    name: nameOf(method, match),
    body: 'value' in parsed ? parsed.value : undefined,
    isBroken: 'isBroken' in parsed,
    isKnown: isAuthorized(headers.authorization, parts.apiKey),
    callerIp,
  };
}

async function answerCall(parts: VendorParts, call: MailchimpCall): Promise<ApiAnswer> {
  const { match } = call;
  if (!call.isKnown) return refuse(apiKeyInvalid);
  if (call.isBroken) return refuse(jsonParseException);
  if (match.kind === 'unknown') return refuse(resourceNotFound);
  if (match.kind === 'wrong-method') return refuse(methodNotAllowed(match.allow));
  const listId = match.params['id'];
  if (listId !== undefined && listId !== parts.audienceId) return refuse(resourceNotFound);
  return match.route.handle({
    method: call.method,
    params: match.params,
    query: call.url.searchParams,
    body: call.body,
    callerIp: call.callerIp,
  });
}

/** Basic with any user name, or Bearer; both carry the key. */
function isAuthorized(header: string | undefined, apiKey: string): boolean {
  const [scheme = '', credentials = ''] = (header ?? '').split(' ');
  if (scheme.toLowerCase() === 'bearer') return credentials === apiKey;
  if (scheme.toLowerCase() !== 'basic') return false;
  const pair = Buffer.from(credentials, 'base64').toString('utf8');
  return pair.slice(pair.indexOf(':') + 1) === apiKey;
}
