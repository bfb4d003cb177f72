/**
 * The webhooks of a company: what is there, and one for us. Two things at Dialpad: the webhook, which has the
 * address and the secret, and the subscription of contact events that sends to it.
 *   https://developers.dialpad.com/reference/webhookscreate
 *   https://developers.dialpad.com/reference/webhook_contact_event_subscriptioncreate
 */
import * as z from 'zod';
import type { Budget } from '../../ports/clock.ts';
import type { Webhook, WebhookOutcome, WebhookRegistry } from '../../ports/webhooks.ts';
import type { Call, Turn } from './client.ts';
import { failureOf, type Company, type Result } from './company.ts';
import { hookSchema, hooksSchema, subscriptionSchema, subscriptionsSchema } from './wire.ts';
import type { WireHook, WireSubscription } from './wire.ts';

/** Pages of a company's webhooks; a company with more has none of ours behind them. */
const PAGES_MAX = 20;
const EVENT = 'contact';

export interface RegistryTools {
  readonly company: Company;
  /** A new signing secret: the vendor takes ours instead of making one. */
  readonly makeSecret: () => string;
}

export function createWebhookRegistry({ company, makeSecret }: RegistryTools): WebhookRegistry {
  const open = (budget: Budget): Turn => company.turn(budget, { company: 4, creates: 1 });
  return {
    list: async (budget) => list(company, open(budget)),
    register: async (url, budget) => {
      const turn = open(budget);
      const secret = makeSecret();
      const made = await ask(
        company,
        turn,
        post('/webhooks', { hook_url: url, secret }, 'creates'),
        hookSchema,
      );
      if (made.kind !== 'ok') return failureOf(made);
      const { id } = made.value;
      const body = { contact_type: 'shared', endpoint_id: Number(id), enabled: true };
      const subscribed = await ask(
        company,
        turn,
        post('/subscriptions/contact', body),
        subscriptionSchema,
      );
      if (subscribed.kind !== 'ok') {
        // Without a subscription it would never ring, and would look as if it were in order.
        await drop(company, turn, `/webhooks/${id}`);
        return failureOf(subscribed);
      }
      return {
        kind: 'ok',
        value: { id, url, events: [EVENT], isSigned: true, signingSecret: secret },
      };
    },
    remove: async (id, budget) => remove(company, open(budget), id),
  };
}

const post = (path: string, body: object, limit?: 'creates'): Call => ({
  method: 'POST',
  path,
  body,
  ...(limit === undefined ? {} : { limit }),
});

function ask<T>(
  company: Company,
  turn: Turn,
  call: Call,
  schema: z.ZodType<T>,
): Promise<Result<T>> {
  return company.ask(call, { kind: call.method === 'GET' ? 'read' : 'write' }, schema, turn);
}

async function list(company: Company, turn: Turn): Promise<WebhookOutcome<readonly Webhook[]>> {
  const hooks = await readAll<WireHook>(company, turn, '/webhooks', hooksSchema);
  if (hooks.kind !== 'ok') return failureOf(hooks);
  const subscriptions = await readSubscriptions(company, turn);
  if (subscriptions.kind !== 'ok') return failureOf(subscriptions);
  const rung = new Set(subscriptions.value.flatMap((each) => (each.enabled ? [each.hookId] : [])));
  const webhooks = hooks.value.map(({ id, url, isSigned }) => ({
    id,
    url,
    events: rung.has(id) ? [EVENT] : [],
    isSigned,
  }));
  return { kind: 'ok', value: webhooks };
}

const readSubscriptions = (company: Company, turn: Turn): Promise<Result<WireSubscription[]>> =>
  readAll<WireSubscription>(company, turn, '/subscriptions/contact', subscriptionsSchema);

async function readAll<T>(
  company: Company,
  turn: Turn,
  path: string,
  schema: z.ZodType<{ readonly items: T[]; readonly cursor: string | null }>,
): Promise<Result<T[]>> {
  const items: T[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const query: string = cursor === null ? '' : `?cursor=${encodeURIComponent(cursor)}`;
    const answer = await ask(company, turn, { method: 'GET', path: `${path}${query}` }, schema);
    if (answer.kind !== 'ok') return answer;
    items.push(...answer.value.items);
    ({ cursor } = answer.value);
    if (cursor === null) break;
  }
  return { kind: 'ok', value: items, beganAt: 0 };
}

/** The subscription first: one without its webhook could not be found by its address any more. */
async function remove(company: Company, turn: Turn, id: string): Promise<WebhookOutcome<null>> {
  const subscriptions = await readSubscriptions(company, turn);
  if (subscriptions.kind !== 'ok') return failureOf(subscriptions);
  for (const each of subscriptions.value.filter(({ hookId }) => hookId === id)) {
    const gone = await drop(company, turn, `/subscriptions/contact/${each.id}`);
    if (gone.kind !== 'ok' && gone.kind !== 'missing') return failureOf(gone);
  }
  const gone = await drop(company, turn, `/webhooks/${id}`);
  if (gone.kind === 'ok') return { kind: 'ok', value: null };
  if (gone.kind !== 'missing') return failureOf(gone);
  return (await company.whyMissing(turn)) ?? { kind: 'ok', value: null };
}

const drop = (company: Company, turn: Turn, path: string): Promise<Result<unknown>> =>
  ask(company, turn, { method: 'DELETE', path }, z.unknown());
