/**
 * The company itself, and whom it may not call or write to.
 *   company    https://developers.dialpad.com/reference/companyget
 *   opt-outs   https://developers.dialpad.com/reference/companysms_opt_out
 *   blocked    https://developers.dialpad.com/reference/blockednumbersadd and its neighbours
 */
import { isPlainObject } from '../simulation/json.ts';
import { isE164 } from './contact-draft.ts';
import { allowed, badRequest, dialpadErrors, refused } from './errors.ts';
import type { Ruled } from './errors.ts';
import type { ApiRequest, Route } from './exchange.ts';
import { showNumber } from './field-view.ts';
import type { OptOut } from './model.ts';
import { cutPage } from './paging.ts';
import type { World } from './world.ts';

const blockedNumbers = '/api/v2/blockednumbers';

export function createCompanyRoutes(world: World): readonly Route[] {
  const blocking = (
    method: string,
    edge: string,
    handle: (request: ApiRequest) => Ruled<unknown>,
  ): Route => ({
    method,
    template: `${blockedNumbers}${edge}`,
    limit: 'others',
    isForAdmins: false,
    handle,
  });
  return [
    {
      method: 'GET',
      template: '/api/v2/company',
      limit: 'others',
      isForAdmins: true,
      handle: () => allowed(viewCompany(world)),
    },
    {
      method: 'GET',
      template: '/api/v2/company/{id}/smsoptout',
      limit: 'optOuts',
      isForAdmins: true,
      handle: (request) => listOptOuts(world, request),
    },
    blocking('GET', '', ({ query }) => listBlocked(world, query)),
    blocking('POST', '/add', ({ body }) => block(world, body)),
    blocking('POST', '/remove', ({ body }) => unblock(world, body)),
    blocking('GET', '/{number}', ({ path }) => getBlocked(world, path['number'] ?? '')),
  ];
}

function viewCompany(world: World): Record<string, unknown> {
  const { companyId, companyName } = world.identity;
  return {
    account_type: 'pro',
    admin_email: 'admin@trivet.test',
    country: 'us',
    domain: 'trivet.test',
    id: showNumber(companyId, world.settings()),
    name: companyName,
    office_count: showNumber(1, world.settings()),
    state: world.settings().companyState,
  };
}

function listOptOuts(world: World, { path, query }: ApiRequest): Ruled<unknown> {
  if (path['id'] !== world.identity.companyId) return refused(dialpadErrors.forbidden);
  const state = query.get('opt_out_state');
  if (state !== 'opted_out' && state !== 'opted_back_in') {
    return refused(badRequest('opt_out_state must be opted_out or opted_back_in.'));
  }
  const campaign = query.get('a2p_campaign_id');
  if (campaign !== null && state !== 'opted_out') {
    return refused(badRequest('a2p_campaign_id goes with opted_out alone.'));
  }
  const entries = world.company
    .optOuts()
    .filter((entry) => entry.state === state)
    .filter(({ campaignId }) => campaign === null || String(campaignId) === campaign);
  const views = entries.map((entry) => viewOptOut(world, entry));
  return cutPage(`smsoptout ${state}`, views, query, world.settings());
}

/** Who is back in is in for everything: there is no scope. */
function viewOptOut(world: World, entry: OptOut): Record<string, unknown> {
  const { at, campaignId, number, state } = entry;
  const scope = {
    opt_out_scope_level: campaignId === null ? 'company' : 'a2p_campaign',
    scope_id: campaignId ?? showNumber(world.identity.companyId, world.settings()),
  };
  return {
    date: at,
    external_endpoint: number,
    ...(state === 'opted_out' ? { opt_out_scope_info: scope } : {}),
    opt_out_state: state,
  };
}

/** "Lists all numbers that have been blocked via the API." */
function listBlocked(world: World, query: URLSearchParams): Ruled<unknown> {
  const isShown = world.settings().listedBlocks === 'all';
  const items = world.company
    .blockedNumbers()
    .filter(({ isByApi }) => isByApi || isShown)
    .map(({ number }) => ({ number }));
  return cutPage('blockednumbers', items, query, world.settings());
}

function getBlocked(world: World, number: string): Ruled<unknown> {
  const blocked = world.company.blockedNumber(number);
  return blocked === null ? refused(dialpadErrors['not-found']) : allowed({ number });
}

/** Blocked twice is blocked once. The answer has no body. */
function block(world: World, body: unknown): Ruled<undefined> {
  const numbers = numbersIn(body);
  if (!numbers.ok) return numbers;
  for (const number of numbers.value) {
    world.commit({ kind: 'blocked', blocked: { number, isByApi: true } });
  }
  return allowed(undefined);
}

function unblock(world: World, body: unknown): Ruled<undefined> {
  const numbers = numbersIn(body);
  if (!numbers.ok) return numbers;
  for (const number of numbers.value) world.commit({ kind: 'unblocked', number });
  return allowed(undefined);
}

function numbersIn(body: unknown): Ruled<readonly string[]> {
  const numbers = isPlainObject(body) ? body['numbers'] : undefined;
  if (!Array.isArray(numbers)) return refused(badRequest('numbers must be a list.'));
  const wrong = (numbers as unknown[]).find((each) => typeof each !== 'string' || !isE164(each));
  if (wrong === undefined) return allowed(numbers as string[]);
  return refused(badRequest(`Phone number ${JSON.stringify(wrong)} is not in e164 format.`));
}
