/**
 * Sends webhooks the way the vendor does: at least once, soon but not at once, some twice, some late enough
 * for later ones to overtake them. What is owed is in the journal, so a killed simulator still delivers.
 * https://mailchimp.com/developer/marketing/guides/sync-audience-data-webhooks/
 */
import { createHmac } from 'node:crypto';
import type { Random } from '../simulation/random.ts';
import type { Audience } from './audience.ts';
import type { Change, Delivery, Hook } from './model.ts';
import type { WebhookOptions } from './options.ts';
import { createPacer } from '../simulation/pacer.ts';
import { encodeEvent } from './webhook-events.ts';
import type { WebhookEvent } from './webhook-events.ts';

export interface WebhookDelivery {
  ring(event: WebhookEvent): void;
  /** Takes up what an earlier process still owed. */
  resume(): void;
  /** How many requests are owed, waiting for a retry included. */
  pending(): number;
  stop(): Promise<void>;
}

export interface DeliveryParts {
  readonly audience: Audience;
  readonly commit: (change: Change) => void;
  readonly flush: () => void;
  readonly now: () => number;
  readonly random: Random;
  readonly options: WebhookOptions;
}

/** One attempt to be made. Only the first copy of a delivery settles what is owed. */
interface Attempt {
  readonly delivery: Delivery;
  readonly number: number;
  readonly isExtra: boolean;
}

type SendResult = 'delivered' | 'gone' | 'failed';

export function createWebhookDelivery(parts: DeliveryParts): WebhookDelivery {
  const { audience, options } = parts;
  const stopping = new AbortController();
  const pacer = createPacer<Attempt>(options.concurrencyMax, async (attempt) => {
    const hook = audience.hook(attempt.delivery.hookId);
    const isWanted = hook !== null && hook.isEnabled;
    const result = isWanted
      ? await send(parts, hook, attempt.delivery, stopping.signal)
      : 'delivered';
    if (!stopping.signal.aborted && !attempt.isExtra) settle(attempt, result);
  });

  const settle = (attempt: Attempt, result: SendResult): void => {
    const retryMs = options.retryDelaysMs[attempt.number];
    if (result === 'failed' && retryMs !== undefined) {
      pacer.later({ ...attempt, number: attempt.number + 1 }, retryMs);
      return;
    }
    parts.commit({ kind: 'delivery-done', id: attempt.delivery.id });
    if (result !== 'delivered') turnOff(parts, attempt.delivery.hookId);
    parts.flush();
  };

  const start = (delivery: Delivery): void => {
    const isLate = parts.random() < options.reorderRate;
    const span = isLate ? options.reorderDelayMsMax : options.delayMsMax;
    pacer.later({ delivery, number: 0, isExtra: false }, parts.random() * span);
    if (parts.random() >= options.duplicateRate) return;
    const extraMs = parts.random() * options.reorderDelayMsMax;
    pacer.later({ delivery, number: 0, isExtra: true }, extraMs);
  };

  return {
    ring: (event) => {
      const hooks = audience.hooks().filter((hook) => wants(hook, event));
      if (hooks.length === 0) return;
      const body = encodeEvent(event, parts.now());
      for (const hook of hooks) {
        const delivery = { id: audience.counters().deliveryId + 1, hookId: hook.id, body };
        parts.commit({ kind: 'delivery', delivery });
        start(delivery);
      }
    },
    resume: () => {
      for (const delivery of audience.deliveries()) start(delivery);
    },
    pending: () => audience.deliveries().length,
    stop: async () => {
      stopping.abort();
      await pacer.stop();
    },
  };
}

async function send(
  parts: DeliveryParts,
  hook: Hook,
  delivery: Delivery,
  stopping: AbortSignal,
): Promise<SendResult> {
  try {
    const response = await fetch(hook.url, {
      method: 'POST',
      headers: headersFor(hook, delivery.body, parts.now()),
      body: delivery.body,
      redirect: 'manual',
      signal: AbortSignal.any([stopping, AbortSignal.timeout(parts.options.timeoutMs)]),
    });
    await response.body?.cancel();
    if (response.status === 410) return 'gone';
    return response.ok ? 'delivered' : 'failed';
  } catch {
    return 'failed';
  }
}

/** A hook that failed for too long, or answered 410, hears nothing more. */
function turnOff(parts: DeliveryParts, hookId: string): void {
  const hook = parts.audience.hook(hookId);
  if (hook !== null) parts.commit({ kind: 'hook', hook: { ...hook, isEnabled: false } });
}

function wants(hook: Hook, event: WebhookEvent): boolean {
  if (!hook.isEnabled || !hook.events[event.name]) return false;
  return event.name === 'campaign' || hook.sources[event.source];
}

function headersFor(hook: Hook, body: string, nowMs: number): Record<string, string> {
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'user-agent': 'MailChimp.com',
  };
  if (hook.secret === null) return headers;
  return { ...headers, 'x-mailchimp-signature': signBody(hook.secret, body, nowMs) };
}

/** `t=<unix seconds>,v1=<hex>`: HMAC-SHA256 over the time, a dot and the raw body. */
export function signBody(secret: string, body: string, nowMs: number): string {
  const t = Math.floor(nowMs / 1000);
  const digest = createHmac('sha256', secret).update(`${t}.${body}`).digest('hex');
  return `t=${t},v1=${digest}`;
}
