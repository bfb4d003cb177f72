/**
 * `/api/v2/webhooks` and `/api/v2/subscriptions/contact`: where events go, and which. The secret comes back in
 * every answer.
 *   webhooks        https://developers.dialpad.com/reference/webhookscreate
 *   subscriptions   https://developers.dialpad.com/reference/webhook_contact_event_subscriptioncreate
 *   how many        https://developers.dialpad.com/docs/event-subscriptions
 */
import { isPlainObject } from '../simulation/json.ts';
import { allowed, badRequest, dialpadErrors, refused } from './errors.ts';
import type { Ruled } from './errors.ts';
import type { ApiRequest, Route } from './exchange.ts';
import { showNumber } from './field-view.ts';
import type { ContactType, Subscription, Webhook } from './model.ts';
import { cutPage } from './paging.ts';
import type { World } from './world.ts';

const webhooks = '/api/v2/webhooks';
const subscriptions = '/api/v2/subscriptions/contact';
const subscriptionsMax = 100;

type OfRequest = (request: ApiRequest) => Ruled<unknown>;

export function createHookRoutes(world: World): readonly Route[] {
  const route = (method: string, template: string, handle: OfRequest): Route => ({
    method,
    template,
    limit: method === 'POST' && template === webhooks ? 'creates' : 'others',
    isForAdmins: template.startsWith(subscriptions),
    handle,
  });
  const ofWebhook =
    (act: (webhook: Webhook, body: unknown) => Ruled<unknown>): OfRequest =>
    ({ path, body }) => {
      const webhook = world.company.webhook(Number(path['id']));
      return webhook === null ? refused(dialpadErrors['not-found']) : act(webhook, body);
    };
  const ofSubscription =
    (act: (subscription: Subscription, body: unknown) => Ruled<unknown>): OfRequest =>
    ({ path, body }) => {
      const subscription = world.company.subscription(Number(path['id']));
      return subscription === null ? refused(dialpadErrors['not-found']) : act(subscription, body);
    };
  return [
    route('GET', webhooks, ({ query }) => listWebhooks(world, query)),
    route('POST', webhooks, ({ body }) => postWebhook(world, body)),
    route(
      'GET',
      `${webhooks}/{id}`,
      ofWebhook((webhook) => allowed(viewWebhook(world, webhook))),
    ),
    route(
      'PATCH',
      `${webhooks}/{id}`,
      ofWebhook((webhook, body) => keepWebhook(world, webhook, body)),
    ),
    route(
      'DELETE',
      `${webhooks}/{id}`,
      ofWebhook((webhook) => dropWebhook(world, webhook)),
    ),
    route('GET', subscriptions, ({ query }) => listSubscriptions(world, query)),
    route('POST', subscriptions, ({ body }) => postSubscription(world, body)),
    route(
      'GET',
      `${subscriptions}/{id}`,
      ofSubscription((subscription) => allowed(viewSubscription(world, subscription))),
    ),
    route(
      'PATCH',
      `${subscriptions}/{id}`,
      ofSubscription((subscription, body) => keepSubscription(world, subscription, body)),
    ),
    route(
      'DELETE',
      `${subscriptions}/{id}`,
      ofSubscription((subscription) => dropSubscription(world, subscription)),
    ),
  ];
}

function listWebhooks(world: World, query: URLSearchParams): Ruled<unknown> {
  const views = world.company.webhooks().map((webhook) => viewWebhook(world, webhook));
  return cutPage('webhooks', views, query, world.settings());
}

function postWebhook(world: World, body: unknown): Ruled<unknown> {
  if (!isPlainObject(body) || typeof body['hook_url'] !== 'string') {
    return refused(badRequest('hook_url is required.'));
  }
  const blank: Webhook = { id: 1000 + world.number('hook'), url: '', secret: null };
  return keepWebhook(world, blank, body);
}

/** What is not in the body stays as it was. */
function keepWebhook(world: World, before: Webhook, body: unknown): Ruled<unknown> {
  if (!isPlainObject(body)) return refused(badRequest('The body must be a JSON object.'));
  const { hook_url: url = before.url, secret = before.secret } = body;
  if (typeof url !== 'string' || !URL.canParse(url)) {
    return refused(badRequest('hook_url must be a URL.'));
  }
  if (secret !== null && (typeof secret !== 'string' || /[\r\n]/.test(secret))) {
    return refused(badRequest('secret must be a single line.'));
  }
  const webhook = { id: before.id, url, secret: secret === '' ? null : secret };
  world.commit({ kind: 'webhook', webhook });
  return allowed(viewWebhook(world, webhook));
}

function dropWebhook(world: World, webhook: Webhook): Ruled<unknown> {
  world.commit({ kind: 'webhook-gone', id: webhook.id });
  return allowed(viewWebhook(world, webhook));
}

function viewWebhook(world: World, { id, url, secret }: Webhook): Record<string, unknown> {
  const signature = secret === null ? {} : { signature: { algo: 'HS256', secret, type: 'jwt' } };
  return { hook_url: url, id: showNumber(id, world.settings()), ...signature };
}

function listSubscriptions(world: World, query: URLSearchParams): Ruled<unknown> {
  const views = world.company.subscriptions().map((each) => viewSubscription(world, each));
  return cutPage('subscriptions', views, query, world.settings());
}

function postSubscription(world: World, body: unknown): Ruled<unknown> {
  if (world.company.subscriptions().length >= subscriptionsMax) {
    return refused(badRequest(`There may be no more than ${subscriptionsMax} subscriptions.`));
  }
  const blank: Subscription = {
    id: 1000 + world.number('hook'),
    contactType: 'shared',
    isEnabled: true,
    webhookId: 0,
  };
  return keepSubscription(world, blank, body);
}

function keepSubscription(world: World, before: Subscription, body: unknown): Ruled<unknown> {
  if (!isPlainObject(body)) return refused(badRequest('The body must be a JSON object.'));
  const { contact_type: type, enabled = before.isEnabled, endpoint_id: endpoint } = body;
  if (!isContactType(type)) return refused(badRequest('contact_type must be local or shared.'));
  if (typeof enabled !== 'boolean') return refused(badRequest('enabled must be true or false.'));
  const webhookId = endpoint === undefined ? before.webhookId : Number(endpoint);
  if (world.company.webhook(webhookId) === null) {
    return refused(badRequest('endpoint_id must be the id of a webhook.'));
  }
  const subscription = { id: before.id, contactType: type, isEnabled: enabled, webhookId };
  world.commit({ kind: 'subscription', subscription });
  return allowed(viewSubscription(world, subscription));
}

const isContactType = (value: unknown): value is ContactType =>
  value === 'local' || value === 'shared';

function dropSubscription(world: World, subscription: Subscription): Ruled<unknown> {
  world.commit({ kind: 'subscription-gone', id: subscription.id });
  return allowed(viewSubscription(world, subscription));
}

function viewSubscription(world: World, subscription: Subscription): Record<string, unknown> {
  const { id, contactType, isEnabled, webhookId } = subscription;
  const webhook = world.company.webhook(webhookId);
  return {
    contact_type: contactType,
    enabled: isEnabled,
    id: showNumber(id, world.settings()),
    ...(webhook === null ? {} : { webhook: viewWebhook(world, webhook) }),
  };
}
