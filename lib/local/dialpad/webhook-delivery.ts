/**
 * Sends events the way the vendor says it does: soon, in no order, at least once, and not for long. After a 5xx
 * it tries four times more within two seconds, after silence twice more, after a 4xx never; a webhook that fails
 * is never turned off. What is owed is in the journal, so a killed simulator still delivers.
 * https://developers.dialpad.com/docs/webhook-delivery-failures
 */
import { createPacer } from '../simulation/pacer.ts';
import type { Random } from '../simulation/random.ts';
import type { Stats } from '../simulation/stats.ts';
import { typeOf } from './contact-view.ts';
import type { Change, Contact, Delivery, Numbered, Webhook } from './model.ts';
import type { DeliveryOptions } from './options.ts';
import type { Settings } from './settings.ts';
import type { Company } from './state.ts';
import { encodeEvent, shapeRequest } from './webhook-events.ts';
import type { Counter, EventName } from './world.ts';

export interface WebhookDelivery {
  tell(event: EventName, contact: Contact): void;
  /** Takes up what an earlier process still owed. */
  resume(): void;
  /** How many events are owed, waiting for a retry included. */
  pending(): number;
  stop(): Promise<void>;
}

export interface DeliveryParts {
  readonly company: Company;
  readonly stats: Stats<Counter>;
  readonly commit: (change: Change) => void;
  readonly flush: () => void;
  readonly number: (what: Numbered) => number;
  readonly random: Random;
  readonly settings: () => Settings;
  readonly options: DeliveryOptions;
}

/** One attempt to be made. Only the first copy of a delivery settles what is owed. */
interface Attempt {
  readonly delivery: Delivery;
  readonly isExtra: boolean;
  /** Pauses left, by what they follow. */
  readonly afterTrouble: readonly number[];
  readonly afterSilence: readonly number[];
}

type SendResult = 'delivered' | 'refused' | 'troubled' | 'silent';

export function createWebhookDelivery(parts: DeliveryParts): WebhookDelivery {
  const { company, options, stats } = parts;
  const stopping = new AbortController();
  const pacer = createPacer<Attempt>(options.concurrencyMax, async (attempt) => {
    const webhook = company.webhook(attempt.delivery.webhookId);
    const result =
      webhook === null ? 'refused' : await send(parts, webhook, attempt, stopping.signal);
    if (!stopping.signal.aborted && !attempt.isExtra) settle(attempt, result);
  });

  const settle = (attempt: Attempt, result: SendResult): void => {
    const next = retryOf(attempt, result);
    if (next !== null) {
      pacer.later(next.attempt, next.pauseMs);
      return;
    }
    stats.count(result === 'delivered' ? 'eventsDelivered' : 'eventsGivenUp');
    parts.commit({ kind: 'delivery-done', id: attempt.delivery.id });
    parts.flush();
  };

  const start = (delivery: Delivery): void => {
    const first = {
      delivery,
      afterTrouble: options.retryDelaysMs,
      afterSilence: options.silenceDelaysMs,
    };
    const isLate = parts.random() < options.reorderRate;
    const spanMs = isLate ? options.reorderDelayMsMax : options.delayMsMax;
    pacer.later({ ...first, isExtra: false }, parts.random() * spanMs);
    if (parts.random() >= options.duplicateRate) return;
    pacer.later({ ...first, isExtra: true }, parts.random() * options.reorderDelayMsMax);
  };

  return {
    tell: (event, contact) => {
      const isLost = parts.random() < parts.settings().eventLossRate;
      for (const webhookId of webhooksFor(company, contact)) {
        if (isLost) {
          stats.count('eventsLost');
          continue;
        }
        const body = encodeEvent(event, contact, parts.settings());
        const delivery = { id: parts.number('delivery'), webhookId, event: body };
        parts.commit({ kind: 'delivery', delivery });
        start(delivery);
      }
    },
    resume: () => {
      for (const delivery of company.deliveries()) start(delivery);
    },
    pending: () => company.deliveries().length,
    stop: async () => {
      stopping.abort();
      await pacer.stop();
    },
  };
}

/** Each subscription is told, two of one webhook twice. */
function webhooksFor(company: Company, contact: Contact): readonly number[] {
  return company
    .subscriptions()
    .filter(({ isEnabled, contactType }) => isEnabled && contactType === typeOf(contact))
    .map(({ webhookId }) => webhookId)
    .filter((id) => company.webhook(id) !== null);
}

/** Null: this was the last attempt. */
function retryOf(
  attempt: Attempt,
  result: SendResult,
): { readonly attempt: Attempt; readonly pauseMs: number } | null {
  if (result === 'troubled') {
    const [pauseMs, ...afterTrouble] = attempt.afterTrouble;
    return pauseMs === undefined ? null : { attempt: { ...attempt, afterTrouble }, pauseMs };
  }
  if (result !== 'silent') return null;
  const [pauseMs, ...afterSilence] = attempt.afterSilence;
  return pauseMs === undefined ? null : { attempt: { ...attempt, afterSilence }, pauseMs };
}

async function send(
  parts: DeliveryParts,
  webhook: Webhook,
  { delivery }: Attempt,
  stopping: AbortSignal,
): Promise<SendResult> {
  const { headers, body } = shapeRequest(delivery.event, webhook.secret, parts.settings());
  parts.stats.count('eventsSent');
  try {
    const response = await fetch(webhook.url, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal: AbortSignal.any([stopping, AbortSignal.timeout(parts.options.timeoutMs)]),
    });
    await response.body?.cancel();
    if (response.ok) return 'delivered';
    return response.status >= 500 ? 'troubled' : 'refused';
  } catch {
    return 'silent';
  }
}
