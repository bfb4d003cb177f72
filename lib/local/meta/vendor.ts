/**
 * How Meta understands a request: version, token, limits, permission, then the route.
 * https://developers.facebook.com/docs/graph-api/overview
 */
import type { Arrival, Call, Vendor } from '../simulation/api-server.ts';
import { nameOf } from '../simulation/router.ts';
import type { RouteMatch, Router } from '../simulation/router.ts';
import { findPermissionFault, findTokenFault } from './access.ts';
import { dress, dressFault } from './answers.ts';
import { graphErrors, invalidParameter, noSuchObject, unknownPath } from './errors.ts';
import type { ApiAnswer, Route } from './exchange.ts';
import { methodOf, parseParams } from './params.ts';
import type { Params } from './params.ts';
import { resolveVersion } from './versions.ts';
import type { World } from './world.ts';

interface MetaCall extends Call {
  readonly match: RouteMatch<Route>;
  readonly params: Params;
  readonly token: string | null;
  readonly isBroken: boolean;
}

/** `asked`: the version in the path. */
export function createVendor(world: World, router: Router<Route>, asked: string): Vendor<MetaCall> {
  const { meter } = world;
  return {
    name: 'Meta',
    // The vendor counts calls, not connections.
    connections: null,
    receive: (arrival) => receive(world, router, arrival),
    handle: (call) => {
      const version = resolveVersion(asked, world.settings());
      const wardrobe = { meter, version: version.ok ? version.value : null };
      return dress(version.ok ? answerCall(world, call, version.value) : version, wardrobe);
    },
    dressFault: (fault) => dressFault(fault, { meter, version: asked }),
    broken: () => dress({ ok: false, error: graphErrors.unknown }, { meter, version: asked }),
  };
}

async function receive(
  world: World,
  router: Router<Route>,
  { method: verb, url, headers, bytes }: Arrival,
): Promise<MetaCall> {
  const { params, inUrl, isBroken } = await parseParams(url, headers, bytes);
  const { access_token: inParams, ...rest } = params;
  const method = methodOf(verb, params);
  const match = router(method, url.pathname.replace(/(?<=.)\/$/, ''));
  if (inUrl.has('payload')) world.stats.count('payloadsInUrl');
  return {
    method,
    url,
    name: nameOf(method, match),
    body: Object.keys(rest).length === 0 ? undefined : rest,
    match,
    params,
    token: typeof inParams === 'string' ? inParams : bearerOf(headers.authorization),
    isBroken,
  };
}

function answerCall(world: World, call: MetaCall, version: string): ApiAnswer {
  const { match, params, method } = call;
  const settings = world.settings();
  const tokenFault = findTokenFault(call.token, world.identity.accessToken, settings);
  if (tokenFault !== null) return { ok: false, error: tokenFault };
  if (call.isBroken) return { ok: false, error: invalidParameter('The body cannot be read') };
  if (match.kind === 'unknown') return { ok: false, error: unknownPath(call.url.pathname) };
  const throttle = world.meter.admit(method !== 'GET');
  if (throttle !== null) return { ok: false, ...throttle };
  if (match.kind === 'wrong-method') {
    const [, id = ''] = call.url.pathname.split('/');
    return { ok: false, error: noSuchObject(method, id) };
  }
  const permissionFault = findPermissionFault(settings, method);
  if (permissionFault !== null) return { ok: false, error: permissionFault };
  return match.route.handle({ method, path: match.params, version, params });
}

function bearerOf(header: string | undefined): string | null {
  const [scheme = '', token] = (header ?? '').split(' ');
  return /^(bearer|oauth)$/i.test(scheme) && token !== undefined ? token : null;
}
