/**
 * The webhooks of an audience: what is there, and one for us.
 * https://mailchimp.com/developer/marketing/guides/sync-audience-data-webhooks/
 */
import type { Budget } from '../../ports/clock.ts';
import type { Webhook, WebhookOutcome, WebhookRegistry } from '../../ports/webhooks.ts';
import type { Audience, Result } from './audience.ts';
import { toFailure } from './failures.ts';
import type { WebhookRequest } from './wire.generated.ts';
import type { WireWebhook } from './wire.ts';

/** Everything that changes a member. Campaigns do not. */
const EVENTS = {
  subscribe: true,
  unsubscribe: true,
  profile: true,
  cleaned: true,
  upemail: true,
  campaign: false,
} satisfies WebhookRequest['events'];

/**
 * All three are said, for what Mailchimp does with those left out is not documented. The API's are off: each row of
 * our own bulk writes would ring, hundreds at a time. What other clients of the API change is found by the
 * next round's question for what changed.
 */
const SOURCES = { user: true, admin: true, api: false } satisfies WebhookRequest['sources'];

export function createWebhookRegistry(audience: Audience): WebhookRegistry {
  return {
    list: async (budget) =>
      outcomeOf(audience, await audience.webhooks(budget), (hooks) => hooks.map(toWebhook)),
    register: async (url, budget) => {
      const made = await audience.addWebhook({ url, events: EVENTS, sources: SOURCES }, budget);
      return outcomeOf(audience, made, (hook) => ({
        ...toWebhook(hook),
        signingSecret: hook.signing_secret ?? null,
      }));
    },
    remove: (id, budget) => remove(audience, id, budget),
  };
}

async function remove(
  audience: Audience,
  id: string,
  budget: Budget,
): Promise<WebhookOutcome<null>> {
  const removed = await audience.removeWebhook(id, budget);
  if (removed.kind !== 'missing') return outcomeOf(audience, removed, () => null);
  // Not there: the webhook, or the whole audience.
  const missing = await audience.whyMissing(budget);
  return missing ?? { kind: 'ok', value: null };
}

function toWebhook({ id, url, events = {}, signing_enabled: signing }: WireWebhook): Webhook {
  const names = Object.entries(events).flatMap(([name, isOn]) => (isOn ? [name] : []));
  return { id, url, events: names, isSigned: signing === true };
}

function outcomeOf<T, U>(
  { id }: Audience,
  result: Result<T>,
  map: (value: T) => U,
): WebhookOutcome<U> {
  return result.kind === 'ok' ? { kind: 'ok', value: map(result.value) } : toFailure(result, id);
}
