/**
 * The ad account: its terms, its audiences, and the removal of people from all of them.
 *   customaudiences      https://developers.facebook.com/docs/marketing-api/reference/ad-account/customaudiences
 *   terms                https://developers.facebook.com/docs/marketing-api/audiences/reference/custom-audience-terms-of-service
 */
import { findTermsFault, viewPermissions } from './access.ts';
import { isSuggestive } from './audience-status.ts';
import { nonexistingField, viewAudience } from './audience-view.ts';
import { allowed, invalidParameter, noSuchObject, refused } from './errors.ts';
import type { GraphError, Ruled } from './errors.ts';
import type { ApiRequest, Route } from './exchange.ts';
import type { AudienceRecord } from './model.ts';
import { cutPage } from './paging.ts';
import { fieldNames, flag, textOf, wholeNumber } from './params.ts';
import type { Params } from './params.ts';
import { upload } from './uploads.ts';
import { standingOf } from './world.ts';
import type { World } from './world.ts';

const termsId = '1870090001';
const sources = ['USER_PROVIDED_ONLY', 'PARTNER_PROVIDED_ONLY', 'BOTH_USER_AND_PARTNER_PROVIDED'];
const retentionDaysMax = 180;

export function createAccountRoutes(world: World): readonly Route[] {
  const route = (
    method: string,
    edge: string,
    handle: (request: ApiRequest) => Ruled<unknown>,
  ): Route => ({
    method,
    template: `/act_{account}${edge}`,
    handle: (request) =>
      request.path['account'] === world.identity.accountId
        ? handle(request)
        : refused(noSuchObject(request.method, `act_${request.path['account']}`)),
  });
  return [
    {
      method: 'GET',
      template: '/me/permissions',
      handle: () => allowed(viewPermissions(world.settings())),
    },
    route('GET', '', ({ params }) => viewAccount(world, fieldNames(params['fields']))),
    route('GET', '/customaudiences', (request) => listAudiences(world, request)),
    route('POST', '/customaudiences', ({ params }) => createAudience(world, params)),
    route('GET', '/customaudiencestos', () =>
      allowed({ data: [{ id: termsId, content: 'Terms', type: 'custom_audience_tos' }] }),
    ),
    route('POST', '/customaudiencestos', ({ params }) => acceptTerms(world, params)),
    route('DELETE', '/usersofanyaudience', ({ params }) =>
      upload(world, 'remove-everywhere', null, params),
    ),
  ];
}

function viewAccount(world: World, fields: readonly string[]): Ruled<unknown> {
  const { accountId, accountName } = world.identity;
  const terms = world.settings().termsAccepted ? { custom_audience_tos: 1 } : {};
  const shown: Readonly<Record<string, unknown>> = {
    id: `act_${accountId}`,
    account_id: accountId,
    name: accountName,
    account_status: 1,
    currency: 'EUR',
    timezone_name: 'Europe/Vienna',
    tos_accepted: terms,
    user_tos_accepted: terms,
  };
  const unknown = fields.find((name) => !Object.hasOwn(shown, name));
  if (unknown !== undefined) return refused(nonexistingField(unknown, 'AdAccount'));
  const names = new Set(fields.length === 0 ? ['account_id', 'id'] : [...fields, 'id']);
  return allowed(Object.fromEntries([...names].map((name) => [name, shown[name]])));
}

/** Ids only, unless fields are asked for. */
function listAudiences(world: World, { params, version }: ApiRequest): Ruled<unknown> {
  const { accountId } = world.identity;
  const root = `${world.origin()}/${version}/act_${accountId}/customaudiences`;
  const page = cutPage(world.account.audiences(), params, root);
  if (!page.ok) return page;
  const views = page.value.items.map((audience) =>
    viewAudience(standingOf(world, audience), fieldNames(params['fields']), accountId),
  );
  const refusal = views.find((view) => !view.ok);
  if (refusal !== undefined) return refusal;
  const data = views.flatMap((view) => (view.ok ? [view.value] : []));
  return allowed({ data, ...page.value.paging });
}

function createAudience(world: World, params: Params): Ruled<unknown> {
  const fault = findTermsFault(world.settings()) ?? findFault(params);
  if (fault !== null) return refused(fault);
  const name = textOf(params['name']);
  const description = textOf(params['description']);
  const now = world.now();
  const audience: AudienceRecord = {
    id: world.nextId('audience'),
    name,
    description,
    customerFileSource: textOf(params['customer_file_source']),
    retentionDays: wholeNumber(params['retention_days']),
    isValueBased: flag(params['is_value_based']) === true,
    createdAt: now,
    updatedAt: now,
    contentUpdatedAt: null,
    settlesAt: now,
    forcedStatus: isSuggestive(`${name} ${description}`) ? 471 : null,
    lookalikes: 0,
  };
  world.commit({ kind: 'audience', audience });
  return allowed({ id: audience.id });
}

function findFault(params: Params): GraphError | null {
  const { name, subtype, customer_file_source: source, retention_days: retention } = params;
  if (typeof name !== 'string' || name === '') return missing('name');
  if (subtype !== 'CUSTOM') return missing('subtype (CUSTOM is the one simulated)');
  if (!sources.some((known) => known === source)) {
    return invalidParameter(`customer_file_source must be one of ${sources.join(', ')}`);
  }
  const days = wholeNumber(retention);
  const isBadRetention =
    retention !== undefined && (days === null || days < 1 || days > retentionDaysMax);
  return isBadRetention ? invalidParameter('retention_days must be from 1 to 180') : null;
}

function missing(name: string): GraphError {
  return invalidParameter(`The parameter ${name} is required`);
}

function acceptTerms(world: World, params: Params): Ruled<unknown> {
  if (textOf(params['tos_id']) !== termsId) return refused(missing('tos_id'));
  const settings = { ...world.settings(), termsAccepted: true };
  world.commit({ kind: 'settings', settings });
  return allowed({ success: true });
}
