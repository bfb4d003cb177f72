/** The webhooks of one app object as the vendor keeps them. For the command line: the flow itself only hears them ring. */
import type { Budget } from './clock.ts';
import type { Outcome, Rejected } from './outcome.ts';

export interface Webhook {
  /** The vendor's id of it. */
  readonly id: string;
  readonly url: string;
  /** The vendor's names of what rings it. */
  readonly events: readonly string[];
  /** Its requests carry a signature. */
  readonly isSigned: boolean;
}

export interface MadeWebhook extends Webhook {
  /** Shown once, when it is made; null where the vendor does not sign. Never to be printed. */
  readonly signingSecret: string | null;
}

/** Rejected: the vendor refuses it in its own words, for one because it could not reach the address. */
export type WebhookOutcome<T> = Outcome<T> | Rejected;

export interface WebhookRegistry {
  list(budget: Budget): Promise<WebhookOutcome<readonly Webhook[]>>;
  /** Makes one that rings for what a sync wants to know. The vendor asks the address first. */
  register(url: string, budget: Budget): Promise<WebhookOutcome<MadeWebhook>>;
  /** One that is not there is removed already. */
  remove(id: string, budget: Budget): Promise<WebhookOutcome<null>>;
}
