/** What `npx trivet sandbox --json` prints: a public contract, see docs/sandbox.md. */
import type { TrivetConfig } from '../../config/model.ts';
import { DOORBELL_HEADER } from '../../flow/ring.ts';
import type { Services } from '../services/services.ts';
import { webhookUrl } from './doors.ts';
import type { DialpadDescription } from './dialpad-app.ts';
import type { MailchimpDescription } from './mailchimp-app.ts';
import type { MetaDescription } from './meta-app.ts';
import type { SandboxApp } from './sandbox-app.ts';

export interface SandboxDescription {
  readonly crm: { readonly url: string };
  /** There when the configuration has such an app. */
  readonly mailchimp?: MailchimpDescription;
  readonly meta?: MetaDescription;
  readonly dialpad?: DialpadDescription;
  /** By kind, where the kind has webhooks. */
  readonly webhooks: {
    readonly mailchimp?: string;
    readonly dialpad?: string;
    readonly crm: {
      /** The first sync’s. */
      readonly url: string;
      /** Each sync’s. */
      readonly urls: Readonly<Record<string, string>>;
      readonly secret: string;
      readonly header: string;
    };
  };
  readonly aws: { readonly dynamodb: string; readonly sqs: string; readonly region: string };
  readonly control: string;
}

export interface Described {
  readonly config: TrivetConfig;
  readonly services: Services;
  readonly apps: ReadonlyMap<string, SandboxApp>;
  readonly endpoint: string;
  readonly doorbellKey: string;
  readonly control: string;
}

export function describeSandbox(described: Described): SandboxDescription {
  const { config, services, apps, endpoint, doorbellKey, control } = described;
  const kindOf = (name: string): string => config.apps[name]?.kind ?? name;
  const urls = config.syncs.map(
    ({ spec }) => [spec.name, `${endpoint}/doorbell/${spec.name}`] as const,
  );
  return {
    crm: { url: services.postgres?.url ?? '' },
    ...Object.fromEntries([...apps].map(([name, app]) => [kindOf(name), app.description])),
    webhooks: {
      ...Object.fromEntries(
        [...apps]
          .filter(([, { hasWebhooks }]) => hasWebhooks)
          .map(([name]) => [kindOf(name), webhookUrl(endpoint, name)]),
      ),
      crm: {
        url: urls[0]?.[1] ?? '',
        urls: Object.fromEntries(urls),
        secret: doorbellKey,
        header: DOORBELL_HEADER,
      },
    },
    aws: {
      dynamodb: services.dynamodb.endpoint,
      sqs: services.sqs.endpoint,
      region: services.region,
    },
    control,
  };
}

/** People edit Mailchimp in the narration. */
export function requireMailchimp({ mailchimp }: SandboxDescription): MailchimpDescription {
  if (mailchimp !== undefined) return mailchimp;
  throw new Error(
    'this sandbox has no Mailchimp, and the narration edits one; add a Mailchimp app, or use --json',
  );
}
