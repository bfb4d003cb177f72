/**
 * The Mailchimp connector: one audience as an app replica.
 *
 *   index ── pull ── walk          reading by change time (walk is pure)
 *     │      fetch                 looking at single members
 *     ├───── push ── bulk, single  writing
 *     │                └── mapping, merge-fields   forms of values (pure)
 *     └───── audience ── client    the endpoints, and one HTTP call
 *                └── failures      what a refusal means (pure)
 *   webhook                        doorbells (pure)
 */
import type { AppReplica } from '../../ports/app.ts';
import type { Budget, Clock } from '../../ports/clock.ts';
import type { Outcome } from '../../ports/outcome.ts';
import { type Audience, createAudience } from './audience.ts';
import { createBatchSize } from './bulk.ts';
import { createClient } from './client.ts';
import {
  MAILCHIMP_CAPABILITIES,
  type MailchimpCredentials,
  type MailchimpOptions,
  parseBaseUrl,
} from './config.ts';
import { withoutRejection } from './failures.ts';
import { fetchMembers } from './fetch.ts';
import { createMergeFieldCache } from './merge-field-cache.ts';
import { createReader, orderOf } from './pull.ts';
import { pushCommands } from './push.ts';

export { mailchimp, parseCredentials, requireOptions } from './config.ts';
export { checkPath } from './mapping.ts';
export { createVerifyWebhook } from './webhook.ts';

export interface MailchimpSetup {
  readonly options: MailchimpOptions;
  readonly credentials: MailchimpCredentials;
  /** The app paths the sync maps: what observations carry. */
  readonly paths: readonly string[];
  readonly clock: Clock;
  /** Simultaneous calls of this process. */
  readonly connectionsMax: number;
  /** @default the platform's fetch */
  readonly fetch?: typeof globalThis.fetch;
  /** Jitter, 0 to 1. @default Math.random */
  readonly random?: () => number;
}

/** Halted when the credentials cannot lead anywhere. */
export function createMailchimp(
  setup: MailchimpSetup,
):
  | { readonly kind: 'ok'; readonly value: AppReplica }
  | { readonly kind: 'halted'; readonly reason: string } {
  const { options, credentials, paths, clock } = setup;
  const baseUrl = parseBaseUrl(options, credentials);
  if (baseUrl.kind === 'halted') return baseUrl;
  const client = createClient({
    baseUrl: baseUrl.value,
    authorization: credentials.authorization,
    connectionsMax: setup.connectionsMax,
    clock,
    fetch: setup.fetch ?? globalThis.fetch,
    random: setup.random ?? Math.random,
  });
  const audience = createAudience(client, options.audience);
  const reader = createReader(audience, paths, options.pageRows);
  const tools = {
    audience,
    observe: reader.observe,
    paths,
    clock,
    connectionsMax: setup.connectionsMax,
    tagAutomations: options.tagAutomations,
    mergeFields: createMergeFieldCache(audience, clock),
    batchSize: createBatchSize(),
  };
  const replica: AppReplica = {
    object: audience.id,
    capabilities: MAILCHIMP_CAPABILITIES,
    identify: (budget) => identify(audience, credentials, budget),
    present: reader.present,
    pull: reader.pull,
    list: reader.list,
    orderOf,
    fetch: (targets, budget) => fetchMembers(tools, targets, budget),
    push: (commands, budget) => pushCommands(tools, commands, budget),
  };
  return { kind: 'ok', value: replica };
}

/**
 * Audience ids are unique across Mailchimp, and each belongs to one account. The account is named by its
 * data centre: the API key would change with every rotation.
 */
async function identify(
  audience: Audience,
  credentials: MailchimpCredentials,
  budget: Budget,
): Promise<Outcome<{ readonly account: string; readonly object: string }>> {
  const missing = await audience.whyMissing(budget);
  if (missing !== null) return withoutRejection(missing);
  const account = credentials.server ?? 'mailchimp';
  return { kind: 'ok', value: { account, object: audience.id } };
}
