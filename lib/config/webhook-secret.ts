/**
 * The one secret Trivet owns, generated when the stack is deployed:
 *
 *     { "doorbell": "<generated>", "apps": { "news": { "signing": ["…"] } } }
 *
 * `doorbell` is the key of the HMAC with which the CRM rings. The secret last segment of unsigned
 * webhooks is derived from it, because Secrets Manager generates one value per secret; the derivation
 * cannot be turned round, so a URL found in somebody's logs does not ring the CRM's doorbell.
 * `apps.<app>.signing` is where a person puts what the vendor showed once when the webhook was made
 * (two during a rotation).
 */
import { createHmac } from 'node:crypto';
import * as z from 'zod';
import type { WebhookSecrets } from '../ports/app.ts';

const schema = z.object({
  doorbell: z.string().min(16),
  apps: z.record(z.string(), z.object({ signing: z.array(z.string().min(1)) })).default({}),
});

export interface WebhookSecret {
  /** Key of the HMAC-SHA256 over the body of `POST /doorbell/{sync}`. */
  readonly doorbell: string;
  /** What verifyWebhook of this app's connector is given. */
  forApp(app: string): WebhookSecrets;
}

export type ParsedWebhookSecret =
  | { readonly ok: true; readonly secret: WebhookSecret }
  | { readonly ok: false; readonly reason: string };

/** Total. The reason never shows any part of the secret. */
export function parseWebhookSecret(secretString: string): ParsedWebhookSecret {
  const parsed = schema.safeParse(parseJson(secretString));
  if (!parsed.success) {
    const wrong = parsed.error.issues
      .map((issue) => issue.path.join('.') || 'the whole')
      .join(', ');
    return {
      ok: false,
      reason: `the webhook secret must be {"doorbell": "…", "apps": {"<app>": {"signing": ["…"]}}}; wrong: ${wrong}`,
    };
  }
  const { doorbell, apps } = parsed.data;
  return {
    ok: true,
    secret: {
      doorbell,
      forApp: (app) => ({
        signing: Object.hasOwn(apps, app) ? (apps[app]?.signing ?? []) : [],
        path: derivePath(doorbell, app),
      }),
    },
  };
}

function derivePath(key: string, app: string): string {
  return createHmac('sha256', key)
    .update(`trivet webhook path of ${app}`)
    .digest('hex')
    .slice(0, 40);
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
