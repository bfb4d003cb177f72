/**
 * The one secret Trivet owns, generated when the stack is deployed:
 *
 *     { "doorbell": "<generated>", "apps": { "news": { "signing": ["…"], "hook": "<the vendor's id>" } } }
 *
 * `doorbell` is the key of the HMAC with which the CRM rings. The secret last segment of unsigned
 * webhooks is derived from it, because Secrets Manager generates one value per secret; the derivation
 * cannot be turned round, so a URL found in somebody's logs does not ring the CRM's doorbell.
 * `apps.<app>.signing` is what the vendor showed once when the webhook was made (two during a rotation), and
 * `hook` which webhook that was. `trivet webhooks register` puts both there; a person may as well.
 */
import { createHmac } from 'node:crypto';
import * as z from 'zod';
import type { WebhookSecrets } from '../ports/app.ts';

const schema = z.object({
  doorbell: z.string().min(16),
  apps: z
    .record(
      z.string(),
      z.object({ signing: z.array(z.string().min(1)), hook: z.string().optional() }),
    )
    .default({}),
});

export interface WebhookSecret {
  /** Key of the HMAC-SHA256 over the body of `POST /doorbell/{sync}`. */
  readonly doorbell: string;
  /** What verifyWebhook of this app's connector is given. */
  forApp(app: string): WebhookSecrets;
  /** The vendor's id of the webhook whose secret is kept; null when nobody noted it. */
  hookOf(app: string): string | null;
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
      hookOf: (app) => (Object.hasOwn(apps, app) ? (apps[app]?.hook ?? null) : null),
    },
  };
}

/** Requests signed with the secret of before may still be on their way. */
const SIGNING_MAX = 2;

/** The secret's text with a new webhook of that app in it. What else is in there stays, of whomever it is. */
export function rememberWebhook(
  secretString: string,
  app: string,
  made: { readonly id: string; readonly signingSecret: string | null },
): string {
  return changeApp(secretString, app, ({ signing = [], ...own }) => ({
    ...own,
    hook: made.id,
    signing: [...(made.signingSecret === null ? [] : [made.signingSecret]), ...signing].slice(
      0,
      SIGNING_MAX,
    ),
  }));
}

export function forgetWebhook(secretString: string, app: string): string {
  return changeApp(secretString, app, ({ hook: _gone, ...own }) => ({ ...own, signing: [] }));
}

interface AppSecret {
  readonly signing?: readonly string[];
  readonly hook?: string;
}

/** Of a text that parseWebhookSecret has taken. */
function changeApp(
  secretString: string,
  app: string,
  change: (own: AppSecret) => AppSecret,
): string {
  const secret = JSON.parse(secretString) as { readonly apps?: Record<string, AppSecret> };
  const { apps = {} } = secret;
  const own = Object.hasOwn(apps, app) ? (apps[app] ?? {}) : {};
  return JSON.stringify({ ...secret, apps: { ...apps, [app]: change(own) } });
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
