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
 *   webhook-registry               what rings them, at the vendor
 *   examine                        whether the audience fits what is mapped
 */
import type { AppReplica } from '../../ports/app.ts';
import type { Budget, Clock } from '../../ports/clock.ts';
import type { AppExaminer } from '../../ports/examine.ts';
import type { Halted, Outcome } from '../../ports/outcome.ts';
import type { WebhookRegistry } from '../../ports/webhooks.ts';
import { type Audience, createAudience } from './audience.ts';
import { createBatchSize } from './bulk.ts';
import { createClient } from './client.ts';
import {
  MAILCHIMP_CAPABILITIES,
  type MailchimpCredentials,
  type MailchimpOptions,
  parseBaseUrl,
} from './config.ts';
import { createExaminer } from './examine.ts';
import { withoutRejection } from './failures.ts';
import { fetchMembers } from './fetch.ts';
import { createMergeFieldCache } from './merge-field-cache.ts';
import { createReader, orderOf } from './pull.ts';
import { pushCommands } from './push.ts';
import { createWebhookRegistry } from './webhook-registry.ts';

export { mailchimp, parseCredentials, requireOptions, secretFromVariables } from './config.ts';
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

type Made<T> = { readonly kind: 'ok'; readonly value: T } | Halted;

/** Halted when the credentials cannot lead anywhere. */
export function createMailchimp(setup: MailchimpSetup): Made<AppReplica> {
  const { options, credentials, paths, clock } = setup;
  const opened = openAudience(setup);
  if (opened.kind === 'halted') return opened;
  const audience = opened.value;
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
    size: reader.size,
    orderOf,
    fetch: (targets, budget) => fetchMembers(tools, targets, budget),
    push: (commands, budget) => pushCommands(tools, commands, budget),
  };
  return { kind: 'ok', value: replica };
}

/** What the command line does with an audience's webhooks. */
export function createMailchimpWebhooks(
  setup: Omit<MailchimpSetup, 'paths'>,
): Made<WebhookRegistry> {
  const opened = openAudience(setup);
  return opened.kind === 'halted'
    ? opened
    : { kind: 'ok', value: createWebhookRegistry(opened.value) };
}

/** What the command line does before a sync relies on an audience. */
export function createMailchimpExaminer(setup: Omit<MailchimpSetup, 'paths'>): Made<AppExaminer> {
  const opened = openAudience(setup);
  return opened.kind === 'halted' ? opened : { kind: 'ok', value: createExaminer(opened.value) };
}

function openAudience(setup: Omit<MailchimpSetup, 'paths'>): Made<Audience> {
  const { options, credentials, clock, connectionsMax } = setup;
  const baseUrl = parseBaseUrl(options, credentials);
  if (baseUrl.kind === 'halted') return baseUrl;
  const client = createClient({
    baseUrl: baseUrl.value,
    authorization: credentials.authorization,
    connectionsMax,
    clock,
    fetch: setup.fetch ?? globalThis.fetch,
    random: setup.random ?? Math.random,
  });
  return { kind: 'ok', value: createAudience(client, options.audience) };
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
