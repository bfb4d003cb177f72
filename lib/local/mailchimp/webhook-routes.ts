/**
 * `/lists/{id}/webhooks`. The vendor asks the URL by GET before it takes it; the signing secret is shown once,
 * in the answer that creates the hook. https://mailchimp.com/developer/marketing/api/list-webhooks/
 */
import { deriveId } from '../simulation/random.ts';
import { isPlainObject } from '../simulation/json.ts';
import { answer, noContent, refuse } from './exchange.ts';
import type { ApiAnswer, ApiRequest, Route } from './exchange.ts';
import { plainLinks } from './links.ts';
import { misfit } from './member-draft.ts';
import { hookEventNames } from './model.ts';
import type { Hook, HookEventName, Source } from './model.ts';
import { invalidShape, resourceNotFound, webhookNotWorking } from './problems.ts';
import type { Problem } from './problems.ts';
import type { World } from './world.ts';

const collection = '/lists/{id}/webhooks';
const single = `${collection}/{webhook_id}`;
const smsEvents = ['sms_subscribe', 'sms_unsubscribe', 'upsms', 'sms_campaign'];
const sourceNames = ['user', 'admin', 'api'] as const;

export function createWebhookRoutes(world: World): readonly Route[] {
  const found =
    (handle: (hook: Hook, request: ApiRequest) => ApiAnswer | Promise<ApiAnswer>) =>
    (request: ApiRequest): ApiAnswer | Promise<ApiAnswer> => {
      const hook = world.audience.hook(request.params['webhook_id'] ?? '');
      return hook === null ? refuse(resourceNotFound) : handle(hook, request);
    };
  return [
    { method: 'GET', template: collection, handle: () => getHooks(world) },
    { method: 'POST', template: collection, handle: async (request) => postHook(world, request) },
    { method: 'GET', template: single, handle: found((hook) => answer(renderHook(world, hook))) },
    {
      method: 'PATCH',
      template: single,
      handle: found(async (hook, request) => patchHook(world, hook, request)),
    },
    {
      method: 'DELETE',
      template: single,
      handle: found((hook) => {
        world.commit({ kind: 'hook-gone', id: hook.id });
        return noContent;
      }),
    },
  ];
}

function getHooks(world: World): ApiAnswer {
  const hooks = world.audience.hooks();
  const self = `${world.apiRoot()}/lists/${world.identity.audienceId}`;
  return answer({
    webhooks: hooks.map((hook) => renderHook(world, hook)),
    list_id: world.identity.audienceId,
    total_items: hooks.length,
    _links: plainLinks(`${self}/webhooks`, self),
  });
}

async function postHook(world: World, request: ApiRequest): Promise<ApiAnswer> {
  const number = world.audience.counters().hookId + 1;
  const id = deriveId(['hook', world.identity.audienceId, number], 10);
  const blank: Hook = {
    id,
    url: '',
    events: flags(hookEventNames, {}, false),
    sources: flags(sourceNames, {}, true),
    secret: world.webhooks.isSigned ? deriveId(['secret', world.identity.apiKey, id], 64) : null,
    isEnabled: true,
  };
  return reviseHook(world, blank, request, (hook) =>
    answer({
      ...renderHook(world, hook),
      ...(hook.secret === null ? {} : { signing_secret: hook.secret }),
    }),
  );
}

async function patchHook(world: World, hook: Hook, request: ApiRequest): Promise<ApiAnswer> {
  return reviseHook(world, hook, request, (revised) => answer(renderHook(world, revised)));
}

async function reviseHook(
  world: World,
  hook: Hook,
  request: ApiRequest,
  show: (hook: Hook) => ApiAnswer,
): Promise<ApiAnswer> {
  const { body } = request;
  if (!isPlainObject(body)) return refuse(misfit('', 'object', body));
  const url = body['url'] ?? hook.url;
  if (typeof url !== 'string') return refuse(misfit('url', 'string', url));
  const problem = url === hook.url ? null : await findUrlProblem(world, hook, url);
  if (problem !== null) return refuse(problem);
  const revised: Hook = {
    ...hook,
    url,
    events: flags(hookEventNames, body['events'], hook.events),
    sources: flags(sourceNames, body['sources'], hook.sources),
    isEnabled: true,
  };
  world.commit({ kind: 'hook', hook: revised });
  return show(revised);
}

/** Two hooks may not differ in the query string alone. */
async function findUrlProblem(world: World, hook: Hook, url: string): Promise<Problem | null> {
  if (!URL.canParse(url)) return invalidShape('url', 'Please enter a valid URL.');
  const bare = withoutQuery(url);
  const others = world.audience.hooks().filter((other) => other.id !== hook.id);
  if (others.some((other) => withoutQuery(other.url) === bare)) {
    return invalidShape('url', "Sorry, you can't set up multiple WebHooks for one URL");
  }
  const code = await askUrl(url, world.webhooks.timeoutMs);
  return code === '200' ? null : webhookNotWorking(code);
}

async function askUrl(url: string, timeoutMs: number): Promise<string> {
  try {
    const response = await fetch(url, {
      headers: { 'user-agent': 'MailChimp.com WebHook Validator' },
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.body?.cancel();
    return String(response.status);
  } catch {
    return '0';
  }
}

function withoutQuery(url: string): string {
  return url.split('?')[0] ?? url;
}

/** Named switches from a body; unnamed ones keep what they were. */
function flags<Name extends string>(
  names: readonly Name[],
  sent: unknown,
  before: Readonly<Record<Name, boolean>> | boolean,
): Record<Name, boolean> {
  const given = isPlainObject(sent) ? sent : {};
  const stood = (name: Name): boolean => (typeof before === 'boolean' ? before : before[name]);
  return Object.fromEntries(
    names.map((name) => [name, typeof given[name] === 'boolean' ? given[name] : stood(name)]),
  ) as Record<Name, boolean>;
}

function renderHook(world: World, hook: Hook): Record<string, unknown> {
  const parent = `${world.apiRoot()}/lists/${world.identity.audienceId}/webhooks`;
  const events: Record<HookEventName, boolean> = hook.events;
  const sources: Record<Source, boolean> = hook.sources;
  return {
    id: hook.id,
    url: hook.url,
    events: { ...events, ...Object.fromEntries(smsEvents.map((name) => [name, false])) },
    sources,
    list_id: world.identity.audienceId,
    signing_enabled: hook.secret !== null,
    _links: plainLinks(`${parent}/${hook.id}`, parent),
  };
}
