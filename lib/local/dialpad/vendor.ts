/**
 * How Dialpad understands a request: key, limits, then the route and who may take it.
 * https://developers.dialpad.com/docs/authentication-basics
 */
import type { Arrival, Call, Vendor } from '../simulation/api-server.ts';
import { parseJson } from '../simulation/json.ts';
import { nameOf } from '../simulation/router.ts';
import type { RouteMatch, Router } from '../simulation/router.ts';
import { dress, dressFault } from './answers.ts';
import { allowed, badRequest, dialpadErrors, refused } from './errors.ts';
import type { DialpadError, Ruled } from './errors.ts';
import type { ApiAnswer, Route } from './exchange.ts';
import type { World } from './world.ts';

interface DialpadCall extends Call {
  readonly match: RouteMatch<Route>;
  readonly token: string | null;
  /** Why the body cannot be read; null: it can. */
  readonly bodyFault: DialpadError | null;
  /** How long until such a call may be answered; null: this one may. */
  readonly throttledMs: number | null;
}

export function createVendor(world: World, router: Router<Route>): Vendor<DialpadCall> {
  return {
    name: 'Dialpad',
    // The vendor counts calls, not connections.
    connections: null,
    receive: (arrival) => receive(world, router, arrival),
    handle: (call) => dress(answerCall(world, call), world.settings()),
    dressFault: (fault) => dressFault(fault, world.settings()),
    broken: () => dress(refused(dialpadErrors.internal), world.settings()),
  };
}

/** A call counts against the limits when it arrives, whatever becomes of it. */
function receive(world: World, router: Router<Route>, arrival: Arrival): DialpadCall {
  const { method, headers, bytes } = arrival;
  const url = new URL(arrival.url);
  url.pathname = `/api${url.pathname}`;
  const keyInUrl = url.searchParams.get('apikey');
  // What onlookers are shown of a call has no key in it.
  url.searchParams.delete('apikey');
  if (keyInUrl !== null) world.stats.count('keysInUrl');
  const token = bearerOf(headers.authorization) ?? keyInUrl;
  const match = router(method, url.pathname);
  const name = nameOf(method, match);
  const kind = match.kind === 'found' ? match.route.limit : null;
  const isKnown = token === world.identity.apiKey;
  const throttledMs = isKnown ? world.limits.admit({ kind, operation: name }) : null;
  const body = readBody(bytes);
  return {
    method,
    url,
    name,
    body: body.ok ? body.value : undefined,
    match,
    token,
    bodyFault: body.ok ? null : body.error,
    throttledMs,
  };
}

function readBody(bytes: Buffer | null): Ruled<unknown> {
  if (bytes === null) return refused(dialpadErrors['too-large']);
  const parsed = parseJson(bytes);
  return 'value' in parsed
    ? allowed(parsed.value)
    : refused(badRequest('The body is not valid JSON.'));
}

function answerCall(world: World, call: DialpadCall): ApiAnswer {
  const { match, throttledMs, url } = call;
  const keyFault = findKeyFault(world, call.token);
  if (keyFault !== null) return refused(keyFault);
  if (throttledMs !== null) {
    return { ...refused(dialpadErrors.throttled), retryAfterMs: throttledMs };
  }
  if (match.kind === 'unknown') return refused(dialpadErrors['not-found']);
  if (match.kind === 'wrong-method') return refused(dialpadErrors['wrong-method']);
  const fault =
    call.bodyFault ?? findPermissionFault(world, match.route) ?? findIdFault(world, url);
  if (fault !== null) return refused(fault);
  return match.route.handle({ path: match.params, query: url.searchParams, body: call.body });
}

function findKeyFault(world: World, token: string | null): DialpadError | null {
  const { key } = world.settings();
  if (token !== world.identity.apiKey || key === 'revoked') return dialpadErrors.unauthorized;
  return key === 'expired' ? dialpadErrors['key-expired'] : null;
}

function findPermissionFault(world: World, { isForAdmins }: Route): DialpadError | null {
  const { permission } = world.settings();
  if (permission === 'none') return dialpadErrors.forbidden;
  return isForAdmins && permission !== 'admin' ? dialpadErrors['admin-required'] : null;
}

/** Ids of contacts made by PUT have a colon in them. */
function findIdFault(world: World, { pathname }: URL): DialpadError | null {
  if (!pathname.includes(':')) return null;
  world.stats.count('rawIds');
  return world.settings().rawIds === 'refuse' ? dialpadErrors['raw-id'] : null;
}

function bearerOf(header: string | undefined): string | null {
  const [scheme = '', token] = (header ?? '').split(' ');
  return /^bearer$/i.test(scheme) && token !== undefined ? token : null;
}
